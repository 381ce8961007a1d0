"""Class of a track: a Bayesian recursion that forgets, over kinematic features and weakly RCS.

Each class says how likely the features of a track are: a box (the class's low..high) blurred by the
error of the track, mixed with a share of outliers. "None of these" spreads its belief over all
speeds and heights, so that it wins where no class fits. For level classes the features are ground
speed, height, and a path neither steeper down than 50 degrees nor steeper up than 39: what comes
down on its nose at the speed of a drone is wreckage. A glide vehicle keeps between 7 degrees down
and 3 up: that tells it from a missile at its apex. For ballistic classes it is the energy speed
at burn-out: the one measured, with the loss by drag put back after Allen and Eggers (NACA report
1381, 1958; straight path, exponential air):

    v_before = v exp(column / (2 beta sin gamma)),   column = H (sum of the densities at both ends
    of the path)

The recursion is log w <- FORGETTING log w + log L, once for each step with new plots, because
successive states of a filter are far from independent: in the long run a track weighs as much as 1
/ (1 - FORGETTING) independent looks. Priors are equal: a decoy that moves like its real class keeps
its share for ever. Limits: gliding, boosting and manoeuvring ballistic bodies fit no energy well
and show as "none", a glide vehicle in boost or dive as a missile; RCS is notional.
"""

import math

import msgspec
import numpy as np

from tdome.earth.atmosphere import density, density1
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Singles
from tdome.messages.codes import Family
from tdome.plan.books.threats import ThreatBook

FORGETTING = 0.7
LOWEST = -30.0  # log weight that no class falls below: no door is ever shut
DECOY_LIMITS = (1e-3, 1.0 - 1e-3)  # a decoy can be unknown to the plan, and a known one can be real

_OUTLIER = 1e-3  # share of features that obey no box
_ANY_SPEED = 1.0 / 8_000.0  # density of "none" over speed, s/m
_ANY_HEIGHT = 1.0 / 100_000.0  # density of "none" over height, 1/m
_FLAG_RIGHT = 0.98  # probability that the tracker's ballistic flag agrees with the family
_SPEED_BLUR = 0.04  # of the speed: wind, pitch, what the class's range leaves out
_HEIGHT_BLUR = 40.0  # m: terrain, geoid
_HEIGHT_SHARE = 0.1  # of the height
_AIR_SCALE = 7_200.0  # scale height of air, m
_STEEP = 0.25  # least sine of a path angle in the drag correction
_MOST_DRAG = 1.2  # largest exponent that is believed
_DRAG_BLUR = 0.35  # error of the drag exponent, as a share of it
_DIVE, _CLIMB = -1.2, 0.8  # sink and climb of a level class over its ground speed, at most
_SINK, _RISE = -0.12, 0.05  # the same of a glide vehicle
_CLIMB_BLUR = 3.0  # m/s
_STEEPER = 0.02  # share of climbs that obey no box
_RCS_SIGMA = 8.0  # dB, beyond the class's range
_ANY_RCS = (-5.0, 20.0)  # "none": mean and sigma, dBsm

# Columns of the class table that the kernel reads.
_LOW, _HIGH, _LOWER, _UPPER, _INV_BETA, _SINE, _BURNOUT_DENSITY = range(7)
_BALLISTIC, _GLIDE = int(Family.BALLISTIC), int(Family.GLIDE)


class ClassModel(msgspec.Struct, frozen=True, eq=False):
    """The plan's threat classes as the recursion takes them.

    table: (C, 7). family, decoy: (C,). rcs_dbsm, rcs_sigma: (C,) dB.
    """

    table: Floats
    family: Codes
    decoy: Codes
    rcs_dbsm: Floats
    rcs_sigma: Floats


def class_model(threats: ThreatBook) -> ClassModel:
    """Return the model of the plan's classes; ballistic boxes hold energy speeds at burn-out."""
    table = np.zeros((len(threats.names), 7))
    ballistic = threats.family == _BALLISTIC
    burnout = np.where(ballistic, np.nan_to_num(threats.burnout_altitude), 0.0)
    lift = 2.0 * 9.8 * burnout
    # A box must have a width: what is written as one number is meant to 5 %.
    low = np.minimum(threats.speed_range[:, 0], 0.95 * threats.speed)
    high = np.maximum(threats.speed_range[:, 1], 1.05 * threats.speed)
    table[:, _LOW] = np.sqrt(low * low + lift)
    table[:, _HIGH] = np.sqrt(high * high + lift)
    table[:, _LOWER] = np.nan_to_num(threats.heights[:, 0])
    table[:, _UPPER] = np.nan_to_num(threats.heights[:, 1]) + _HEIGHT_BLUR
    table[:, _INV_BETA] = np.where(ballistic, 1.0 / np.nan_to_num(threats.beta, nan=np.inf), 0.0)
    sine = np.sin(np.nan_to_num(threats.flight_path_angle, nan=math.pi / 4.0))
    table[:, _SINE] = np.maximum(np.abs(sine), _STEEP)
    table[:, _BURNOUT_DENSITY] = density(burnout)
    spread = 10.0 * np.log10(threats.rcs_range[:, 1] / threats.rcs_range[:, 0]) / math.sqrt(12.0)
    return ClassModel(
        table=table,
        family=threats.family,
        decoy=threats.decoy,
        rcs_dbsm=10.0 * np.log10(threats.rcs),
        rcs_sigma=np.hypot(_RCS_SIGMA, spread),
    )


@kernel
def _box1(value: float, low: float, high: float, sigma: float) -> float:
    """Density of a uniform box [low, high] blurred by a normal error."""
    scale = 1.0 / (sigma * math.sqrt(2.0))
    inside = math.erf((value - low) * scale) - math.erf((value - high) * scale)
    return 0.5 * inside / (high - low)


@kernel
def _drag_exponent1(height: float, climb: float, speed: float, model: Floats) -> float:
    """Return ln(speed without drag since burn-out / speed), after Allen and Eggers."""
    here = density1(height)
    apex = density1(height + climb * climb / 19.6)
    ascent = max(model[6] - (here if climb > 0.0 else apex), 0.0) / model[5]
    descent = 0.0 if climb > 0.0 else max(here - apex, 0.0) / max(-climb / speed, _STEEP)
    return float(min(0.5 * model[4] * _AIR_SCALE * (ascent + descent), _MOST_DRAG))


@kernel
def _log_likelihoods(
    motion: Floats, ballistic: Codes, table: Floats, family: Codes, out: Floats
) -> None:
    nothing = math.log(_ANY_SPEED) + math.log(_ANY_HEIGHT) + math.log(0.5)
    classes = len(table)
    for row in range(len(motion)):
        height, ground, speed = max(motion[row, 0], 0.0), motion[row, 1], max(motion[row, 2], 1.0)
        climb = motion[row, 3]
        blur = math.hypot(motion[row, 6], _CLIMB_BLUR)
        steepest, highest = _DIVE * ground - 1.0, _CLIMB * ground + 1.0
        inside = (highest - steepest) * _box1(climb, steepest, highest, blur)
        path = (1.0 - _STEEPER) * inside + _STEEPER  # 1 where it fits: a bird flies level, too
        level = (highest - steepest) * _box1(
            climb, _SINK * ground - 1.0, _RISE * ground + 1.0, blur
        )
        level = (1.0 - _STEEPER) * level + _STEEPER
        for c in range(classes):
            falls = family[c] == _BALLISTIC
            if falls:
                drag = _drag_exponent1(height, climb, speed, table[c])
                lift = motion[row, 4] ** 2 - motion[row, 2] ** 2
                value = math.sqrt((speed * math.exp(drag)) ** 2 + lift)
                blur = value * (_SPEED_BLUR + _DRAG_BLUR * drag)
                fit_height = _ANY_HEIGHT
            else:
                value, blur = ground, _SPEED_BLUR * ground + 1.0
                sigma = math.hypot(motion[row, 5], _HEIGHT_BLUR + _HEIGHT_SHARE * height)
                fit_height = _box1(height, table[c, 2], table[c, 3], sigma)
                fit_path = level if family[c] == _GLIDE else path
                fit_height = fit_path * ((1.0 - _OUTLIER) * fit_height + _OUTLIER * _ANY_HEIGHT)
            fit = _box1(value, table[c, 0], table[c, 1], math.hypot(blur, motion[row, 6]))
            fit = (1.0 - _OUTLIER) * fit + _OUTLIER * _ANY_SPEED
            flag = _FLAG_RIGHT if falls == (ballistic[row] != 0) else 1.0 - _FLAG_RIGHT
            out[row, c] = math.log(fit) + math.log(fit_height) + math.log(flag)
        out[row, classes] = nothing


def learn(
    log_weight: Floats, new: np.ndarray, motion: Floats, ballistic: Codes, model: ClassModel
) -> Floats:
    """Return log weights, shape (n, C + 1), after the evidence of the rows that are marked ``new``.

    Parameters
    ----------
    log_weight
        Before, shape (n, C + 1), the largest of each row 0.
    new
        Shape (n,) bool: rows with plots that were not yet counted.
    motion
        From :func:`tdome.command.threat.motion.describe`.
    ballistic
        The tracker's flag, shape (n,).
    model
        The classes.
    """
    rows = np.flatnonzero(new)
    evidence = np.empty((len(rows), log_weight.shape[1]))
    _log_likelihoods(motion[rows], ballistic[rows], model.table, model.family, evidence)
    after = log_weight.copy()
    after[rows] = FORGETTING * log_weight[rows] + evidence
    after[rows] -= after[rows].max(axis=1, keepdims=True)
    return np.maximum(after, LOWEST)


def probabilities(log_weight: Floats, rcs_dbsm: Singles, model: ClassModel) -> Floats:
    """Return class probabilities, shape (n, C + 1); the smoothed RCS counts once, not per plot."""
    mean = np.append(model.rcs_dbsm, _ANY_RCS[0])
    sigma = np.append(model.rcs_sigma, _ANY_RCS[1])
    seen = rcs_dbsm.astype(np.float64)[:, None]
    witness = -0.5 * ((seen - mean) / sigma) ** 2 - np.log(sigma)
    total = log_weight + np.where(np.isfinite(seen), np.maximum(witness, LOWEST), 0.0)
    weight = np.exp(total - total.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))
