"""Ballistic flight: fall and boost, the two filters of :mod:`tdome.command.tracking.ballistic`.

State (position, velocity, ln of the drag term Cd A / m, thrust); fed with measured places.
"""

import math
from typing import Final

import numpy as np

from tdome.command.tracking.ballistic.modes import LEAST, combine, predict_modes
from tdome.command.tracking.ballistic.motion import WORK
from tdome.command.tracking.ballistic.settings import (
    BOOST,
    FALL,
    PRIOR_DRAG,
    PRIOR_DRAG_SIGMA,
    PRIOR_THRUST,
    PRIOR_THRUST_SIGMA,
    BallisticSettings,
)
from tdome.command.tracking.laws.lines import take_line
from tdome.earth.falling import DRAG, PARTS, THRUST, acceleration1
from tdome.earth.wgs84 import ecef_to_geodetic1
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats

# A rocket under power turns with gravity or against it, for some 10 s at a time: up to 7 m/s^2.
# A motor that is out stays out. What is believed of a second burn is mixed into the fall with each
# step, with all the doubt of the boost: at one restart in 5,000 s that was noise of some 5 m^2/s^3
# in empty space, and the fall forgot what it had learnt after a minute. A body that does burn again
# is found by its plots: the boost is never less likely than LEAST.
NUMBERS = BallisticSettings(boost_noise=200.0, idle_time=1e7).columns()
PAIR: Final = 2
BOOSTING: Final = 0.3  # probability, before any evidence, that a body is under power
_HIGH = 40_000.0  # what starts higher is not, m


def scratch() -> Floats:
    """Return scratch for the functions here."""
    return np.empty((WORK, PARTS))


@kernel
def start_fall1(
    x: Floats, p: Floats, weight: Floats, of_x: Floats, of_p: Floats, k: Floats
) -> None:
    """Start both filters, x (2, 8), p (2, 8, 8), weight (2,), from a state and its covariance."""
    for mode in range(PAIR):
        p[mode, :, :] = 0.0
        for f in range(6):
            x[mode, f] = of_x[f]
            for g in range(6):
                p[mode, f, g] = of_p[f, g]
        x[mode, DRAG], x[mode, THRUST] = k[PRIOR_DRAG], k[PRIOR_THRUST]
        p[mode, DRAG, DRAG] = k[PRIOR_DRAG_SIGMA] * k[PRIOR_DRAG_SIGMA]
        p[mode, THRUST, THRUST] = k[PRIOR_THRUST_SIGMA] * k[PRIOR_THRUST_SIGMA]
    height = ecef_to_geodetic1(of_x[0], of_x[1], of_x[2])[2]
    weight[BOOST] = BOOSTING if height < _HIGH else LEAST
    weight[FALL] = 1.0 - weight[BOOST]


@kernel
def predict_fall1(x: Floats, p: Floats, weight: Floats, dt: float, k: Floats, work: Floats) -> None:
    """Mix and predict both filters by dt s."""
    predict_modes(x, p, weight, dt, k, work)


@kernel
def widen_fall1(p: Floats, far: float, fast: float) -> None:
    """Add variances of position and velocity, fully correlated, along each axis to both filters."""
    cross = math.sqrt(far * fast)
    for mode in range(PAIR):
        for a in range(3):
            p[mode, a, a] += far
            p[mode, a + 3, a + 3] += fast
            p[mode, a, a + 3] += cross
            p[mode, a + 3, a] += cross


@kernel
def told_fall1(  # noqa: PLR0913, PLR0917 - one track
    x: Floats,
    p: Floats,
    weight: Floats,
    full_x: Floats,
    full_p: Floats,
    out_x: Floats,
    out_p: Floats,
) -> None:
    """Write mean (6,) and covariance (6, 6) of both; full_x (8,), full_p (8, 8): of all."""
    combine(x, p, weight, full_x, full_p)
    for f in range(6):
        out_x[f] = full_x[f]
        for g in range(6):
            out_p[f, g] = full_p[f, g]


@kernel
def feed_fall1(  # noqa: PLR0913, PLR0917 - one track
    x: Floats,
    p: Floats,
    weight: Floats,
    z: Floats,
    arms: Floats,
    noise: Floats,
    tau: float,
    gain: Floats,
) -> float:
    """Update both filters with a place; return -2 ln of the likelihood, less 3 ln 2 pi.

    As :func:`tdome.command.tracking.laws.air.feed_air1`; a late plot is expected where the body was
    tau s ago, its acceleration taken as that of now.
    """
    fits = np.empty(PAIR)
    for mode in range(PAIR):
        state = x[mode]
        ax = ay = az = 0.0
        if tau > 0.0:
            thrust = state[THRUST] if mode == BOOST else 0.0
            ax, ay, az = acceleration1(
                state[0], state[1], state[2], state[3], state[4], state[5],
                math.exp(state[DRAG]), thrust,
            )  # fmt: skip
        half = 0.5 * tau * tau
        bend = (half * ax, half * ay, half * az)
        fit = 0.0
        for line in range(3):
            nu = 0.0
            for m in range(3):
                nu += arms[line, m] * (z[m] - (state[m] - tau * state[m + 3] + bend[m]))
            fit += take_line(state, p[mode], PARTS, arms[line], tau, nu, noise[line], gain)
        fits[mode] = fit
    return weigh_fall1(weight, fits)


@kernel
def weigh_fall1(weight: Floats, fits: Floats) -> float:
    """Weigh both filters by their d^2 + ln |S|, fits (2,); return -2 ln likelihood of the pair."""
    best = min(fits[FALL], fits[BOOST])
    a = weight[FALL] * math.exp(-0.5 * (fits[FALL] - best))
    b = weight[BOOST] * math.exp(-0.5 * (fits[BOOST] - best))
    weight[FALL] = min(max(a / (a + b), LEAST), 1.0 - LEAST)
    weight[BOOST] = 1.0 - weight[FALL]
    return float(best - 2.0 * math.log(a + b))
