"""How many independent looks the looks of each source are worth, fitted on training mixes.

``python benchmarks/tracking/class_fit.py`` fits them; they are the only trained parameters of the
class recursion. The weight of the spread is of a joint fit, of which no other weight was taken:
the joint fit weighs height less and calls what flies level at 30 km and 900 m/s a cruise missile.
Fitted alone (``--only spread``) it comes out at 0.40, with the same log score to 0.001. See
docs/concepts/tracking/class-and-identity.md.
"""

import numpy as np

from tdome.earth.wgs84 import Floats

MEMORY_S: Floats = np.array([60.0, 60.0, 90.0, 20.0, 60.0])
"""Seconds of looks that the mean of each kinematic source spans."""
FIRST: Floats = np.array([1.04, 0.81, 1.46, 0.93, 0.98])
"""Weight of a mean over one look."""
LATER: Floats = np.array([0.07, 0.25, 0.33, 0.01, 0.68])
"""What is added to it when the mean spans the whole memory."""
CROSS_SECTION, DOPPLER_SPREAD, COOPERATION = 1.0, 0.43, 0.37
"""Weights of the smoothed cross-section and Doppler spread, and of answers: each counts once."""
