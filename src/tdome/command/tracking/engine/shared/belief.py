"""Marginal association probabilities of tracks and plots by loopy belief propagation.

Each track has one plot or none, each plot belongs to one track or to none. With the weight of
"missed" scaled to 1, a joint event has the weight of the product of its pairs' ratios

    psi_ij = Pd N(z_j; z_i, S_i) / (lambda (1 - Pd PG)),

lambda: density of false plots and new targets, per unit of measurement space. Messages from track
to plot and back (Williams and Lau, "Approximate evaluation of marginal association probabilities
with belief propagation", IEEE T-AES 50(4), 2014, section III):

    mu_ij = psi_ij / (1 + sum_{j' != j} psi_ij' nu_j'i),    nu_ji = 1 / (1 + sum_{i' != i} mu_i'j)

and at their fixed point p_ij = psi_ij nu_ji / (1 + sum_j' psi_ij' nu_j'i). The iteration always
converges (theorem 1 there); p is exact where the graph of candidates has no loop, close to it
elsewhere. Candidates are CSR lists: no N x M matrix is ever made.

A plot with one claimant sends nu = 1 for good, so a track all of whose plots are its own needs no
iteration: only contested tracks are swept, and that is what makes an ordinary scan cheap.
"""

import numpy as np

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints

TOLERANCE = 1e-4  # of p between two sweeps: far below what moves a state by a tenth of its sigma
SWEEPS = 60


@kernel
def contests(start: Ints, column: Ints, plots: int, by_plot: Ints, edge: Ints) -> Ints:
    """List the candidates the other way round, and return the tracks with a contested plot.

    by_plot (plots + 1,) and edge (c,) are written: the candidates of plot j, in order of tracks,
    are edge[by_plot[j] : by_plot[j + 1]]. Contested is a plot that two tracks or more claim.
    """
    tracks = len(start) - 1
    by_plot[:] = 0
    for k in range(start[tracks]):
        by_plot[column[k] + 1] += 1
    found = np.empty(tracks, np.int32)
    rivals = 0
    for i in range(tracks):
        for k in range(start[i], start[i + 1]):
            if by_plot[column[k] + 1] > 1:
                found[rivals] = i
                rivals += 1
                break
    for j in range(plots):
        by_plot[j + 1] += by_plot[j]
    end = by_plot[:plots].copy()
    for k in range(start[tracks]):
        edge[end[column[k]]] = k
        end[column[k]] += 1
    return found[:rivals]


@kernel
def _speak1(  # noqa: PLR0913, PLR0917 - flat columns
    start: Ints, ratio: Floats, nu: Floats, mu: Floats, beta: Floats, missed: Floats, i: int
) -> float:
    """Send the messages of track i, write its marginals; return how far its beta moved."""
    first, last = start[i], start[i + 1]
    after = 0.0
    # Sums of the others are added up, not subtracted: nothing cancels where one outweighs all.
    for k in range(last - 1, first - 1, -1):
        mu[k] = after
        after += ratio[k] * nu[k]
    total, before, moved = 1.0 + after, 1.0, 0.0
    for k in range(first, last):
        share = ratio[k] * nu[k]
        mu[k] = ratio[k] / (before + mu[k])
        before += share
        moved = max(moved, abs(share / total - beta[k]))
        beta[k] = share / total
    missed[i] = 1.0 / total
    return moved


@kernel
def _answer1(by_plot: Ints, edge: Ints, mu: Floats, nu: Floats, j: int) -> None:
    """Send the messages of plot j."""
    after = 0.0
    for e in range(by_plot[j + 1] - 1, by_plot[j] - 1, -1):
        nu[edge[e]] = after
        after += mu[edge[e]]
    before = 1.0
    for e in range(by_plot[j], by_plot[j + 1]):
        nu[edge[e]] = 1.0 / (before + nu[edge[e]])
        before += mu[edge[e]]


@kernel
def marginals(  # noqa: PLR0913, PLR0917 - flat columns
    start: Ints,
    column: Ints,
    ratio: Floats,
    plots: int,
    tolerance: float,
    sweeps: int,
    beta: Floats,
    missed: Floats,
) -> int:
    """Write the marginals: beta (c,) of each candidate, missed (k,); return the sweeps used.

    Parameters
    ----------
    start, column, ratio
        Candidates, CSR: (k + 1,), (c,), (c,); ratio psi >= 0, finite.
    plots
        Number of plots: column < plots.
    tolerance, sweeps
        Stop once no beta moved by more in a sweep, or after so many. beta of a track and its
        missed sum to 1 to rounding in any case; the sum over a plot's tracks is at most 1 at the
        fixed point.
    """
    tracks = len(start) - 1
    by_plot, edge = np.empty(plots + 1, np.int32), np.empty(max(len(column), 1), np.int32)
    contested = contests(start, column, plots, by_plot, edge)
    nu, mu = np.ones(len(column)), np.empty(len(column))
    for i in range(tracks):
        for k in range(start[i], start[i + 1]):
            beta[k] = 0.0
        _speak1(start, ratio, nu, mu, beta, missed, i)
    disputed, seen = np.empty(plots, np.int32), 0
    for j in range(plots):
        if by_plot[j + 1] - by_plot[j] > 1:
            disputed[seen] = j
            seen += 1
    used, moved = 0, 1.0
    while seen > 0 and moved > tolerance and used < sweeps:
        used += 1
        moved = 0.0
        for d in range(seen):
            _answer1(by_plot, edge, mu, nu, disputed[d])
        for r in range(len(contested)):
            moved = max(moved, _speak1(start, ratio, nu, mu, beta, missed, contested[r]))
    return used
