"""A small judge of its own: GOSPA of a track file against a scene's truth, by SciPy.

It shares no line with `tdome.score`, which the benchmark reports; the two must agree. GOSPA with
p = 2, alpha = 2, c = 1 km (Rahmathullah, Garcia-Fernandez, Svensson, 2017), scans 5 and later, on
positions, mean over scans.
"""

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

FIRST_SCAN, CUTOFF_M = 5, 1000.0
PLACES = (0, 2, 4)


def gospa(truth: Any, scan: Any, state: Any, last: int | None = None) -> dict[str, float]:  # noqa: ANN401
    """Return mean GOSPA and its parts.

    truth: (K, N, 6) x, vx, y, vy, z, vz, nan where a target is not. scan: (n,), state: (n, 6) rows
    of tracks. last: scans scored, all if None.
    """
    rows: list[tuple[float, float, int, int, int]] = []
    for k in range(FIRST_SCAN, last or len(truth)):
        there = truth[k][~np.isnan(truth[k, :, 0])][:, PLACES]
        found = state[scan == k][:, PLACES]
        apart = np.linalg.norm(there[:, None] - found[None], axis=2)
        own, other = linear_sum_assignment(np.minimum(apart, CUTOFF_M) ** 2)
        paired = apart[own, other]
        paired = paired[paired < CUTOFF_M]
        missed, false = len(there) - len(paired), len(found) - len(paired)
        total = (paired**2).sum() + CUTOFF_M**2 / 2 * (missed + false)
        rows.append((float(np.sqrt(total)), float((paired**2).sum()), len(paired), missed, false))
    table = np.array(rows)
    return {
        "gospa": float(table[:, 0].mean()),
        "rms_m": float(np.sqrt(table[:, 1].sum() / max(table[:, 2].sum(), 1))),
        "missed": float(table[:, 3].mean()),
        "false": float(table[:, 4].mean()),
    }
