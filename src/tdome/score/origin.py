"""Where a raid came from, told after the run and only as shares of wide sectors and range bands.

For the warning and the watch of sensors of the next exercise it is enough to know the side from
which things came and how far they can have flown. No point is estimated: a track gives the bearing
from which it moves, seen where it is, and the range that its energy allows (a vacuum arc of its
present energy at 45 degrees on a flat Earth, v^2 / g with v the speed it would have at height 0: an
upper bound to some 10 %, within the bands' width). Shares are over all falling tracks together, and
a sector with fewer than LEAST tracks is told as part of the rest. It stands here and not in command
so that no order, plan or message can ever use it: it is read from the journal when all is over.
Assumptions: falling tracks, no manoeuvre. Errors raised: none.
"""

import math

import msgspec
import numpy as np

from tdome.earth.wgs84 import MU, A, Floats, ecef_to_geodetic, enu_axes
from tdome.messages.codes import Identity
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks

SECTORS = 8  # of 45 degrees, the first about north
BANDS = (100e3, 300e3, 1_000e3)  # upper ends, m; the last band is open
LEAST = 3  # tracks in a cell
FROM = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
AWAY = ("up to 100 km", "100 to 300 km", "300 to 1,000 km", "beyond 1,000 km")
_GRAVITY = 9.81
_FASTEST = 8_000.0  # m/s
_HITS = 8  # plots before a track is counted


class OriginCell(msgspec.Struct, frozen=True, kw_only=True):
    """A sector and a band from which LEAST tracks or more came, and their share of all."""

    sector: str
    band: str
    share: float


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Origin of the falling hostile tracks of a run: how many, the cells, the share not told."""

    tracks: int
    cells: list[OriginCell]
    not_told: float


def origin_of(tracks: list[SystemTracks], threats: list[Threats]) -> Origin:
    """Return where the falling hostile tracks of a run came from; pictures of equal times.

    Each track counts once, with the state of its greatest energy: it has least in boost and late.
    """
    best: dict[int, tuple[float, Floats]] = {}
    judged = {batch.header.valid_at: batch for batch in threats}
    for batch in tracks:
        threat = judged.get(batch.header.valid_at)
        if threat is None:
            continue
        counts = (batch.ballistic != 0) & (batch.hits >= _HITS)
        counts &= (threat.identity == Identity.HOSTILE) & (threat.threat_class >= 0)
        for row in np.flatnonzero(counts).tolist():
            number = int(batch.track_number[row])
            energy = _energy(batch.state[row])
            if energy > best.get(number, (-math.inf, batch.state[row]))[0]:
                best[number] = (energy, batch.state[row])
    state = np.array([best[number][1] for number in sorted(best)]).reshape(-1, 6)
    shares, rest = origin_shares(state)
    cells = [
        OriginCell(sector=FROM[sector], band=AWAY[band], share=float(shares[sector, band]))
        for sector, band in np.argwhere(shares > 0.0).tolist()
    ]
    cells.sort(key=lambda cell: -cell.share)
    return Origin(tracks=len(best), cells=cells, not_told=rest)


def origin_shares(state: Floats) -> tuple[Floats, float]:
    """Return shares of sectors and bands, shape (8, 4), and the share of tracks not told.

    Parameters
    ----------
    state
        Of falling tracks, shape (n, >= 6), ECEF, m and m/s. The rows' order does not matter.
    """
    count = np.zeros((SECTORS, len(BANDS) + 1))
    for row in state:
        if not np.isfinite(row[:6]).all():
            continue
        lat, lon, _ = (float(v) for v in ecef_to_geodetic(row[:3]))
        east, north = (enu_axes(lat, lon)[:2] @ row[3:6]).tolist()
        bearing = math.atan2(-east, -north)
        sector = round(bearing / math.tau * SECTORS) % SECTORS
        reach = min(_energy(row), _FASTEST**2) / _GRAVITY
        count[sector, int(np.searchsorted(BANDS, reach))] += 1.0
    total = max(float(count.sum()), 1.0)
    told = np.where(count >= LEAST, count, 0.0)
    return told / total, float((count - told).sum()) / total


def _energy(row: Floats) -> float:
    """Return twice the specific energy over that of height 0, m^2/s^2."""
    _, _, height = (float(v) for v in ecef_to_geodetic(row[:3]))
    lift = 2.0 * MU * (1.0 / A - 1.0 / (A + max(height, 0.0)))
    return float(row[3:6] @ row[3:6]) + lift
