"""What a user's own doctrine costs in a screening, beside the plan's own in the compiled loop.

Both forms do what the plan's doctrine does, so they do the same work for the same bits, and what is
measured is the seam: the loop is cut at each choice, options are written out and read again.
"""

from statistics import median
from time import process_time

import numpy as np
from numba import njit

from tdome.messages.base import Floats
from tdome.run.screening.loop.options import Options
from tdome.run.screening.policy import Policy
from tdome.run.screening.screen import Screen


@njit
def score(o: Options) -> float:
    """Return what the plan's doctrine goes by, of one option."""
    if o["rounds"] != o["planned"]:
        return 0.0
    return float(o["value"] * o["kill"] - o["price"] * o["rounds"])


def batch(o: Options) -> Floats:
    """Return the same of all options of the batch."""
    return np.asarray(o["value"] * o["kill"] - o["price"] * o["rounds"])


def policies_over_loop(screen: Screen, replicates: int = 64, times: int = 9) -> dict[str, float]:
    """Return CPU times of each form over that of the compiled loop: medians of pairs in one run."""
    seeds = range(replicates)
    wanted = screen.replicates(seeds)
    out = {}
    for name, policy in (("score", score), ("batch", batch)):
        found = screen.replicates(seeds, policy=policy)  # what is compiled is compiled now
        if not all(np.array_equal(found[key], wanted[key]) for key in wanted):
            raise SystemExit(f"{name}: not the bits of the plan's own doctrine")
        pairs = [(_cpu(screen, seeds, policy), _cpu(screen, seeds, None)) for _ in range(times)]
        out[f"{name}_over_loop"] = median(mine / plain for mine, plain in pairs)
    return out


def _cpu(screen: Screen, seeds: range, policy: Policy | None) -> float:
    begin = process_time()
    for _ in range(3):
        screen.replicates(seeds, policy=policy)
    return process_time() - begin
