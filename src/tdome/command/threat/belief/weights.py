"""How many independent looks the looks of each source are worth, fitted on training mixes.

``python benchmarks/tracking/classes.py --fit`` prints these numbers; they are the only trained
parameters of the class recursion. See docs/concepts/tracking/class-and-identity.md.
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
