"""What a quasi-ballistic class may still do to its impact point: a random acceleration to the end.

Below the height from which the plan believes that a class manoeuvres, it takes the acceleration
across its path for a first-order Markov process of standard deviation 0.2 a an axis (a the
class's largest; 0.2 was set on seed 1 of benchmarks/tracking/class_glide.py) and correlation time
TAU_S (Singer, IEEE Trans. AES-6(4), 1970). Over times long against TAU_S its displacement has the
variance

    q t^3 / 3,    q = 2 (0.2 a)^2 TAU_S,    t: seconds left below that height.

Assumptions: two horizontal axes alike; t from the fall without drag, so somewhat short. Limits: it
is no response to anything, and a class that comes back to its aim is believed worse than it is.
"""

import numpy as np

from tdome.command.threat import motion
from tdome.earth.wgs84 import Floats

TAU_S = 1.4  # a sway of 6 to 12 s, as the catalogue's classes are believed to fly
_AXIS = 0.2  # of the largest acceleration: standard deviation of each axis
_GRAVITY, _LEAST_SINK = 9.8, 100.0


def widening(share: Floats, largest: Floats, below: Floats, moved: Floats, to_go: Floats) -> Floats:
    """Return the variance (m^2), (n,), that manoeuvres still add to each axis of an impact.

    Parameters
    ----------
    share
        Probability of each class, (n, C).
    largest, below
        Acceleration (m/s^2) and height (m) of the plan's classes, (C,); 0 where they fly straight.
    moved
        Motion of the tracks, (n, 7), from :func:`tdome.command.threat.motion.describe`.
    to_go
        Seconds to the impact, (n,); nan where none.
    """
    drop = 2.0 * _GRAVITY * np.maximum(moved[:, motion.HEIGHT], 0.0)
    sink = np.maximum(np.sqrt(moved[:, motion.CLIMB] ** 2 + drop), _LEAST_SINK)
    left = np.minimum(np.nan_to_num(to_go)[:, None], below[None, :] / sink[:, None])
    noise = 2.0 * (_AXIS * largest) ** 2 * TAU_S
    return np.asarray((share * noise * left**3).sum(axis=1) / 3.0)
