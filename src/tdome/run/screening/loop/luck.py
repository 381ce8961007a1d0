"""Luck of shots: keys of a replicate, and the beta quantiles of the common mode in a table.

The referee's two levels (``world.effectors.referee``) ask for the quantile of a beta distribution
of a mean that changes from shot to shot; here it is read, bilinear, from a table over mean and
quantile, of which the mean over quantiles is held to be the mean itself.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import betaincinv

from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats

MEANS, QUANTILES = 65, 257  # points of a table


@lru_cache(maxsize=32)  # points of a study mostly share them
def shared_table(rho: float) -> Floats:
    """Quantiles (MEANS, QUANTILES) of the beta distribution of each mean and a correlation."""
    mean, quantile = np.linspace(0.0, 1.0, MEANS), np.linspace(0.0, 1.0, QUANTILES)
    if rho < 1e-6:  # noqa: PLR2004 - as the referee
        return np.repeat(mean[:, None], QUANTILES, axis=1)
    shape = 1.0 / rho - 1.0
    inner = mean[1:-1, None]
    found = np.zeros((MEANS, QUANTILES))
    found[1:-1] = betaincinv(inner * shape, (1.0 - inner) * shape, quantile[None, :])
    found[-1] = 1.0
    # Straight lines between quantiles do not keep the mean: put the little back that they lose.
    kept = _means(found[1:-1], quantile)
    power = np.log(inner) / np.log(kept)
    for _ in range(8):
        lost = _means(found[1:-1] ** power, quantile)
        power *= np.log(inner) / np.log(lost)
    found[1:-1] **= power
    return found


def _means(found: Floats, quantile: Floats) -> Floats:
    """Mean of each row over the quantiles, straight lines between them, shape (n, 1)."""
    return 0.5 * (found[:, 1:] + found[:, :-1]) @ np.diff(quantile)[:, None]


def tables_of(rhos: Sequence[float]) -> tuple[Floats, dict[float, int]]:
    """Tables (k, MEANS, QUANTILES) of the distinct correlations, and the row of each."""
    rows = {rho: k for k, rho in enumerate(dict.fromkeys(rhos))}
    return np.stack([shared_table(rho) for rho in rows]), rows


@kernel_bare
def shared1(table: Floats, mean: float, quantile: float) -> float:
    """Read one quantile: see :func:`shared_table`."""
    x = min(max(mean, 0.0), 1.0) * (MEANS - 1)
    y = quantile * (QUANTILES - 1)
    i, j = min(int(x), MEANS - 2), min(int(y), QUANTILES - 2)
    f, g = x - i, y - j
    low = table[i, j] + g * (table[i, j + 1] - table[i, j])
    high = table[i + 1, j] + g * (table[i + 1, j + 1] - table[i + 1, j])
    return float(low + f * (high - low))
