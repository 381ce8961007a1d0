"""Conditions of a run: weather, the luck of shots, data links, the loss of sites."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from tdome.plan.schema import Name, Probability, Seconds, Spread

Bandwidth = Annotated[float, msgspec.Meta(ge=0.0, le=1e12)]
ClockOffset = Annotated[float, msgspec.Meta(ge=-3_600.0, le=3_600.0)]

ByClass: TypeAlias = Literal["by-class"]
Correlation: TypeAlias = Annotated[float, msgspec.Meta(ge=0.0, le=0.95)]


class Weather(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weather of the whole scene. ``radar_range_factor`` scales every radar's reference range.

    rain_mm_h: rain rate. visibility_km: meteorological optical range. Wind blows towards east and
    north.
    """

    radar_range_factor: Annotated[float, msgspec.Meta(ge=0.01, le=100.0)] = 1.0
    rain_mm_h: Annotated[float, msgspec.Meta(ge=0.0, le=200.0)] = 0.0
    visibility_km: Annotated[float, msgspec.Meta(ge=0.01, le=300.0)] = 30.0
    wind_east_m_s: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0
    wind_north_m_s: Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)] = 0.0


class Referee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Common mode of shots: what the rounds fired at one raid, and by one battery, share.

    ``correlation``: intra-raid correlation of hits (beta-binomial rho, 0 = none); a number for all
    threat classes, or "by-class": each class's ``raid_correlation``. ``battery_correlation``: what
    the rounds of ONE fire unit at one raid share beyond that (notional). ``raid_failure``:
    probability that no shot at a raid works at all (Wilkening's common-mode detection); a number
    for the whole raid, or "by-class": each class's ``uncovered_share`` and ``unengaged_share``,
    which stand for targets that no defence covers; ask for it where the plan's sites do not say
    what is covered (records of a whole country), or that counts twice. ``debris_rcs_share`` is
    the share of its radar cross-section that a killed body keeps (notional; 0 makes wrecks
    invisible, as the closed forms assume).
    """

    correlation: Correlation | ByClass = "by-class"
    battery_correlation: Correlation = 0.05
    raid_failure: Probability | ByClass = 0.0
    debris_rcs_share: Probability = 0.1


class Resupply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rounds that reach the stock of a fire unit ``at_s`` after the start."""

    at_s: Seconds
    unit: Name
    rounds: Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class SiteLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The link of one site, by the site's name; what is not given is as for all.

    ``relay``: the site by whose link messages go while this one is cut. ``clock_offset_s``: by how
    much the clock of the site runs ahead, and with it the times in its messages.
    """

    name: Name
    delay_s: Seconds | None = None
    jitter_s: Seconds | None = None
    loss: Probability | None = None
    bandwidth_bytes_s: Bandwidth | None = None
    clock_offset_s: ClockOffset = 0.0
    relay: Name | None = None


class LinkOutage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A window in which a link (``all``: every one) is cut or jammed.

    ``factor`` is the share of messages and of bandwidth that is left: 0 cut, 1 nothing happens.
    """

    link: Name = "all"
    from_s: Seconds
    to_s: Seconds
    factor: Probability = 0.0


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Data links between sites and command post: fixed delay, exponential part, loss.

    ``bandwidth_bytes_s``: of each link and direction; 0 means without limit.
    """

    delay_s: Seconds = 0.1
    jitter_s: Seconds = 0.0
    loss: Probability = 0.0
    bandwidth_bytes_s: Bandwidth = 0.0
    sites: list[SiteLink] = []
    outages: list[LinkOutage] = []


class Survivability(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What hits do to radars, fire units and command posts. All values notional (own choice).

    ``loss_probability``: that an arrival within reach puts an unhardened site out of action; 0, the
    default, spares all sites. ``destroyed_share`` of losses are for good, the others repaired.
    ``stale_targeting``: share of arrivals that come to where a mobile site stood before it moved
    by ``moved_km``.
    """

    loss_probability: Probability = 0.0
    destroyed_share: Probability = 0.5
    site_radius_m: Annotated[float, msgspec.Meta(ge=0.0, le=10_000.0)] = 100.0
    sensor_repair_s: Seconds = 3_600.0
    fire_unit_repair_s: Seconds = 1_800.0
    command_post_repair_s: Seconds = 1_800.0
    decoy_distance_m: Annotated[float, msgspec.Meta(ge=0.0, le=100_000.0)] = 1_000.0
    stale_targeting: Probability = 0.7
    moved_km: Spread = 3.0
