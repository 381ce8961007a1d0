"""The static assignment problem as data: values, kill probabilities, rounds."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tdome.kernel.errors import ConfigError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PAIRS = 200_000_000  # of types and threats that are read or made: 1.6 GB


@dataclass(frozen=True)
class Instance:
    """min over x of sum_j v_j prod_i (1 - p_ij)^x_ij, whole x >= 0, sum_j x_ij <= m_i.

    Parameters
    ----------
    values : v, shape (threats,), what each threat destroys if it is not stopped; finite, >= 0.
    kill_probability : p, shape (types, threats), of one round of a type, in [0, 1]; shots are
        taken to be independent.
    rounds : m, shape (types,), whole numbers >= 0.
    name : for messages.
    """

    values: Floats
    kill_probability: Floats
    rounds: Ints
    name: str = "instance"

    @classmethod
    def of(
        cls, values: ArrayLike, kill_probability: ArrayLike, rounds: ArrayLike,
        name: str = "instance",
    ) -> Self:  # fmt: skip
        """Check and convert; ``rounds`` may be one number for all types.

        Raises
        ------
        ConfigError
            If shapes do not fit, or an entry is no number or out of its range: says which.
        """
        v = _numbers(values, name, "values")
        p = _numbers(kill_probability, name, "kill_probability")
        if v.ndim != 1:
            raise _fault(name, "values", f"must be a list of numbers, not of shape {v.shape}")
        if p.size == 0 and p.ndim < 2:  # noqa: PLR2004  (axes)
            p = p.reshape(0, len(v))
        if p.ndim != 2 or p.shape[1] != len(v):  # noqa: PLR2004  (axes)
            expected = f"shape (types, {len(v)}), one column for each value"
            raise _fault(name, "kill_probability", f"must have {expected}, not {p.shape}")
        m = _numbers(rounds, name, "rounds")
        if m.ndim == 0:
            m = np.full(len(p), float(m))
        if m.shape != (len(p),):
            raise _fault(name, "rounds", f"must have shape ({len(p)},), not {m.shape}")
        _all(name, "values", v, np.isfinite(v) & (v >= 0.0), "a finite number >= 0")
        _all(name, "kill_probability", p, (p >= 0.0) & (p <= 1.0), "a probability in [0, 1]")
        whole = np.isfinite(m) & (m >= 0.0) & (m < 2.0**31)
        _all(name, "rounds", m, whole & (np.floor(m) == m), "a whole number from 0 to 2^31 - 1")
        return cls(v, p, m.astype(np.int64), name)

    @property
    def threats(self) -> int:
        """Return the number of threats."""
        return len(self.values)

    @property
    def types(self) -> int:
        """Return the number of types of rounds (weapons)."""
        return len(self.rounds)

    def leak(self, plan: Ints) -> float:
        """Return sum_j v_j prod (1 - p_ij)^x_ij of a plan, shape (n, 3): type, threat, rounds."""
        left = self.values.copy()
        with np.errstate(under="ignore"):
            factor = (1.0 - self.kill_probability[plan[:, 0], plan[:, 1]]) ** plan[:, 2]
            np.multiply.at(left, plan[:, 1], factor)
        return float(np.sum(left))


def _numbers(given: ArrayLike, name: str, key: str) -> Floats:
    try:
        return np.asarray(given, dtype=np.float64, order="C")
    except (TypeError, ValueError) as fault:
        raise _fault(name, key, f"is not an array of numbers ({fault})") from None


def _all(name: str, key: str, array: Floats, good: NDArray[np.bool_], meant: str) -> None:
    if not good.all():
        at = np.argwhere(~good)[0]
        place = f"{key}[{', '.join(map(str, at))}]"
        raise _fault(name, place, f"is {array[tuple(at)]:g}, not {meant}")


def _fault(name: str, key: str, problem: str) -> ConfigError:
    return ConfigError(name, None, key, f"{key} {problem}")
