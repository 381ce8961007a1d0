"""What the sky is made of: the shares of the classes, estimated on line from the tracks themselves.

A prior of equal shares is far from any raid, and where classes look alike no evidence of a single
track can mend that. The tracks together can: with l_tc how likely track t looks if it is of class
c, p_c the plan's prior, w_t the weight of a track, the shares s are moved by

    r_tc = l_tc s_c / sum_k l_tk s_k,    s_c <- (PLAN_TRACKS p_c + n_c) / (PLAN_TRACKS + sum n),
    n_c = sum_t w_t r_tc + (tracks that have gone, fading)

from s = p, ROUNDS times, and take the prior's place in each track's posterior (empirical Bayes by
expectation-maximisation: Saerens, Latinne, Decaestecker, Neural Computation 14(1), 2002, "Adjusting
the outputs of a classifier to new a priori probabilities"; with Dirichlet pseudo-counts, so that a
small picture stays near the plan). To stop early is meant: EM moves fast what the tracks can tell
and slowly what they can not (drones and decoys of their size), and there errors of the likelihoods
weigh more than facts. PLAN_TRACKS and ROUNDS were chosen on training mixes, see
docs/concepts/tracking/class-and-identity.md.

Whoever answers validly is known otherwise: he counts for nobody's share, and nobody's for his. No
identity rule reads these shares (:mod:`tdome.command.threat.kinematic`): they can make nobody
hostile. Sums over tracks are of whole numbers, so that the order of tracks changes no bit.

Limits: pieces of one broken track count twice; a raid of one class in a picture full of another is
doubted at first; a class that the plan does not name has no share but that of "none of these".
"""

import math

import msgspec
import numpy as np

from tdome.command.threat.belief.hypotheses import Flags
from tdome.earth.wgs84 import Floats
from tdome.messages.base import Ints

PLAN_TRACKS = 12.0  # the plan's prior weighs as much as so many tracks
ROUNDS = 10
WHOLE_HITS = 8  # plots from which a track counts in full
FADE_S = 300.0  # mean time that a track which has gone still counts
_UNIT = 2.0**32  # fixed point: sums of whole numbers do not depend on their order
_LEAST = 1e-12


class Shares(msgspec.Struct, frozen=True, eq=False):
    """Shares (C + 1,) of the classes and of none of them, and what each track counts for.

    pmf: (n, C + 1) of the tracks under these shares. counted: (n, C + 1), for the next picture.
    """

    share: Floats
    pmf: Floats
    counted: Floats


def total(rows: Floats) -> Floats:
    """Sum (n, C + 1) over tracks to 2^-32, the same for every order of rows."""
    return np.asarray(np.rint(rows * _UNIT).astype(np.int64).sum(axis=0) / _UNIT)


def faded(gone: Floats, lapse_s: float) -> Floats:
    """Return what tracks that have gone, (C + 1,), still count after a time."""
    return np.asarray(gone * math.exp(-max(lapse_s, 0.0) / FADE_S))


def estimate(
    alone: Floats, hits: Ints, free: Flags, kept: Floats, gone: Floats, prior: Floats
) -> Shares:
    """Return the shares of what is in the sky, and what is believed of each track under them.

    Parameters
    ----------
    alone
        What is believed of each track by itself, with the plan's prior, (n, C + 1).
    hits
        Plots so far, (n,).
    free
        Who counts and is judged by the shares, (n,): no valid answer, no wreck.
    kept
        What the others count for, (n, C + 1): 0, or a wreck's from before it broke.
    gone
        Tracks that have gone, (C + 1,).
    prior
        Of the plan, (C + 1,), positive.
    """
    likely = alone / prior
    weight = np.where(free, np.minimum(hits / WHOLE_HITS, 1.0), 0.0)[:, None]
    fixed = gone + total(np.where(free[:, None], 0.0, kept))
    share = prior
    for _ in range(ROUNDS):
        count = fixed + total(weight * _posterior(likely, share))
        share = (PLAN_TRACKS * prior + count) / (PLAN_TRACKS + count.sum())
    pmf = np.where(free[:, None], _posterior(likely, share), alone)
    return Shares(share, pmf, np.where(free[:, None], weight * pmf, kept))


def _posterior(likely: Floats, share: Floats) -> Floats:
    score = np.maximum(likely * share, _LEAST * share)
    return np.asarray(score / score.sum(axis=1, keepdims=True))
