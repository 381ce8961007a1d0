"""The plan file: what a planner writes, with the unit in each key's name.

Unknown keys are refused.
"""

from typing import Annotated, Literal

import msgspec

from tdome.plan.catalogue import Overrides

# Bounds catch slips of the pen (a sign, a unit, a power of ten) before they become an overflow, a
# run without end or a wrong result.
Latitude = Annotated[float, msgspec.Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, msgspec.Meta(ge=-180.0, le=180.0)]
Probability = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, msgspec.Meta(ge=0.0, le=2_592_000.0)]  # up to 30 days
Height = Annotated[float, msgspec.Meta(ge=-500.0, le=30_000.0)]
Bearing = Annotated[float, msgspec.Meta(ge=-360.0, le=360.0)]
Radius = Annotated[float, msgspec.Meta(gt=0.0, le=1_000.0)]
Spread = Annotated[float, msgspec.Meta(ge=0.0, le=1_000.0)]
Address = Annotated[int, msgspec.Meta(ge=0, le=0xFFFFFF)]
Population = Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)]
SHELTERS = 0.8  # share of people with a shelter in reach; notional, our own choice
# No control characters: names go to terminals and into file names.
Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=80, pattern="^[^\\x00-\\x1f\\x7f-\\x9f]*$")
]


class Site(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every site has: a name, a place, and what protects it.

    ``hardening``: share of hits that it withstands. ``decoy_sites``: how many false ones draw fire.
    ``mobile``: it has moved on when it is aimed at from old knowledge.
    """

    name: Name
    lat_deg: Latitude
    lon_deg: Longitude
    height_m: Height = 0.0
    hardening: Probability = 0.0
    decoy_sites: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    mobile: bool = False


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One planned move of a fire unit: it starts to pack ``at_s`` after the start of the run."""

    at_s: Seconds
    lat_deg: Latitude
    lon_deg: Longitude
    height_m: Height = 0.0


class CommandPost(Site, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A command post. Where one is lost, the next by ``rank`` (1 is the first) takes over."""

    rank: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class SensorSite(Site, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sensor: its class is a catalogue id.

    Height_m is the ground's height above the ellipsoid. ``bearing_deg`` is the middle of the
    sector of its class, clockwise from north; without one it looks all round (several faces).
    ``command_post`` is the one whose zone it is in; if not given, the first by rank.
    ``orbit_km`` stands for its class's radius of orbit where it is given; the site is the middle.
    """

    type: Name
    bearing_deg: Bearing | None = None
    orbit_km: Annotated[float, msgspec.Meta(ge=0.0, le=500.0)] | None = None
    command_post: Name | None = None


class FireUnitSite(Site, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fire unit: its class is a catalogue id. rounds replaces the class's ready rounds.

    reloads: how many times it can be filled up again from its own stock. sensor: name of its own
    radar among the plan's sensors, for classes that need one and where each sensor has its own
    picture; engage_on_remote: whether it may fire at what only other sensors see. moves: in the
    order of their times.
    """

    type: Name
    command_post: Name | None = None
    rounds: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    weapon_control: Literal["hold", "tight", "free"] | None = None
    reloads: Annotated[int, msgspec.Meta(ge=0, le=1_000)] = 0
    sensor: Name | None = None
    engage_on_remote: bool = False
    moves: list[Move] = []


AssetKind = Literal["area", "city", "port", "airport", "reservoir", "power", "command", "industry"]


class Asset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A defended asset: a disc on the ground with a value (any unit, a weight) and people in it.

    Passive defence: ``hardening`` 0 in the open .. 1 hardened; ``dispersal``: number of aim points
    among which the value is spread; ``shelters``: share of the people with a shelter in reach.
    """

    name: Name
    lat_deg: Latitude
    lon_deg: Longitude
    radius_km: Radius
    value: Annotated[float, msgspec.Meta(gt=0.0, le=1e12)]
    population: Population = 0
    kind: AssetKind = "area"
    hardening: Probability = 0.0
    dispersal: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    shelters: Probability = SHELTERS


class ZoneCircle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A warning zone given as a disc; ``shelters`` stands for the zones' where it is given."""

    code: Name
    name: Name
    lat_deg: Latitude
    lon_deg: Longitude
    radius_km: Radius
    population: Population | None = None
    shelters: Probability | None = None


class Zones(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Warning zones: townships or counties of the bundled atlas, polygons of yours, discs, or all.

    ``geojson`` names a file beside the plan (WGS-84); ``geojson_code``, ``geojson_name`` and
    ``geojson_population`` are the properties of its features that say these; without a code zones
    are numbered, without a name they are called by their code.
    ``populations``: people by the code of an atlas zone, where they are known; ``shelters``: share
    of them with a shelter in reach.
    """

    atlas: Literal["none", "taiwan-towns", "taiwan-counties"] = "none"
    geojson: Name | None = None
    geojson_code: Name | None = None
    geojson_name: Name | None = None
    geojson_population: Name | None = None
    circles: list[ZoneCircle] = []
    populations: dict[Name, Population] = {}
    shelters: Probability = SHELTERS


class Doctrine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rules of engagement and firing doctrine.

    ``firing`` names a doctrine (``command/assignment/doctrine``), ours or a plug-in. Salvo_rounds
    count for ``salvo`` and are the most for ``lookahead`` and ``rollout``; last_chance_rounds for
    shoot-look-shoot when no second shot would be possible after a miss. keep_rounds,
    keep_for_value: of ``reserve-threshold``. thrift_share: of ``layered-thrift``, see there.
    reserve_prices: by unit, type of unit or layer, the worth of the last, the second to last ...
    round; for ``reserve-prices``, ``lookahead`` and ``rollout``. ``false_kill_cost``: what it costs
    to call a live target killed, in rounds fired at a dead one. ``sure_of_hit``: a falling threat
    that hits an asset less probably than this waits for a better prediction while that loses no
    chance to fire; 0: never.
    """

    weapon_control: Literal["hold", "tight", "free"] = "tight"
    firing: Name = "shoot-look-shoot"
    salvo_rounds: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    last_chance_rounds: Annotated[int, msgspec.Meta(ge=1, le=8)] = 2
    max_shots_per_threat: Annotated[int, msgspec.Meta(ge=1, le=16)] = 6
    assessment_delay_s: Seconds = 4.0
    false_kill_cost: Annotated[float, msgspec.Meta(gt=0.0, le=1e6)] = 4.0
    sure_of_hit: Probability = 0.5
    round_price: Annotated[float, msgspec.Meta(ge=0.0, le=1e12)] = 0.02
    harmless_below_value: Annotated[float, msgspec.Meta(ge=0.0, le=1e12)] = 0.05
    keep_rounds: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 2
    keep_for_value: Annotated[float, msgspec.Meta(ge=0.0, le=1e12)] = 1.0
    thrift_share: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.6
    reserve_prices: dict[Name, list[Annotated[float, msgspec.Meta(ge=0.0, le=1e12)]]] = {}


class Stages(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which implementation stands in each room of command.

    By versioned id (entry points ``tdome.<room>``).
    """

    tracking: Name = "core-imm-v1"
    threat: Name = "kinematic-v1"
    assignment: Name = "greedy-v1"
    engagement: Name = "authority-v1"
    assessment: Name = "bayes-v1"
    warning: Name = "staged-v1"
    sensing: Name = "priority-v1"


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """People decide. With no answer in ``time_out_s`` the default is hold fire.

    ``persons``: how many different people must approve an engagement; one denial is enough to
    refuse it.
    ``succession_s``: until another command post has taken over from one that is lost; hold fire
    meanwhile (notional).
    """

    persons: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    answer_time_s: Seconds = 1.0
    succession_s: Seconds = 60.0
    time_out_s: Annotated[float, msgspec.Meta(gt=0.0, le=86_400.0)] = 10.0


class Clocking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often command decides and how often the whole picture is put on record."""

    decide_s: Annotated[float, msgspec.Meta(ge=0.01, le=3_600.0)] = 1.0
    picture_s: Annotated[float, msgspec.Meta(gt=0.0, le=86_400.0)] = 5.0


Integration = Literal["integrated", "zone", "own"]


class Coordination(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far the defence is integrated: who shares a picture, and who shares a plan of fire.

    ``integrated``: all. ``zone``: the sites of one command post. ``own``, ``picture``: each sensor
    has tracks of its own, and a fire unit fires on those of its ``sensor``; ``own``, ``fire``: each
    unit chooses for itself, knowing no engagement but its own. Fire is coordinated among units that
    share a picture, never among more.
    """

    picture: Integration = "integrated"
    fire: Integration = "integrated"


class Corridor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A route that flights keep to, as (lat, lon) in degrees, and how far to both sides.

    ``own``: a lane for our own flyers' return. Heights in m over the ellipsoid.
    """

    route: Annotated[list[tuple[Latitude, Longitude]], msgspec.Meta(min_length=2)]
    half_width_km: Annotated[float, msgspec.Meta(gt=0.0, le=200.0)]
    lowest_m: Height = -500.0
    highest_m: Height = 30_000.0
    own: bool = False


class Traffic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Filed flights: blocks of 24-bit transponder addresses [first, last] of civil flights today.

    And the corridors that they, or our own flyers, are to keep to.
    """

    civil_addresses: list[tuple[Address, Address]] = []
    corridors: list[Corridor] = []


Level = Annotated[float, msgspec.Meta(ge=-500.0, le=1_000_000.0)]


class FireZone(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A volume in which no intercept may be (``keep-out``), or in which alone one may (``only``).

    A disc (``lat_deg``, ``lon_deg``, ``radius_km``) or a corridor (``route`` as (lat, lon) in
    degrees, ``half_width_km``), from ``floor_m`` to ``ceiling_m`` over the ellipsoid. ``units``:
    names, types or layers of fire units that it holds for; all if there are none.
    """

    name: Name
    rule: Literal["keep-out", "only"] = "keep-out"
    units: list[Name] = []
    lat_deg: Latitude | None = None
    lon_deg: Longitude | None = None
    radius_km: Radius | None = None
    route: Annotated[list[tuple[Latitude, Longitude]], msgspec.Meta(min_length=2)] | None = None
    half_width_km: Annotated[float, msgspec.Meta(gt=0.0, le=200.0)] | None = None
    floor_m: Level = -500.0
    ceiling_m: Level = 1_000_000.0


class WarningRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When a zone is warned: probability that it is hit.

    Take shelter: ``min_probability`` counts within ``near_s`` of the arrival (the time that people
    need: the least lead), ``early_probability`` before. Stay ready: ``prepare_probability``, at any
    time up to ``lead_limit_s``. A warning stands ``min_hold_s`` at least, and ``all_clear_after_s``
    after the last threat. ``miss_cost``: what an impact that nobody was warned of costs, in false
    alerts of that zone; if given, 1 / (1 + miss_cost) replaces ``min_probability``.
    """

    min_probability: Probability = 0.15
    miss_cost: Annotated[float, msgspec.Meta(gt=0.0, le=1e9)] | None = None
    early_probability: Probability = 0.8
    prepare_probability: Probability = 0.5
    near_s: Seconds = 90.0
    lead_limit_s: Annotated[float, msgspec.Meta(gt=0.0, le=86_400.0)] = 600.0
    min_hold_s: Seconds = 60.0
    all_clear_after_s: Seconds = 30.0

    @property
    def least(self) -> float:
        """Probability from which people are told to take shelter within ``near_s``."""
        return self.min_probability if self.miss_cost is None else 1.0 / (1.0 + self.miss_cost)


class PlanFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole plan. ``threats`` names the classes we expect.

    ``beliefs`` overrides catalogue values. ``expected``: how often each class is met relative to
    the others (1 where it is not given), and ``none`` of them (without it, one track in five).
    """

    name: Name
    description: str = ""
    threats: Annotated[list[Name], msgspec.Meta(min_length=1)]
    expected: dict[Name, Annotated[float, msgspec.Meta(gt=0.0, le=1e6)]] = {}
    doctrine: Doctrine = Doctrine()
    stages: Stages = Stages()
    authority: Authority = Authority()
    clock: Clocking = Clocking()
    coordination: Coordination = Coordination()
    traffic: Traffic = Traffic()
    warning: WarningRules = WarningRules()
    zones: Zones = Zones()
    fire_zones: list[FireZone] = []
    beliefs: Overrides = {}
    sensors: Annotated[list[SensorSite], msgspec.Meta(min_length=1)]
    fire_units: list[FireUnitSite] = []
    command_posts: list[CommandPost] = []
    assets: Annotated[list[Asset], msgspec.Meta(min_length=1)]
