"""One track from several weighted copies of it: the moments of the mixture, mode by mode.

Probabilistic data association (Bar-Shalom, Willett, Tian, "Tracking and Data Fusion", 2011, section
3.4) updates a track with each of its plots on its own and keeps mean and covariance of the mixture:

    x = sum W_c x_c,   P = sum W_c (P_c + (x_c - x)(x_c - x)')

which for one linearisation is the known form with the spread of the innovations. A track with modes
is blended mode by mode, mode m of copy c weighing W_c w_cm (IMM-PDA: Houles and Bar-Shalom,
"Multisensor tracking of a maneuvering target in clutter", IEEE T-AES 25(2), 1989).
"""

from tdome.command.tracking.engine.filters.imm import combine
from tdome.command.tracking.engine.layout import COVARIANCE, HEAD, MODES, SLOT, WEIGHT
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats


@kernel
def blend_slot(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, copies: Floats, share: Floats, count: int, o: int, size: int
) -> None:
    """Write the moments of slot o of ``count`` copies into track i; share sums to 1."""
    entries = size * (size + 1) // 2
    p = o + COVARIANCE
    for f in range(size):
        mean = 0.0
        for c in range(count):
            mean += share[c] * copies[c, o + f]
        rows[i, o + f] = mean
    for e in range(entries):
        inside = 0.0
        for c in range(count):
            inside += share[c] * copies[c, p + e]
        rows[i, p + e] = inside
    for c in range(count):
        at = p
        for f in range(size):
            d = share[c] * (copies[c, o + f] - rows[i, o + f])
            for g in range(f + 1):
                rows[i, at] += d * (copies[c, o + g] - rows[i, o + g])
                at += 1


@kernel
def blend(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, i: int, copies: Floats, weight: Floats, share: Floats, count: int, modes: bool
) -> None:
    """Make track i the blend of its copies.

    Parameters
    ----------
    rows, copies
        Rows of floats as :mod:`tdome.command.tracking.engine.layout` says; the copies' states and
        modes are read.
    weight
        (count,) of the copies, sum 1.
    share
        (count,) scratch.
    modes
        Whether the modes are in use; then slot 0 is combined anew.
    """
    if not modes:
        blend_slot(rows, i, copies, weight, count, HEAD, 6)
        return
    for m in range(MODES):
        total = 0.0
        for c in range(count):
            share[c] = weight[c] * copies[c, WEIGHT + m]
            total += share[c]
        for c in range(count):
            share[c] /= total
        size = 7 if m == MODES - 1 else 6
        blend_slot(rows, i, copies, share, count, HEAD + (m + 1) * SLOT, size)
        rows[i, WEIGHT + m] = total
    combine(rows, i, 6)
