"""What a plot changes in a track besides the filters: the law in force, and all that is counted."""

import math

from tdome.command.tracking.table import SCANS_KEPT, SEED_PLOTS
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

_ECHO_GAIN = 0.125


@kernel
def count_plots(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Ints,
    names: Ints,
    at: int,
    running: int,
    scan_rcs: Floats,
    scan_spread: Floats,
    scan_address: Ints,
    scan_friend: Codes,
    hits: Ints,
    missed: Ints,
    missed_weight: Floats,
    rcs: Floats,
    spread: Floats,
    spreads: Ints,
    updated_at: Longs,
    address: Ints,
    friend: Codes,
    seed: Ints,
    scans: Longs,
) -> None:
    """Count a plot of the scan ``running`` for each of some tracks, in place.

    names: (k, 3) of the plots; scan_rcs, scan_spread, scan_address, scan_friend: (k,) what they
    said; the rest are columns of the track table.
    """
    for k in range(len(rows)):
        i = rows[k]
        if hits[i] < SEED_PLOTS:
            for m in range(3):
                seed[i, hits[i], m] = names[k, m]
        smoothing = max(1.0 / (hits[i] + 1), _ECHO_GAIN)
        rcs[i] += smoothing * (scan_rcs[k] - rcs[i])
        if not math.isnan(scan_spread[k]):
            spreads[i] += 1
            smoothing = max(1.0 / spreads[i], _ECHO_GAIN)
            spread[i] += smoothing * (math.log(scan_spread[k]) - spread[i])
        hits[i] += 1
        updated_at[i] = max(updated_at[i], at)
        missed[i], missed_weight[i] = 0, 0.0
        if scan_address[k] >= 0:
            address[i] = scan_address[k]
        friend[i] |= scan_friend[k]
        scans[i, running % SCANS_KEPT] = running
