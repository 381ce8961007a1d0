"""Expected tail value, CVaR: the mean of the worst share of replicates.

With v the a-quantile, CVaR_a = v + E max(X - v, 0) / (1 - a) (Rockafellar and Uryasev, J. of Risk
2(3), 2000), which is right for values with ties too (Acerbi and Tasche, 2002). Its estimate is the
same with the sample's quantile and mean; its variance is asymptotically that of

    max(X - v, 0) / (1 - a)    over n

(Manistre and Hancock, North American Actuarial J. 9(2), 2005). Only k = n (1 - a) replicates are in
the tail, so Student's t is taken with k - 1 degrees of freedom, our own choice. The estimate is
a little low at small k (the sample's tail is shorter than the true one): with k < 10 it is told but
not trusted, see ``ENOUGH``.
"""

from typing import Literal

import numpy as np

from tdome.messages.base import Floats
from tdome.studies.estimators.interval import LEVEL, Interval, student, variance_of_mean

ENOUGH = 10  # replicates in the tail, below which a report warns

Tail = Literal["upper", "lower"]


def cvar(values: Floats, a: float = 0.95, tail: Tail = "upper", level: float = LEVEL) -> Interval:
    """Return the mean of the worst 1 - a of replicates (n,), upper or lower, and its interval."""
    if tail == "lower":
        mirrored = cvar(-values, a, "upper", level)
        return mirrored._replace(
            estimate=-mirrored.estimate, low=-mirrored.high, high=-mirrored.low
        )
    v = float(np.quantile(values, a, method="inverted_cdf"))
    beyond = np.maximum(values - v, 0.0) / (1.0 - a)
    freedom = len(values) * (1.0 - a) - 1.0
    return student(v + float(beyond.mean()), variance_of_mean(beyond), freedom, len(values), level)
