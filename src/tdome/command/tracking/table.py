"""The track table: the tracker's memory in columns, one row per track, oldest first.

Functional: an old table is never written to. ``copied`` gives writable columns for one scan;
``frozen`` closes them.
"""

from collections.abc import Sequence
from functools import cache
from typing import Self, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.trial.air import ROW
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

LAWS = 2
SEED_PLOTS = 2  # the third plot confirms, and is told at once
SCANS_KEPT = 8


class TrackTable(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Columns of n tracks; all filters stand at the state's common time.

    number: (n,) track number, 0 while tentative. x: (n, 2, 6) and p: (n, 2, 6, 6) states and
    covariances under the level and the ballistic law, ECEF, m and m/s. evidence: (n,) forgetful
    log-likelihood ratio of ballistic over level. ballistic: (n,) the law in force. first_at,
    updated_at: (n,) int ns. hits, missed: (n,). missed_weight, nis, address, friend: as
    in SystemTracks. rcs: (n,) smoothed cross-section, m^2. spread: (n,) smoothed ln of the Doppler
    spread in m/s, of spreads (n,) plots. seed: (n, 2, 3) (sensor, scan, row) of
    the plots of the tentative time. scans: (n, 8) running numbers of the scans that fed the track
    last, -1 for none. air: (n, 152), fall_x: (n, 2, 8), fall_p: (n, 2, 8, 8), fall_weight: (n, 2)
    the modes under each law, see :mod:`tdome.command.tracking.laws`.
    """

    number: Ints
    x: Floats
    p: Floats
    evidence: Floats
    ballistic: Codes
    first_at: Longs
    updated_at: Longs
    hits: Ints
    missed: Ints
    missed_weight: Floats
    nis: Floats
    rcs: Floats
    spread: Floats
    spreads: Ints
    address: Ints
    friend: Codes
    seed: Ints
    scans: Longs
    air: Floats
    fall_x: Floats
    fall_p: Floats
    fall_weight: Floats

    def __len__(self) -> int:
        """Tracks, tentative ones included."""
        return len(self.number)

    @property
    def columns(self) -> list[NDArray[np.generic]]:
        """All columns, in the order of the fields."""
        return [getattr(self, name) for name in self.__struct_fields__]

    @property
    def confirmed(self) -> NDArray[np.bool_]:
        """Which rows are confirmed tracks."""
        return self.number > 0

    @classmethod
    def of(cls, columns: Sequence[NDArray[np.generic]]) -> Self:
        """Build from all columns in the order of the fields."""
        return cls(**dict(zip(cls.__struct_fields__, columns, strict=True)))  # type: ignore[arg-type]

    @classmethod
    def empty(cls, n: int = 0) -> Self:
        """Return n rows of zeros."""
        return cls.of([np.zeros((n, *shape), kind) for shape, kind in _layout(cls)])

    def copied(self) -> Self:
        """Return the same rows in writable columns."""
        return self.of([column.copy() for column in self.columns])

    def take(self, rows: NDArray[np.bool_] | NDArray[np.integer]) -> Self:
        """Return some rows, in writable columns."""
        return self.of([column[rows] for column in self.columns])

    def joined(self, other: Self) -> Self:
        """Return these rows and then those of another table, in writable columns."""
        pairs = zip(self.columns, other.columns, strict=True)
        return self.of([np.concatenate(pair) for pair in pairs])

    def frozen(self) -> Self:
        """Forbid writing to the columns, and return the table."""
        for column in self.columns:
            column.setflags(write=False)
        return self

    def in_force(self, rows: NDArray[np.integer] | None = None) -> tuple[Floats, Floats]:
        """Return states (k, 6) and covariances (k, 6, 6) of rows, each under its law, as copies."""
        wanted = np.arange(len(self)) if rows is None else rows
        x, p = np.empty((len(wanted), 6)), np.empty((len(wanted), 6, 6))
        _in_force(self.x, self.p, self.ballistic, wanted, x, p)
        return x, p


@kernel
def _in_force(
    x: Floats,
    p: Floats,
    law: Codes,
    rows: NDArray[np.integer],
    out_x: Floats,
    out_p: Floats,
) -> None:
    for k in range(len(rows)):
        i = rows[k]
        for m in range(6):
            out_x[k, m] = x[i, law[i], m]
            for n in range(6):
                out_p[k, m, n] = p[i, law[i], m, n]


@cache
def _layout(table: type[TrackTable]) -> list[tuple[tuple[int, ...], np.dtype[np.generic]]]:
    """Return shape of a row and kind of each column."""
    rows = {"x": (LAWS, 6), "p": (LAWS, 6, 6), "seed": (SEED_PLOTS, 3), "scans": (SCANS_KEPT,)}
    rows |= {"air": (ROW,), "fall_x": (2, 8), "fall_p": (2, 8, 8), "fall_weight": (2,)}
    fields = msgspec.structs.fields(table)
    return [(rows.get(f.name, ()), np.dtype(get_args(get_args(f.type)[1])[0])) for f in fields]
