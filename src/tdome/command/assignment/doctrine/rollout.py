"""Rollout: each number of rounds now is rated by what shoot-look-shoot then does for all threats.

Bertsekas, Tsitsiklis and Wu 1997, "Rollout algorithms for combinatorial optimization", Journal of
Heuristics 3; one threat after the other, those before it as they chose, those after it by the base
policy: Bertsekas 2021, "Multiagent reinforcement learning: rollout and policy iteration", IEEE/CAA
Journal of Automatica Sinica 8(2).
"""

import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.doctrine.base import NOT_NOW, Chances, Wishes, plain
from tdome.command.assignment.doctrine.by_price import curve_of, now_price
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats
from tdome.plan.plan import Plan

Counts = NDArray[np.int64]
Places = NDArray[np.intp]

LOOKS = 4  # this one and those that are simulated after it
MOST = 64  # threats that are simulated, the dearest; the others go by the base policy


class Rollout:
    """The rounds, 0 to ``salvo_rounds``, after which shoot-look-shoot loses least, for each pair.

    The threats are taken by value, the dearest first. For a threat each unit and number of rounds
    now, and none, is followed by a simulation over LOOKS looks of all threats shown, on what is
    left in the magazines that they share: the base policy fires, at each look, the dearest threat
    first, one round of the unit with the greatest return (sspk value - price) that can still launch
    in time; at its last chance ``last_chance_rounds``. J, the value that is then still expected to
    leak and the price of all rounds, tells them apart. A pair asks for the number s with the least
    J_s, at the price that makes the assigner's return of it J_0 - J_s; NOT_NOW where J_0 is no
    more. So what a round costs here is what it would have done elsewhere or later.

    The simulation is of expectations (a fluid): threats have a probability to be alive, and use
    that share of a round. Where no magazine runs dry it is the exact mean over all hits and misses;
    where one does it is too hopeful (Jensen). It needs no luck, and no noise chooses among actions.

    Assumptions: kill assessment does not err; a threat left alone now has its next chance when a
    miss of the soonest shot would be known; a later shot flies no less long than the earliest one.
    Limits: channels, launch spacing and threats that are not shown yet are not looked at
    (``reserve_prices`` may say what rounds are worth to those). Beyond MOST threats the others get
    the base policy's wishes.
    """

    def __init__(self, plan: Plan) -> None:
        self.most, self.last = plan.doctrine.salvo_rounds, plan.doctrine.last_chance_rounds
        self.curve = curve_of(plan)

    def wishes(self, chances: Chances) -> Wishes:
        """Return the best number for each pair, at the price of what it takes from the rest."""
        price = chances.price + now_price(self.curve, chances.left)
        said = plain(chances, 1, self.last)
        said.price[:] = price
        rows = by_value(chances)[:MOST]
        if len(rows) == 0:
            return said
        sspk = np.nan_to_num(chances.sspk[rows])
        value = chances.value[rows]
        able = (chances.allowed[rows] > 0) & np.isfinite(chances.intercept[rows]) & (sspk > 0.0)
        able &= (chances.left > 0) & (chances.shots[rows, None] > 0)
        gain = np.where(able, value[:, None] * sspk - price, -np.inf)
        rank = np.argsort(-gain, axis=1, kind="stable").astype(np.int64)
        many = (gain > 0.0).sum(axis=1, dtype=np.int64)
        number = np.zeros(sspk.shape, np.int64)
        better = np.zeros(sspk.shape)
        roll(
            value, sspk, chances.intercept[rows], chances.last[rows],
            chances.shots[rows].astype(np.int64), chances.lead, chances.look,
            chances.left.astype(np.float64), price, rank, many, self.most, self.last,
            number, better,
        )  # fmt: skip
        wanted = np.maximum(number, 1)
        saves = value[:, None] * (1.0 - (1.0 - sspk) ** wanted)
        asked = np.maximum((saves - better) / wanted, 0.0)
        said.early[rows] = said.late[rows] = wanted.astype(np.int32)
        # Where no return is positive anyhow, the assigner shall say so.
        said.price[rows] = np.where(better > 0.0, asked, np.where(gain > 0.0, NOT_NOW, price))
        return said


def by_value(chances: Chances) -> Places:
    """Return the rows of the threats, the dearest first; ties by all else that is seen of them."""
    whole = np.column_stack([chances.spent, chances.shots, chances.allowed]).astype(np.float64)
    seen = np.column_stack([whole, chances.sspk, chances.intercept, chances.last])
    return np.lexsort((*np.nan_to_num(seen, nan=-1.0, neginf=-1.0).T, -chances.value))


@kernel_bare
def fire1(  # noqa: PLR0913, PLR0917  (a kernel)
    i: int,
    u: int,
    number: int,
    sspk: Floats,
    intercept: Floats,
    look: float,
    price: Floats,
    clock: Floats,
    alive: Floats,
    shots: Counts,
    left: Floats,
) -> float:
    """Fire ``number`` rounds of u at threat i, as far as they go; return their price.

    ``clock`` (n,) is set to when a miss is known, s.
    """
    used = min(alive[i] * number, left[u])
    left[u] -= used
    alive[i] -= used / number * (1.0 - (1.0 - sspk[i, u]) ** number)
    shots[i] -= number
    # At the first look clock is 0, and this is the earliest intercept itself.
    clock[i] += intercept[i, u] + look
    return float(used * price[u])


@kernel_bare
def base1(  # noqa: PLR0913, PLR0917  (a kernel)
    i: int,
    sspk: Floats,
    intercept: Floats,
    last: Floats,
    lead: Floats,
    look: float,
    price: Floats,
    rank: Counts,
    many: Counts,
    late: int,
    clock: Floats,
    alive: Floats,
    shots: Counts,
    left: Floats,
) -> float:
    """Let the base policy fire at threat i at its clock; return the price of the rounds.

    ``rank`` (n, u): units by return, the first ``many`` (n,) of a positive one.
    """
    if shots[i] <= 0 or alive[i] <= 0.0:
        return 0.0
    by = -1
    for place in range(many[i]):
        u = rank[i, place]
        if left[u] > 0.0 and (clock[i] == 0.0 or last[i, u] >= clock[i] + lead[u]):
            by = u
            break
    if by < 0:
        shots[i] = 0  # nor later: windows only close
        return 0.0
    known = clock[i] + intercept[i, by] + look
    number = late
    if shots[i] > 1:
        for place in range(many[i]):
            u = rank[i, place]
            spare = left[u] - alive[i] if u == by else left[u]
            if spare > 0.0 and last[i, u] >= known + lead[u]:
                number = 1
                break
    number = min(number, shots[i])
    while number > 1 and left[by] < alive[i] * number:
        number -= 1
    return fire1(i, by, number, sspk, intercept, look, price, clock, alive, shots, left)


@kernel_bare
def cost1(  # noqa: PLR0913, PLR0917  (a kernel)
    first: int,
    value: Floats,
    sspk: Floats,
    intercept: Floats,
    last: Floats,
    lead: Floats,
    look: float,
    price: Floats,
    rank: Counts,
    many: Counts,
    late: int,
    clock: Floats,
    alive: Floats,
    shots: Counts,
    left: Floats,
) -> float:
    """Return J from here on; the first look of threats before ``first`` is over. All is used up."""
    cost = 0.0
    for turn in range(LOOKS):
        for i in range(first if turn == 0 else 0, len(value)):
            cost += base1(
                i, sspk, intercept, last, lead, look, price, rank, many, late, clock, alive, shots,
                left,
            )  # fmt: skip
    for i in range(len(value)):
        cost += alive[i] * value[i]
    return cost


@kernel_bare
def rate1(  # noqa: PLR0913, PLR0917  (a kernel)
    i: int,
    u: int,
    number: int,
    soonest: float,
    value: Floats,
    sspk: Floats,
    intercept: Floats,
    last: Floats,
    lead: Floats,
    look: float,
    price: Floats,
    rank: Counts,
    many: Counts,
    late: int,
    clock: Floats,
    alive: Floats,
    shots: Counts,
    left: Floats,
) -> float:
    """Return J if threat i gets ``number`` rounds of u now, 0: it is left alone until ``soonest``.

    The threats before i have fired, those after it fire by the base policy; all is used up.
    """
    cost = 0.0
    if number == 0:
        clock[i] = soonest
    else:
        cost = fire1(i, u, number, sspk, intercept, look, price, clock, alive, shots, left)
    return cost + cost1(
        i + 1, value, sspk, intercept, last, lead, look, price, rank, many, late, clock, alive,
        shots, left,
    )  # fmt: skip


@kernel
def roll(  # noqa: PLR0913, PLR0917  (a kernel)
    value: Floats,
    sspk: Floats,
    intercept: Floats,
    last: Floats,
    shots: Counts,
    lead: Floats,
    look: float,
    left: Floats,
    price: Floats,
    rank: Counts,
    many: Counts,
    most: int,
    late: int,
    number: Counts,
    better: Floats,
) -> None:
    """Fill ``number`` (n, u) with the best rounds of each pair and ``better`` with J_0 - J_s.

    More rounds are tried while each of them helps.
    """
    n = len(value)
    clock, alive, rounds, more = np.zeros(n), np.ones(n), left.copy(), shots.copy()
    c, a, b, m = np.empty(n), np.empty(n), np.empty(len(left)), np.empty(n, np.int64)
    for i in range(n):
        if many[i] == 0:
            continue
        soonest, nothing = np.inf, 0.0
        for place in range(many[i]):
            soonest = min(soonest, intercept[i, rank[i, place]] + look)
        chosen = -1
        for place in range(-1, many[i]):
            u = rank[i, max(place, 0)]
            first = 0 if place < 0 else 1
            top = 0 if place < 0 else min(most, shots[i], int(rounds[u]))
            for s in range(first, top + 1):
                c[:], a[:], b[:], m[:] = clock, alive, rounds, more
                cost = rate1(
                    i, u, s, soonest, value, sspk, intercept, last, lead, look, price, rank, many,
                    late, c, a, m, b,
                )  # fmt: skip
                if s == 0:
                    nothing = cost
                elif nothing - cost > better[i, u]:
                    number[i, u], better[i, u] = s, nothing - cost
                else:
                    break
            if place >= 0 and better[i, u] > (better[i, chosen] if chosen >= 0 else 0.0):
                chosen = u
        if chosen < 0:
            clock[i] = soonest
        else:
            s = number[i, chosen]
            fire1(i, chosen, s, sspk, intercept, look, price, clock, alive, more, rounds)
