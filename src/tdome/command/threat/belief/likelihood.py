"""How likely is what is seen, by source, if a track is this or that.

Sources and their densities, each a box (low..high of the hypothesis) blurred by a normal error:

- SPEED: ground speed; for ballistic hypotheses the energy speed at burn-out: the one measured, with
  the loss by drag put back after Allen and Eggers (NACA report 1381, 1958; straight path,
  exponential air), v_before = v exp(column / (2 beta sin gamma)), column = H (sum of the densities
  at both ends of the path). Below burn-out and climbing, half of the belief is that it still
  accelerates (any speed up to burn-out's).
- HEIGHT: over the ellipsoid; ballistic ones pass all heights.
- Glide vehicles have three phases (boost to the pull-up, glide, dive): the path tells which, and
  speed, height, flag and acceleration are those of the phase, mixed.
- PATH: climb rate over ground speed; for ballistic ones the path angle at burn-out, cos(angle) =
  v_ground exp(drag) / v_burnout (horizontal speed is kept but for drag).
- LAW: the tracker's flag agrees with the family.
- ACCELERATION between two looks, in 3-D: gravity and drag alone for what falls, none for what
  flies, with a share of large ones (thrust, turns; for quasi-ballistic classes most looks on the
  way down below the height from which they manoeuvre).

Units SI, logarithms natural. A feature that is not a finite number is no evidence (0 for all). All
are cut at LEAST below the best of a source: no door is ever shut. Limits: gusts, thrust laws and
gliding of ballistic bodies are only in the outliers; the ranges of a class are taken as uniform.
"""

import math

import numpy as np

from tdome.command.threat.belief.hypotheses import ANY_SPREAD, OTHER, Flags
from tdome.earth.atmosphere import density1
from tdome.earth.wgs84 import MU, A, Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes
from tdome.messages.codes import Family

SPEED, HEIGHT, PATH, LAW, ACCELERATION = range(5)
KINEMATIC = 5
LEAST = -20.0
ALONG, UP, SQUARE, ACCELERATION_SIGMA = range(4)  # columns of accelerations

_OUTLIER = 1e-3  # share of features that obey no box
_ANY_SPEED = 1.0 / 8_000.0  # density of what obeys none, s/m
_ANY_HEIGHT = 1.0 / 100_000.0  # 1/m
_ANY_RCS = 1.0 / 70.0  # 1/dB
_FLAG_RIGHT = 0.98
_SPEED_BLUR = 0.04  # of the speed: wind, pitch, what the class's range leaves out
_HEIGHT_BLUR = 40.0  # m
_HEIGHT_SHARE = 0.05  # of the height
_AIR_SCALE = 7_200.0  # m
_STEEP = 0.25
_MOST_DRAG = 1.2  # largest drag exponent that is believed
_DRAG_BLUR = 0.35  # error of it, as a share
_CLIMB_BLUR = 3.0  # m/s
_ANGLE_BLUR = 0.06  # rad
_BOOSTS = 0.5  # share of those below burn-out and climbing that still burn
_STEADY = 2.0  # m/s^2, standard deviation of each axis without manoeuvre
_MANOEUVRES = 0.15  # share of flight in manoeuvres
_UNSTEADY = 0.03  # share of a fall that is not free
_BURNS = 0.5  # and below burn-out
_WEAVES = 0.4  # and below the height from which a quasi-ballistic class manoeuvres
_BOOST, _DIVE = 0.12, 0.1  # shares of a glide vehicle's flight: to the pull-up, and down to the aim
_BENT = 0.8  # share of these without level flight's small accelerations
_THRUST = 40.0  # m/s^2: what is typical of boost and dive
_SLOWED = 0.5  # of its least speed of glide: what the dive may leave of it
_FLAT = 0.03  # climb of level flight over ground speed
_FASTEST, _HIGHEST, _WIDEST = 1e5, 1e7, 1e5  # beyond which a number is no motion
_RCS_BLUR = 2.0  # dB: calibration, weather
_RCS_OUTLIER = 0.02
_SPREAD_BLUR = 0.35  # of ln(spread): one look's error, and what aspect does to a single flight
_SPREAD_OUTLIER = 0.03
_ANY_SPREAD = 1.0 / math.log(ANY_SPREAD[1] / ANY_SPREAD[0])  # density of ln(spread)
_DB = 10.0 / math.log(10.0)
_BALLISTIC, _GLIDE = int(Family.BALLISTIC), int(Family.GLIDE)


@kernel
def box1(value: float, low: float, high: float, sigma: float) -> float:
    """Density of a uniform box [low, high] blurred by a normal error."""
    scale = 1.0 / (sigma * math.sqrt(2.0))
    inside = math.erf((value - low) * scale) - math.erf((value - high) * scale)
    return 0.5 * inside / (high - low)


@kernel
def _drag_exponent1(height: float, climb: float, speed: float, model: Floats) -> float:
    """Return ln(speed without drag since burn-out / speed), after Allen and Eggers."""
    here = density1(height)
    apex = density1(height + climb * climb / 19.6)
    ascent = max(model[12] - (here if climb > 0.0 else apex), 0.0) / model[10]
    descent = 0.0 if climb > 0.0 else max(here - apex, 0.0) / max(-climb / speed, _STEEP)
    return float(min(0.5 * model[9] * _AIR_SCALE * (ascent + descent), _MOST_DRAG))


@kernel
def _fall1(m: Floats, model: Floats, out: Floats) -> None:
    """Write densities of SPEED, HEIGHT and PATH if it is ballistic; m: a row of describe()."""
    height, ground, speed, climb = max(m[0], 0.0), m[1], max(m[2], 1.0), m[3]
    drag = _drag_exponent1(height, climb, speed, model)
    lift = max(m[4] * m[4] - m[2] * m[2], 0.0)
    value = math.sqrt((speed * math.exp(drag)) ** 2 + lift)
    blur = math.hypot(value * (_SPEED_BLUR + _DRAG_BLUR * drag), m[6])
    fit = box1(value, model[0], model[1], blur)
    burning = climb > 0.0 and height < model[11] + 2.0 * m[5]
    if burning:
        fit = (1.0 - _BOOSTS) * fit + _BOOSTS * box1(value, 0.0, model[1], blur)
        angle = math.atan2(climb, ground)
        spread = math.hypot(_ANGLE_BLUR, m[6] / speed)
    else:
        burnout = math.sqrt(max(value * value - 19.6 * model[11], 1.0))
        cosine = min(ground * math.exp(drag) / burnout, 1.0)
        angle = math.acos(cosine)
        error = math.hypot(m[6] / burnout, cosine * (_SPEED_BLUR + _DRAG_BLUR * drag))
        spread = _ANGLE_BLUR + error / max(math.sin(angle), 0.2)
    out[0] = (1.0 - _OUTLIER) * fit + _OUTLIER * _ANY_SPEED
    out[1] = _ANY_HEIGHT
    fit = 0.5 * math.pi * box1(angle, model[7], model[8], spread)
    out[2] = 0.95 * fit + 0.05


@kernel
def _flight1(m: Floats, model: Floats, limit: float, out: Floats) -> None:
    """Write densities of SPEED, HEIGHT and PATH if it flies no faster than ``limit`` (m/s)."""
    height, ground = max(m[0], 0.0), m[1]
    blur = math.hypot(_SPEED_BLUR * ground + 1.0, m[6])
    high = max(min(model[1], limit), model[0] + 10.0)
    fit = box1(ground, model[0], high, blur)
    out[0] = (1.0 - _OUTLIER) * fit + _OUTLIER * _ANY_SPEED
    sigma = math.hypot(m[5], _HEIGHT_BLUR + _HEIGHT_SHARE * height)
    out[1] = (1.0 - _OUTLIER) * box1(height, model[2], model[3], sigma) + _OUTLIER * _ANY_HEIGHT
    out[2] = _path1(m, model)


@kernel
def _path1(m: Floats, model: Floats) -> float:
    """Density of the climb over that of the flattest, for what flies."""
    ground, climb = m[1], m[3]
    steepest, highest = model[4] * ground - 1.0, model[5] * ground + 1.0
    blur = math.hypot(m[6], _CLIMB_BLUR)
    inside = (1.0 - model[18]) * box1(climb, steepest, highest, blur)
    inside += model[18] * box1(climb, -_FLAT * ground - 1.0, _FLAT * ground + 1.0, blur)
    width = 2.0 * ground + 2.0
    return float((1.0 - model[6]) * inside * width + model[6])


@kernel
def _glide1(m: Floats, model: Floats, out: Floats) -> float:
    """Write densities of SPEED, HEIGHT and PATH of a glide vehicle; the chance that it glides.

    A mixture of three phases by the chain rule: the path tells how likely each is, the phase what
    speed and height go with it. Boost to the pull-up and dive pass all heights below the glide's.
    """
    speed, ground, climb = m[2], m[1], m[3]
    _flight1(m, model, _FASTEST, out)
    blur = math.hypot(m[6], _CLIMB_BLUR)
    up = (2.0 * ground + 2.0) * box1(climb, model[5] * ground, 1.5 * ground + 20.0, blur)
    down = (2.0 * ground + 2.0) * box1(climb, -2.0 * ground - 20.0, model[4] * ground, blur)
    glides = (1.0 - _BOOST - _DIVE) * out[2]
    rises, dives = _BOOST * up, _DIVE * down
    total = glides + rises + dives
    share, boost, dive = glides / total, rises / total, dives / total
    wide = math.hypot(_SPEED_BLUR * speed + 1.0, m[6])
    bent = boost * box1(speed, 0.0, model[1], wide)
    bent += dive * box1(speed, _SLOWED * model[0], 0.7 * model[1], wide)
    sigma = math.hypot(m[5], _HEIGHT_BLUR)
    low = box1(max(m[0], 0.0), 0.0, model[3], sigma)
    out[0] = share * out[0] + (1.0 - _OUTLIER) * bent + (1.0 - share) * _OUTLIER * _ANY_SPEED
    out[1] = share * out[1] + (1.0 - share) * low
    out[2] = total
    return float(share)


@kernel
def _pull1(a: Floats, m: Floats, model: Floats, falls: bool, bent: float) -> float:
    """Log density of an acceleration (ALONG, UP, SQUARE, sigma), m^-3 s^6.

    bent: share of a flight that is neither level nor a steady climb, where the motion tells.
    """
    height, speed = max(m[0], 0.0), max(m[2], 1.0)
    sine = m[3] / speed
    jolt = model[13]
    if falls:
        down = MU / ((A + height) * (A + height))
        drag = 0.5 * density1(height) * speed * speed * model[9]
        jolts = _BURNS if m[3] > 0.0 and height < model[11] + 2.0 * m[5] else _UNSTEADY
        if model[19] > 0.0 and m[3] < 0.0 and height < model[20] + 2.0 * m[5]:
            jolts, jolt = _WEAVES, model[19]
    else:
        down, drag = m[1] * m[1] / (A + height), 0.0
        jolts = _MANOEUVRES + bent * (_BENT - _MANOEUVRES)
        jolt += bent * (_THRUST - jolt)
    off = a[2] + down * down + drag * drag
    off += 2.0 * (down * a[1] + drag * a[0] + down * drag * sine)
    off = max(off, 0.0)
    variance = _STEADY**2 + a[3] ** 2 + (_DRAG_BLUR * drag) ** 2
    wide = variance + jolt**2
    near = math.exp(-0.5 * off / variance) * variance**-1.5
    far = math.exp(-0.5 * off / wide) * wide**-1.5
    return math.log((1.0 - jolts) * near + jolts * far + 1e-12)


@kernel
def _finite1(row: Floats) -> bool:
    """Tell whether a row of numbers can be a motion."""
    total = 0.0
    for value in row:
        total += value
    return math.isfinite(total) and abs(total) < _HIGHEST


@kernel
def kinematic(  # noqa: PLR0913, PLR0917 - columns
    motion: Floats,
    acceleration: Floats,
    ballistic: Codes,
    limit: Floats,
    table: Floats,
    kind: Codes,
    civil: Flags,
    out: Floats,
) -> None:
    """Fill log likelihoods, shape (n, KINEMATIC, H).

    Parameters
    ----------
    motion
        From :func:`tdome.command.threat.motion.describe`, shape (n, 7).
    acceleration
        Shape (n, 4): along the velocity, upward, square of the whole, standard deviation of each
        axis; nan where none was measured.
    ballistic
        The tracker's flag, shape (n,).
    limit
        The greatest speed of civil flights there, shape (n,), m/s.
    table, kind, civil
        Of :class:`tdome.command.threat.belief.hypotheses.Hypotheses`.
    """
    fit = np.empty(3)
    for row in range(len(motion)):
        m, a = motion[row], acceleration[row]
        moves, pulled = _finite1(m), _finite1(a)
        for h in range(len(table)):
            falls, bent = kind[h] == _BALLISTIC, 0.0
            fit[:] = 1.0
            if moves and kind[h] == OTHER:
                fit[0], fit[1], fit[2] = _ANY_SPEED, _ANY_HEIGHT, _path1(m, table[h])
            elif moves and falls:
                _fall1(m, table[h], fit)
            elif moves and kind[h] == _GLIDE:
                bent = 1.0 - _glide1(m, table[h], fit)
            elif moves:
                _flight1(m, table[h], limit[row] if civil[h] else _FASTEST, fit)
            for source in range(3):
                out[row, source, h] = math.log(max(fit[source], 1e-300))
            flag = _FLAG_RIGHT if falls == (ballistic[row] != 0) else 1.0 - _FLAG_RIGHT
            flag += bent * (0.5 - flag)  # in boost and dive a tracker may take it for either
            out[row, 3, h] = math.log(0.5 if kind[h] == OTHER else flag)
            out[row, 4, h] = _pull1(a, m, table[h], falls, bent) if moves and pulled else 0.0
        for source in range(KINEMATIC):
            best = out[row, source].max()
            for h in range(len(table)):
                out[row, source, h] = max(out[row, source, h] - best, LEAST)


@kernel
def cross_section(rcs_dbsm: Floats, plots: Floats, table: Floats, out: Floats) -> None:
    """Fill log likelihoods of the mean cross-section of ``plots`` looks, shape (n, H).

    The mean power of n looks of Swerling case 1 is a gamma variable of shape n (2 n for case 3,
    nearly steady for case 0); its logarithm has the standard deviation sqrt(trigamma(n)), 4.34 of
    which make dB (Swerling, RAND RM-1217, 1954; the normal form is ours).
    """
    for row in range(len(rcs_dbsm)):
        seen = min(max(rcs_dbsm[row], -100.0), 100.0)
        for h in range(len(table)):
            if not math.isfinite(rcs_dbsm[row]):
                out[row, h] = 0.0
                continue
            n = max(plots[row], 1.0) * table[h, 16]
            trigamma = 1.0 / n + 0.5 / (n * n) + 1.0 / (6.0 * n * n * n)
            sigma = math.hypot(_RCS_BLUR, _DB * math.sqrt(trigamma))
            fit = box1(seen + 0.5 * _DB / n, table[h, 14], table[h, 15], sigma)
            out[row, h] = math.log((1.0 - _RCS_OUTLIER) * fit + _RCS_OUTLIER * _ANY_RCS)
        best = out[row].max()
        for h in range(len(table)):
            out[row, h] = max(out[row, h] - best, LEAST)


@kernel
def doppler_spread(spread: Floats, table: Floats, out: Floats) -> None:
    """Fill log likelihoods of the smoothed Doppler spread (m/s, nan: none was told), shape (n, H).

    A box of ln(spread) blurred by a normal error, like the others; a class of which nothing is
    known takes any. How fast blades, fans and wings move against the body, and that fixed bodies
    show nothing of the kind: Chen, "The Micro-Doppler Effect in Radar" (2011); the numbers are
    notional. Limit: a box knows neither aspect nor the engine's setting.
    """
    for row in range(len(spread)):
        told = math.isfinite(spread[row]) and spread[row] > 0.0
        seen = math.log(min(max(spread[row], 1e-3), 1e4)) if told else 0.0
        for h in range(len(table)):
            low, high = table[h, 21], table[h, 22]
            fit = _ANY_SPREAD
            if told and not math.isnan(low):
                fit = (1.0 - _SPREAD_OUTLIER) * box1(seen, low, high, _SPREAD_BLUR)
                fit += _SPREAD_OUTLIER * _ANY_SPREAD
            out[row, h] = math.log(fit)
        best = out[row].max()
        for h in range(len(table)):
            out[row, h] = max(out[row, h] - best, LEAST)
