"""What else a look may do: the book's action at other prices, and a shot more or less by class."""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.run.doctrine.book import by_book
from tdome.run.doctrine.instance import Floats, Ints

TILTS = np.array([0.5, 0.7, 1.4, 2.0])  # on the price of a round: from spending to saving


@kernel
def more_or_less(  # noqa: PLR0913, PLR0917  (a kernel)
    cls: Ints, shots: Ints, classes: int, salvo: int, budget: int, out: Ints, first: int
) -> int:
    """Put ``shots`` with one more, and one less, for a threat of each class into ``out``.

    One more: whoever of the class has the fewest; one less: who has the most; the first row of
    these. Rows of ``out`` from ``first`` on; returns the next free one.
    """
    for c in range(classes):
        few, many = -1, -1
        for i in range(len(cls)):
            if cls[i] != c:
                continue
            if shots[i] < salvo and (few < 0 or shots[i] < shots[few]):
                few = i
            if shots[i] > 0 and (many < 0 or shots[i] > shots[many]):
                many = i
        if few >= 0 and shots.sum() < budget:
            out[first] = shots
            out[first, few] += 1
            first += 1
        if many >= 0:
            out[first] = shots
            out[first, many] -= 1
            first += 1
    return first


@kernel
def candidates(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    own: int,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    pk: Floats,
    classes: int,
    salvo: int,
    errors: Floats,
    stock: Floats,
    cls: Ints,
    belief: Floats,
    budget: int,
    shots: Ints,
) -> Ints:
    """Return all actions to be tried, (A, n), each but once, ``shots`` (n,) the first of them."""
    out = np.zeros((1 + len(TILTS) + 2 * classes, len(cls)), np.int64)
    out[0] = shots
    many = 1
    for tilt in TILTS:
        by_book(
            k, own, tilt, prices, kappa, rest, pk, salvo, errors, stock, cls, belief, budget,
            out[many],
        )  # fmt: skip
        many += 1
    many = more_or_less(cls, shots, classes, salvo, budget, out, many)
    kept = 1
    for a in range(1, many):
        new = True
        for b in range(kept):
            new = new and not np.array_equal(out[a], out[b])
        if new:
            out[kept] = out[a]
            kept += 1
    return out[:kept]
