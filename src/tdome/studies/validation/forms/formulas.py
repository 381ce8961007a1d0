"""Closed forms of domain.md, section 5: what our own code is held against, never itself.

5.1 Wilkening, "A Simple Model for Calculating Ballistic Missile Defense Effectiveness", Science &
Global Security 8 (1999/2000) 183-215 (text not read; the layer formula is confirmed by a public
implementation). 5.3 CSIS inventory. 5.4 Erlang's loss formula. 5.5 occupancy (Feller 1968, IV.2).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, binom

Floats = NDArray[np.float64]


def barrage(k: float, n: int) -> float:
    """Return the kill probability of n independent rounds of SSPK k: 1 - (1 - k)^n."""
    return 1.0 - (1.0 - k) ** n


def no_leaker(k: float, n: int, warheads: int, track: float = 1.0, *, common: bool = True) -> float:
    """Return P(0 leakers): track K^W if detection fails for all at once, else (track K)^W."""
    kill = barrage(k, n)
    return track * kill**warheads if common else (track * kill) ** warheads


def leakers(k: float, n: int, warheads: int) -> Floats:
    """Return P(x leakers) for x = 0 to W: binomial."""
    return np.asarray(binom.pmf(np.arange(warheads + 1), warheads, 1.0 - barrage(k, n)))


def records(mean: float, rho: float, n: int) -> Floats:
    """Return P(x of n hits) with intra-record correlation rho: beta-binomial (domain.md 3.4)."""
    shape = 1.0 / rho - 1.0
    return np.asarray(betabinom.pmf(np.arange(n + 1), n, mean * shape, (1.0 - mean) * shape))


def layers(kills: Sequence[float]) -> float:
    """Return the kill probability of layers one after the other: 1 - prod(1 - K)."""
    return 1.0 - math.prod(1.0 - kill for kill in kills)


def shots(k: float, salvos: Sequence[int]) -> tuple[float, float]:
    """Return mean and standard deviation of the rounds at a target, salvo by salvo until it dies.

    One round a look, n looks: mean (1 - (1 - k)^n) / k; a, then b on survivors: a + (1 - k)^a b.
    """
    fired = np.cumsum(salvos)
    alive = (1.0 - k) ** np.concatenate([[0], fired[:-1]])
    law = alive - np.append(alive[1:], 0.0)
    mean = float(law @ fired)
    return mean, math.sqrt(max(float(law @ fired**2) - mean**2, 0.0))


def erlang_b(channels: int, load: float) -> float:
    """Return the share lost of Poisson arrivals: B(N) = a B(N-1) / (N + a B(N-1)), B(0) = 1."""
    lost = 1.0
    for n in range(1, channels + 1):
        lost = load * lost / (n + load * lost)
    return lost


def coordinated(targets: int, shooters: int, kill: float) -> float:
    """Return expected kills of an even spread: sum over targets of 1 - (1 - p)^s."""
    each, more = divmod(shooters, targets)
    return more * barrage(kill, each + 1) + (targets - more) * barrage(kill, each)


def uncoordinated(targets: int, shooters: int, kill: float) -> float:
    """Return expected kills where each shooter picks a target at random: T (1 - (1 - p/T)^S)."""
    return targets * (1.0 - (1.0 - kill / targets) ** shooters)


def spare_left(fired: int, ready: int = 96, spare: int = 150) -> int:
    """Return the rounds left to restock (CSIS); below 0 so many could not be fired."""
    return spare - max(fired - ready, 0)
