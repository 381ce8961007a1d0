"""Interacting multiple models: mixing, prediction, update and combination of a track's modes.

Blom and Bar-Shalom, "The interacting multiple model algorithm for systems with Markovian switching
coefficients", IEEE Trans. Automatic Control 33 (1988) 780-783; Bar-Shalom, Li, Kirubarajan (2001),
section 11.6. Modes, in the slots 1, 2, 3:

1. near-constant velocity with little noise (straight flight);
2. near-constant velocity with much noise (hard manoeuvres, begin and end of turns);
3. coordinated turn with an unknown rate (7 numbers).

Stays in a mode last exponentially long, so the switching matrix depends on the step: it is
p_ii = exp(-dt / stay_i), the rest shared equally. A turn that begins has any rate: modes without
one enter mode 3 with rate 0 and its prior error (states of different dimensions: Yuan, Bar-Shalom,
Willett, Song, "Unbiased estimation for IMM with states of different dimensions", IEEE T-AES 48,
2012). All modes share one linearisation of the measurement, at their common mean: the work of
trigonometry is done once for a track. Slot 0 is the combination.
"""

import math

from tdome.command.tracking.engine.filters.motion import drift, turn
from tdome.command.tracking.engine.filters.pull import (
    mix_pull,
    predict_pull,
    split_pull,
    take_pull,
)
from tdome.command.tracking.engine.filters.rate import rate_row, take_whole
from tdome.command.tracking.engine.filters.update import (
    TURNING,
    first_measured,
    measures,
    row,
    take_row,
)
from tdome.command.tracking.engine.layout import (
    AIR,
    COVARIANCE,
    FLOW,
    HEAD,
    JACOBIAN,
    MODES,
    PRODUCT,
    PULLED,
    RATE,
    SLOT,
    SPLIT,
    STAYS,
    STEP,
    WEIGHT,
)
from tdome.command.tracking.engine.settings import (
    K_CALM,
    K_CALM_CLIMB,
    K_HARD,
    K_HARD_CLIMB,
    K_PULL,
    K_RATE,
    K_RATE_NOISE,
    K_STAY,
    K_TURN,
    K_TURN_CLIMB,
    K_WEIGHT,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Longs

_LEAST = 1e-6  # a mode is never ruled out


@kernel_bare
def split(rows: Floats, whole: Longs, i: int, k: Floats) -> None:
    """Copy the single filter in slot 0 of track i to all modes."""
    for m in range(MODES):
        o = HEAD + (m + 1) * SLOT
        for f in range(6):
            rows[i, o + f] = rows[i, HEAD + f]
        for f in range(21):
            rows[i, o + COVARIANCE + f] = rows[i, HEAD + COVARIANCE + f]
        rows[i, o + 6] = 0.0
        for f in range(21, 27):
            rows[i, o + COVARIANCE + f] = 0.0
        rows[i, o + COVARIANCE + 27] = k[K_RATE] * k[K_RATE]
        rows[i, WEIGHT + m] = k[K_WEIGHT + m]
    whole[i, SPLIT] = AIR
    if rows.shape[1] == PULLED:
        split_pull(rows, i, k)


@kernel_bare
def flows(rows: Floats, i: int, dt: float, k: Floats, scratch: Floats) -> None:
    """Write into scratch[FLOW] the weight of mode a in mode b (3 a + b), and the predicted weights.

    The chances to stay are kept for the next track with the same step.
    """
    if scratch[FLOW, STEP] != dt:
        scratch[FLOW, STEP] = dt
        for a in range(MODES):
            scratch[FLOW, STAYS + a] = math.exp(-dt / k[K_STAY + a])
    for b in range(MODES):
        total = 0.0
        for a in range(MODES):
            stay = scratch[FLOW, STAYS + a]
            w = rows[i, WEIGHT + a] * (stay if a == b else (1.0 - stay) / (MODES - 1))
            scratch[FLOW, MODES * a + b] = w
            total += w
        for a in range(MODES):
            scratch[FLOW, MODES * a + b] /= total
        scratch[FLOW, MODES * MODES + b] = total


@kernel_bare
def mix(  # noqa: C901 - loops over small matrices
    rows: Floats, i: int, fresh: float, scratch: Floats
) -> None:
    """Mix the modes of track i by scratch[FLOW], in place; WEIGHT becomes the predicted weights.

    fresh: variance of the rate of a turn that begins. Second moments are taken about the mean of
    mode 1, where nothing large cancels.
    """
    first = HEAD + SLOT
    for m in range(1, MODES):
        o = first + m * SLOT
        at = o + COVARIANCE
        for a in range(6):
            da = rows[i, o + a] - rows[i, first + a]
            rows[i, o + a] = da
            for b in range(a + 1):
                rows[i, at] += da * rows[i, o + b]
                at += 1
    p = first + COVARIANCE
    for b in range(MODES):
        w0, w1 = scratch[FLOW, b], scratch[FLOW, MODES + b]
        w2 = scratch[FLOW, 2 * MODES + b]
        for f in range(6):
            scratch[b, f] = w1 * rows[i, first + SLOT + f] + w2 * rows[i, first + 2 * SLOT + f]
        for f in range(21):
            scratch[b, COVARIANCE + f] = (
                w0 * rows[i, p + f] + w1 * rows[i, p + SLOT + f] + w2 * rows[i, p + 2 * SLOT + f]
            )
    # Modes that do not turn hold the rate of a turn to come: zero, with the error `fresh`.
    last = HEAD + MODES * SLOT
    share = scratch[FLOW, MODES * MODES - 1]  # of the turn mode in itself
    own = rows[i, last + 6]
    rows[i, last + 6] = share * own
    bend = share * (1.0 - share) * own
    for f in range(6):
        # About the mean of mode 1: covariance of the parts' means, then within the turn mode.
        rows[i, last + COVARIANCE + 21 + f] = share * (
            rows[i, last + COVARIANCE + 21 + f] + own * (rows[i, last + f] - scratch[2, f])
        )
    variance = share * rows[i, last + COVARIANCE + 27] + (1.0 - share) * fresh
    rows[i, last + COVARIANCE + 27] = variance + bend * own
    for b in range(MODES - 1, -1, -1):
        rows[i, WEIGHT + b] = scratch[FLOW, MODES * MODES + b]
        o = first + b * SLOT
        at = 0
        for f in range(6):
            df = scratch[b, f]
            for g in range(f + 1):
                rows[i, o + COVARIANCE + at] = scratch[b, COVARIANCE + at] - df * scratch[b, g]
                at += 1
        for f in range(6):
            rows[i, o + f] = rows[i, first + f] + scratch[b, f]


@kernel_bare
def predict_modes(rows: Floats, i: int, dt: float, k: Floats, scratch: Floats) -> None:
    """Mix and predict the modes of track i by dt s; slot 0 gets the combined mean and position."""
    flows(rows, i, dt, k, scratch)
    o, kept = HEAD + SLOT, scratch[JACOBIAN]
    for a in range(6):
        kept[a] = rows[i, o + SLOT + a]
    mix(rows, i, k[K_RATE] * k[K_RATE], scratch)
    drift(rows, i, o, dt, k[K_CALM], k[K_CALM_CLIMB])
    if k[K_PULL] > 0.0:
        mix_pull(rows, i, kept, scratch[FLOW, MODES + 1], k)
        predict_pull(rows, i, dt, k[K_HARD], k[K_HARD_CLIMB], k)
    else:
        drift(rows, i, o + SLOT, dt, k[K_HARD], k[K_HARD_CLIMB])
    f, y = scratch[JACOBIAN : JACOBIAN + 7], scratch[PRODUCT : PRODUCT + 7]
    noise = k[K_TURN], k[K_TURN_CLIMB], k[K_RATE_NOISE]
    turn(rows, i, o + 2 * SLOT, dt, noise, f, y)
    combine(rows, i, 3)


@kernel_bare
def combine(rows: Floats, i: int, size: int) -> None:
    """Write the weighted mean of the modes and its covariance into slot 0.

    size: 3 for the position's covariance alone (all that a gate needs), or 6.
    """
    p = HEAD + COVARIANCE
    entries = size * (size + 1) // 2
    w0, w1, w2 = rows[i, WEIGHT], rows[i, WEIGHT + 1], rows[i, WEIGHT + 2]
    for f in range(6):
        a = rows[i, HEAD + SLOT + f]
        rows[i, HEAD + f] = (
            a + w1 * (rows[i, HEAD + 2 * SLOT + f] - a) + w2 * (rows[i, HEAD + 3 * SLOT + f] - a)
        )
    for f in range(entries):
        rows[i, p + f] = (
            w0 * rows[i, p + SLOT + f]
            + w1 * rows[i, p + 2 * SLOT + f]
            + w2 * rows[i, p + 3 * SLOT + f]
        )
    for m in range(1, MODES + 1):
        o = HEAD + m * SLOT
        w = rows[i, WEIGHT + m - 1]
        at = p
        for f in range(size):
            d = w * (rows[i, o + f] - rows[i, HEAD + f])
            for g in range(f + 1):
                rows[i, at] += d * (rows[i, o + g] - rows[i, HEAD + g])
                at += 1


@kernel_bare
def absorb_modes(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats, j: int
) -> float:
    """Update all modes of track i with plot j; return -2 ln of the mixture's likelihood.

    Without the constant 3 ln 2 pi. Weights follow Bayes; slot 0 gets the combination. A range rate
    is taken too, but not by nine states: its row would miss the acceleration.
    """
    rated = not math.isnan(z[j, RATE]) and rows.shape[1] != PULLED
    return absorb_numbers(rows, i, looks, n, sites, s, z, j, rated)


@kernel_bare
def absorb_numbers(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats, j: int,
    rated: bool,
) -> float:  # fmt: skip
    """Update all modes of track i as :func:`absorb_modes`; rated: with the range rate."""
    o0, o1, o2 = HEAD + SLOT, HEAD + 2 * SLOT, HEAD + 3 * SLOT
    fit0, fit1, fit2 = 0.0, 0.0, 0.0
    det0, det1, det2 = 1.0, 1.0, 1.0
    if rated:
        h, g, beyond, noise = rate_row(rows, i, looks, n, z, j)
        fit0, det0 = take_whole(rows, i, o0, 6, h, g, beyond, noise)
        fit1, det1 = take_whole(rows, i, o1, 6, h, g, beyond, noise)
        fit2, det2 = take_whole(rows, i, o2, TURNING, h, g, beyond, noise)
    # Row by row: the modes' sums do not wait for one another.
    for m in range(first_measured(z, j), measures(z, j)):
        h, beyond, noise = row(looks, n, sites, s, z, j, m)
        d2, variance = take_row(rows, i, o0, 6, h, beyond, noise)
        fit0, det0 = fit0 + d2, det0 * variance
        if rows.shape[1] == PULLED:
            take_pull(rows, i, h, beyond, noise)
        d2, variance = take_row(rows, i, o1, 6, h, beyond, noise)
        fit1, det1 = fit1 + d2, det1 * variance
        d2, variance = take_row(rows, i, o2, TURNING, h, beyond, noise)
        fit2, det2 = fit2 + d2, det2 * variance
    best = min(fit0, fit1, fit2)
    w0 = rows[i, WEIGHT] * math.exp(0.5 * (best - fit0)) / math.sqrt(det0)
    w1 = rows[i, WEIGHT + 1] * math.exp(0.5 * (best - fit1)) / math.sqrt(det1)
    w2 = rows[i, WEIGHT + 2] * math.exp(0.5 * (best - fit2)) / math.sqrt(det2)
    total = w0 + w1 + w2
    weigh(rows, i, w0 / total, w1 / total, w2 / total)
    combine(rows, i, 6)
    return best - 2.0 * math.log(total)


@kernel_bare
def weigh(rows: Floats, i: int, w0: float, w1: float, w2: float) -> None:
    """Set the weights of the modes, none below a millionth."""
    w0, w1, w2 = max(w0, _LEAST), max(w1, _LEAST), max(w2, _LEAST)
    total = w0 + w1 + w2
    rows[i, WEIGHT], rows[i, WEIGHT + 1], rows[i, WEIGHT + 2] = w0 / total, w1 / total, w2 / total
