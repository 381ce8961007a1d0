"""The engine ``screened``: full runs, and with each the screening of the same seed.

The screening (:mod:`.screening`) only takes luck out. With s the screening's row of
a seed and S the mean of OTHERS screenings of other seeds, ``control.screen.<measure>`` = s - S has
mean zero whatever the screening's bias, since s and all in S have one distribution. So the mean of

    full - b (s - S)  =  b S + (full - b s)

is the mean of full runs, for any b: the corrected estimate of many screenings and few full runs,
as a control variate (:mod:`tdome.studies.estimators.control`), row by row. Source: Peherstorfer,
Willcox and Gunzburger, "Optimal model management for multifidelity Monte Carlo estimation",
SIAM J. Sci. Comput. 38, 2016. Limits: it saves what the correlation of full and screening allows,
1 / (1 - rho^2); nothing for measures that a screening does not have.
"""

from collections.abc import Sequence

import numpy as np

from tdome.kernel.random import object_key
from tdome.messages.base import Floats
from tdome.run.library import Inputs
from tdome.run.screening.screen import Screen
from tdome.studies.engines.screening import screen_of
from tdome.studies.engines.stepwise import Stepwise
from tdome.studies.measures.names import SCREENED

OTHERS = 256  # they cost a tenth of a second, and leave 1/256 of the screening's variance


class Screened(Stepwise):
    """Full runs with the screening's luck as a control."""

    name = "screened"

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        """Return the measures of full runs, and a control of mean zero for those screened too."""
        screen = screen_of(inputs)
        full, own = super().rows(inputs, replicates, seeds), screen.replicates(list(seeds))
        others = [_mean_of_others(screen, seed) for seed in seeds]
        told = [name for name in own if name in full and not name.startswith("control.")]
        apart = {name: own[name] - np.array([one[name] for one in others]) for name in told}
        return full | {SCREENED + name: column for name, column in apart.items()}


def _mean_of_others(screen: Screen, seed: int) -> dict[str, float]:
    found = screen.replicates([object_key(seed, "screened", k) for k in range(OTHERS)])
    return {name: float(column.mean()) for name, column in found.items()}
