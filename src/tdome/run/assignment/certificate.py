"""Check a plan and a bound from dual prices: NumPy alone, no solver, none of the method's code.

For any u >= 0 no plan leaks less than  sum_j phi_j(u) - sum_i m_i u_i,  where phi_j is the least
of  v_j prod_i q_ij^x_i + sum_i u_i x_i  over whole 0 <= x <= m (Lagrange; Fisher 1981, Management
Science 27(1)). phi_j is found here by breadth-first enumeration. A branch is left where even with
parts of rounds (convex in A = -ln prod q^x, so a walk by price per A) it costs more than the best
set seen, or where a round of it leaves less than its price: every set beyond has a better one.
"""

from dataclasses import dataclass

import numpy as np

from tdome.run.assignment.instance import Floats, Instance, Ints

_TINY = 1e-300


@dataclass(frozen=True)
class Checked:
    """What was found: the plan's leak, the bound of the prices, what is wrong (nothing: sound)."""

    objective: float
    bound: float
    faults: tuple[str, ...]


def check(
    instance: Instance, plan: Ints, objective: float, prices: Floats, bound: float,
    most: int = 2_000_000,
) -> Checked:  # fmt: skip
    """Compute again what a result claims, to a relative 1e-9.

    ``most``: branches of one threat; beyond, its phi is taken from the parts of rounds, which
    is a bound too, but a lower one.
    """
    faults, plan, u = [], np.asarray(plan).reshape(-1, 3), np.asarray(prices, dtype=np.float64)
    inside = np.all((plan >= 0) & (plan < [instance.types, instance.threats, 2**31]))
    if not inside or not np.all(plan == np.floor(plan)):
        return Checked(np.nan, np.nan, ("plan: not rows (type, threat, rounds) of this instance",))
    spent = np.bincount(plan[:, 0].astype(int), plan[:, 2], instance.types)
    faults += [f"plan: {spent[i]:g} rounds of type {i}, there are {instance.rounds[i]}"
               for i in np.flatnonzero(spent > instance.rounds)]  # fmt: skip
    leak = instance.leak(plan.astype(np.int64))
    if not abs(leak - objective) <= 1e-9 * leak:
        faults.append(f"objective: the plan leaks {leak:.12g}, not {objective:.12g}")
    if u.shape != instance.rounds.shape or not np.all(np.isfinite(u) & (u >= 0.0)):
        return Checked(leak, np.nan, (*faults, "prices: not one finite number >= 0 a type"))
    columns = zip(instance.values, instance.kill_probability.T, strict=True)
    phi = sum(least(v, p, u, instance.rounds, most) for v, p in columns)
    proven = float(phi - np.sum(instance.rounds * u))
    if not bound <= max(proven, 0.0) + 1e-9 * abs(leak):
        faults.append(f"bound: the prices prove {proven:.12g}, not {bound:.12g}")
    return Checked(leak, proven, tuple(faults))


def least(v: float, p: Floats, u: Floats, m: Ints, most: int) -> float:
    """Return phi of one threat, or a lower bound of it if there are too many branches."""
    given = (u == 0.0) & (m > 0)  # what costs nothing is taken
    r = np.array([v * np.prod(np.maximum(1.0 - p[given], 0.0) ** m[given])])
    some = np.flatnonzero((p > 0.0) & (m > 0) & ~given & (r[0] * p > u))
    a = -np.log(np.maximum(1.0 - p[some], _TINY))
    some = some[np.argsort(u[some] / a, kind="stable")]
    q, u, m = np.maximum(1.0 - p[some], _TINY), u[some], m[some].astype(np.float64)
    best = float(min(r[0], np.min(r[0] * q + u, initial=np.inf)))
    c, bound = np.zeros(1), np.zeros(1)
    for i in range(len(some)):  # a level for each type: how many rounds of it?
        parts, deeper = [(r, c)], (r, c)
        for _ in range(int(m[i])):
            useful = deeper[0] * (1.0 - q[i]) > u[i]
            deeper = deeper[0][useful] * q[i], deeper[1][useful] + u[i]
            if not len(deeper[0]):
                break
            parts.append(deeper)
        r, c = (np.concatenate(column) for column in zip(*parts, strict=True))
        best = min(best, float(np.min(r + c)))
        bound = c + relaxed(r, q[i + 1 :], u[i + 1 :], m[i + 1 :])
        r, c, bound = r[bound < best], c[bound < best], bound[bound < best]
        if len(r) > most:
            return min(best, float(np.min(bound)))
        if not len(r):
            break
    return best


def relaxed(r: Floats, q: Floats, u: Floats, m: Floats) -> Floats:
    """Return min over A >= 0 of r e^-A + K(A), K the price of A in parts of rounds."""
    a = -np.log(q)
    slope = u / a  # rising
    before = np.concatenate([[0.0], np.cumsum(m * a)])
    paid = np.concatenate([[0.0], np.cumsum(m * u)])
    # Type k is begun where r e^-before_k > slope_k, and used up where r e^-before_k+1 > slope_k.
    begun = np.searchsorted(np.log(slope) + before[:-1], np.log(np.maximum(r, _TINY)))
    ended = np.searchsorted(np.log(slope) + before[1:], np.log(np.maximum(r, _TINY)))
    part = begun > ended
    k = np.minimum(ended, len(slope) - 1) if len(slope) else ended
    whole = paid[ended] + r * np.exp(-before[ended])
    if not part.any():
        return whole
    s, left = slope[k], np.maximum(r * np.exp(-before[ended]), _TINY)
    return np.where(part, paid[ended] + s * (1.0 + np.log(left / s)), whole)
