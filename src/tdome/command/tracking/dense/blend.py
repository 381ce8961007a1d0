"""Update of a track with several plots, each to the share of its association probability.

Probabilistic data association (Bar-Shalom, Willett, Tian, "Tracking and Data Fusion", 2011,
section 3.4; Fortmann, Bar-Shalom, Scheffe, IEEE J. Oceanic Eng. 8(3), 1983). With one gain K and
innovation covariance S for all plots of a track, nu = sum beta_j nu_j, B = sum beta_j:

    x+ = x + K nu
    P+ = P - B K S K' + K (sum beta_j nu_j nu_j' - nu nu') K'

The last term is the spread of the innovations: the doubt about which plot was right. With one
plot of beta 1 it is the Kalman update, with none the state stays.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints


@kernel
def spread(
    start: Ints, beta: Floats, innovation: Floats, i: int, nu: Floats, second: Floats
) -> float:
    """Write nu (3,) and the spread (3, 3) of track i; return B."""
    total = 0.0
    nu[:] = 0.0
    second[:] = 0.0
    for k in range(start[i], start[i + 1]):
        b = beta[k]
        total += b
        for m in range(3):
            nu[m] += b * innovation[k, m]
            for n in range(m, 3):
                second[m, n] += b * innovation[k, m] * innovation[k, n]
    for m in range(3):
        for n in range(m, 3):
            second[m, n] -= nu[m] * nu[n]
            second[n, m] = second[m, n]
    return total


@kernel
def blend(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats,
    p: Floats,
    gain: Floats,
    s: Floats,
    start: Ints,
    beta: Floats,
    innovation: Floats,
) -> None:
    """Update tracks in place with all of their candidates.

    Parameters
    ----------
    x, p
        (k, 6), (k, 6, 6), predicted.
    gain, s
        (k, 6, 3), (k, 3, 3): K and S of each track.
    start, beta, innovation
        Candidates, CSR; beta (c,) from :func:`tdome.command.tracking.dense.belief.marginals`;
        innovation (c, 3), angles wrapped.
    """
    nu, second, work = np.empty(3), np.empty((3, 3)), np.empty((6, 3))
    for i in range(len(x)):
        if start[i] == start[i + 1]:
            continue
        total = spread(start, beta, innovation, i, nu, second)
        for m in range(6):
            x[i, m] += gain[i, m, 0] * nu[0] + gain[i, m, 1] * nu[1] + gain[i, m, 2] * nu[2]
        for m in range(3):
            for n in range(3):
                second[m, n] -= total * s[i, m, n]
        _add(p[i], gain[i], second, work)


@kernel
def _add(p: Floats, gain: Floats, second: Floats, work: Floats) -> None:
    """Add K second K' to p (6, 6), exactly symmetric; work is scratch (6, 3)."""
    for m in range(6):
        for n in range(3):
            work[m, n] = (
                gain[m, 0] * second[0, n] + gain[m, 1] * second[1, n] + gain[m, 2] * second[2, n]
            )
    for m in range(6):
        for n in range(m, 6):
            change = 0.0
            for r in range(3):
                change += work[m, r] * gain[n, r]
            p[m, n] += change
            if n > m:
                p[n, m] = p[m, n]
