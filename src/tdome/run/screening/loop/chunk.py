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
    """The arrays that one replicate writes."""

    def __init__(self, tables: Tables) -> None:
        n, u = len(tables.objects.key), len(tables.units)
        c, r = len(tables.kinds), len(tables.scenario.file.raids)
        most = int(tables.units[:, at.CHANNELS].max(initial=1.0))
        ticks = int(np.ceil(tables.rules[at.DURATION] / tables.rules[at.DECIDE])) + 1
        self.drawn, self.times = np.empty((n, DRAWN)), np.empty((n, at.TIME))
        self.words, self.heads = np.empty((n, at.WORD), np.int32), np.empty(ticks, np.int32)
        self.units, self.slots = np.empty((u, at.STATE)), np.empty((u, most, 3))
        self.version, self.free = np.zeros(u, np.int32), np.zeros(u, np.int32)
        self.active = np.empty(n, np.int32)
        self.wish, self.choice = np.empty((n, at.WISH)), np.empty((n, at.CHOICE), np.int32)
        self.class_luck, self.unit_luck = np.zeros((r, c, 2)), np.zeros((r, u))

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in vars(self).values())


def run_chunk(tables: Tables, keys: NDArray[np.uint64], places: Longs) -> Floats:
    """Return raw rows (s, 5 c + 2 a + 2 u + 1), one for each set of keys."""
    s, c, u = State(tables), len(tables.kinds), len(tables.units)
    a = len(tables.plan.assets.names)
    objects, library, windows = tables.objects, tables.library, tables.windows
    rows = np.zeros((len(keys), 5 * c + 2 * a + 2 * u + 1))
    by_class, left = np.zeros((len(keys), c, 5)), np.ones((len(keys), a))
    by_asset, by_unit = np.zeros((len(keys), a)), np.zeros((len(keys), u, 2))
    control = np.zeros((len(keys), 1))
    run_all(
        keys, places, objects.key, objects.lead, objects.at, objects.group, objects.law,
        tables.groups, tables.near, tables.kinds, tables.believed, library.flight, tables.firm,
        library.aim, windows.first, tables.window, windows.unit, windows.offset, windows.met,
        windows.sspk, tables.units, tables.rules, tables.betas, s.drawn, s.times, s.words, s.heads,
        s.units, s.slots, s.free, s.version, s.active, s.wish, s.choice, s.class_luck, s.unit_luck,
        by_class, by_asset, left, by_unit, control,
    )  # fmt: skip
    parts = (by_class, by_asset, left, by_unit, control)
    return np.concatenate([part.reshape(len(rows), -1) for part in parts], axis=1)


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
