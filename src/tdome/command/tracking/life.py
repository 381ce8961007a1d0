"""Life of tracks: begun by a plot, confirmed by the third, ended by silence, ground or a twin.

Confirmation is 3 plots of 5 expected looks: a tentative track ends at 2 expected misses in a row,
so that its third plot always comes within five. A look expects a plot where the believed Pd is at
least EXPECTED_PD.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.association import twins
from tdome.command.tracking.detection import Detection
from tdome.command.tracking.laws import fall
from tdome.command.tracking.laws.limits import (
    HIGH,
    HIGH_EVIDENCE,
    SPEED_HEIGHTS,
    SPEED_SIGMA,
    impossible1,
    sigma_up1,
)
from tdome.command.tracking.scan import Scan
from tdome.command.tracking.table import TrackTable
from tdome.command.tracking.trial import air
from tdome.command.tracking.trial.pair import advance_laws, start_laws
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

Rows = NDArray[np.bool_]

CONFIRMING_HITS = 3
EXPECTED_PD = 0.1
_MISS_LIMIT = 4.0  # most that one missed look may weigh: beliefs are not that good
_TENTATIVE_MISSES = 2
_TENTATIVE_SILENCE = 12_000_000_000  # ns
_MISSES = 5
_MISSED_WEIGHT = 7.0  # one in a thousand that a target was there all the time
SILENCE = 30_000_000_000  # ns
_FIRST_NIS = 3.0
_PAIRS = 256


def begin(scan: Scan, plots: Ints, running: int, tau: float) -> TrackTable:
    """Return tentative tracks, one for each plot, at rest with a wide velocity, tau s later."""
    table = TrackTable.empty(len(plots))
    height = ecef_to_geodetic(scan.z[plots])[2]
    high = height > HIGH
    table.x[:, :, :3] = scan.z[plots][:, None]
    table.p[:, :, :3, :3] = scan.r[plots][:, None]
    variance = np.square(SPEED_SIGMA)[np.searchsorted(SPEED_HEIGHTS, height)]
    for axis in range(3, 6):
        table.p[:, :, axis, axis] = variance[:, None]
    table.evidence[:] = np.where(high, HIGH_EVIDENCE, 0.0)
    table.ballistic[:] = high
    table.first_at[:] = scan.at
    table.updated_at[:] = scan.at
    table.hits[:] = 1
    table.nis[:] = _FIRST_NIS
    table.rcs[:] = scan.rcs[plots]
    told = np.isfinite(scan.spread[plots])
    table.spread[told], table.spreads[:] = np.log(scan.spread[plots][told]), told
    table.address[:] = scan.address[plots]
    table.friend[:] = scan.friend[plots]
    table.seed[:, 0] = plot_names(scan, plots)
    table.scans[:] = -1
    table.scans[:, 0] = running
    start_laws(
        table.x, table.p, table.air, table.fall_x, table.fall_p, table.fall_weight, air.NUMBERS,
        fall.NUMBERS, air.scratch()[2],
    )  # fmt: skip
    advance(table, tau)
    return table


def plot_names(scan: Scan, plots: Ints) -> Ints:
    """Return (sensor, scan, row) of plots, shape (k, 3)."""
    names = np.empty((len(plots), 3), np.int32)
    names[:, 0], names[:, 1], names[:, 2] = scan.sensor, scan.seq, scan.row[plots]
    return names


def advance(table: TrackTable, dt: float) -> None:
    """Predict both laws of all tracks of a table by dt s, in place."""
    if dt > 0.0 and len(table):
        modes, _, _ = air.scratch()
        advance_laws(
            table.x, table.p, table.air, table.fall_x, table.fall_p, table.fall_weight, dt,
            air.NUMBERS, fall.NUMBERS, table.evidence, modes, fall.scratch(),
        )  # fmt: skip


@kernel
def _sigmas_up(x: Floats, p: Floats, out: Floats) -> None:
    for i in range(len(x)):
        out[i] = sigma_up1(x[i], p[i])


def count_misses(table: TrackTable, scan: Scan, unfed: Rows, detection: Detection) -> None:
    """Count, in place, what a scan of the whole coverage should have seen and did not."""
    rows = np.flatnonzero(unfed)
    if not scan.volume or not len(rows):
        return
    x, p = table.in_force(rows)
    sigma_up = np.empty(len(x))
    _sigmas_up(x, p, sigma_up)
    pd = detection.probability(scan.sensor, x, sigma_up, table.rcs[rows], scan.at)
    rows, pd = rows[pd >= EXPECTED_PD], pd[pd >= EXPECTED_PD]
    table.missed[rows] += 1
    table.missed_weight[rows] += np.minimum(-np.log1p(-pd), _MISS_LIMIT)


def ended(table: TrackTable, x: Floats, p: Floats, at: int) -> Rows:
    """Return the rows that have ended by ``at`` (int ns), where x and p are their states then.

    A track that would be faster than anything flies was made of plots that do not belong together.
    """
    over = np.empty(len(table), np.bool_)
    beliefs = (table.number, table.ballistic, table.updated_at, table.missed, table.missed_weight)
    _ended(*beliefs, x, p, at, over)
    return over


@kernel
def _ended(  # noqa: PLR0913, PLR0917 - flat columns
    number: Ints,
    ballistic: Codes,
    updated_at: Longs,
    missed: Ints,
    missed_weight: Floats,
    x: Floats,
    p: Floats,
    at: int,
    out: Rows,
) -> None:
    for i in range(len(number)):
        silence = at - updated_at[i]
        over = missed[i] >= _TENTATIVE_MISSES or silence > _TENTATIVE_SILENCE
        if number[i] > 0:
            lost = missed[i] >= _MISSES and missed_weight[i] > _MISSED_WEIGHT
            over = lost or silence > SILENCE
        out[i] = over or impossible1(x[i], p[i], ballistic[i])


def merge_twins(table: TrackTable) -> Rows:
    """Find pairs of confirmed tracks of one target; return the rows to drop.

    Twins have states that agree and were never fed by the same scan, as two targets in formation
    are. The older number stays, with the state that was updated last (written in place).
    """
    drop = np.zeros(len(table), np.bool_)
    rows = np.flatnonzero(table.confirmed)
    pairs = np.empty((_PAIRS, 2), np.int32)
    for a, b in rows[pairs[: twins(*table.in_force(rows), pairs)]]:
        old, young = (a, b) if table.number[a] < table.number[b] else (b, a)
        if drop[old] or drop[young] or _distinct(table, old, young):
            continue
        drop[young] = True
        hits = table.hits[old] + table.hits[young]
        if table.updated_at[young] > table.updated_at[old]:
            kept = table.number[old], table.first_at[old]
            for column in table.columns:
                column[old] = column[young]
            table.number[old], table.first_at[old] = kept
        table.hits[old] = hits
    return drop


def _distinct(table: TrackTable, a: int, b: int) -> bool:
    if table.address[a] != table.address[b] or table.friend[a] != table.friend[b]:
        return True
    shared = (table.scans[a][:, None] == table.scans[b]) & (table.scans[b] >= 0)
    return bool(shared.any())
