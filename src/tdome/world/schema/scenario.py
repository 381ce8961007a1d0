"""The scenario file as a whole."""

import datetime
from typing import Annotated

import msgspec

from tdome.plan.catalogue import Overrides
from tdome.plan.schema import Name, Seconds
from tdome.world.schema.conditions import Links, Referee, Resupply, Survivability, Weather
from tdome.world.schema.jammers import Jammer
from tdome.world.schema.raids import Place, Raid
from tdome.world.schema.traffic import Birds, Flights


class ScenarioFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole scenario. ``plan`` names the plan file beside it; ``truth`` overrides the catalogue.

    ``terrain`` names a GeoTIFF of heights (degrees, north up) beside it; without one the ground is
    the ellipsoid. It hides low flyers from radars, and cruise missiles and drones follow it.
    ``"synthetic"`` is ground by formula, another one for each ``terrain_seed``. In a campaign,
    ``skip_quiet_s`` is the shortest time with nothing in the air that is jumped over: no sensor
    looks and nobody decides until shortly before the next start; stocks and repairs go on. 0: none.
    """

    name: Name
    description: str = ""
    start: datetime.datetime
    duration_s: Annotated[float, msgspec.Meta(gt=0.0, le=2_592_000.0)]
    skip_quiet_s: Seconds = 0.0
    plan: Name = "plan.toml"
    terrain: Name | None = None
    terrain_seed: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    truth: Overrides = {}
    weather: Weather = Weather()
    referee: Referee = Referee()
    links: Links = Links()
    resupply: list[Resupply] = []
    survivability: Survivability = Survivability()
    places: list[Place] = []
    raids: list[Raid] = []
    flights: list[Flights] = []
    birds: list[Birds] = []
    jammers: list[Jammer] = []
