"""Conditions of a run: weather, the luck of shots, data links."""

from typing import Annotated, Literal, TypeAlias

import msgspec

from tdome.plan.schema import Probability, Seconds

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


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Data links between sites and command post: fixed delay, exponential part, loss of plots."""

    delay_s: Seconds = 0.1
    jitter_s: Seconds = 0.0
    loss: Probability = 0.0
