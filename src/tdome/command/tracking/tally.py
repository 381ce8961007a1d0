"""What a plot changes in a track besides the filters: the law in force, and all that is counted."""

from tdome.command.tracking.table import BALLISTIC, LEVEL, SCANS_KEPT, SEED_PLOTS
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs

FASTEST = 6_000.0  # m/s: more than a ballistic missile of 3,000 km range has anywhere
_FORGETTING = 0.9  # of the evidence for a law, each plot
_EVIDENCE_LIMIT = 20.0
_HYSTERESIS = 2.0
_DIVERGED = 25.0  # normalised innovation squared at which the law not in force starts anew
_NIS_GAIN = 0.2
_STRAINED = 6.0  # smoothed normalised innovation squared (3 expected) at which a law is doubted:
_THRUST = 15.0  # acceleration that may be missing in it, m/s^2
_RCS_GAIN = 0.125


@kernel
def too_fast1(x: Floats) -> bool:
    """Tell whether a state is faster than FASTEST, or not finite."""
    return not (x[3] * x[3] + x[4] * x[4] + x[5] * x[5] <= FASTEST * FASTEST)


@kernel
def choose_laws(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Ints,
    fit: Floats,
    lapse: Floats,
    x: Floats,
    p: Floats,
    evidence: Floats,
    ballistic: Codes,
    nis: Floats,
) -> None:
    """Weigh the laws of tracks by how well their plots fit, (k, 2, 2), in place.

    Where even the law in force fits badly, velocities may have changed by an unmodelled thrust or
    drag over ``lapse``, (n,) s since the last plot. The law not in force starts anew from the other
    where it has strayed or is impossibly fast.
    """
    for k in range(len(rows)):
        i = rows[k]
        gain = fit[k, BALLISTIC, 1] - fit[k, LEVEL, 1]
        belief = _FORGETTING * evidence[i] + gain
        belief = min(max(belief, -_EVIDENCE_LIMIT), _EVIDENCE_LIMIT)
        law = ballistic[i]
        if belief > _HYSTERESIS:
            law = BALLISTIC
        elif belief < -_HYSTERESIS:
            law = LEVEL
        evidence[i], ballistic[i] = belief, law
        nis[i] += _NIS_GAIN * (fit[k, law, 0] - nis[i])
        if nis[i] > _STRAINED:
            for axis in range(3, 6):
                p[i, 0, axis, axis] += (_THRUST * lapse[i]) * (_THRUST * lapse[i])
                p[i, 1, axis, axis] += (_THRUST * lapse[i]) * (_THRUST * lapse[i])
        if fit[k, 1 - law, 0] > _DIVERGED or too_fast1(x[i, 1 - law]):
            for m in range(6):
                x[i, 1 - law, m] = x[i, law, m]
                for n in range(6):
                    p[i, 1 - law, m, n] = p[i, law, m, n]


@kernel
def count_plots(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Ints,
    names: Ints,
    at: int,
    running: int,
    scan_rcs: Floats,
    scan_address: Ints,
    scan_friend: Codes,
    hits: Ints,
    missed: Ints,
    missed_weight: Floats,
    rcs: Floats,
    updated_at: Longs,
    address: Ints,
    friend: Codes,
    seed: Ints,
    scans: Longs,
) -> None:
    """Count a plot of the scan ``running`` for each of some tracks, in place.

    names: (k, 3) of the plots; scan_rcs, scan_address, scan_friend: (k,) what they said; the rest
    are columns of the track table.
    """
    for k in range(len(rows)):
        i = rows[k]
        if hits[i] < SEED_PLOTS:
            for m in range(3):
                seed[i, hits[i], m] = names[k, m]
        smoothing = max(1.0 / (hits[i] + 1), _RCS_GAIN)
        rcs[i] += smoothing * (scan_rcs[k] - rcs[i])
        hits[i] += 1
        updated_at[i] = max(updated_at[i], at)
        missed[i], missed_weight[i] = 0, 0.0
        if scan_address[k] >= 0:
            address[i] = scan_address[k]
        friend[i] |= scan_friend[k]
        scans[i, running % SCANS_KEPT] = running
