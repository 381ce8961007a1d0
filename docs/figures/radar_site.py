"""One plain radar and bodies at rest for the figures of radars: those of the tests."""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import radar_site

from tdome.plan.books.sensors import SensorBook
from tdome.world.bodies.table import Bodies
from tdome.world.schema.jammers import Jammer
from tdome.world.sensors.radars import Radars


def book_of(kind: str = "multifunction", **changes: float) -> SensorBook:
    """Return a radar of a class, with some of its keys changed."""
    return radar_site.book_of(kind, changes)


def bodies_at(places: NDArray[np.float64], rcs: float, swerling: int = 1) -> Bodies:
    """Return bodies at rest at places, (k, 3) ECEF, m; one on the ground if there are none."""
    return radar_site.bodies_of(places, rcs, swerling, count=max(len(np.atleast_2d(places)), 1))


def place(
    book: SensorBook, distance: float, elevation_deg: float = 5.0, azimuth_deg: float = 0.0
) -> NDArray[np.float64]:
    """Return a place as the radar sees it, ECEF, m."""
    return radar_site.place(book, distance, elevation_deg, azimuth_deg)


def radars_of(book: SensorBook, rain: float = 0.0, jammers: tuple[Jammer, ...] = ()) -> Radars:
    """Return the radar in some rain, with some jammers."""
    return radar_site.radars_of(book, jammers=jammers, rain_mm_h=rain)


def share_seen(radars: Radars, bodies: Bodies, looks: int = 400) -> float:
    """Return the share of looks in which something true is seen."""
    hits = [bool((radars.look(0, bodies, 0.0, k).rows >= 0).any()) for k in range(looks)]
    return float(np.mean(hits))


def half_range(radars: Radars, elevation_deg: float, looks: int) -> float:
    """Return where 1 m^2 is seen in every second look, km, by bisection."""
    low, high, half, near = 1e3, 150e3, 0.5, 500.0
    while high - low > near:
        middle = 0.5 * (low + high)
        bodies = bodies_at(place(radars.book, middle, elevation_deg), 1.0)
        if share_seen(radars, bodies, looks) > half:
            low = middle
        else:
            high = middle
    return 0.5e-3 * (low + high)
