"""What each engaged track was like before its intercept, to tell what the intercept did to it."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.fire import Engagements
from tdome.messages.tracks import SystemTracks

Flags = NDArray[np.bool_]
_DIAGONAL = np.array([0, 6, 11, 15, 18, 20])  # of a packed covariance
_PLACE, _SPEED = slice(0, 3), slice(3, 6)
_ROOM = 1_000_000_000  # ns before the intercept: the last look counts from before that


class Before(msgspec.Struct, frozen=True, eq=False):
    """One row per engagement that has not been judged, ordered by engagement number.

    engagement: (n,). at: (n,) int ns of the picture. updated_at: (n,) int ns of the last plot.
    state: (n, 6) ECEF, m, m/s. sigma: (n, 2) of a coordinate and of a velocity component, m, m/s.
    weight: (n,) missed_weight. inv_beta: (n,) m^2/kg. rcs: (n,) as of SystemTracks.
    ballistic: (n,).
    """

    engagement: Ints
    at: Longs
    updated_at: Longs
    state: Floats
    sigma: Floats
    weight: Floats
    inv_beta: Floats
    rcs: Floats
    ballistic: Codes

    @classmethod
    def nothing(cls) -> Self:
        """Return what was seen before the first engagement."""
        none, never = np.zeros(0), np.zeros(0, np.int64)
        return cls(
            engagement=np.zeros(0, np.int32),
            at=never,
            updated_at=never,
            state=np.zeros((0, 6)),
            sigma=np.zeros((0, 2)),
            weight=none,
            inv_beta=none,
            rcs=none,
            ballistic=np.zeros(0, np.int8),
        )

    def seen(self, engagements: Engagements, tracks: SystemTracks, rows: Flags, now: int) -> Self:
        """Return what is known after a picture; ``rows``, (n,), says which engagements count.

        Until a second before its intercept the newest look at a track replaces the one before; an
        engagement that is seen for the first time after that is taken as it is then.
        """
        if not rows.any():
            return self.nothing()
        number = engagements.engagement
        known = among(number, self.engagement)
        there, row = places(tracks, engagements.track_number)
        early = now <= engagements.intercept_at - _ROOM
        fresh = rows & there & (early | ~known)
        kept = among(self.engagement, number[rows & ~fresh])
        new = self._of(engagements, tracks, np.flatnonzero(fresh), row[fresh], now)
        columns = {
            name: np.concatenate([getattr(self, name)[kept], getattr(new, name)])
            for name in self.__struct_fields__
        }
        order = np.argsort(columns["engagement"], kind="stable")
        return type(self)(**{name: column[order] for name, column in columns.items()})

    @classmethod
    def _of(
        cls,
        engagements: Engagements,
        tracks: SystemTracks,
        which: NDArray[np.intp],
        row: NDArray[np.intp],
        now: int,
    ) -> Self:
        variance = tracks.covariance[row][:, _DIAGONAL].astype(np.float64)
        halves = [np.maximum(variance[:, part].mean(axis=1), 0.0) for part in (_PLACE, _SPEED)]
        return cls(
            engagement=engagements.engagement[which],
            at=np.full(len(which), now, np.int64),
            updated_at=tracks.updated_at[row],
            state=tracks.state[row],
            sigma=np.sqrt(np.stack(halves, axis=1)),
            weight=tracks.missed_weight[row].astype(np.float64),
            inv_beta=np.exp(tracks.ln_inv_beta[row].astype(np.float64)),
            rcs=tracks.rcs_dbsm[row].astype(np.float64),
            ballistic=tracks.ballistic[row],
        )

    def of(self, number: Ints) -> tuple[Flags, NDArray[np.intp]]:
        """Return which engagements were seen before, (n,), and their rows here (0 where not)."""
        return _found(rows_of(self.engagement, number))


def places(tracks: SystemTracks, number: Ints) -> tuple[Flags, NDArray[np.intp]]:
    """Return which track numbers, (n,), are in the picture, and their rows there (0 where not)."""
    return _found(rows_of(tracks.track_number, number))


def _found(row: NDArray[np.intp]) -> tuple[Flags, NDArray[np.intp]]:
    return row >= 0, np.maximum(row, 0)
