"""``screen = compile_screen(inputs)``, then ``screen.replicates(seeds)``: thousands a second."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.messages.base import Floats
from tdome.run.library import Inputs
from tdome.run.screening.compiled.tables import Tables, compile_tables, digest_of
from tdome.run.screening.loop import layout as at
from tdome.run.screening.loop.chunk import State, run_chunk
from tdome.run.screening.policy import Asked, Policy, asked, run_lockstep

Columns = dict[str, NDArray[np.float64]]
CHUNK = 64  # replicates that a thread takes at a time
CACHED = 3 << 20  # bytes of those in lock-step, no more: they are all visited at every question


class Screen(msgspec.Struct, frozen=True, eq=False, dict=True):
    """A compiled scenario, ready for replicates.

    digest: of the inputs and the code. limits: what is left out, in words.
    """

    digest: str
    tables: Tables

    @property
    def limits(self) -> tuple[str, ...]:
        """What the tables do not represent, in words."""
        return self.tables.limits

    @property
    def state_bytes(self) -> int:
        """Bytes of one replicate's own state."""
        return State(self.tables).nbytes

    @cached_property
    def _names(self) -> "_Names":
        return _Names(self.tables)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the rows ``kind`` of an option."""
        return tuple(self.tables.scenario.threats.names)

    @property
    def units(self) -> tuple[str, ...]:
        """Names of the rows ``unit`` of an option."""
        return tuple(self.tables.plan.units.names)

    def replicates(
        self, seeds: Sequence[int], threads: int = 1, policy: Policy | None = None
    ) -> Columns:
        """Return one row per seed in columns named as the measures of studies.

        The same bits for any number of threads; ``control.hits``: sum of hits less their chances.
        policy: what decides instead of the plan's doctrine (:mod:`.policy`).
        """
        return self.answered(seeds, None if policy is None else asked(policy), threads)

    def answered(self, seeds: Sequence[int], ask: Asked | None, threads: int = 1) -> Columns:
        """Return what :meth:`replicates` does, with the very function that answers questions."""
        size = CHUNK if ask is None else max(1, min(CHUNK, CACHED // self.state_bytes))
        chunks = [seeds[k : k + size] for k in range(0, len(seeds), size)]
        if threads <= 1 or len(chunks) < 2:  # noqa: PLR2004
            found = [self._chunk(chunk, ask) for chunk in chunks]
        else:
            with ThreadPoolExecutor(threads) as pool:
                found = list(pool.map(lambda chunk: self._chunk(chunk, ask), chunks))
        rows = np.concatenate(found) if found else np.empty((0, self._names.width))
        return self._names.columns(rows)

    def _chunk(self, seeds: Sequence[int], ask: Asked | None) -> Floats:
        keys, places = self._names.keys(seeds), self._names.places
        if ask is None:
            return run_chunk(self.tables, keys, places)
        return run_lockstep(self.tables, keys, places, ask)


class _Names:
    """Names of streams and columns of a screen."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        names = [("world", "launches"), ("referee", "shots"), ("referee", "engaged")]
        wanted: list[tuple[str, ...]] = [*names, ("screening",)]
        groups, classes = tables.groups, tables.scenario.threats.names
        raids = tables.scenario.file.raids
        self.places = np.full((len(raids), 1 + len(classes)), -1, np.int64)
        for r, raid in enumerate(raids):
            self.places[r, 0] = len(wanted)
            wanted.append(("referee", "raid", raid.name, "raid", ""))
            wanted += [("referee", "raid", raid.name, "unit", name) for name in tables.book.names]
            for c in np.unique(groups[groups[:, at.RAID] == r, at.CLASS]).tolist():
                self.places[r, 1 + c] = len(wanted)
                wanted.append(("referee", "raid", raid.name, "class", classes[c]))
        self._tails = [_tail(names) for names in wanted]
        self.width = 5 * len(classes) + len(tables.plan.assets.names) * 2
        self.width += 2 * len(tables.book.names) + 1

    def keys(self, seeds: Sequence[int]) -> NDArray[np.uint64]:
        """Philox keys (s, k, 2) of all streams of the seeds: ``Streams(seed)(*names).key``."""
        parts = []
        for seed in seeds:
            head = _head(seed)
            parts += [blake2b(head + tail, digest_size=16).digest() for tail in self._tails]
        flat = np.frombuffer(b"".join(parts), dtype="<u8").astype(np.uint64)
        return flat.reshape(len(seeds), len(self._tails), 2)

    def columns(self, rows: Floats) -> Columns:
        """Name the columns of raw rows (s, width)."""
        tables = self._tables
        classes, assets = tables.scenario.threats.names, tables.plan.assets
        c, a, u = len(classes), len(assets.names), len(tables.book.names)
        by_class = rows[:, : 5 * c].reshape(-1, c, 5)
        leaks, left = rows[:, 5 * c : 5 * c + a], rows[:, 5 * c + a : 5 * c + 2 * a]
        units = rows[:, 5 * c + 2 * a : -1].reshape(-1, u, 2)
        protected = left @ assets.value
        out: Columns = {
            "launched": by_class.sum(axis=(1, 2)),
            "killed": by_class[:, :, 0].sum(axis=1),
            "leaked": by_class[:, :, 1].sum(axis=1),
            "harmless": by_class[:, :, 2].sum(axis=1),
            "failed": by_class[:, :, 3].sum(axis=1),
            "value.lost": assets.value.sum() - protected,
            "value.protected": protected,
            "rounds.fired": units[:, :, 0].sum(axis=1),
            "cost.defence": units[:, :, 0] @ tables.book.cost,
        }
        present = sorted(set(tables.objects.threat_class.tolist()))
        for k in present:
            out[f"killed.class.{classes[k]}"] = by_class[:, k, 0]
            out[f"leaked.class.{classes[k]}"] = by_class[:, k, 1]
        for k, name in enumerate(assets.names):
            out[f"leaked.asset.{name}"] = leaks[:, k]
        for layer in dict.fromkeys(tables.book.layers):
            of = np.array([name == layer for name in tables.book.layers])
            out[f"rounds.fired.layer.{layer}"] = units[:, of, 0].sum(axis=1)
            out[f"cost.defence.layer.{layer}"] = units[:, of, 0] @ tables.book.cost[of]
            out[f"kills.layer.{layer}"] = units[:, of, 1].sum(axis=1)
        out["control.hits"] = rows[:, -1]
        return {name: np.ascontiguousarray(column, np.float64) for name, column in out.items()}


def compile_screen(inputs: Inputs) -> Screen:
    """Compile a scenario for screening: a pure function of its texts and the catalogue.

    Raises ConfigError as a run would, and for a doctrine that a screening does not know.
    """
    return Screen(digest=digest_of(inputs), tables=compile_tables(inputs))


def _head(seed: int) -> bytes:
    text = str(seed).encode()
    return f"i{len(text)}:".encode() + text


def _tail(names: Sequence[str]) -> bytes:
    """Encode names as ``kernel.random.Streams`` does after the seed; a test holds it."""
    return b"".join(f"s{len(name.encode())}:".encode() + name.encode() for name in names)
