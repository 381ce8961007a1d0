"""A late manoeuvre: how far off the straight path it leads, and how far a prediction misses."""

import math

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.earth.ballistics import impact1
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch
from tdome.world.bodies.manoeuvre import SINES, Manoeuvre
from tdome.world.bodies.table import state1

AIM = Aim(
    *np.radians([26.0, 118.0, 25.0, 121.5]),
    angle=math.radians(38.0),
    burnout_altitude=25e3,
    inv_beta=1.0 / 12_000.0,
)
SOLUTION = solve_launch(AIM)
assert SOLUTION is not None
LUCK = np.random.default_rng(1).uniform(size=(2, SINES, 2))
STRAIGHT = ballistic_path(AIM, SOLUTION, 0.0)
TO_GO = np.linspace(40.0, 0.5, 160)


def states(path):
    """Sample a path at the times to go."""
    out = np.empty((len(TO_GO), 6))
    for row, to_go in enumerate(TO_GO):
        state1(path, 0, len(path), path[-1, 0] - to_go, out[row])
    return out


figure = Figure()
left, right = figure.subplots(1, 2)
for peak in (20.0, 60.0, 100.0):
    path = ballistic_path(AIM, SOLUTION, 0.0, Manoeuvre(peak, 30e3, LUCK))
    flown = states(path)
    left.plot(TO_GO, np.linalg.norm((flown - states(STRAIGHT))[:, :3], axis=1), label=f"{peak:g}")
    ends = np.array([impact1(state, AIM.inv_beta, 0.25, 200.0)[1:] for state in flown])
    miss = np.linalg.norm(ends - path[-1, 1:4], axis=1)
    right.plot(TO_GO, np.maximum(miss, 1.0), label=f"{peak:g} m/s²")
left.set(xlabel="time to go, s", ylabel="off the straight path, m", xlim=(40, 0))
right.set(xlabel="time to go, s", ylabel="miss of a ballistic prediction, m", xlim=(40, 0))
right.legend()
save(figure, "quasi-ballistic")
