"""What a plan is judged by: the mean loss over the given raids, or that of the worst of them.

Conditional value at risk (Rockafellar and Uryasev 2000, J. Risk 2(3), eq. 4): the mean of the worst
share ``tail`` of all raids,

    CVaR(L) = min_eta  eta + (1 / tail) sum_r q_r max(0, L_r - eta).

tail = 1 is the mean; a tail of no more than the rarest raid's chance is the worst raid.
"""

from dataclasses import dataclass

import numpy as np

from tdome.messages.base import Floats, Longs


@dataclass(frozen=True, eq=False)
class Risk:
    """Chances of raids, shape (r,), sum 1, and the share of the worst of them that counts."""

    chance: Floats
    tail: float = 1.0

    @classmethod
    def of(cls, raids: int, judged: str = "mean", tail: float = 0.2) -> "Risk":
        """Return equal chances, judged by ``mean``, ``worst`` or ``cvar``."""
        chance = np.full(raids, 1.0 / raids)
        return cls(chance, {"mean": 1.0, "worst": 1.0 / raids}.get(judged, tail))

    @property
    def is_mean(self) -> bool:
        """Whether all raids count."""
        return self.tail >= 1.0

    def of_losses(self, losses: Floats) -> Floats:
        """Judge losses by raid, shape (..., r): shape (...)."""
        if self.is_mean:
            return np.asarray(losses @ self.chance)
        order = np.argsort(-losses, axis=-1, kind="stable")
        sorted_losses = np.take_along_axis(losses, order, axis=-1)
        taken = np.minimum(np.cumsum(self.chance[order], axis=-1), self.tail)
        share = np.diff(taken, axis=-1, prepend=0.0)
        return np.asarray((share * sorted_losses).sum(axis=-1) / self.tail)


def by_raid(leaks: Floats, raid: Longs, raids: int) -> Floats:
    """Sum leaks by cell (..., j) to losses by raid (..., r)."""
    out = np.zeros((*leaks.shape[:-1], raids))
    for r in range(raids):
        out[..., r] = leaks[..., raid == r].sum(axis=-1)
    return out
