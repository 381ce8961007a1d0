"""Which places a fire unit can defend against a class, and with how much time to spare.

For a place and a bearing, an arrival (:mod:`tdome.siting.arrivals`) is first on track when some
radar has had ``LOOKS`` looks at it: first sight + (LOOKS - 1) periods + latency. The unit may then
launch after the plan's decision step, the operator's answer and its own reaction time. Margin = the
latest launch that still meets the arrival inside the unit's envelope (fly-out law of
:mod:`tdome.command.assignment.firing_solution`) less that time; a place is defended where it is
not negative, and a unit's footprint is where this holds from each of ``BEARINGS``.

Assumptions: one arrival at a time, rounds and channels free, any radar may cue a unit that need not
see by itself, units on their first site, no kill probability (only units with an SSPK over zero).
Limit: places lie on a polar grid of 16 by 10 around the unit, interpolated linearly; from one knot
to the next a class is not looked at.
"""

import math

import numpy as np
import shapely
from scipy.ndimage import zoom

from tdome.command.assignment.firing_solution import latest_launch1
from tdome.earth.terrain import Terrain
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs
from tdome.plan.books.units import UnitBook
from tdome.plan.plan import Plan
from tdome.siting.arrivals import Arrival
from tdome.siting.outline import outline, points_around, polar
from tdome.siting.radar import Eyes

LOOKS = 3  # before a track is firm
BEARINGS = 8
NEVER = -60.0  # s: margin where there is no solution at all, for the interpolation
_TURNS, _RANGES = 16, 10
_BEYOND = 1.1  # the grid ends beyond the envelope by this factor
_FINER = 6, 20  # cells of the outline for each of the grid, around and outwards


@kernel
def _spare(  # noqa: PLR0913, PLR0917  (a kernel)
    ecef: Floats,
    height: Floats,
    time: Floats,
    on_track: Floats,
    units: Floats,
    tables: Floats,
    delay: Floats,
    out: Floats,
) -> None:
    """Fill out (n, u): the margin in s of each unit against each of n ways of k knots."""
    for i in range(height.shape[0]):
        for u in range(units.shape[0]):
            best = -math.inf
            for k in range(height.shape[1]):
                launch = latest_launch1(
                    ecef[i, k, 0],
                    ecef[i, k, 1],
                    ecef[i, k, 2],
                    height[i, k],
                    time[k],
                    units[u],
                    tables[u],
                )
                best = max(best, launch)  # which keeps the first where the second is nan
            out[i, u] = best - on_track[i, u] - delay[u]


def unit_rows(book: UnitBook) -> Floats:
    """Return units in the columns of :mod:`tdome.command.assignment.firing_solution`."""
    limits = (book.min_range, book.max_range, book.min_altitude, book.max_altitude)
    return np.column_stack([book.ecef, book.height, *limits])


class Defence:
    """The fire units of a plan behind its radars."""

    def __init__(self, plan: Plan, eyes: Eyes) -> None:
        self.plan = plan
        self.eyes = eyes
        self.units = plan.units
        self.rows = unit_rows(plan.units)
        answer = plan.clock.decide_s + plan.authority.answer_time_s
        self.delay = plan.units.reaction + answer

    def suited(self, arrival: Arrival) -> Longs:
        """Return the rows of the units with a kill probability over zero against a class."""
        shares = self.units.sspk_against([arrival.name], [arrival.family])[:, 0]
        return np.flatnonzero(shares > 0.0)

    def margins(
        self, arrival: Arrival, lat: Floats, lon: Floats, bearings: Floats, rows: Longs
    ) -> Floats:
        """Return margins in s, shape (places, bearings, units), at places (n,) in rad."""
        b = len(bearings)
        out = self.margins_along(
            arrival, np.repeat(lat, b), np.repeat(lon, b), np.tile(bearings, len(lat)), rows
        )
        return out.reshape(len(lat), b, len(rows))

    def margins_along(
        self, arrival: Arrival, lat: Floats, lon: Floats, bearing: Floats, rows: Longs
    ) -> Floats:
        """Return margins in s, shape (n, units), of ways to places (n,) from bearings (n,), rad."""
        lats, lons, height = arrival.path(lat, lon, bearing, self.terrain)
        on_track = self.on_track(arrival, lats, lons, height, rows)
        ecef = geodetic_to_ecef(lats.ravel(), lons.ravel(), height.ravel())
        out = np.empty((len(lats), len(rows)))
        _spare(
            ecef.reshape(*lats.shape, 3),
            height,
            arrival.time,
            on_track,
            np.ascontiguousarray(self.rows[rows]),
            np.ascontiguousarray(self.units.fly_out[rows]),
            self.delay[rows],
            out,
        )
        return out

    @property
    def terrain(self) -> Terrain | None:
        """The ground, if there is one."""
        return self.eyes.terrain

    def on_track(
        self, arrival: Arrival, lats: Floats, lons: Floats, height: Floats, rows: Longs
    ) -> Floats:
        """Return when each way is on a firm track for each unit, (n, u), s; inf if never.

        A unit that must see by itself waits for its own radar; the others take any.
        """
        book, sensors = self.eyes.book, self.eyes.radars
        seen = self.eyes.all_see(
            sensors, lats.ravel(), lons.ravel(), height.ravel(), arrival.rcs
        ).reshape(*lats.shape, len(sensors))
        first = np.where(seen.any(axis=1), arrival.time[seen.argmax(axis=1)], np.inf)
        firm = first + ((LOOKS - 1) * book.period + book.latency)[sensors]
        names = [book.names[sensor] for sensor in sensors]
        out = np.empty((len(lats), len(rows)))
        for column, row in enumerate(rows):
            out[:, column] = _of_any(firm, names, self.units.own_sensor[row])
        return out

    def outline(self, arrival: Arrival, unit: int) -> shapely.Geometry:
        """Return the ground, in degrees, that a unit alone defends from every bearing."""
        book = self.units
        reach = float(book.max_range[unit]) * _BEYOND
        turn, away = polar(_TURNS, _RANGES, reach)
        lat, lon = float(book.lat[unit]), float(book.lon[unit])
        lats, lons = points_around(lat, lon, turn, away)
        margin = self.margins(
            arrival, lats.ravel(), lons.ravel(), compass(BEARINGS), np.array([unit])
        )
        worst = margin[:, :, 0].min(axis=1).reshape(lats.shape)
        return outline(lat, lon, reach, _finer(worst) >= 0.0)


def _of_any(firm: Floats, names: list[str], own: str) -> Floats:
    """Return the first of the times (n, s) of radars; of one of them where it is named."""
    column = [name == own for name in names] if own else [True] * len(names)
    return np.asarray(firm[:, column].min(axis=1, initial=np.inf), dtype=np.float64)


def compass(bearings: int) -> Floats:
    """Return bearings in rad, from north."""
    return np.linspace(0.0, 2.0 * np.pi, bearings, endpoint=False)


def _finer(margin: Floats) -> Floats:
    """Interpolate margins of a polar grid linearly to a finer one, around the circle."""
    clipped = np.clip(margin, NEVER, -NEVER)
    ring = np.concatenate([clipped[-1:], clipped, clipped[:1]])
    fine = zoom(ring, _FINER, order=1, mode="nearest", grid_mode=True)
    return np.asarray(fine[_FINER[0] : -_FINER[0]])
