"""Life of tracks: begun by a plot, confirmed by the third, ended by silence, ground or a twin.

Confirmation is 3 plots of 5 expected looks: a tentative track ends at 2 expected misses in a row,
so that its third plot always comes within five. A look expects a plot where the believed Pd is at
least EXPECTED_PD.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.association import twins
from tdome.command.tracking.detection import Detection
from tdome.command.tracking.filters import BELIEVED_INV_BETA, predict
from tdome.command.tracking.scan import Scan
from tdome.command.tracking.table import BALLISTIC, TrackTable
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Floats, Ints

Rows = NDArray[np.bool_]

CONFIRMING_HITS = 3
EXPECTED_PD = 0.1
_MISS_LIMIT = 4.0  # most that one missed look may weigh: beliefs are not that good
_TENTATIVE_MISSES = 2
_TENTATIVE_SILENCE = 12_000_000_000  # ns
_MISSES = 5
_MISSED_WEIGHT = 7.0  # one in a thousand that a target was there all the time
_SILENCE = 30_000_000_000  # ns
_HIGH = 20_000.0  # what is first seen above is taken for ballistic, m
# Speed of what is first seen up to a height in m, one sigma in m/s: in dense air little is fast.
_SPEED_HEIGHTS = np.array([10_000.0, 30_000.0])
_SPEED_SIGMA = np.array([500.0, 1_000.0, 2_500.0])
_HIGH_EVIDENCE = 4.0
_FIRST_NIS = 3.0
_PAIRS = 256


def begin(scan: Scan, plots: Ints, running: int, tau: float) -> TrackTable:
    """Return tentative tracks, one for each plot, at rest with a wide velocity, tau s later."""
    table = TrackTable.empty(len(plots))
    height = ecef_to_geodetic(scan.z[plots])[2]
    high = height > _HIGH
    table.x[:, :, :3] = scan.z[plots][:, None]
    table.p[:, :, :3, :3] = scan.r[plots][:, None]
    variance = _SPEED_SIGMA[np.searchsorted(_SPEED_HEIGHTS, height)] ** 2
    for axis in range(3, 6):
        table.p[:, :, axis, axis] = variance[:, None]
    table.evidence[:] = np.where(high, _HIGH_EVIDENCE, 0.0)
    table.ballistic[:] = high
    table.first_at[:] = scan.at
    table.updated_at[:] = scan.at
    table.hits[:] = 1
    table.nis[:] = _FIRST_NIS
    table.rcs[:] = scan.rcs[plots]
    table.address[:] = scan.address[plots]
    table.friend[:] = scan.friend[plots]
    table.seed[:, 0] = plot_names(scan, plots)
    table.scans[:] = -1
    table.scans[:, 0] = running
    advance(table, tau)
    return table


def plot_names(scan: Scan, plots: Ints) -> Ints:
    """Return (sensor, scan, row) of plots, shape (k, 3)."""
    names = np.empty((len(plots), 3), np.int32)
    names[:, 0], names[:, 1], names[:, 2] = scan.sensor, scan.seq, scan.row[plots]
    return names


def advance(table: TrackTable, dt: float) -> None:
    """Predict all filters of a table by dt s, in place."""
    if dt > 0.0 and len(table):
        law = np.tile(np.array([0, 1], np.int8), len(table))
        predict(table.x.reshape(-1, 6), table.p.reshape(-1, 6, 6), law, dt, BELIEVED_INV_BETA)


def sigma_up(x: Floats, p: Floats) -> Floats:
    """Return the error of height in m, shape (n,), of states (n, 6) with covariances (n, 6, 6)."""
    up = x[:, :3] / np.sqrt(np.sum(x[:, :3] ** 2, axis=1))[:, None]
    along = np.sum(p[:, :3, :3] * up[:, None, :], axis=2)
    return np.asarray(np.sqrt(np.maximum(np.sum(along * up, axis=1), 0.0)))


def count_misses(table: TrackTable, scan: Scan, unfed: Rows, detection: Detection) -> None:
    """Count, in place, what a scan of the whole coverage should have seen and did not."""
    rows = np.flatnonzero(unfed)
    if not scan.volume or not len(rows):
        return
    x, p = table.in_force(rows)
    pd = detection.probability(
        scan.sensor, np.ascontiguousarray(x[:, :3]), sigma_up(x, p), table.rcs[rows]
    )
    rows, pd = rows[pd >= EXPECTED_PD], pd[pd >= EXPECTED_PD]
    table.missed[rows] += 1
    table.missed_weight[rows] += np.minimum(-np.log1p(-pd), _MISS_LIMIT)


def ended(table: TrackTable, x: Floats, p: Floats, at: int) -> Rows:
    """Return the rows that have ended by ``at`` (int ns), where x and p are their states then."""
    silence = at - table.updated_at
    tentative = (table.missed >= _TENTATIVE_MISSES) | (silence > _TENTATIVE_SILENCE)
    lost = (table.missed >= _MISSES) & (table.missed_weight > _MISSED_WEIGHT)
    confirmed = lost | (silence > _SILENCE)
    landed = table.ballistic == BALLISTIC
    if landed.any():
        height = ecef_to_geodetic(x[landed, :3])[2]
        landed[landed] = height < -sigma_up(x[landed], p[landed])
    return np.asarray(landed | np.where(table.confirmed, confirmed, tentative))


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
