"""Prices of scarce rounds, by groping: what is wanted too often gets dearer (Walras' tatonnement).

Each threat asks for its best shots at present prices, as if it were alone; a unit's price rises by
its excess demand as a share of its rounds, and falls if it is asked for less. These are subgradient
steps on the Lagrange dual of the magazines (Everett 1963, Operations Research 11(3); Fisher 1981,
Management Science 27(1)), with steps that shrink by a constant factor. Channels and spacing are not
priced: units short of time are told apart later, by what does not fit.
"""

import numpy as np

from tdome.command.assignment.timed.problem import RELOADED, ROUNDS
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs

STEP = 0.13  # first step, as a share of the mean value of a threat
_SHRINK = 0.85  # of each step to the next


@kernel
def grope(  # noqa: PLR0913, PLR0917  (a kernel)
    passes: int, step: float, value: Floats, limit: Ints, start: Longs, unit: Ints, kill: Floats,
    units: Ints, price: Floats, guide: Floats,
) -> None:  # fmt: skip
    """Improve ``guide`` (u,), what a round costs on top of its price, in place."""
    demand, cost = np.empty(len(price)), np.empty(len(price))
    for _ in range(passes):
        for b in range(len(price)):
            demand[b], cost[b] = 0.0, price[b] + guide[b]
        for j in range(len(value)):
            rest = value[j]
            for _shot in range(limit[j]):
                best, at = 0.0, -1
                for k in range(start[j], start[j + 1]):
                    gain = rest * kill[k] - cost[unit[k]]
                    if gain > best:
                        best, at = gain, k
                if at < 0:
                    break
                demand[unit[at]] += 1.0
                rest *= 1.0 - kill[at]
        for b in range(len(price)):
            have = max(float(units[b, ROUNDS] + units[b, RELOADED]), 1.0)
            guide[b] = max(guide[b] + step * (demand[b] - have) / have, 0.0)
        step *= _SHRINK
