"""The tracks as they were told last: what the core does not keep stands here, by track number."""

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.tracking.engine import Engine
from tdome.command.tracking.engine.live.standing import LAW, Standing
from tdome.kernel.ids import rows_of
from tdome.messages.base import Codes, Floats, Ints, Longs

Rows = NDArray[np.bool_]


class Table(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Confirmed tracks, n rows ordered by number, at the time of the last report.

    number: (n,) as told, never used twice. core: (n,) the number that the core's newest engine
    gives it. state … covariance, hits, missed, address, friend: as in SystemTracks. silence: (n,)
    missed_weight. cross: (n,) m^2. spread: (n,) m/s, 0: not told. first_at, updated_at: (n,) int
    ns. doubted: (n,) the core would rather not tell of it. story: (n, 16) names of the last plots
    that fed it. law: (n, 5), drag: (n, 6), strain: (n,) as in :class:`Standing`.
    """

    number: Ints
    core: Longs
    state: Floats
    covariance: Floats
    hits: Longs
    missed: Longs
    silence: Floats
    cross: Floats
    spread: Floats
    first_at: Longs
    updated_at: Longs
    doubted: Rows
    address: Ints
    friend: Codes
    story: Longs
    law: Floats
    drag: Floats
    strain: Floats

    def __len__(self) -> int:
        """Return the number of tracks."""
        return len(self.number)

    @property
    def confirmed(self) -> Rows:
        """All rows are."""
        return np.ones(len(self), np.bool_)

    def in_force(self, rows: Longs) -> tuple[Floats, Floats]:
        """Return states (k, 6) and covariances (k, 6, 6) of rows."""
        return self.state[rows], self.covariance[rows]

    def take(self, rows: NDArray[np.integer] | Rows) -> Self:
        """Return some rows, in columns of their own."""
        names = self.__struct_fields__
        return type(self)(**{name: getattr(self, name)[rows] for name in names})

    def remembering(self, before: Self) -> Self:
        """Return the table in which who was named or a friend before is so still."""
        there = rows_of(before.number, self.number)
        here = np.flatnonzero(there >= 0)
        there = there[here]
        address, friend = self.address.copy(), self.friend.copy()
        if len(here):
            known = before.address[there]
            address[here] = np.where(known >= 0, known, address[here])
            friend[here] |= before.friend[there]
        return msgspec.structs.replace(self, address=address, friend=friend)


def empty() -> Table:
    """Return a table without tracks."""
    nothing, none = np.zeros(0), np.zeros(0, np.int64)
    return Table(
        number=np.zeros(0, np.int32), core=none, state=np.zeros((0, 6)),
        covariance=np.zeros((0, 6, 6)), hits=none, missed=none, silence=nothing, cross=nothing,
        spread=nothing,
        first_at=none, updated_at=none, doubted=np.zeros(0, np.bool_),
        address=np.zeros(0, np.int32), friend=np.zeros(0, np.int8),
        story=np.zeros((0, 16), np.int64), law=np.zeros((0, LAW)), drag=np.zeros((0, 6)),
        strain=nothing,
    )  # fmt: skip


def table_of(engine: Engine, stood: Standing, numbers: Ints) -> Table:
    """Return the tracks of an engine under the numbers that they are told by, ordered by these."""
    table = Table(
        number=numbers,
        core=stood.number,
        state=stood.state,
        covariance=stood.covariance,
        hits=stood.hits,
        missed=stood.missed,
        silence=stood.silence,
        cross=stood.cross,
        spread=stood.spread,
        first_at=engine.time(stood.born),
        updated_at=engine.time(stood.seen),
        doubted=stood.doubted,
        address=stood.address.astype(np.int32),
        friend=stood.own.astype(np.int8),
        story=stood.story,
        law=stood.law,
        drag=stood.drag,
        strain=stood.strain,
    )
    return table.take(np.argsort(numbers))
