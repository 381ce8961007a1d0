"""Both laws of many tracks: started, predicted, fed and weighed against each other, in place.

Each track is tried as flight in the air (:mod:`.air`) and as ballistic flight (:mod:`.fall`). The
evidence is the forgetful sum of the log-likelihood ratios of its plots; the law in force is the
one that explains them better, with hysteresis. A law that has strayed starts anew from the other.
Where the evidence is beyond doubt the other law rests: it says what the law in force says, and
starts anew from it when that one fits badly.
Columns x (n, 2, 6) and p (n, 2, 6, 6) are what each law says of position and velocity.
"""

import math

import numpy as np

from tdome.command.tracking.laws.fall import (
    feed_fall1,
    predict_fall1,
    start_fall1,
    told_fall1,
    widen_fall1,
)
from tdome.command.tracking.laws.limits import BALLISTIC, LEVEL, too_fast1
from tdome.command.tracking.laws.lines import lines1
from tdome.command.tracking.trial.air import (
    feed_air1,
    predict_air1,
    start_air1,
    told_air1,
    widen_air1,
)
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

_FORGETTING = 0.9  # of the evidence for a law, each plot
_EVIDENCE_LIMIT = 20.0
_HYSTERESIS = 2.0
_STRAYED = 30.0  # d^2 of a plot at which the law not in force starts anew
_NIS_GAIN = 0.2
_BEYOND_DOUBT = 15.0  # evidence at which the law not in force rests,
_STRAINED = 6.0  # and smoothed misfit of the law in force (3 expected) at which it wakes,
_AWAKE = 5.0  # with this evidence left


@kernel
def start_laws(  # noqa: PLR0913, PLR0917 - columns
    x: Floats,
    p: Floats,
    air: Floats,
    fall_x: Floats,
    fall_p: Floats,
    fall_weight: Floats,
    air_numbers: Floats,
    fall_numbers: Floats,
    whole: Longs,
) -> None:
    """Start both laws of all rows from x[:, 0] and p[:, 0]."""
    for i in range(len(x)):
        start_air1(air, i, x[i, 0], p[i, 0], air_numbers, whole)
        start_fall1(fall_x[i], fall_p[i], fall_weight[i], x[i, 0], p[i, 0], fall_numbers)


@kernel
def _rest(x: Floats, p: Floats, i: int, evidence: float) -> None:
    """Let the law of track i that rests, if one does, say what the other says."""
    if abs(evidence) < _BEYOND_DOUBT:
        return
    law, other = (BALLISTIC, LEVEL) if evidence > 0.0 else (LEVEL, BALLISTIC)
    x[i, other] = x[i, law]
    p[i, other] = p[i, law]


@kernel
def advance_laws(  # noqa: PLR0913, PLR0917 - columns
    x: Floats,
    p: Floats,
    air: Floats,
    fall_x: Floats,
    fall_p: Floats,
    fall_weight: Floats,
    dt: float,
    air_numbers: Floats,
    fall_numbers: Floats,
    evidence: Floats,
    modes: Floats,
    work: Floats,
) -> None:
    """Predict both laws of all rows by dt s. modes, work: scratch of the two laws."""
    full_x, full_p = np.empty(8), np.empty((8, 8))
    for i in range(len(x)):
        if evidence[i] < _BEYOND_DOUBT:
            predict_air1(air, i, dt, air_numbers, modes)
            told_air1(air, i, x[i, 0], p[i, 0])
        if evidence[i] > -_BEYOND_DOUBT:
            predict_fall1(fall_x[i], fall_p[i], fall_weight[i], dt, fall_numbers, work)
            told_fall1(fall_x[i], fall_p[i], fall_weight[i], full_x, full_p, x[i, 1], p[i, 1])
        _rest(x, p, i, evidence[i])


@kernel
def _distance2(z: Floats, arms: Floats, noise: Floats, tau: float, x: Floats, p: Floats) -> float:
    """Return the sum of squares of the three lines' innovations over their own spread.

    Of lines that are correlated by the track's own error this is not d^2 to the letter, but near.
    """
    total = 0.0
    for line in range(3):
        nu, spread = 0.0, noise[line]
        for m in range(3):
            nu += arms[line, m] * (z[m] - (x[m] - tau * x[m + 3]))
            for n in range(3):
                s = p[m, n] - tau * (p[m, n + 3] + p[m + 3, n]) + tau * tau * p[m + 3, n + 3]
                spread += arms[line, m] * s * arms[line, n]
        total += nu * nu / spread
    return total


@kernel
def _weigh(evidence: Floats, ballistic: Codes, i: int, gain: float) -> int:
    """Add a plot's log-likelihood ratio to the evidence of track i; return the law in force."""
    belief = _FORGETTING * evidence[i] + gain
    evidence[i] = min(max(belief, -_EVIDENCE_LIMIT), _EVIDENCE_LIMIT)
    if evidence[i] > _HYSTERESIS:
        ballistic[i] = BALLISTIC
    elif evidence[i] < -_HYSTERESIS:
        ballistic[i] = LEVEL
    return int(ballistic[i])


@kernel
def feed_laws(  # noqa: PLR0913, PLR0917 - columns
    tracks: Ints,
    plots: Ints,
    z: Floats,
    r: Floats,
    origin: Floats,
    up: Floats,
    tau: float,
    turned: Floats,
    x: Floats,
    p: Floats,
    air: Floats,
    fall_x: Floats,
    fall_p: Floats,
    fall_weight: Floats,
    evidence: Floats,
    ballistic: Codes,
    nis: Floats,
    air_numbers: Floats,
    fall_numbers: Floats,
    whole: Longs,
    square: Floats,
) -> None:
    """Update both laws of tracks with one plot each, and weigh them.

    tracks, plots (k,): rows of the columns, and rows of z (m, 3) and r (m, 3, 3) that they take.
    origin, up (3,): of the sensor. tau: how late the scan is, s. turned (n, 2): variances of
    position and velocity to add for an unseen manoeuvre.
    """
    arms, noise, gain = np.empty((3, 3)), np.empty(3), np.empty((2, 8))
    full_x, full_p, apart = np.empty(8), np.empty((8, 8)), np.empty(2)
    for k in range(len(tracks)):
        i, j = tracks[k], plots[k]
        lines1(z[j], r[j], origin, up, arms, noise)
        if turned[i, 0] > 0.0:
            widen_air1(air, i, turned[i, 0], turned[i, 1])
            widen_fall1(fall_p[i], turned[i, 0], turned[i, 1])
        for law in range(2):
            apart[law] = _distance2(z[j], arms, noise, tau, x[i, law], p[i, law])
        gain_log, rests = 0.0, abs(evidence[i]) >= _BEYOND_DOUBT
        if evidence[i] < _BEYOND_DOUBT:
            gain_log += feed_air1(air, i, z[j], arms, noise, tau, square[0], gain)
            told_air1(air, i, x[i, 0], p[i, 0])
        if evidence[i] > -_BEYOND_DOUBT:
            gain_log -= feed_fall1(
                fall_x[i], fall_p[i], fall_weight[i], z[j], arms, noise, tau, gain
            )
            told_fall1(fall_x[i], fall_p[i], fall_weight[i], full_x, full_p, x[i, 1], p[i, 1])
        law = ballistic[i] if rests else _weigh(evidence, ballistic, i, 0.5 * gain_log)
        nis[i] += _NIS_GAIN * (apart[law] - nis[i])
        if rests and nis[i] > _STRAINED:
            evidence[i] = math.copysign(_AWAKE, evidence[i])
        elif rests:
            _rest(x, p, i, evidence[i])
            continue
        elif apart[1 - law] <= _STRAYED and not too_fast1(x[i, 1 - law]):
            continue
        if law == BALLISTIC:
            start_air1(air, i, x[i, 1], p[i, 1], air_numbers, whole)
        else:
            start_fall1(fall_x[i], fall_p[i], fall_weight[i], x[i, 0], p[i, 0], fall_numbers)
        x[i, 1 - law] = x[i, law]
        p[i, 1 - law] = p[i, law]
