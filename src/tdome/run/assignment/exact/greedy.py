"""A plan at once, and how to mend one: greatest gain first, then moves and exchanges."""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.run.assignment.exact.search import Floats, Ints


@kernel
def fill(left: Floats, by_type: Floats, free: Ints, x: Ints, row: Ints, most: int) -> int:
    """Give free rounds one by one, each time where the leak falls most; return the number of rows.

    Maximum marginal return (den Broeder, Ellison and Emerling 1959), by a heap-free lazy scan:
    each type keeps its best threat, which is looked for again when that threat was hit.

    Parameters
    ----------
    left : value that each threat keeps, falls.
    free : rounds of each type that are left, falls.
    x, row : rows (type, threat) that are written, one for each round; ``row[0]`` the first place.
    most : room in x.
    """
    types = len(by_type)
    best, gain = np.full(types, -1, np.int64), np.zeros(types)
    for i in range(types):
        if free[i] > 0:
            _aim(i, left, by_type, best, gain)
    at = row[0]
    while at < most:
        i = int(np.argmax(gain))
        if gain[i] <= 0.0:
            break
        j = best[i]
        now = left[j] * by_type[i, j]
        if now < gain[i]:  # its threat was hit since
            _aim(i, left, by_type, best, gain)
            continue
        left[j] *= 1.0 - by_type[i, j]
        x[at, 0], x[at, 1] = i, j
        at += 1
        free[i] -= 1
        if free[i] == 0:
            gain[i] = 0.0
        else:
            _aim(i, left, by_type, best, gain)
    return int(at)


@kernel
def _aim(i: int, left: Floats, by_type: Floats, best: Ints, gain: Floats) -> None:
    gain[i] = 0.0
    for j in range(len(left)):
        now = left[j] * by_type[i, j]
        if now > gain[i]:
            best[i], gain[i] = j, now


@kernel
def remaining(v: Floats, by_type: Floats, x: Ints, left: Floats) -> None:
    """Compute what each threat keeps under rows (type, threat)."""
    left[:] = v
    for k in range(len(x)):
        left[x[k, 1]] *= 1.0 - by_type[x[k, 0], x[k, 1]]


@kernel
def mend(  # noqa: C901  (two kinds of moves in one scan)
    v: Floats, by_type: Floats, x: Ints, left: Floats, passes: int
) -> int:
    """Move single rounds and exchange pairs while the leak falls; return passes made.

    ``left`` must be that of x. Rounds are read in order, each makes its best move.
    """
    rounds, threats = len(x), len(v)
    for turn in range(passes):
        moved = 0
        for k in range(rounds):
            i, a = x[k, 0], x[k, 1]
            q = 1.0 - by_type[i, a]
            if q <= 0.0:
                continue
            without = left[a] / q
            best, where, other = 1e-12 * (left[a] + 1e-300), -1, -1
            for b in range(threats):
                if b != a:
                    gain = left[a] - without + left[b] * by_type[i, b]
                    if gain > best:
                        best, where, other = gain, b, -1
            for n in range(rounds):
                o, b = x[n, 0], x[n, 1]
                back = 1.0 - by_type[o, b]
                if b == a or o == i or back <= 0.0:
                    continue
                gain = left[a] - without * (1.0 - by_type[o, a])
                gain += left[b] - left[b] / back * (1.0 - by_type[i, b])
                if gain > best:
                    best, where, other = gain, b, n
            if where < 0:
                continue
            moved += 1
            left[a] = without
            if other >= 0:
                o = x[other, 0]
                left[a] *= 1.0 - by_type[o, a]
                left[where] /= 1.0 - by_type[o, where]
                x[other, 1] = a
            left[where] *= 1.0 - by_type[i, where]
            x[k, 1] = where
        if moved == 0:
            return turn + 1
    return passes
