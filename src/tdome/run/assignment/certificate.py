"""Check a plan and a bound from dual prices: NumPy alone, no solver, none of the method's code.

For any u >= 0 no plan leaks less than  sum_j phi_j(u) - sum_i m_i u_i,  where phi_j is the least
of  v_j prod_i q_ij^x_i + sum_i u_i x_i  over whole 0 <= x <= m (Lagrange; Fisher 1981, Management
Science 27(1)). phi_j is found here by breadth-first enumeration. A branch is left where even with
parts of rounds (convex in A = -ln prod q^x, so a walk by price per A) it costs more than the best
set seen, or where a round of it saves less than its price: every set beyond has a better one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_TINY = 1e-300


@dataclass(frozen=True)
class Checked:
    """What was found: the plan's leak, the bound of the prices, what is wrong (nothing: sound)."""

    objective: float
    bound: float
    faults: tuple[str, ...]


def check(
    problem: tuple[ArrayLike, ArrayLike, ArrayLike], plan: ArrayLike, objective: float,
    prices: ArrayLike, bound: float, most: int = 2_000_000,
) -> Checked:  # fmt: skip
    """Compute again what a result claims, to a relative 1e-9.

    ``problem``: v (threats,), p (types, threats), m (types,); ``plan``: rows (type, threat,
    rounds). ``most``: branches of one threat; beyond, parts of rounds give a lower bound of phi.
    """
    v, p, m, u = (np.asarray(a, dtype=np.float64) for a in (*problem, prices))
    x, faults = np.asarray(plan, dtype=np.float64).reshape(-1, 3), []
    if not np.all((x >= 0) & (x < [*p.shape, 2**31]) & (x == np.floor(x))):
        return Checked(np.nan, np.nan, ("plan: not rows (type, threat, rounds) of this problem",))
    kind, threat = x[:, 0].astype(int), x[:, 1].astype(int)
    spent = np.bincount(kind, x[:, 2], len(m))
    faults += [f"plan: {spent[i]:g} rounds of type {i}, there are {m[i]:g}"
               for i in np.flatnonzero(spent > m)]  # fmt: skip
    kept = v.copy()
    np.multiply.at(kept, threat, (1.0 - p[kind, threat]) ** x[:, 2])
    leak = float(np.sum(kept))
    if not abs(leak - objective) <= 1e-9 * leak:
        faults.append(f"objective: the plan leaks {leak:.12g}, not {objective:.12g}")
    if u.shape != m.shape or not np.all(np.isfinite(u) & (u >= 0.0)):
        return Checked(leak, np.nan, (*faults, "prices: not one finite number >= 0 a type"))
    phi = sum(least(float(v[j]), p[:, j], u, m, most) for j in range(len(v)))
    proven = max(float(phi - np.sum(m * u)), 0.0)
    if not bound <= proven + 1e-9 * leak:
        faults.append(f"bound: the prices prove {proven:.12g}, not {bound:.12g}")
    return Checked(leak, proven, tuple(faults))


def least(v: float, p: Floats, u: Floats, m: Floats, most: int) -> float:
    """Return phi of one threat, or a lower bound of it if there are too many branches."""
    given = (u == 0.0) & (m > 0)  # what costs nothing is taken
    r = np.array([v * np.prod((1.0 - p[given]) ** m[given])])
    some = np.flatnonzero((p > 0.0) & (m > 0) & ~given & (r[0] * p > u))
    a = -np.log(np.maximum(1.0 - p[some], _TINY))
    some = some[np.argsort(u[some] / a, kind="stable")]
    q, u, m = np.maximum(1.0 - p[some], _TINY), u[some], m[some]
    best = float(min(r[0], np.min(r[0] * q + u, initial=np.inf)))
    c = np.zeros(1)
    for i in range(len(some)):  # a level for each type: how many rounds of it?
        parts, deeper = [(r, c)], (r, c)
        for _ in range(int(m[i])):
            useful = deeper[0] * (1.0 - q[i]) > u[i]
            deeper = deeper[0][useful] * q[i], deeper[1][useful] + u[i]
            if not len(deeper[0]):
                break
            parts.append(deeper)
        r, c = np.concatenate([a for a, _ in parts]), np.concatenate([b for _, b in parts])
        best = min(best, float(np.min(r + c)))
        bound = c + relaxed(r, q[i + 1 :], u[i + 1 :], m[i + 1 :])
        if len(r) > most:
            return min(best, float(np.min(bound)))
        r, c = r[bound < best], c[bound < best]
        if not len(r):
            break
    return best


def relaxed(r: Floats, q: Floats, u: Floats, m: Floats) -> Floats:
    """Return min over A >= 0 of r e^-A + K(A), K the price of A in parts of rounds."""
    slope = np.append(-u / np.log(q), np.inf)  # rising; nothing beyond the last
    before = np.concatenate([[0.0], np.cumsum(-m * np.log(q))])
    paid = np.concatenate([[0.0], np.cumsum(m * u)])
    # Type k is begun where r e^-before_k > slope_k, and used up where r e^-before_k+1 > slope_k.
    log_r = np.log(np.maximum(r, _TINY))
    begun = np.searchsorted(np.log(slope) + before, log_r)
    ended = np.searchsorted(np.log(slope[:-1]) + before[1:], log_r)
    left, s = np.maximum(r * np.exp(-before[ended]), _TINY), slope[ended]
    inside = np.where(begun > ended, s, 1.0)  # a part of a round, where the slope is finite
    tail = np.where(begun > ended, inside * (1.0 + np.log(left / inside)), left)
    return np.asarray(paid[ended] + tail)
