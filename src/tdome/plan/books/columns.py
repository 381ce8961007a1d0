"""How columns are made from catalogue classes and sites."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import msgspec
import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.plan.classes.quantity import Quantity

T = TypeVar("T")


class Site(Protocol):
    """Anything with a place on the map, degrees."""

    @property
    def lat_deg(self) -> float:
        """Latitude."""

    @property
    def lon_deg(self) -> float:
        """Longitude."""


def column(entries: Sequence[msgspec.Struct], key: str, scale: float = 1.0) -> Floats:
    """Return one key of all entries, nominal values times ``scale``; nan where one has none."""
    return np.array([_nominal(getattr(entry, key)) * scale for entry in entries], dtype=np.float64)


def _nominal(quantity: Quantity | None) -> float:
    return float("nan") if quantity is None else quantity.nominal


def ranges(entries: Sequence[msgspec.Struct], key: str) -> Floats:
    """Return low and high of one key, (n, 2); nan where a class has no such key."""
    rows = [getattr(entry, key) for entry in entries]
    pairs = [(np.nan, np.nan) if q is None else (q.low, q.high) for q in rows]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def look_up(book: dict[str, T], name: str, key: str, file: str) -> T:
    """Return an entry of a book. Raises ConfigError with the nearest valid name."""
    if name not in book:
        raise ConfigError.unknown(file=file, key=key, name=name, valid=list(book))
    return book[name]


def places(sites: Sequence[Site]) -> tuple[Floats, Floats]:
    """Return latitudes and longitudes, rad."""
    lat = np.radians(np.array([site.lat_deg for site in sites], dtype=np.float64))
    lon = np.radians(np.array([site.lon_deg for site in sites], dtype=np.float64))
    return lat, lon
