"""The greedy choice by marginal return, one compiled loop over threats x units.

Again and again the pair with the highest ``value at risk x pk - price`` is taken, until no return
is positive: the "maximum marginal return" rule (den Broeder, Ellison and Emerling, 1959), optimal
for one shot per target and equal weapons. On threats with magazines, channels and windows it is a
heuristic, without bound: measured 5 to 25 % below the best value saved (reference/wta.md 3.3).
"""

import math

import numpy as np

from tdome.command.assignment.firing_solution import solve1
from tdome.command.assignment.guidance import crowded1, hold1
from tdome.kernel.jit import kernel
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.codes import Reason

_CHOSEN = np.int8(Reason.CHOSEN)
_OUT_OF_ENVELOPE = np.int8(Reason.OUT_OF_ENVELOPE)
_NO_LAUNCH_WINDOW = np.int8(Reason.NO_LAUNCH_WINDOW)
_NO_ROUNDS = np.int8(Reason.NO_ROUNDS)
_NO_CHANNEL = np.int8(Reason.NO_CHANNEL)
_LOW_RETURN = np.int8(Reason.LOW_RETURN)
_RESERVED = np.int8(Reason.RESERVED)
_UNDECIDED = np.int8(Reason.UNDECIDED)
_BETTER_OPTION = np.int8(Reason.BETTER_OPTION)
_SHOT_LIMIT = np.int8(Reason.SHOT_LIMIT)

# Entries of `rules`, shape (3,), s.
READY, LOOK, WAIT = range(3)


@kernel
def closed1(left: int, free: int, launch: float, queue_ends: float) -> np.int8:
    """Tell why a unit can take no work in this step, or none so late; BETTER_OPTION if it can.

    What can wait is left for later: the track is better known then, and the unit stays free.
    """
    if left <= 0:
        return _NO_ROUNDS
    if free <= 0:
        return _NO_CHANNEL
    return _NO_LAUNCH_WINDOW if launch > queue_ends else _BETTER_OPTION


@kernel
def another_chance1(  # noqa: PLR0913, PLR0917  (a kernel)
    i: int, u: int, done: float, last: Floats, lead: Floats, left: Ints, shots: Ints
) -> bool:
    """Tell whether some unit can still shoot at threat i after one round of u has missed it.

    ``done`` is when the miss is known, s; ``lead`` what a unit needs from there to its launch.
    """
    if shots[i] < 2:  # noqa: PLR2004
        return False
    for v in range(left.size):
        spare = left[v] - 1 if v == u else left[v]
        if spare > 0 and last[i, v] >= done + lead[v]:
            return True
    return False


@kernel
def waiting_pays1(value: float, hit: float, sspk: float, price: float, rounds: int) -> bool:
    """Tell whether one late chance is worth more than two, if the late one knows who will hit.

    value V: at risk, P(hit) in it. hit P, sspk s, q = 1 - s; rounds n: what a last chance gets.

        now:   V (1 - q^2) - price (1 + q P)    one round at whoever comes, one more if it is real
        later: V (1 - q^n) - price n P          rounds only at who hits
    """
    miss = 1.0 - sspk
    now = value * (1.0 - miss * miss) - price * (1.0 + miss * hit)
    return bool(value * (1.0 - miss**rounds) - price * rounds * hit > now)


@kernel
def undecided1(  # noqa: PLR0913, PLR0917  (a kernel)
    i: int, u: int, intercept: Floats, last: Floats, earliest: Floats, lead: Floats, left: Ints,
    shots: Ints, value: Floats, hit: Floats, sspk: Floats, price: Floats, late: Ints, rules: Floats,
) -> bool:  # fmt: skip
    """Tell whether threat i may yet miss all assets and had better be shot at later by unit u.

    It had where no chance is lost: a second launch after a miss of u is known is still possible
    ``rules[WAIT]`` s later, or there is one launch only, and it is. Where the second one would be
    lost it depends (:func:`waiting_pays1`). A threat that flies on comes no nearer than it takes to
    wait: intercept and look move by that much at most.
    """
    if hit[i] >= 1.0:
        return False
    wait = rules[WAIT]
    once = bool(last[i, u] - earliest[u] >= wait)
    if shots[i] < 2:  # noqa: PLR2004
        return once
    slack = -math.inf
    for v in range(left.size):
        if left[v] - (1 if v == u else 0) > 0:
            slack = max(slack, last[i, v] - lead[v] - (intercept[i, u] + rules[LOOK]))
    if slack < 0.0 or slack >= wait:
        return once or slack >= wait
    pays = waiting_pays1(value[i], hit[i], sspk[i, u], price[i, u], int(late[i, u]))
    return once and pays


@kernel
def undecided(  # noqa: PLR0913, PLR0917  (a kernel)
    intercept: Floats, last: Floats, earliest: Floats, lead: Floats, left: Ints,
    shots: Ints, value: Floats, hit: Floats, sspk: Floats, price: Floats, late: Ints, rules: Floats,
) -> Codes:  # fmt: skip
    """Return :func:`undecided1` of all pairs, (n, u)."""
    out = np.zeros(intercept.shape, np.int8)
    for i in range(intercept.shape[0]):
        for u in range(intercept.shape[1]):
            out[i, u] = undecided1(
                i, u, intercept, last, earliest, lead, left, shots, value, hit, sspk, price, late,
                rules,
            )  # fmt: skip
    return out


@kernel
def appraise1(  # noqa: PLR0911, PLR0913, PLR0917  (a kernel)
    i: int,
    u: int,
    intercept: Floats,
    launch: Floats,
    last: Floats,
    lead: Floats,
    spacing: Floats,
    sspk: Floats,
    value: Floats,
    price: Floats,
    left: Ints,
    free: Ints,
    shots: Ints,
    spans: Floats,
    held: Ints,
    limits: Floats,
    rules: Floats,
    early: Ints,
    late: Ints,
    keep: Ints,
    curve: Floats,
    earliest: Floats,
    hit: Floats,
    rounds: Ints,
    gain: Floats,
) -> np.int8:
    """Fill in rounds and return of one pair; tell why it can not be had, or BETTER_OPTION."""
    if math.isnan(intercept[i, u]):
        return _OUT_OF_ENVELOPE if last[i, u] == -math.inf else _NO_LAUNCH_WINDOW
    closed = closed1(left[u], free[u], launch[i, u], lead[u] + spacing[u] + rules[READY])
    if closed != _BETTER_OPTION:
        return closed
    wanted, done = int(late[i, u]), intercept[i, u] + rules[LOOK]
    if undecided1(
        i, u, intercept, last, earliest, lead, left, shots, value, hit, sspk, price, late, rules
    ):
        return _UNDECIDED
    if early[i, u] != wanted and another_chance1(i, u, done, last, lead, left, shots):
        wanted = int(early[i, u])
    if wanted <= 0:
        return _SHOT_LIMIT
    number = min(wanted, left[u] - keep[i, u], shots[i])
    if number <= 0 or math.isinf(price[i, u]):
        return _RESERVED  # the doctrine keeps the rounds for what is worth more
    end = intercept[i, u] + spacing[u] * (number - 1)
    if crowded1(u, launch[i, u], intercept[i, u], end, spans, held, limits):
        return _NO_CHANNEL
    rounds[i, u] = number
    gain[i, u] = value[i] * (1.0 - (1.0 - sspk[i, u]) ** number) - price[i, u] * number
    for r in range(left[u] - number, min(left[u], curve.shape[1])):
        gain[i, u] -= curve[u, r]
    return _BETTER_OPTION if gain[i, u] > 0.0 else _LOW_RETURN


@kernel
def best1(code: Codes, gain: Floats, taken: Codes) -> tuple[int, int]:
    """Return the pair of the highest return, (-1, -1) where none is positive."""
    best, at, by = 0.0, -1, -1
    for i in range(len(taken)):
        if taken[i] != 0:
            continue
        for u in range(code.shape[1]):
            if code[i, u] == _BETTER_OPTION and gain[i, u] > best:
                best, at, by = gain[i, u], i, u
    return at, by


@kernel
def take1(  # noqa: PLR0913, PLR0917  (a kernel)
    at: int,
    by: int,
    launch: Floats,
    intercept: Floats,
    earliest: Floats,
    lead: Floats,
    spacing: Floats,
    left: Ints,
    free: Ints,
    spans: Floats,
    held: Ints,
    limits: Floats,
    rules: Floats,
    rounds: Ints,
    taken: Codes,
    code: Codes,
) -> None:
    """Give a pair its rounds and channel; close the unit to the others where that was its last."""
    code[at, by] = _CHOSEN
    taken[at] = 1
    left[by] -= rounds[at, by]
    free[by] -= 1
    end = intercept[at, by] + spacing[by] * (rounds[at, by] - 1)
    hold1(by, launch[at, by], intercept[at, by], end, spans, held, limits)
    earliest[by] = launch[at, by] + spacing[by] * rounds[at, by]
    queue_ends = lead[by] + spacing[by] + rules[READY]
    closed = closed1(left[by], free[by], earliest[by], queue_ends)
    for i in range(len(taken)):
        if taken[i] == 0 and code[i, by] == _BETTER_OPTION:
            code[i, by] = closed


@kernel
def choose(  # noqa: PLR0913, PLR0917  (a kernel: its state in flat arrays)
    paths: Floats, heights: Floats, masks: Longs, steps: Floats, ends: Floats, units: Floats,
    fly_out: Floats, barred: Longs, volumes: Floats, allowed: Codes, intercept: Floats,
    launch: Floats, last: Floats,
    earliest: Floats, lead: Floats, spacing: Floats, sspk: Floats, value: Floats,
    price: Floats, left: Ints, free: Ints, shots: Ints, spans: Floats, held: Ints,
    limits: Floats, rules: Floats, early: Ints, late: Ints, keep: Ints, curve: Floats,
    hit: Floats, rounds: Ints, gain: Floats, code: Codes,
) -> None:  # fmt: skip
    """Mark the pairs to be taken with CHOSEN in ``code``, shape (n, u), the others with why not.

    ``early``, ``late``, ``price``, ``keep`` and ``curve`` are the doctrine's wishes
    (doctrine/base.py). ``hit``, shape (n,): P(it hits an asset) of which that is open, else 1.

    ``earliest``, ``left``, ``free`` and ``spans`` (see :mod:`.guidance`) are used up as units get
    work. Ties go to the first row,
    then to the first unit. A pair is appraised again when it comes up, since what was taken
    meanwhile may have moved its launch or its rounds; so each return that is taken is true.
    """
    n, m = code.shape
    for i in range(n):
        for u in range(m):
            if allowed[i, u] != 0:
                code[i, u] = appraise1(
                    i, u, intercept, launch, last, lead, spacing, sspk, value, price, left,
                    free, shots, spans, held, limits, rules, early, late, keep, curve,
                    earliest, hit, rounds, gain,
                )  # fmt: skip
    taken = np.zeros(n, np.int8)
    while True:
        at, by = best1(code, gain, taken)
        if at < 0:
            return
        best = gain[at, by]
        if launch[at, by] < earliest[by]:
            intercept[at, by], launch[at, by], last[at, by] = solve1(
                paths[at], heights[at], masks[at], steps[at], ends[at], units[by], fly_out[by],
                barred[by], volumes, earliest[by],
            )  # fmt: skip
        code[at, by] = appraise1(
            at, by, intercept, launch, last, lead, spacing, sspk, value, price, left,
            free, shots, spans, held, limits, rules, early, late, keep, curve, earliest,
            hit, rounds, gain,
        )  # fmt: skip
        if code[at, by] == _BETTER_OPTION and gain[at, by] == best:
            take1(
                at, by, launch, intercept, earliest, lead, spacing, left, free, spans, held, limits,
                rules, rounds, taken, code,
            )  # fmt: skip
