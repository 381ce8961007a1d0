"""``td.assign``: the best assignment of rounds to threats, and a proof of how good it is."""

from dataclasses import dataclass
from functools import cache
from time import perf_counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tdome.kernel.errors import ConfigError
from tdome.run.assignment.exact.solve import ROUNDING, Progress, State, relative, solve
from tdome.run.assignment.instance import Floats, Instance, Ints

TIME = 10.0  # s


@dataclass(frozen=True)
class Certificate:
    """Dual prices: for any u >= 0 no plan leaks less than sum_j phi_j(u) - sum_i m_i u_i.

    ``bound`` is that figure; `tdome.run.assignment.certificate.check` computes it again.
    """

    prices: Floats
    bound: float


@dataclass(frozen=True)
class Assignment:
    """A plan, the leak that it leaves, and the least leak that any plan can leave.

    Parameters
    ----------
    plan : rows (type, threat, rounds), in order, rounds > 0; shape (n, 3).
    objective, bound, gap : sum_j v_j prod_i (1 - p_ij)^x_ij; proven lower bound; (objective -
        bound) / objective, 0 where the difference is below 1e-15 of all value.
    seconds : wall time, without compiling.
    status : "optimal" (gap no more than rounding, 1e-9), "gap" (as small as asked), "time" (it ran
        out), "limit" (too many sets to list: more time does not help).
    certificate : prices that prove ``certificate.bound``; where it is below ``bound`` the rest is
        proven by complete enumeration.
    """

    plan: Ints
    objective: float
    bound: float
    gap: float
    seconds: float
    status: str
    certificate: Certificate

    def as_dict(self, *, certificate: bool = False) -> dict[str, object]:
        """Return plain values, in the order that ``tdome assign --json`` prints."""
        told: dict[str, object] = {
            "objective": self.objective, "bound": self.bound, "gap": self.gap,
            "seconds": self.seconds, "status": self.status, "plan": self.plan.tolist(),
        }  # fmt: skip
        if certificate:
            mine = self.certificate
            told["certificate"] = {"prices": mine.prices.tolist(), "bound": mine.bound}
        return told


def assign(
    values: ArrayLike, kill_probability: ArrayLike, rounds: ArrayLike = 1, *,
    time: float = TIME, gap: float = 0.0, progress: Progress | None = None,
) -> Assignment:  # fmt: skip
    """Assign rounds to threats so that the least value leaks; prove how close to the least.

    min over x of sum_j v_j prod_i (1 - p_ij)^x_ij, whole x_ij >= 0, sum_j x_ij <= m_i.

    Parameters
    ----------
    values, kill_probability, rounds : v (threats,), p (types, threats), m (types,) or one number.
    time : seconds after which the best plan so far is returned, with the bound so far.
    gap : relative gap at which to stop.
    progress : called with (what is done, best leak, bound) now and then.

    Raises
    ------
    ConfigError
        For shapes that do not fit, NaN, or figures out of range: says which.
    """
    return assign_instance(
        Instance.of(values, kill_probability, rounds, "assign"),
        time=time, gap=gap, progress=progress,
    )  # fmt: skip


def assign_instance(
    instance: Instance, *, time: float = TIME, gap: float = 0.0, progress: Progress | None = None
) -> Assignment:
    """Assign as `assign` does, on an instance that was read or made."""
    for name, number in (("time", time), ("gap", gap)):
        if not number >= 0.0:
            raise ConfigError(instance.name, None, name, f"{name} must be >= 0, not {number}")
    warm()
    began = perf_counter()
    threats = np.flatnonzero((instance.values > 0.0) & _hit(instance))
    types = np.flatnonzero((instance.rounds > 0) & _hits(instance))
    rest = float(np.sum(instance.values)) - float(np.sum(instance.values[threats]))
    prices = np.zeros(instance.types)
    if len(threats) == 0 or len(types) == 0:
        leak = float(np.sum(instance.values))
        nothing = np.empty((0, 3), np.int64)
        seconds = perf_counter() - began
        return Assignment(nothing, leak, leak, 0.0, seconds, "optimal", Certificate(prices, leak))
    small = instance
    if len(threats) < instance.threats or len(types) < instance.types:
        p = np.ascontiguousarray(instance.kill_probability[np.ix_(types, threats)])
        small = Instance(instance.values[threats], p, instance.rounds[types], instance.name)
    state = State(small, began, time, gap, progress)
    solve(state)
    prices[types] = state.prices if len(state.prices) else 0.0
    plan = _rows(state, types, threats)
    objective = instance.leak(plan)
    bound = min(max(state.bound, 0.0) + rest, objective)
    price_bound = max(state.price_bound, 0.0) + rest
    found = relative(objective, bound, float(np.sum(instance.values)))
    reached = "gap" if found <= gap else "time" if state.left <= 0.0 else "limit"
    status = "optimal" if found <= ROUNDING else reached
    return Assignment(
        plan, objective, bound, found, perf_counter() - began, status,
        Certificate(prices, min(price_bound, objective)),
    )  # fmt: skip


def _hits(instance: Instance) -> NDArray[np.bool_]:
    """Whether each type can hit something."""
    return np.asarray((instance.kill_probability > 0.0).any(axis=1))


def _hit(instance: Instance) -> NDArray[np.bool_]:
    """Whether each threat can be hit."""
    return np.asarray((instance.kill_probability[instance.rounds > 0] > 0.0).any(axis=0))


def _rows(state: State, types: Ints, threats: Ints) -> Ints:
    """Return the plan as rows (type, threat, rounds) of the whole instance."""
    assert state.plan is not None  # noqa: S101  (the first step makes one)
    owner = np.repeat(state.plan.owner, np.diff(state.plan.start))
    pairs = np.column_stack([types[state.plan.types], threats[owner]])
    rows, count = np.unique(pairs, axis=0, return_counts=True)
    return np.column_stack([rows, count]).astype(np.int64)


@cache
def warm() -> None:
    """Load or compile the kernels, so that a time limit is one for work."""
    p = np.array([[0.5, 0.6, 0.3], [0.7, 0.2, 0.4]])
    tiny = Instance(np.array([3.0, 2.0, 1.0]), p, np.array([2, 2], np.int64))
    solve(State(tiny, perf_counter(), 60.0, 0.0))
