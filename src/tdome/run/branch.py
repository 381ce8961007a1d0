"""Branches of a run: copies of a loop as it stood after a decision, each with luck of its own.

``at = Snapshot(loop)``, then ``at.branch(seed)`` any number of times. What a run changes is
pickled, some milliseconds each way; what never changes is shared with the run that it came from:
frozen messages, the picture (the chain is pure), plan, scenario, terrain and all read-only columns.
(Copies of these would not be wrong, but NumPy forgets that they are read-only, and Numba would
compile every kernel again.)

A branch has the past of the run, and the luck of ``seed`` in all that had not been drawn: shots and
common mode not yet revealed, looks, links, blows at sites. Given that past, branches are
independent of one another and of the run. With ``seed`` None the luck goes on as it was: the branch
is the run itself, bit by bit. Branches are on no tape.
"""

import io
import pickle

import msgspec
import numpy as np

from tdome.earth.terrain import FlatTerrain, GeoTiffTerrain, SyntheticTerrain
from tdome.run.loop import Loop
from tdome.run.tape import NoTape
from tdome.world.chronicle import LossRecord, ScanRecord, ShotRecord

_FIXED = (
    *(FlatTerrain, GeoTiffTerrain, SyntheticTerrain),
    *(LossRecord, ScanRecord, ShotRecord),
)


class Snapshot:
    """A loop as it stood."""

    def __init__(self, loop: Loop) -> None:
        self._shared: list[object] = []
        written = io.BytesIO()
        _Writer(written, loop, self._shared).dump(loop)
        self._bytes = written.getvalue()

    def branch(self, seed: int | None) -> Loop:
        """Return a loop that goes on from here, with the luck of another seed."""
        loop: Loop = _Reader(io.BytesIO(self._bytes), self._shared).load()
        loop.tape, loop.progress = NoTape(), None
        if seed is not None:
            loop.world.renew(seed)
        return loop


class _Writer(pickle.Pickler):
    """Writes what changes, and a number for what does not."""

    def __init__(self, file: io.BytesIO, loop: Loop, shared: list[object]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._shared, self._numbers = shared, dict[int, int]()
        self._held = {id(loop.tape), id(loop.operator), id(loop.progress)}

    def persistent_id(self, item: object) -> int | None:
        if not (id(item) in self._held or _never_changes(item)):
            return None
        number = self._numbers.setdefault(id(item), len(self._shared))
        if number == len(self._shared):
            self._shared.append(item)
        return number


class _Reader(pickle.Unpickler):
    """Reads what a writer of this process wrote."""

    def __init__(self, file: io.BytesIO, shared: list[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, number: int) -> object:
        return self._shared[number]


def _never_changes(item: object) -> bool:
    if isinstance(item, np.ndarray):
        return not item.flags.writeable
    if isinstance(item, msgspec.Struct):
        return item.__struct_config__.frozen
    return isinstance(item, _FIXED)
