"""The options that a policy is asked about: for each pair of threat and unit, one row.

A row has all that the plan's doctrine goes by, under the same names for a compiled score (one
record) and for a batch (columns): ``o["value"]``.
"""

import math

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.run.screening.loop.choosing import (
    chances1,
    crowded1,
    due1,
    launch1,
    met1,
    planned1,
    worth1,
)
from tdome.run.screening.loop.fight import NOTHING
from tdome.run.screening.loop.layout import (
    AT,
    BY,
    CHANCE,
    CLASS,
    END,
    FALLS,
    FIRED,
    GAIN,
    GONE,
    HARMLESS,
    HAS,
    LOOK,
    MET,
    MOST_SHOTS,
    PATH,
    PRICE,
    SALVO,
    SPACING,
    START,
    SURE,
    VERSION,
)
from tdome.run.screening.loop.starting import put_off1

OPTION = np.dtype(
    [
        ("replicate", np.int64),  # place in the batch
        ("threat", np.int64),  # row among the objects of the scenario
        ("kind", np.int64),  # row of its class: Screen.classes
        ("unit", np.int64),  # row of the fire unit: Screen.units
        ("rounds", np.int64),  # of the salvo that is asked about
        ("planned", np.int64),  # that the plan's doctrine fires; 0: it would rather wait
        ("most", np.int64),  # that can be fired now
        ("left", np.int64),  # in the unit's launchers
        ("channels", np.int64),  # of the unit that are free
        ("fired", np.int64),  # rounds that the threat had already
        ("value", np.float64),  # at risk, as believed
        ("hit", np.float64),  # probability that it hits an asset, as believed
        ("sspk", np.float64),  # of one round, as believed
        ("kill", np.float64),  # 1 - (1 - sspk)^rounds
        ("price", np.float64),  # of one round, in value
        ("time", np.float64),  # s since the scenario began
        ("to_impact", np.float64),  # s
        ("to_launch", np.float64),  # s
        ("to_intercept", np.float64),  # s
        # s between the news of a miss and the last moment to shoot again; below 0: no second shot
        ("slack", np.float64),
    ]
)
"""Columns of an option."""
Options = NDArray[np.void]

# Words of what is kept of an option until it is answered (n, HELD): candidate, window, version.
OWNER, WINDOW_ROW, AS_OF, HELD = range(4)
# Its times (n, SPAN): launch and intercept.
LAUNCH, FIRST, SPAN = range(3)


@kernel_bare
def ask1(  # noqa: PLR0913, PLR0917 - a kernel: one candidate
    s: int, i: int, b: int, t: float, value: float, hit: float, unsure: bool, kind: int,
    believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs, met: Singles,
    units: Floats, state: Floats, slots: Floats, free: Ints, rules: Floats, times: Floats,
    words: Ints, version: Ints, used: int, rows: Options, held: Ints, span: Floats,
) -> int:  # fmt: skip
    """Write the options of candidate ``b`` behind those that are there; return how many are."""
    path, start = words[i, PATH], times[i, START]
    shots = int(rules[MOST_SHOTS]) - words[i, FIRED]
    by, latest, second = -2, 0.0, 0.0
    for m in range(wfirst[path], wfirst[path + 1]):
        u = wunit[m]
        if free[u] <= 0 or state[u, HAS] <= 0.0:
            continue
        launch = launch1(m, u, t, start, windows, units, state, rules)
        if launch == math.inf:
            continue
        if by == -2:  # noqa: PLR2004 - asked for once
            by, latest, second = chances1(path, start, wfirst, windows, wunit, units, state)
        first = start + met1(m, launch - start, windows, woffset, met)
        others = latest if u != by or state[u, HAS] > 1.0 else second
        slack = others - first - rules[LOOK] if shots > 1 else -math.inf
        most = min(int(state[u, HAS]), shots)
        while most > 0 and crowded1(
            u, t, launch, first, first + units[u, SPACING] * (most - 1), units, slots
        ):
            most -= 1
        if most < 1:
            continue
        number = planned1(m, u, t, start, slack, unsure, shots, windows, units, state, rules)
        number = number if number <= most else 0
        o = rows[used]
        o["replicate"], o["threat"], o["kind"], o["unit"] = s, i, kind, u
        o["rounds"], o["planned"], o["most"] = number, number, most
        o["left"], o["channels"], o["fired"] = int(state[u, HAS]), free[u], words[i, FIRED]
        o["value"], o["hit"], o["sspk"] = value, hit, believed[u, kind]
        o["kill"] = 1.0 - (1.0 - believed[u, kind]) ** number
        o["price"], o["time"], o["to_impact"] = units[u, PRICE], t, times[i, END] - t
        o["to_launch"], o["to_intercept"], o["slack"] = launch - t, first - t, slack
        held[used, OWNER], held[used, WINDOW_ROW], held[used, AS_OF] = b, m, version[u]
        span[used, LAUNCH], span[used, FIRST] = launch, first
        used += 1
    return used


@kernel_bare
def ask_all(  # noqa: PLR0913, PLR0917 - a kernel
    s: int, waiting: int, t: float, group: Ints, groups: Longs, near: Floats, kinds: Floats,
    believed: Floats, wfirst: Longs, windows: Floats, wunit: Ints, woffset: Longs, met: Singles,
    units: Floats, rules: Floats, drawn: Floats, times: Floats, words: Ints, heads: Ints,
    state: Floats, slots: Floats, free: Ints, version: Ints, active: Ints, choice: Ints,
    used: int, rows: Options, held: Ints, span: Floats,
) -> tuple[int, int]:  # fmt: skip
    """Write the options of those who wait, as ``fight.gather``; return how many do, and rows."""
    kept = int(np.int64(0))
    for a in range(waiting):
        i = active[a]
        if words[i, FIRED] >= rules[MOST_SHOTS] or t > times[i, GONE]:
            continue
        due = due1(
            words[i, PATH], times[i, START], t, wfirst, windows, wunit, units, state, free,
            rules,
        )  # fmt: skip
        if due > t:
            if due < math.inf:
                put_off1(i, due, rules, words, heads)
            continue
        of = groups[group[i]]
        kind = kinds[of[CLASS]]
        value, hit = worth1(i, t, of, near, kind, drawn, times)
        if value < NOTHING:
            continue
        active[kept], choice[kept, BY] = i, -1
        if value >= rules[HARMLESS]:
            unsure = kind[FALLS] != 0.0 and hit < rules[SURE]
            used = ask1(
                s, i, kept, t, value, hit, unsure, of[CLASS], believed, wfirst, windows, wunit,
                woffset, met, units, state, slots, free, rules, times, words, version, used, rows,
                held, span,
            )  # fmt: skip
        kept += 1
    return kept, used


@kernel_bare
def answer1(  # noqa: PLR0913, PLR0917 - a kernel
    first: int, last: int, rows: Options, held: Ints, span: Floats, score: Floats, rounds: Longs,
    windows: Floats, woffset: Longs, sspk: Singles, times: Floats, wish: Floats, choice: Ints,
) -> None:  # fmt: skip
    """Take the best option of each candidate from the answers to rows first..last - 1."""
    for k in range(first, last):
        wish[held[k, OWNER], GAIN] = 0.0
    for k in range(first, last):
        b = held[k, OWNER]
        if score[k] > wish[b, GAIN] and rounds[k] > 0:
            m, start = held[k, WINDOW_ROW], times[rows[k]["threat"], START]
            wish[b, GAIN], wish[b, AT], wish[b, MET] = score[k], span[k, LAUNCH], span[k, FIRST]
            wish[b, CHANCE] = met1(m, span[k, LAUNCH] - start, windows, woffset, sspk)
            choice[b, BY], choice[b, SALVO] = rows[k]["unit"], rounds[k]
            choice[b, VERSION] = held[k, AS_OF]
