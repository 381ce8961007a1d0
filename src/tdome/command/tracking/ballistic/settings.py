"""What the ballistic filters believe: sizes of noise, prior of the drag, how long motors burn."""

import math

import msgspec
import numpy as np

from tdome.earth.falling import PARTS
from tdome.messages.base import Floats
from tdome.plan.books.unrest import Unrest

FALL, BOOST = 0, 1
MODES = 2
BIASES = 3  # of a sensor: range m, azimuth rad, elevation rad

# Columns of the row that the kernels read; the first eight are those of `unrest1`.
PRIOR_DRAG, PRIOR_DRAG_SIGMA, PRIOR_THRUST, PRIOR_THRUST_SIGMA = 8, 9, 10, 11
THRUST_NOISE, BOOST_NOISE, BURN_TIME, IDLE_TIME, SPEED_SIGMA = 12, 13, 14, 15, 16
SETTINGS = 17


class BallisticSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Beliefs, with notional defaults.

    unrest: of air and body. inv_beta: m^2/kg, median, and drag_sigma, standard deviation of its
    logarithm: the catalogue's ballistic classes lie between 1/18000 and 1/5000. thrust and
    thrust_sigma: m/s^2, along the velocity. thrust_noise: m^2/s^5 of its random walk. boost_noise:
    m^2/s^3 of acceleration across it. burn_time: mean s that a motor goes on; idle_time: mean s
    until one starts again. speed_sigma: m/s, of each component before anything is known.
    """

    unrest: Unrest = Unrest()
    inv_beta: float = 1.0 / 9_000.0
    drag_sigma: float = 0.5
    thrust: float = 40.0
    thrust_sigma: float = 25.0
    thrust_noise: float = 4.0
    boost_noise: float = 4.0
    burn_time: float = 30.0
    idle_time: float = 5_000.0
    speed_sigma: float = 3_000.0

    def columns(self) -> Floats:
        """Return them in the order that the kernels read, shape (17,)."""
        own = (
            math.log(self.inv_beta),
            self.drag_sigma,
            self.thrust,
            self.thrust_sigma,
            self.thrust_noise,
            self.boost_noise,
            self.burn_time,
            self.idle_time,
            self.speed_sigma,
        )
        return np.concatenate([self.unrest.columns(), own])


def parts(slots: int) -> int:
    """Return the length of a state with the errors of so many sensors."""
    return PARTS + BIASES * slots
