"""A second look for confirmed tracks that found no plot: with the covariances of the wide modes.

In calm flight the combined covariance gives a manoeuvre no say: the first plot of a hard turn lies
outside the gate, or costs more than a miss. Kirubarajan and Bar-Shalom open the validation region
of the mode with the largest innovation covariance ("IMMPDAF for radar management and tracking
benchmark with ECM", IEEE T-AES 34 (4), 1998). Here only tracks that the first pairing left without
a plot look that way, and only at plots that no confirmed track took; so calm tracks keep their
narrow gates, and the work is that of the few. First by the turn mode, then by the hard one, whose
covariance gets more white acceleration ("lunge", m^2/s^3) for the time since the track's last plot;
what still finds none gets its covariance back. The price is that of one term of the mixture,

    d_m^2 + ln |S_m| - 2 ln w_m,    -2 ln of w_m N(z; z_m, S_m) without 3 ln 2 pi,

never less than -2 ln of the whole mixture, against the same price of going without.
"""

import math

from tdome.command.tracking.engine.filters.motion import add_noise
from tdome.command.tracking.engine.filters.polar import look
from tdome.command.tracking.engine.gather import complete
from tdome.command.tracking.engine.layout import AIR, HEAD, NAMES, SEEN, SLOT, SPLIT, WEIGHT
from tdome.command.tracking.engine.life import settle
from tdome.command.tracking.engine.pairing.addresses import by_address
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.pairing.gating import candidates
from tdome.command.tracking.engine.settings import K_GATE, K_LUNGE, K_LUNGE_CLIMB
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

_HARD, _TURN = 1, 2  # modes; the slot is one more


@kernel_bare
def look_again(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, part: Ints, count: int, t: float, s: int, scan: int, k: Floats,
    sites: Floats, looks: Floats, z: Floats, plots: Longs, taken: Codes, cells: Ints, width: float,
    begins: Ints, column: Ints, cost: Floats, miss: Floats, chosen: Ints, search: Ints,
    lengths: Floats,
) -> int:  # fmt: skip
    """Pair the tracks that ``settle`` held back with the plots left; the rest missed.

    part, looks, miss, chosen: as the first look left them; overwritten. Returns the candidates
    dropped for want of room.
    """
    dropped, before = 0, 0.0
    for n in range(2):
        mode = _TURN if n == 0 else _HARD
        left = 0
        for m in range(count):
            i = int(part[m])
            if chosen[m] >= 0 or whole[i, SPLIT] != AIR:
                continue
            if mode == _HARD:
                _lunge(rows, i, t, 1.0, k)
            look(rows, i, HEAD + (mode + 1) * SLOT, sites, s, k[K_GATE], looks, left)
            own = 2.0 * math.log(rows[i, WEIGHT + mode])
            before = 2.0 * math.log(rows[i, WEIGHT + _TURN]) if n else 0.0
            part[left], miss[left] = i, miss[m] + own - before
            left += 1
        count = left
        slot = HEAD + (mode + 1) * SLOT
        complete(rows, whole, part, count, False, sites, s, z, looks, k[K_GATE], slot)
        dropped += candidates(
            looks, count, sites, s, z, cells, width, taken, k[K_GATE], True, miss, begins, column,
            cost,
        )  # fmt: skip
        by_address(sites[s, NAMES] != 0.0, whole, part, count, z, True, begins, column, cost)
        assign(count, len(z), begins, column, cost, miss, chosen, search, lengths)
        if mode == _HARD:
            for m in range(count):
                if chosen[m] < 0:
                    _lunge(rows, int(part[m]), t, -1.0, k)
        settle(
            rows, whole, part, count, t, s, scan, k, sites, looks, z, plots, taken, column, chosen,
            mode != _HARD,
        )  # fmt: skip
    return dropped


@kernel_bare
def _lunge(rows: Floats, i: int, t: float, sign: float, k: Floats) -> None:
    """Add (sign 1) or take back (-1) the doubt of a manoeuvre since track i's last plot."""
    dt = max(t - rows[i, SEEN], 0.0)
    level, climb = sign * k[K_LUNGE], sign * k[K_LUNGE_CLIMB]
    add_noise(rows, i, HEAD + (_HARD + 1) * SLOT, dt, level, climb)
