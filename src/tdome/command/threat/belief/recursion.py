"""The class recursion: a tempered sum of evidence, in which order does not matter.

For each hypothesis h and source s the log likelihoods l of the looks are averaged with the time w
(s) that each look stands for, W <- min(W + w, memory), M <- M + (w / W) (l - M); the log posterior
is (up to a constant)

    ln P(h) = ln prior(h) + sum_s (first_s + later_s W_s / memory_s) M_sh
              + c_rcs l_rcs,h + c_spread l_spread,h + c_answers l_answers,h

Successive states of a filter are correlated, and what is drawn once for a flight (its speed, its
cross-section) is the same in each look: summing their log likelihoods, as if they were independent,
makes a recursion overconfident (a power likelihood, tempering: Grunwald and van Ommen, Bayesian
Analysis 12(4), 2017). The mean times a few effective looks does not; their number is fitted
(:mod:`weights <tdome.command.threat.belief.weights>`). Within the memory the order of looks does
not matter, and the order of sources never does; beyond it old looks fade exponentially. The
smoothed cross-section and Doppler spread, and the answers count once.
"""

import msgspec
import numpy as np

from tdome.command.threat.belief import weights
from tdome.command.threat.belief.hypotheses import ANSWER, Flags, Hypotheses, civil_speed
from tdome.command.threat.belief.likelihood import (
    KINEMATIC,
    LEAST,
    cross_section,
    doppler_spread,
    kinematic,
)
from tdome.earth.wgs84 import Floats
from tdome.messages.base import Codes, Ints, Singles

SOURCES = KINEMATIC + 3  # then the cross-section, the Doppler spread and the answers
RCS, SPREAD, ANSWERS = KINEMATIC, KINEMATIC + 1, KINEMATIC + 2
FIRST_LOOK_S, LONGEST_LOOK_S = 2.0, 10.0  # what a look stands for: the first, and any at most
RCS_LOOKS = 15.0  # the tracker's smoothing remembers no more plots
SILENT_HITS = 5  # at 0.9 a reply, a cooperative aircraft is silent so long once in 10^5
LOWEST = -30.0  # log weight that no hypothesis falls below: no door is ever shut
_FILED = np.log(30.0)  # how much better a filed address than any answer speaks for civil traffic


class Belief(msgspec.Struct, frozen=True, eq=False):
    """What is believed: pmf (n, H) over the hypotheses, parts (n, SOURCES, H) of its logarithm."""

    pmf: Floats
    parts: Floats


def learn(  # noqa: PLR0913, PLR0917 - columns
    mean: Floats,
    span: Floats,
    look_s: Floats,
    motion: Floats,
    acceleration: Floats,
    ballistic: Codes,
    model: Hypotheses,
) -> tuple[Floats, Floats]:
    """Return mean (n, KINEMATIC, H) and span (n, KINEMATIC) of evidence after looks.

    Parameters
    ----------
    mean, span
        Before; span in s, 0 where nothing was seen.
    look_s
        Seconds that each track's new look stands for, (n,); 0 where there is none.
    motion, acceleration, ballistic
        As in :func:`tdome.command.threat.belief.likelihood.kinematic`.
    model
        The hypotheses.
    """
    rows = np.flatnonzero(look_s > 0.0)
    seen = np.empty((len(rows), KINEMATIC, len(model.kind)))
    height = motion[rows, 0]
    limit = civil_speed(np.where(np.isnan(height), 0.0, np.clip(height, 0.0, 1e7)))
    pulled = acceleration[rows]
    kinematic(
        motion[rows], pulled, ballistic[rows], limit, model.table, model.kind, model.civil, seen
    )
    weight = np.repeat(look_s[rows, None], KINEMATIC, axis=1)
    weight[~np.isfinite(pulled).all(axis=1), KINEMATIC - 1] = 0.0
    after, wide = mean.copy(), span.copy()
    wide[rows] = np.minimum(span[rows] + weight, weights.MEMORY_S)
    gain = np.divide(weight, wide[rows], out=np.zeros_like(weight), where=weight > 0.0)
    after[rows] += gain[:, :, None] * (seen - mean[rows])
    return after, wide


def believe(  # noqa: PLR0913, PLR0917 - columns
    mean: Floats,
    span: Floats,
    rcs_dbsm: Singles,
    spread: Singles,
    hits: Ints,
    answered: Flags,
    filed: Flags,
    friend: Flags,
    model: Hypotheses,
) -> Belief:
    """Return the belief from kinematic evidence, the smoothed echo and answers.

    rcs_dbsm: (n,) dBsm, and spread: (n,) of Doppler, m/s; nan: none. hits: plots so far, (n,).
    answered, filed, friend: (n,), whether any address, a filed civil address, or a valid own-force
    reply was received.
    """
    parts = np.empty((len(mean), SOURCES, len(model.kind)))
    factor = weights.FIRST + weights.LATER * span / weights.MEMORY_S
    parts[:, :KINEMATIC] = factor[:, :, None] * mean
    plots = np.clip(hits.astype(np.float64), 1.0, RCS_LOOKS)
    cross_section(rcs_dbsm.astype(np.float64), plots, model.table, parts[:, RCS])
    parts[:, RCS] *= weights.CROSS_SECTION
    doppler_spread(spread.astype(np.float64), model.table, parts[:, SPREAD])
    parts[:, SPREAD] *= weights.DOPPLER_SPREAD
    parts[:, ANSWERS] = weights.COOPERATION * _answers(hits, answered, filed, friend, model)
    total = model.prior + parts.sum(axis=1)
    weight = np.exp(np.maximum(total - total.max(axis=1, keepdims=True), LOWEST))
    return Belief(np.asarray(weight / weight.sum(axis=1, keepdims=True)), parts)


def _answers(hits: Ints, answered: Flags, filed: Flags, friend: Flags, model: Hypotheses) -> Floats:
    """Log likelihoods of an answer, or of silence for so many plots, (n, H)."""
    chance = model.table[:, ANSWER]
    some = np.log(chance) + np.where(filed[:, None] & model.civil, _FILED, 0.0)
    silent = np.where((hits >= SILENT_HITS)[:, None], np.log1p(-chance), 0.0)
    out = np.where((answered | friend)[:, None], some, silent)
    return np.asarray(np.maximum(out - out.max(axis=1, keepdims=True), LEAST))


def message_pmf(belief: Belief, model: Hypotheses) -> Floats:
    """Return probabilities (n, C + 1): the plan's classes, then "none of these"."""
    ours, others = belief.pmf[:, : model.classes], belief.pmf[:, model.classes :]
    return np.column_stack([ours, others.sum(axis=1)])


def rivals(belief: Belief, pmf: Floats, leading: Ints, model: Hypotheses) -> tuple[Ints, Floats]:
    """Return the most probable class of ``pmf`` (n, C + 1) but the leading one, and the evidence.

    Rival: (n,), -1 for none of these (its best bystander gives the evidence). Evidence against it:
    (n, SOURCES), nats by source; positive speaks for the leading one.
    """
    rows, count = np.arange(len(leading)), model.classes
    pmf = pmf.copy()
    pmf[rows, leading] = -1.0  # -1 is the last column
    rival = pmf.argmax(axis=1)
    best = count + belief.pmf[:, count:].argmax(axis=1)
    first, second = (np.where(k == count, best, k) for k in (leading % (count + 1), rival))
    against = belief.parts[rows, :, first] - belief.parts[rows, :, second]
    return np.where(rival == count, -1, rival).astype(np.int32), against
