"""Two laws of motion for one track: flight in the air (the modes) and fall, weighed by evidence.

Over the Earth (not in a flat frame) a track is tried as a falling body, from its second plot on, if
it is above 20 km then, or climbs, sinks or flies faster than aircraft by three standard errors. It
flies so beside the three modes of :mod:`.imm`: the pair fall and boost of
:mod:`tdome.command.tracking.laws.fall`, with ln(Cd A / m) and thrust in the state. Both laws take
every plot. The evidence is the forgetful sum of the log-likelihood ratios,

    e <- 0.9 e + ln L_fall - ln L_air,   |e| <= 20,

and the law in force changes with a hysteresis of 2 (6 for the fall of what flies slowly and
level). A law beyond doubt (|e| >= 15) lets the other one rest: slow and level flight stays without
a fall; a fall that is strained (smoothed d^2 above 6, where 3 is expected) is tried as flight
again. A law that one plot finds e^15 times less likely starts anew from the other.

Slot 0, by which plots are gated and which is told, is the mean and covariance of both laws with the
weights 1 / (1 + exp(-+e)) (the moments of a mixture: Bar-Shalom, Li, Kirubarajan, "Estimation with
Applications to Tracking and Navigation", 2001, section 1.4.16); beyond 99 % the better one's alone.

Assumptions: one step of motion is as good a linearisation for both laws, at the mixture's mean.
Limits: what begins below 15 km is sought at the speeds of aircraft, so that a body that is first
seen there may be lost; a range rate does not feed the fall, nor the modes while a fall is tried
beside them (their likelihoods would not compare); no fall with associations that blend copies of a
track (lmb), and under jpda a track that flies both takes its likeliest plot alone.
"""

import math

import numpy as np

from tdome.command.tracking.ballistic.motion import WORK
from tdome.command.tracking.ballistic.settings import BOOST, FALL, PRIOR_DRAG, SETTINGS
from tdome.command.tracking.engine.filters.imm import absorb_numbers, combine, predict_modes, split
from tdome.command.tracking.engine.filters.update import first_measured, measures, row
from tdome.command.tracking.engine.layout import (
    AIR,
    AIR_FALL,
    AT,
    BORN,
    COVARIANCE,
    EVIDENCE,
    FALL_AIR,
    FALL_P,
    FALL_W,
    FALL_X,
    FALLING,
    HEAD,
    HITS,
    PLAIN,
    SEEN,
    SPLIT,
    STRAIN,
    UP,
)
from tdome.command.tracking.engine.settings import K_BALLISTIC, K_RISING, K_RISING_ABOVE
from tdome.command.tracking.laws.fall import (
    predict_fall1,
    start_fall1,
    told_fall1,
    weigh_fall1,
    widen_fall1,
)
from tdome.command.tracking.laws.limits import (
    BALLISTIC,
    HIGH,
    HIGH_EVIDENCE,
    LEVEL,
    SPEED_HEIGHTS,
    SPEED_SIGMA,
    impossible1,
)
from tdome.command.tracking.laws.lines import take_line
from tdome.earth.falling import DRAG, PARTS, THRUST, acceleration1, height1
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Longs

_FORGETTING = 0.9  # of the evidence for a law, each plot
_EVIDENCE_LIMIT = 20.0
_HYSTERESIS = 2.0  # of the evidence, at which the law in force changes; for the fall of what
_PLAIN_FLIGHT = 6.0  # flies slowly and level, as aircraft do, it takes more
_BEYOND_DOUBT = 15.0  # evidence at which the law not in force rests,
_STRAINED = 6.0  # and smoothed misfit of the fall at which flight wakes,
_AWAKE = 5.0  # with this evidence left
_STRAYED = 15.0  # ln of the likelihood ratio of one plot at which the worse law starts anew
_STRAIN_GAIN = 0.2
_NEGLIGIBLE = 0.01  # weight of a law that is left out of slot 0
_STEEP = 120.0  # m/s of climb or sink,
_FAST = 450.0  # and m/s of speed, from which on flight in the air does not rest alone
_SURPRISED = 20.0  # d^2 (3 numbers, 99.98 %) at which a body is taken for broken:
_BROKEN = 50.0  # an acceleration that no law tells, m/s^2, since its last plot,
_LEAST_LAPSE, _MOST_LAPSE = 0.5, 4.0  # s, held in these bounds,
_OTHER_SHAPE = 1.0  # and variance of ln(Cd A / m) between a body and its wreck
_FLOWN = 15_000.0  # m: height up to which first speeds are those of aircraft
_CERTAIN = 9.0  # squared standard errors by which a track is brisk beyond doubt
_VERY_FAST = 1_000.0  # m/s: nothing but a fall is likely
_LONGEST = 600.0  # s that a fall is predicted over: a feed that paused for days must not stop us
_MOST_BRAKE = 0.02  # 1/s: thrust against the velocity, over speed
_SECOND = 2  # plots, of which a velocity is known


@kernel_bare
def first_speed(rows: Floats, i: int, k: Floats) -> float:
    """Return the standard error, m/s, of the first velocity of track i, by height; 0: as set."""
    x, y, z = rows[i, HEAD], rows[i, HEAD + 1], rows[i, HEAD + 2]
    height = height1(z, math.sqrt(x * x + y * y + z * z))
    if height <= _FLOWN:
        return float(k[K_RISING]) if height > k[K_RISING_ABOVE] else 0.0
    return SPEED_SIGMA[1] if height <= SPEED_HEIGHTS[1] else SPEED_SIGMA[2]


@kernel_bare
def brisk(rows: Floats, i: int) -> bool:
    """Tell whether track i climbs, sinks or flies faster than is plain for an aircraft."""
    vx, vy, vz = rows[i, HEAD + 3], rows[i, HEAD + 4], rows[i, HEAD + 5]
    climb = vx * rows[i, UP] + vy * rows[i, UP + 1] + vz * rows[i, UP + 2]
    return bool(abs(climb) > _STEEP or vx * vx + vy * vy + vz * vz > _FAST * _FAST)


@kernel_bare
def _along(rows: Floats, i: int, x: float, y: float, z: float) -> float:
    """Return the variance of the velocity of track i along the unit vector (x, y, z)."""
    p = HEAD + COVARIANCE
    a, b, c = rows[i, p + 9], rows[i, p + 14], rows[i, p + 20]
    d, e, f = rows[i, p + 13], rows[i, p + 18], rows[i, p + 19]
    total = a * x * x + b * y * y + c * z * z + 2.0 * (d * x * y + e * x * z + f * y * z)
    return float(max(total, 0.0))


@kernel_bare
def no_aircraft(rows: Floats, i: int) -> bool:
    """Tell whether track i is brisk beyond the doubt of its velocity."""
    vx, vy, vz = rows[i, HEAD + 3], rows[i, HEAD + 4], rows[i, HEAD + 5]
    ux, uy, uz = rows[i, UP], rows[i, UP + 1], rows[i, UP + 2]
    above = abs(vx * ux + vy * uy + vz * uz) - _STEEP
    if above > 0.0 and above * above > _CERTAIN * _along(rows, i, ux, uy, uz):
        return True
    v = math.sqrt(vx * vx + vy * vy + vz * vz)
    above = v - _FAST
    return bool(above > 0.0 and above * above > _CERTAIN * _along(rows, i, vx / v, vy / v, vz / v))


@kernel
def unpack(rows: Floats, i: int, x: Floats, p: Floats) -> None:
    """Write slot 0 of track i into x (6,) and p (6, 6)."""
    at = HEAD + COVARIANCE
    for f in range(6):
        x[f] = rows[i, HEAD + f]
        for g in range(f + 1):
            p[f, g] = rows[i, at]
            p[g, f] = rows[i, at]
            at += 1


@kernel
def pack(rows: Floats, i: int, x: Floats, p: Floats) -> None:
    """Write x (6,) and p (6, 6) into slot 0 of track i."""
    at = HEAD + COVARIANCE
    for f in range(6):
        rows[i, HEAD + f] = x[f]
        for g in range(f + 1):
            rows[i, at] = p[f, g]
            at += 1


@kernel
def start_fall(rows: Floats, i: int, lag: float, k: Floats) -> None:
    """Start fall and boost of track i from slot 0.

    lag: s by which its velocity is behind (a mean over some time is that of the middle of it).
    """
    x, p = np.empty(6), np.empty((6, 6))
    unpack(rows, i, x, p)
    if lag > 0.0:
        numbers = k[K_BALLISTIC : K_BALLISTIC + SETTINGS]
        ax, ay, az = acceleration1(
            x[0], x[1], x[2], x[3], x[4], x[5], math.exp(numbers[PRIOR_DRAG]), 0.0
        )
        x[3] += lag * ax
        x[4] += lag * ay
        x[5] += lag * az
    start_fall1(
        rows[i, FALL_X:FALL_P].reshape(2, PARTS), rows[i, FALL_P:FALL_W].reshape(2, PARTS, PARTS),
        rows[i, FALL_W : FALL_W + 2], x, p, k[K_BALLISTIC : K_BALLISTIC + SETTINGS],
    )  # fmt: skip


@kernel
def try_fall(rows: Floats, whole: Longs, i: int, k: Floats) -> None:
    """Try track i as a falling body too, if it is new and high or does not fly like an aircraft."""
    if whole[i, HITS] < _SECOND:
        return
    new, high = whole[i, HITS] == _SECOND, False
    x, y, z = rows[i, HEAD], rows[i, HEAD + 1], rows[i, HEAD + 2]
    if new:
        high = height1(z, math.sqrt(x * x + y * y + z * z)) > HIGH
    if not high and not no_aircraft(rows, i):
        return
    vx, vy, vz = rows[i, HEAD + 3], rows[i, HEAD + 4], rows[i, HEAD + 5]
    fast = vx * vx + vy * vy + vz * vz > _VERY_FAST * _VERY_FAST
    if whole[i, SPLIT] == PLAIN:
        split(rows, whole, i, k)
    start_fall(rows, i, 0.5 * (rows[i, AT] - rows[i, BORN]) if new else 0.0, k)
    rows[i, STRAIN] = 3.0
    whole[i, SPLIT] = AIR_FALL
    rows[i, EVIDENCE] = 0.0 if new or fast else -_AWAKE
    if high:
        rows[i, EVIDENCE] = HIGH_EVIDENCE
        whole[i, SPLIT] = FALL_AIR


@kernel
def told_fall(rows: Floats, i: int, full_x: Floats, full_p: Floats, x: Floats, p: Floats) -> None:
    """Write what fall and boost of track i say together: (8,), (8, 8), and x (6,), p (6, 6)."""
    told_fall1(
        rows[i, FALL_X:FALL_P].reshape(2, PARTS), rows[i, FALL_P:FALL_W].reshape(2, PARTS, PARTS),
        rows[i, FALL_W : FALL_W + 2], full_x, full_p, x, p,
    )  # fmt: skip


@kernel
def join(rows: Floats, i: int, flies: int) -> None:
    """Write what both laws say into slot 0 of track i, which holds what the air says (if awake)."""
    share = 1.0 if flies == FALLING else 1.0 / (1.0 + math.exp(-rows[i, EVIDENCE]))
    if share < _NEGLIGIBLE:
        return
    full_x, full_p = np.empty(PARTS), np.empty((PARTS, PARTS))
    x, p = np.empty(6), np.empty((6, 6))
    told_fall(rows, i, full_x, full_p, x, p)
    if share <= 1.0 - _NEGLIGIBLE:
        other_x, other_p = np.empty(6), np.empty((6, 6))
        unpack(rows, i, other_x, other_p)
        for f in range(6):
            other_x[f] -= x[f]
        for f in range(6):
            x[f] += (1.0 - share) * other_x[f]
            for g in range(6):
                apart = share * other_x[f] * other_x[g]
                p[f, g] = share * p[f, g] + (1.0 - share) * (other_p[f, g] + apart)
    pack(rows, i, x, p)


@kernel
def predict_fall(rows: Floats, i: int, dt: float, k: Floats) -> None:
    """Predict fall and boost of track i by dt s; slot 0 is left alone."""
    predict_fall1(
        rows[i, FALL_X:FALL_P].reshape(2, PARTS), rows[i, FALL_P:FALL_W].reshape(2, PARTS, PARTS),
        rows[i, FALL_W : FALL_W + 2], min(dt, _LONGEST), k[K_BALLISTIC : K_BALLISTIC + SETTINGS],
        np.empty((WORK, PARTS)),
    )  # fmt: skip


@kernel
def predict_laws(rows: Floats, i: int, flies: int, dt: float, k: Floats, scratch: Floats) -> None:
    """Predict the laws that track i flies by dt s; slot 0 gets what they say together."""
    if flies != FALLING:
        predict_modes(rows, i, dt, k, scratch)
        combine(rows, i, 6)
    predict_fall(rows, i, dt, k)
    join(rows, i, flies)


@kernel
def surprise(  # noqa: PLR0913, PLR0917 - flat columns
    x: Floats, p: Floats, weight: Floats, looks: Floats, n: int, sites: Floats, s: int, z: Floats,
    j: int,
) -> float:  # fmt: skip
    """Return the lesser of the sums that plot j's numbers, each for itself, have for d^2.

    x (2, 8), p (2, 8, 8), weight (2,): of fall and boost; a mode that is not believed does not
    count. Of numbers that are correlated by the body's own error this is not d^2, but near.
    """
    least = math.inf
    for mode in range(2):
        if weight[mode] < _NEGLIGIBLE:
            continue
        total = 0.0
        for m in range(first_measured(z, j), measures(z, j)):
            h, beyond, noise = row(looks, n, sites, s, z, j, m)
            nu = beyond - (h[0] * x[mode, 0] + h[1] * x[mode, 1] + h[2] * x[mode, 2])
            for f in range(3):
                for g in range(3):
                    noise += h[f] * p[mode, f, g] * h[g]
            total += nu * nu / noise
        least = min(least, total)
    return least


@kernel
def absorb_fall(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats, j: int
) -> tuple[float, float]:
    """Update fall and boost of track i with plot j; return -2 ln of their likelihood, and d^2.

    The former less the constant that :func:`.imm.absorb_modes` leaves out too; d^2 is the mean.
    """
    x = rows[i, FALL_X:FALL_P].reshape(2, PARTS)
    p = rows[i, FALL_P:FALL_W].reshape(2, PARTS, PARTS)
    weight = rows[i, FALL_W : FALL_W + 2]
    fits, apart, arm, gain = np.zeros(2), np.zeros(2), np.empty(3), np.empty((2, PARTS))
    if surprise(x, p, weight, looks, n, sites, s, z, j) > _SURPRISED:
        lapse = min(max(rows[i, AT] - rows[i, SEEN], _LEAST_LAPSE), _MOST_LAPSE)
        widen_fall1(p, (0.5 * _BROKEN * lapse * lapse) ** 2, (_BROKEN * lapse) ** 2)
        for mode in range(2):
            p[mode, DRAG, DRAG] += _OTHER_SHAPE
    for m in range(first_measured(z, j), measures(z, j)):
        h, beyond, noise = row(looks, n, sites, s, z, j, m)
        arm[0], arm[1], arm[2] = h
        for mode in range(2):
            nu = beyond - (h[0] * x[mode, 0] + h[1] * x[mode, 1] + h[2] * x[mode, 2])
            spread = noise
            for f in range(3):
                for g in range(3):
                    spread += arm[f] * p[mode, f, g] * arm[g]
            apart[mode] += nu * nu / spread
            fits[mode] += take_line(x[mode], p[mode], PARTS, arm, 0.0, nu, noise, gain)
    # What brakes to a stand before it is given up has no direction, and a doubt past all numbers.
    speed = math.sqrt(x[BOOST, 3] ** 2 + x[BOOST, 4] ** 2 + x[BOOST, 5] ** 2)
    x[BOOST, THRUST] = max(x[BOOST, THRUST], -_MOST_BRAKE * speed)
    d2 = weight[FALL] * apart[FALL] + weight[BOOST] * apart[BOOST]
    return weigh_fall1(weight, fits), float(d2)


@kernel
def absorb_laws(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, i: int, looks: Floats, n: int, sites: Floats, s: int, z: Floats,
    j: int, k: Floats,
) -> float:  # fmt: skip
    """Update the laws that track i flies with plot j and weigh them; return -2 ln of likelihood.

    As :func:`.imm.absorb_modes`; which law is in force, and which rests, may change.
    """
    flies = int(whole[i, SPLIT])
    fall, d2 = absorb_fall(rows, i, looks, n, sites, s, z, j)
    rows[i, STRAIN] += _STRAIN_GAIN * (d2 - rows[i, STRAIN])
    if flies == FALLING:
        join(rows, i, flies)
        if rows[i, STRAIN] > _STRAINED:
            split(rows, whole, i, k)
            whole[i, SPLIT] = FALL_AIR
            rows[i, EVIDENCE] = _AWAKE
        return fall
    share = 1.0 / (1.0 + math.exp(-rows[i, EVIDENCE]))
    air = absorb_numbers(rows, i, looks, n, sites, s, z, j, False)
    best = min(air, fall)
    both = (1.0 - share) * math.exp(0.5 * (best - air)) + share * math.exp(0.5 * (best - fall))
    gain = 0.5 * (air - fall)
    if not math.isfinite(fall):
        gain, best, both = -_EVIDENCE_LIMIT, air, 1.0 - share
    evidence = _FORGETTING * rows[i, EVIDENCE] + gain
    rows[i, EVIDENCE] = min(max(evidence, -_EVIDENCE_LIMIT), _EVIDENCE_LIMIT)
    whole[i, SPLIT] = _ruled(flies, rows[i, EVIDENCE], brisk(rows, i))
    if whole[i, SPLIT] == AIR:
        return float(best - 2.0 * math.log(both))
    flies = int(whole[i, SPLIT])
    if gain < -_STRAYED and flies == AIR_FALL:
        start_fall(rows, i, 0.0, k)
        rows[i, STRAIN] = 3.0
    join(rows, i, flies)
    if gain > _STRAYED and flies == FALL_AIR:
        split(rows, whole, i, k)
        whole[i, SPLIT] = flies
    return float(best - 2.0 * math.log(max(both, 1e-300)))


@kernel_bare
def _ruled(flies: int, evidence: float, brisk: bool) -> int:
    """Return what a track flies from now on, by the evidence for the fall."""
    if evidence >= _BEYOND_DOUBT:
        return FALLING
    if evidence <= -_BEYOND_DOUBT and not brisk:
        return AIR
    if evidence > (_HYSTERESIS if brisk else _PLAIN_FLIGHT):
        return FALL_AIR
    return AIR_FALL if evidence < -_HYSTERESIS else flies


@kernel
def impossible(rows: Floats, i: int, flies: int) -> bool:
    """Tell whether track i is under the ground, or too fast for its law."""
    x, p = np.empty(6), np.empty((6, 6))
    unpack(rows, i, x, p)
    return impossible1(x, p, BALLISTIC if flies >= FALL_AIR else LEVEL)


@kernel
def tell_law(rows: Floats, i: int, flies: int, out: Floats) -> None:
    """Write the law of track i into out (5,): as the columns of a TrackHistory from ballistic on.

    Nothing but zero and nan under the law of flight in the air.
    """
    out[0] = 0.0
    out[1:] = math.nan
    if flies < FALL_AIR:
        return
    full_x, full_p = np.empty(PARTS), np.empty((PARTS, PARTS))
    told_fall(rows, i, full_x, full_p, np.empty(6), np.empty((6, 6)))
    out[0], out[1], out[2] = 1.0, full_x[DRAG], math.sqrt(full_p[DRAG, DRAG])
    out[3], out[4] = rows[i, FALL_X + PARTS * BOOST + THRUST], rows[i, FALL_W + BOOST]
