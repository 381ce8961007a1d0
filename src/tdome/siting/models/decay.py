"""Programs in which cover thins out what leaks: their form, and what a plan of one is worth.

    min  c y + risk_r( sum_{j in r} w_j exp(-(A y)_j) ),   rows on y, bounds, some of y whole

with A >= 0: y counts fire units at sites, or rounds at threats, and exp(-A) is what one of them
lets through: exp(-sum_i y_i a_ij) = prod_i (1 - p_ij)^y_i for a = -ln(1 - p). Solved in
:mod:`tdome.siting.models.outer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from tdome.messages.base import Floats, Longs
from tdome.siting.models.risk import Risk, by_raid

Progress = Callable[[str, float, float], None]
GAP = 1e-3  # relative, at which a search stops unless told otherwise
TIME = 30.0  # s

_LEAST = 9.2  # z at which a stepped cell has its last knot


@dataclass(frozen=True, eq=False)
class Program:
    """A program in the form above: n variables, m rows, j cells.

    cost, lower, upper, whole: (n,). rows: (m, n) with row_lower, row_upper (m,). rate: A (j, n);
    weight: w (j,); raid: (j,) row of each cell's raid. step: (j,) nan, or the z between two knots:
    what leaks of that cell is then exp(-z) at multiples of it and linear in between.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    rows: sparse.csr_matrix
    row_lower: Floats
    row_upper: Floats
    rate: sparse.csr_matrix
    weight: Floats
    raid: Longs
    risk: Risk
    step: Floats | None = None

    @property
    def stepped(self) -> NDArray[np.bool_]:
        """Which cells have knots, (j,)."""
        if self.step is None:
            return np.zeros(len(self.weight), np.bool_)
        return np.isfinite(self.step)

    def share(self, z: Floats) -> Floats:
        """Return what share of each cell leaks at z, (j,)."""
        out = np.exp(-z)
        if self.step is not None:
            at = np.flatnonzero(self.stepped)
            step, last = self.step[at], knots(self.step[at])
            k = np.minimum(np.floor(z[at] / step + 1e-9), last - 1)
            low, high = np.exp(-k * step), np.exp(-(k + 1) * step)
            out[at] = np.maximum(low + (z[at] / step - k) * (high - low), 0.0)
        return out

    def losses(self, y: Floats) -> Floats:
        """Return what leaks in each raid, (r,)."""
        leaks = self.weight * self.share(self.rate @ y)
        return by_raid(leaks, self.raid, len(self.risk.chance))

    def value(self, y: Floats) -> float:
        """Return the objective of a plan."""
        return float(self.cost @ y + self.risk.of_losses(self.losses(y)))

    @property
    def scale(self) -> float:
        """What is lost without any cover; 1 if that is nothing."""
        nothing = by_raid(self.weight, self.raid, len(self.risk.chance))
        return float(self.risk.of_losses(nothing)) or 1.0


def knots(step: Floats) -> Floats:
    """Return how many pieces a stepped cell has: beyond, less than 1e-4 of it leaks."""
    return np.maximum(np.ceil(_LEAST / step), 1.0)


@dataclass(eq=False)
class Found:
    """A plan, its objective, and the least that any plan can have."""

    y: Floats
    value: float
    bound: float
    status: str
    scale: float = 0.0  # what is lost without any cover
    seconds: float = 0.0
    steps: list[tuple[float, float, float]] = field(default_factory=list)  # (s, value, bound)

    @property
    def gap(self) -> float:
        """(value - bound) / value; 0 where they differ by 1e-8 of what is at stake."""
        return relative(self.value, self.bound, self.scale)


def relative(value: float, bound: float, scale: float = 0.0) -> float:
    """Return the relative gap; what is rounding (1e-12, or 1e-8 of a scale) counts as none."""
    apart = value - bound
    least = max(1e-12 * abs(value), 1e-8 * scale, 1e-300)
    return 0.0 if apart <= least else apart / max(abs(value), least)
