"""Flight in the air: the three interacting modes of the tracker core, fed with measured places.

Modes, mixing and prediction are those of :mod:`tdome.command.tracking.engine.filters.imm` (calm,
hard, turn); rows are laid out as in :mod:`tdome.command.tracking.engine.layout`.
"""

import math
from typing import Final

import numpy as np

from tdome.command.tracking.engine.filters.imm import combine, predict_modes, split, weigh
from tdome.command.tracking.engine.filters.polar import set_up
from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    FULL,
    HEAD,
    MODES,
    SCRATCH,
    SLOT,
    WEIGHT,
    WHOLE,
)
from tdome.command.tracking.engine.settings import Settings
from tdome.command.tracking.laws.lines import take_line
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Longs

ROW: Final = FULL
NUMBERS = Settings.imm().numbers(flat=False)
_SIZE = 7


def scratch() -> tuple[Floats, Floats, Longs]:
    """Return scratch for the functions here: (SCRATCH, SLOT), (4, 7, 7) and whole numbers."""
    return np.zeros((SCRATCH, SLOT)), np.zeros((4, _SIZE, _SIZE)), np.zeros((1, WHOLE), np.int64)


@kernel
def start_air1(rows: Floats, i: int, x: Floats, p: Floats, k: Floats, whole: Longs) -> None:
    """Start all modes of row i from a state (6,) and covariance (6, 6)."""
    for f in range(6):
        rows[i, HEAD + f] = x[f]
        for g in range(f + 1):
            rows[i, HEAD + COVARIANCE + f * (f + 1) // 2 + g] = p[f, g]
    set_up(rows, i, False)
    split(rows[i : i + 1], whole, 0, k)


@kernel
def predict_air1(rows: Floats, i: int, dt: float, k: Floats, scratch: Floats) -> None:
    """Predict all modes of row i by dt s."""
    predict_modes(rows, i, dt, k, scratch)
    combine(rows, i, 6)
    set_up(rows, i, False)


@kernel
def told_air1(rows: Floats, i: int, x: Floats, p: Floats) -> None:
    """Write mean (6,) and covariance (6, 6) of the modes of row i together."""
    at = HEAD + COVARIANCE
    for f in range(6):
        x[f] = rows[i, HEAD + f]
        for g in range(f + 1):
            p[f, g] = rows[i, at]
            p[g, f] = rows[i, at]
            at += 1


@kernel
def widen_air1(rows: Floats, i: int, far: float, fast: float) -> None:
    """Add variances of position and velocity, fully correlated, along each axis to all modes."""
    cross = math.sqrt(far * fast)
    for m in range(MODES + 1):
        p = HEAD + m * SLOT + COVARIANCE
        for a in range(3):
            b = a + 3
            rows[i, p + a * (a + 1) // 2 + a] += far
            rows[i, p + b * (b + 1) // 2 + b] += fast
            rows[i, p + b * (b + 1) // 2 + a] += cross


@kernel
def _take(  # noqa: PLR0913, PLR0917 - one mode
    rows: Floats,
    i: int,
    o: int,
    z: Floats,
    arms: Floats,
    noise: Floats,
    tau: float,
    full: Floats,
    gain: Floats,
) -> float:
    """Update one mode with three lines; return d^2 + ln |S|."""
    at = o + COVARIANCE
    for f in range(_SIZE):
        for g in range(f + 1):
            full[f, g] = rows[i, at]
            full[g, f] = rows[i, at]
            at += 1
    x = rows[i, o : o + _SIZE]
    size = _SIZE if full[6, 6] > 0.0 else _SIZE - 1
    fit = 0.0
    for line in range(3):
        nu = 0.0
        for m in range(3):
            nu += arms[line, m] * (z[m] - (x[m] - tau * x[m + 3]))
        fit += take_line(x, full, size, arms[line], tau, nu, noise[line], gain)
    at = o + COVARIANCE
    for f in range(_SIZE):
        for g in range(f + 1):
            rows[i, at] = full[f, g]
            at += 1
    return fit


@kernel
def feed_air1(  # noqa: PLR0913, PLR0917 - one track
    rows: Floats,
    i: int,
    z: Floats,
    arms: Floats,
    noise: Floats,
    tau: float,
    full: Floats,
    gain: Floats,
) -> float:
    """Update all modes of row i with a place z (3,); return -2 ln likelihood, less 3 ln 2 pi.

    arms, noise: unit vectors (3, 3) and variances (3,) of the three lines. full (7, 7), gain
    (2, 7): scratch.
    """
    o = HEAD + SLOT
    fit0 = _take(rows, i, o, z, arms, noise, tau, full, gain)
    fit1 = _take(rows, i, o + SLOT, z, arms, noise, tau, full, gain)
    fit2 = _take(rows, i, o + 2 * SLOT, z, arms, noise, tau, full, gain)
    best = min(fit0, fit1, fit2)
    w0 = rows[i, WEIGHT] * math.exp(-0.5 * (fit0 - best))
    w1 = rows[i, WEIGHT + 1] * math.exp(-0.5 * (fit1 - best))
    w2 = rows[i, WEIGHT + 2] * math.exp(-0.5 * (fit2 - best))
    total = w0 + w1 + w2
    weigh(rows, i, w0 / total, w1 / total, w2 / total)
    combine(rows, i, 6)
    return best - 2.0 * math.log(total)
