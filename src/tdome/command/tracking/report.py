"""What the tracker says: system tracks predicted to now, and which plot fed which track."""

from collections.abc import Sequence
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.ballistic.settings import BOOST
from tdome.command.tracking.laws.limits import BALLISTIC
from tdome.command.tracking.laws.lines import BELIEVED_INV_BETA
from tdome.command.tracking.life import advance
from tdome.command.tracking.table import TrackTable
from tdome.earth.falling import DRAG, THRUST
from tdome.messages.base import Codes, Floats, Header, Ints, Singles
from tdome.messages.codes import TrackStatus
from tdome.messages.tracks import Associations, SystemTracks, believed_drag, pack_covariance

_SOURCE = "tracking"
_COASTING_MISSES = 2
_COASTING_SILENCE = 15_000_000_000  # ns
_BEST_QUALITY = 15
_BEST_SIGMA = 10.0  # m
_LEAST_RCS = 1e-9  # m^2


class Piece(msgspec.Struct, frozen=True, eq=False):
    """Tracks with state (n, 6), covariance (n, 6, 6) and TrackStatus at the time of the report."""

    table: TrackTable
    x: Floats
    p: Floats
    status: Codes

    def take(self, rows: NDArray[np.bool_] | NDArray[np.integer]) -> Self:
        """Return some of the tracks."""
        return type(self)(self.table.take(rows), self.x[rows], self.p[rows], self.status[rows])


def piece(table: TrackTable, at: int, now: int, *, dropped: bool) -> Piece:
    """Predict tracks that stand at ``at`` to ``now`` (int ns), each under the law in force."""
    if now > at:
        table = table.copied()
        advance(table, (now - at) * 1e-9)
    x, p = table.in_force()
    silence = now - table.updated_at
    coasting = (table.missed >= _COASTING_MISSES) | (silence > _COASTING_SILENCE)
    status = np.where(coasting, TrackStatus.COASTING, TrackStatus.CONFIRMED)
    if dropped:
        status[:] = TrackStatus.DROPPED
    return Piece(table, x, p, status.astype(np.int8))


def quality(p: Floats) -> Codes:
    """Return track quality, (n,): 15 to an error of 10 m, two less for each doubling, down to 0."""
    sigma = np.sqrt(np.trace(p[:, :3, :3], axis1=1, axis2=2))
    doublings = np.log2(np.maximum(sigma / _BEST_SIGMA, 1.0))
    graded = np.maximum(np.rint(_BEST_QUALITY - 2.0 * doublings), 0.0)
    return np.asarray(graded, dtype=np.int8)


def system_tracks(pieces: Sequence[Piece], seq: int, now: int) -> SystemTracks:
    """Return the confirmed tracks of some pieces as one message, ordered by track number."""
    table = pieces[0].table
    for other in pieces[1:]:
        table = table.joined(other.table)
    rows = np.flatnonzero(table.confirmed)
    rows = rows[np.argsort(table.number[rows])]
    table = table.take(rows)
    p = np.concatenate([one.p for one in pieces])[rows]
    return SystemTracks(
        header=Header(_SOURCE, seq, now, now),
        track_number=table.number,
        state=np.concatenate([one.x for one in pieces])[rows],
        covariance=pack_covariance(p),
        ballistic=table.ballistic,
        status=np.concatenate([one.status for one in pieces])[rows],
        first_at=table.first_at,
        updated_at=table.updated_at,
        hits=table.hits,
        quality=quality(p),
        missed=table.missed,
        missed_weight=table.missed_weight.astype(np.float32),
        nis=table.nis.astype(np.float32),
        rcs_dbsm=(10.0 * np.log10(np.maximum(table.rcs, _LEAST_RCS))).astype(np.float32),
        doppler_spread_m_s=_spread(table),
        **_drag(table),
        address=table.address,
        friend=table.friend,
    )


def _spread(table: TrackTable) -> Singles:
    told = np.where(table.spreads > 0, np.exp(table.spread), np.nan)
    return told.astype(np.float32)


def _drag(table: TrackTable) -> dict[str, Singles]:
    """Return the columns of drag and thrust: estimated by the fall where it is in force.

    Of the two filters together: mean, variance and covariance with the state of ln inv_beta.
    """
    said = believed_drag(len(table), BELIEVED_INV_BETA)
    rows = np.flatnonzero(table.ballistic == BALLISTIC)
    x, w = table.fall_x[rows], table.fall_weight[rows]
    mean = np.einsum("nm,nmi->ni", w, x)
    off = x - mean[:, None]
    spread = table.fall_p[rows][:, :, DRAG] + off[:, :, DRAG, None] * off
    row = np.einsum("nm,nmi->ni", w, spread)
    said["ln_inv_beta"][rows] = mean[:, DRAG]
    said["ln_inv_beta_sigma"][rows] = np.sqrt(row[:, DRAG])
    said["drag_covariance"][rows] = row[:, :6]
    said["thrust"][rows] = x[:, BOOST, THRUST]
    said["powered"][rows] = w[:, BOOST]
    return said


def associations(told: Sequence[Ints], seq: int, now: int) -> Associations:
    """Return rows (track number, sensor, scan, row) as a message."""
    rows = np.concatenate([np.empty((0, 4), np.int32), *told])
    return Associations(
        header=Header(_SOURCE, seq, now, now),
        track_number=rows[:, 0].copy(),
        sensor=rows[:, 1].copy(),
        scan=rows[:, 2].copy(),
        row=rows[:, 3].copy(),
    )
