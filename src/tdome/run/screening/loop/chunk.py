"""A chunk of replicates: one state, used again for each of them."""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.compiled.objects import DRAWN, draw
from tdome.run.screening.compiled.tables import Tables
from tdome.run.screening.loop import layout as at
from tdome.run.screening.loop.fight import fight, tally
from tdome.run.screening.loop.layout import FREE_AT, HAS, LAUNCHES, REFILL, ROUNDS, SPARE, STOCK
from tdome.run.screening.loop.starting import lucks, prepare


class State:
    """The arrays that one replicate writes, or so many of them with a first axis more."""

    def __init__(self, tables: Tables, *of: int) -> None:
        n, u = len(tables.objects.key), len(tables.units)
        c, r = len(tables.kinds), len(tables.scenario.file.raids)
        most = int(tables.units[:, at.CHANNELS].max(initial=1.0))
        ticks = int(np.ceil(tables.rules[at.DURATION] / tables.rules[at.DECIDE])) + 1
        self.drawn, self.times = np.empty((*of, n, DRAWN)), np.empty((*of, n, at.TIME))
        self.words = np.empty((*of, n, at.WORD), np.int32)
        self.heads, self.active = np.empty((*of, ticks), np.int32), np.empty((*of, n), np.int32)
        self.units, self.slots = np.empty((*of, u, at.STATE)), np.empty((*of, u, most, 3))
        self.version, self.free = np.zeros((*of, u), np.int32), np.zeros((*of, u), np.int32)
        self.wish, self.choice = (
            np.empty((*of, n, at.WISH)),
            np.empty((*of, n, at.CHOICE), np.int32),
        )
        self.class_luck, self.unit_luck = np.zeros((*of, r, c, 2)), np.zeros((*of, r, u))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in vars(self).values())


class Counts:
    """What is counted of replicates."""

    def __init__(self, tables: Tables, replicates: int) -> None:
        c, u, a = len(tables.kinds), len(tables.units), len(tables.plan.assets.names)
        self.by_class, self.left = np.zeros((replicates, c, 5)), np.ones((replicates, a))
        self.by_asset, self.by_unit = np.zeros((replicates, a)), np.zeros((replicates, u, 2))
        self.control = np.zeros((replicates, 1))

    def rows(self) -> Floats:
        """Return one raw row for each replicate."""
        parts = (self.by_class, self.by_asset, self.left, self.by_unit, self.control)
        return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)


def run_chunk(tables: Tables, keys: NDArray[np.uint64], places: Longs) -> Floats:
    """Return raw rows (s, 5 c + 2 a + 2 u + 1), one for each set of keys."""
    s, counts = State(tables), Counts(tables, len(keys))
    objects, library, windows = tables.objects, tables.library, tables.windows
    run_all(
        keys, places, objects.key, objects.lead, objects.at, objects.group, objects.law,
        tables.groups, tables.near, tables.kinds, tables.believed, library.flight, tables.firm,
        library.aim, windows.first, tables.window, windows.unit, windows.offset, windows.met,
        windows.sspk, tables.units, tables.rules, tables.betas, s.drawn, s.times, s.words, s.heads,
        s.units, s.slots, s.free, s.version, s.active, s.wish, s.choice, s.class_luck, s.unit_luck,
        counts.by_class, counts.by_asset, counts.left, counts.by_unit, counts.control,
    )  # fmt: skip
    return counts.rows()


@kernel
def run_all(  # noqa: PLR0913, PLR0917 - a kernel: flat arrays
    keys: NDArray[np.uint64], places: Longs, key: Longs, lead: Longs, at_s: Floats, group: Ints,
    law: Floats, groups: Longs, near: Floats, kinds: Floats, believed: Floats, flight: Floats,
    firm: Floats, aim: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs,
    met: Singles, sspk: Singles, units: Floats, rules: Floats, betas: Floats, drawn: Floats,
    times: Floats, words: Ints, heads: Ints, state: Floats, slots: Floats, free: Ints, version:
    Ints, active: Ints, wish: Floats, choice: Ints, class_luck: Floats, unit_luck: Floats,
    by_class: Floats, by_asset: Floats, left: Floats, by_unit: Floats, control: Floats,
) -> None:  # fmt: skip
    """Run one replicate for each set of keys (s, k, 2)."""
    word = np.empty(4, np.uint64)
    for s in range(len(keys)):
        for u in range(len(units)):
            state[u, HAS], state[u, SPARE] = units[u, ROUNDS], units[u, STOCK]
            state[u, FREE_AT], state[u, REFILL] = -np.inf, np.inf
            version[u] = 0
        slots[:] = -np.inf
        draw(keys[s, LAUNCHES], key, lead, group, law, drawn)
        lucks(keys[s], places, len(units), kinds, rules, class_luck, unit_luck)
        prepare(
            keys[s], key, at_s, group, groups, near, kinds, flight, firm, aim, wfirst, windows,
            wunit, units, rules, drawn, times, words, heads,
        )  # fmt: skip
        fight(
            keys[s], key, group, groups, near, kinds, believed, wfirst, windows, wunit, woffset,
            met, sspk, units, rules, class_luck, unit_luck, betas, drawn, times, words, heads,
            state, slots, free, version, active, wish, choice, by_unit[s], control[s],
            word,
        )  # fmt: skip
        tally(group, groups, near, kinds, rules, times, words, by_class[s], by_asset[s], left[s])
