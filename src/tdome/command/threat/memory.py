"""What the evaluator remembers of each track between two steps."""

from typing import Self

import msgspec
import numpy as np

from tdome.command.threat import impact
from tdome.command.threat.belief.likelihood import KINEMATIC
from tdome.command.threat.belief.shares import total
from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Codes, Floats, Ints, Longs

_WHOLE = ("said", "at", "gone")  # no columns of tracks
ANCHOR_COLUMNS = 3  # energy, its standard deviation (J/kg), speed (m/s)


class Memory(msgspec.Struct, frozen=True, eq=False):
    """Columns with one row per track, in any order; ``said`` counts the messages sent so far.

    number: track number. updated_at: int ns of the last plot counted. mean (n, KINEMATIC, H), span
    (n, KINEMATIC): class evidence as in belief/recursion.py. pulled_at (int ns), pull (n, 4):
    anchor of accelerations as in motion.py. identity, because: (n,). beyond, small: (n,) looks in a
    row that no civil flight shows, up to NOT_CIVIL_LOOKS. energy_speed: (n,) m/s at the last plot.
    anchor_at (int ns), anchor (n, 3), wreck: as in wreck.py. impact: (n, 6) as columns of
    impact.py, but nan where none; impact_at, impact_from, derived_at: (n,) int ns of the impact, of
    the plot that gave it and of its derivatives. jacobian: (n, 2, 7). inv_beta: (n,) with which it
    was made. at: int ns of the last picture. counted (n, C + 1), gone (C + 1,): as in
    belief/shares.py.
    """

    said: int
    number: Ints
    updated_at: Longs
    mean: Floats
    span: Floats
    pulled_at: Longs
    pull: Floats
    identity: Codes
    because: Codes
    beyond: Codes
    small: Codes
    energy_speed: Floats
    anchor_at: Longs
    anchor: Floats
    wreck: Codes
    impact: Floats
    impact_at: Longs
    impact_from: Longs
    derived_at: Longs
    jacobian: Floats
    inv_beta: Floats
    at: int
    counted: Floats
    gone: Floats

    @classmethod
    def empty(cls, rows: int, hypotheses: int, classes: int) -> Self:
        """Return the memory of tracks that were never seen before."""
        return cls(
            said=0,
            number=np.zeros(rows, np.int32),
            updated_at=np.full(rows, -1, np.int64),
            mean=np.zeros((rows, KINEMATIC, hypotheses)),
            span=np.zeros((rows, KINEMATIC)),
            pulled_at=np.full(rows, -1, np.int64),
            pull=np.zeros((rows, 4)),
            identity=np.zeros(rows, np.int8),
            because=np.zeros(rows, np.int8),
            beyond=np.zeros(rows, np.int8),
            small=np.zeros(rows, np.int8),
            energy_speed=np.full(rows, np.nan),
            anchor_at=np.full(rows, -1, np.int64),
            anchor=np.zeros((rows, ANCHOR_COLUMNS)),
            wreck=np.zeros(rows, np.int8),
            impact=np.full((rows, impact.COLUMNS), np.nan),
            impact_at=np.zeros(rows, np.int64),
            impact_from=np.full(rows, -1, np.int64),
            derived_at=np.full(rows, -1, np.int64),
            jacobian=np.zeros((rows, 2, impact.PARAMETERS)),
            inv_beta=np.zeros(rows),
            at=-1,
            counted=np.zeros((rows, classes + 1)),
            gone=np.zeros(classes + 1),
        )

    def recall(self, number: Ints) -> Self:
        """Return a copy with one row for each of ``number``, in that order; new ones empty."""
        if np.array_equal(self.number, number):
            return self  # nobody came and nobody went
        fresh = type(self).empty(len(number), self.mean.shape[2], len(self.gone) - 1)
        columns = {name: getattr(fresh, name) for name in self.__struct_fields__}
        columns |= {name: getattr(self, name) for name in _WHOLE} | {"number": number}
        source = rows_of(self.number, number)
        known = source >= 0
        for name, column in columns.items():
            if name not in _WHOLE and name != "number":
                column[known] = getattr(self, name)[source[known]]
        return type(self)(**columns)

    def left(self, number: Ints) -> Floats:
        """Return what the tracks that are not among ``number`` count for, (C + 1,)."""
        if np.array_equal(self.number, number):
            return np.zeros(self.counted.shape[1])
        return total(self.counted[~among(self.number, number)])
