"""Engagement windows: for a path, a fire unit and a second of launch, when and how well it is met.

The latest launch that still meets each point of a path is that of the assigner's own kernel
(``command.assignment.firing_solution.latest_launch1``, over the fly-out tables that command
believes); the earliest intercept of a launch at L is the first point whose latest launch is not
before L. On a grid of launches this gives the time of intercept, and at some of them the nominal
SSPK worn down by aspect and manoeuvre is asked of the referee's own law
(``world.effectors.single_shot``); between, both are linear.

What is left out: fire zones, moves of units (first stations count), jamming, and the error of a
predicted path: a unit plans on the true one. A unit that needs its own radar has no launch while
that radar does not see the target.
"""

import math

import msgspec
import numpy as np

from tdome.command.assignment.firing_solution import latest_launch1
from tdome.earth.ballistics import height1
from tdome.earth.horizon import in_sight
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs, Singles
from tdome.messages.codes import WeaponControl
from tdome.plan.books.sensors import SensorBook
from tdome.plan.books.units import UnitBook
from tdome.plan.plan import Plan
from tdome.run.screening.compiled.objects import Objects
from tdome.run.screening.compiled.paths import Library
from tdome.world.bodies.table import state1
from tdome.world.effectors.single_shot import LOOK_BACK, Encounter, single_shot

SAMPLE_S = 0.5  # s between the points of a path, and its longest share
_SAMPLES = 1200
LAUNCH_S = 0.5  # s between launches of a grid at the least
_LAUNCHES = 96  # of a grid at most
_JUDGED = 6  # launches of a grid at which the referee is asked


class Windows(msgspec.Struct, frozen=True, eq=False):
    """Feasible pairs of path and unit: those of a path from ``first`` (p + 1,) on.

    unit: (m,). opens, last: (m,) first and last launch, s after the threat's. step: (m,) between
    launches. offset: (m + 1,) into met, sspk: time of intercept, s after the threat's launch, and
    the true SSPK of a round.
    """

    first: Longs
    unit: Ints
    opens: Floats
    last: Floats
    step: Floats
    offset: Longs
    met: Singles
    sspk: Singles


class Books(msgspec.Struct, frozen=True, eq=False):
    """What is (units, sensors, classes of the scenario), beside what the plan believes of it."""

    units: UnitBook
    sensors: SensorBook
    sspk: Floats  # (u, c) true, against the scenario's classes
    believed: Floats  # (u, c) of the plan


def windows_of(library: Library, objects: Objects, plan: Plan, books: Books) -> Windows:
    """Tabulate all pairs; a pair without a launch is left out."""
    units, book = len(plan.units.names), plan.units
    hold = np.array([control == WeaponControl.HOLD for control in plan.weapon_control], np.bool_)
    rows = np.column_stack(
        [book.stations[:, 0, :], book.min_range, book.max_range, book.min_altitude,
        book.max_altitude]
    ) if units else np.empty((0, 8))  # fmt: skip
    first, unit, opens, last, steps, met, sspk, sizes = [0], [], [], [], [], [], [], [0]
    for p in range(len(library.flight)):
        kind = objects.threat_class[library.group[p]]
        step = max(SAMPLE_S, float(library.flight[p]) / _SAMPLES)
        points = _sampled(library, p, step)
        height = np.empty(len(points))
        _heights(points, height)
        for u in range(units):
            if books.believed[u, kind] <= 0.0 or hold[u]:
                continue
            seen = _seen(plan, books, u, points, height, float(library.rcs[p]))
            late = np.empty(len(points))
            _latest(points, height, step, rows[u], book.fly_out[u], seen, late)
            if not np.isfinite(late).any():
                continue
            begin, end = float(late[np.isfinite(late)][0]), float(np.nanmax(late))
            begin = min(begin, end)
            grid = max(LAUNCH_S, (end - begin) / _LAUNCHES)
            count = int((end - begin) / grid) + 2
            times = np.empty(count)
            _meet(late, step, begin, grid, times)
            nominal = float(books.sspk[u, kind])
            chances = _chances(library, p, books.units, u, nominal, times)
            unit.append(u)
            opens.append(begin)
            last.append(end)
            steps.append(grid)
            met.append(times)
            sspk.append(chances)
            sizes.append(count)
        first.append(len(unit))
    return Windows(
        first=np.array(first, np.int64),
        unit=np.array(unit, np.int32),
        opens=np.array(opens, np.float64),
        last=np.array(last, np.float64),
        step=np.array(steps, np.float64),
        offset=np.cumsum(sizes).astype(np.int64),
        met=np.concatenate([*met, np.zeros(1)]).astype(np.float32),
        sspk=np.concatenate([*sspk, np.zeros(1)]).astype(np.float32),
    )


def _sampled(library: Library, p: int, step: float) -> Floats:
    """States (k, 6) of a path every ``step`` s."""
    out = np.empty((int(library.flight[p] / step) + 1, 6))
    _sample(library.knots, int(library.offset[p]), int(library.count[p]), step, out)
    return out


def _seen(plan: Plan, books: Books, u: int, points: Floats, height: Floats, rcs: float) -> Codes:
    """Tell at which samples the unit's own radar, if it needs one, sees the path."""
    name = plan.units.own_sensor[u]
    if not name:
        return np.ones(len(points), np.int8)
    book = books.sensors
    s = book.names.index(name)
    reach = np.full(len(points), min(book.reference_range[s] * rcs**0.25, book.max_range[s]))
    elevation = float(book.min_elevation[s]), float(book.max_elevation[s])
    up, antenna = book.axes[s, 2], book.ecef[s]
    seen = in_sight(points[:, :3], height, antenna, up, float(book.height[s]), reach, elevation)
    return seen.astype(np.int8)


def _chances(
    library: Library, p: int, book: UnitBook, u: int, nominal: float, times: Floats
) -> Floats:
    """SSPK of the referee for intercepts at times, asked at some of them."""
    asked = np.unique(np.linspace(0, len(times) - 1, min(_JUDGED, len(times))).astype(np.int64))
    now, before = np.empty(6), np.empty(6)
    offset, count = int(library.offset[p]), int(library.count[p])
    found = []
    for t in times[asked].tolist():
        state1(library.knots, offset, count, t, now)
        state1(library.knots, offset, count, t - LOOK_BACK, before)
        met = Encounter(launcher=book.ecef[u], now=now, before=before, miss=0.0)
        found.append(single_shot(book, u, nominal, met))
    return np.interp(np.arange(len(times)), asked, found)


@kernel
def _sample(knots: Floats, offset: int, count: int, step: float, out: Floats) -> None:
    for k in range(len(out)):
        state1(knots, offset, count, k * step, out[k])


@kernel
def _heights(points: Floats, out: Floats) -> None:
    for k in range(len(out)):
        out[k] = height1(points[k, 0], points[k, 1], points[k, 2])


@kernel
def _latest(  # noqa: PLR0913, PLR0917 - a kernel
    points: Floats, height: Floats, step: float, unit: Floats, table: Floats, seen: Codes, late:
    Floats
) -> None:  # fmt: skip
    """Fill the latest launch that meets each sample; nan where none does."""
    for k in range(len(late)):
        late[k] = latest_launch1(
            points[k, 0], points[k, 1], points[k, 2], height[k], k * step, unit, table
        )
        # A launch before the threat's own, or one that its unit's radar does not see, is none.
        if not late[k] >= 0.0 or seen[min(int(late[k] / step), len(seen) - 1)] == 0:
            late[k] = math.nan


@kernel
def _meet(late: Floats, step: float, begin: float, grid: float, times: Floats) -> None:
    """Fill the earliest intercept of each launch of a grid; past the last, that of the last."""
    k, n = 0, len(late)
    for j in range(len(times)):
        launch = begin + j * grid
        while k < n and not late[k] >= launch:
            k += 1
        if k == n:
            times[j] = times[j - 1] if j > 0 else math.nan
            continue
        times[j] = k * step
        if k > 0 and late[k - 1] < launch < late[k]:
            times[j] -= step * (late[k] - launch) / (late[k] - late[k - 1])
