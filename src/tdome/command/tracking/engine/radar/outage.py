"""A look in which most tracks are missing says something of the radar, not of the tracks.

Under jamming, or when a radar fails, all established tracks miss at once; taken one by one, each
miss is strong evidence (ln(1 - Pd)) that its target is gone, and a few looks end the whole picture.
With n tracks in reach, hits are a sum of Bernoulli numbers of mean E = sum Pd and variance
V = sum Pd (1 - Pd). A look with fewer than E - 4 sqrt(V) - 1 of them is no look as the site's book
tells it (under it, less often than one in ten thousand looks): the share that it found is taken for
its probability of detection, Pd hits / E, in the evidence of misses. Tracks then coast, until their
longest time without a plot or until the radar sees again. Limits: five tracks or more in reach;
targets that all end within one look of a site live on until that time.
"""

import math

from tdome.command.tracking.engine.layout import DETECTION
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints

_SIGMAS, _SPARE, _LEAST = 4.0, 1.0, 1e-3


@kernel_bare
def doubt_the_radar(rows: Floats, part: Ints, count: int, chosen: Ints) -> bool:
    """Lower the chance of detection of those that missed, where too many did; tell whether so.

    part[:count]: rows of the tracks that took part; chosen: their candidates, -1 for none.
    """
    expected, variance, hits = 0.0, 0.0, 0
    for n in range(count):
        chance = rows[part[n], DETECTION]
        expected += chance
        variance += chance * (1.0 - chance)
        hits += chosen[n] >= 0
    if expected - hits <= _SIGMAS * math.sqrt(variance) + _SPARE:
        return False
    share = max(hits / expected, _LEAST)
    for n in range(count):
        if chosen[n] < 0:
            rows[part[n], DETECTION] *= share
    return True
