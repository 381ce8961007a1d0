"""Warning zones: polygons of the bundled atlas (GeoJSON made at build time) or discs.

With a spatial index.
"""

from collections.abc import Sequence
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import shapely

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.plan.geojson import own_zones
from tdome.plan.names import refuse_doubles
from tdome.plan.schema import SHELTERS, ZoneCircle, Zones

if TYPE_CHECKING:
    from numpy.typing import NDArray

METRES_PER_DEGREE = (
    111_320.0  # mean length of a degree of latitude, good to 0.6 % for drawing a disc
)
_FARTHEST_NORTH = 85.0  # degrees, or south: beyond, a disc is no shape in degrees
_LAST_MERIDIAN = 180.0
_ATLAS_FILE = {"taiwan-towns": "towns.geojson", "taiwan-counties": "counties.geojson"}


class ZoneBook:
    """Zones in columns: codes, names, Chinese names, polygons in degrees (lon, lat), people.

    ``population`` is nan where the plan gives none; ``shelters`` is the share of the people with a
    shelter in reach.
    """

    def __init__(
        self,
        codes: list[str],
        names: list[str],
        names_zh: list[str],
        polygons: list[Any],
        population: Floats | None = None,
        shelters: Floats | None = None,
    ) -> None:
        self.codes = tuple(codes)
        self.names = tuple(names)
        self.names_zh = tuple(names_zh)
        self.polygons: NDArray[np.object_] = np.array(polygons, dtype=object)
        n = len(self.codes)
        self.population = np.full(n, np.nan) if population is None else population
        self.shelters = np.full(n, SHELTERS) if shelters is None else shelters

    def __len__(self) -> int:
        """Return the number of zones."""
        return len(self.codes)

    @cached_property
    def index(self) -> shapely.STRtree:
        """Spatial index over the polygons."""
        return shapely.STRtree(list(self.polygons))

    @cached_property
    def area(self) -> Floats:
        """Area of each zone, m2 (as on a plane: good to 1 %)."""
        lat = shapely.get_y(shapely.centroid(self.polygons))
        area = shapely.area(self.polygons) * METRES_PER_DEGREE**2 * np.cos(np.radians(lat))
        return np.asarray(area)

    @cached_property
    def density(self) -> Floats:
        """People per m2 of each zone, nan where unknown."""
        return np.asarray(self.population / self.area)


def disc(lat_deg: float, lon_deg: float, radius_m: float, points: int = 32) -> shapely.Polygon:
    """Return a disc on the ground as a polygon in degrees.

    Good to 1 % below 200 km and 70 degrees.
    """
    turn = np.linspace(0.0, 2.0 * np.pi, points, endpoint=False)
    lat = lat_deg + radius_m / METRES_PER_DEGREE * np.sin(turn)
    lon = lon_deg + radius_m / METRES_PER_DEGREE / np.cos(np.radians(lat_deg)) * np.cos(turn)
    return shapely.Polygon(np.stack([lon, lat], axis=1))


def refuse_off_the_map(circles: Sequence[ZoneCircle], file: str) -> None:
    """Raise ConfigError for a disc that reaches over the 180th meridian or to a pole.

    Zones are shapes in degrees, of which a map ends there.
    """
    for i, circle in enumerate(circles):
        reach = circle.radius_km * 1e3 / METRES_PER_DEGREE
        north = abs(circle.lat_deg) + reach
        if north > _FARTHEST_NORTH:
            fault = (
                f"it reaches to {north:.1f} degrees of latitude, {_FARTHEST_NORTH:g} is the last"
            )
        elif abs(circle.lon_deg) + reach / np.cos(np.radians(circle.lat_deg)) > _LAST_MERIDIAN:
            fault = "it reaches over the 180th meridian"
        else:
            continue
        key = f"zones.circles[{i}]"
        problem = f"key {key!r}: zone {circle.name!r} can not be drawn: {fault}"
        raise ConfigError(file, None, key, problem, "move it or make it smaller")


def zone_book(zones: Zones, file: str) -> ZoneBook:
    """Build the zones that a plan asks for, ``file``; raises ConfigError for atlas and GeoJSON."""
    codes: list[str] = []
    names: list[str] = []
    names_zh: list[str] = []
    polygons: list[Any] = []
    if zones.atlas != "none":
        for feature in _atlas_features(_ATLAS_FILE[zones.atlas], file):
            properties = feature["properties"]
            codes.append(str(properties["code"]))
            names.append(str(properties["name"]))
            names_zh.append(str(properties["name_zh"]))
            polygons.append(shapely.from_geojson(msgspec.json.encode(feature["geometry"])))
    people = [float(zones.populations.get(code, np.nan)) for code in codes]
    shelters = [zones.shelters] * len(codes)
    for code in zones.populations:
        if code not in codes:
            key = f"zones.populations.{code}"
            raise ConfigError.unknown(file=file, key=key, name=code, valid=codes)
    for zone in own_zones(zones, file):
        people.append(zone.population)
        shelters.append(zones.shelters)
        codes.append(zone.code)
        names.append(zone.name)
        names_zh.append(zone.name)
        polygons.append(zone.shape)
    for circle in zones.circles:
        people.append(np.nan if circle.population is None else float(circle.population))
        shelters.append(zones.shelters if circle.shelters is None else circle.shelters)
        codes.append(circle.code)
        names.append(circle.name)
        names_zh.append(circle.name)
        polygons.append(disc(circle.lat_deg, circle.lon_deg, circle.radius_km * 1e3))
    if zones.geojson is not None:
        refuse_doubles(codes, "zones", "code", file)
    return ZoneBook(codes, names, names_zh, polygons, np.array(people), np.array(shelters))


def _atlas_features(name: str, file: str) -> list[dict[str, Any]]:
    path = resources.files("tdome").joinpath("geography", "taiwan", name)
    if not path.is_file():
        raise ConfigError(
            file,
            None,
            "zones.atlas",
            "the Taiwan atlas was not built with this install",
            "install with `pip install .`, which builds it",
        )
    features: list[dict[str, Any]] = msgspec.json.decode(path.read_bytes())["features"]
    return features
