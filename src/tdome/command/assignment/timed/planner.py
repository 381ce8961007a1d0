"""From a problem to a plan: greedy at once, better while steps last, near the last plan.

`plan` is a pure function: its budget is a number of passes and steps, so the same problem gives the
same plan on any machine. The plan is never worth less than that of the plain greedy rule, which is
made first and kept if the rest finds nothing better.
"""

from math import prod
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.timed.board import ROOM, SHUT, open_board, place1
from tdome.command.assignment.timed.filling import fill
from tdome.command.assignment.timed.groping import STEP, grope
from tdome.command.assignment.timed.problem import (
    AT,
    FIRST,
    KEPT,
    LAST,
    MOST_SHOTS,
    READY,
    RELOAD_AT,
    ROUNDS,
    UNIT,
    Plan,
    Problem,
    Shorts,
)
from tdome.command.assignment.timed.search import improve
from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints, Longs

_WARM_SHARE = 0.3  # first groping step of a warm start, as a share of a cold one's


class Effort(NamedTuple):
    """How much is done: groping passes, steps of ruin and recreate. (0, 0) is plain greedy."""

    passes: int = 24
    steps: int = 250


FIRST_PLAN, USUAL = Effort(0, 0), Effort()


@kernel
def by_units(unit: Ints, many: int) -> tuple[Longs, Ints]:
    """Return start (many + 1,) and the pairs of each unit, in order."""
    start, order = np.zeros(many + 1, np.int64), np.empty(len(unit), np.int32)
    for k in range(len(unit)):
        start[unit[k] + 1] += 1
    for b in range(many):
        start[b + 1] += start[b]
    at = start[:-1].copy()
    for k in range(len(unit)):
        order[at[unit[k]]] = k
        at[unit[k]] += 1
    return start, order


@kernel
def worth_of(  # noqa: PLR0913, PLR0917  (a kernel)
    value: Floats, rest: Floats, unit: Ints, kept: Ints, have: Ints, price: Floats, stay: float
) -> float:
    """Return what a plan is worth (see `problem`)."""
    total = 0.0
    for j in range(len(value)):
        total += value[j] - rest[j]
    for k in range(len(have)):
        if have[k] > 0:
            total += stay * min(have[k], kept[k]) - have[k] * price[unit[k]]
    return total


@kernel
def replay(  # noqa: PLR0913, PLR0917  (a kernel)
    wanted: Ints, limit: Ints, pairs: Ints, kill: Floats, busy: Shorts, units: Ints, board: Ints,
    left: Ints, shots: Ints, count: Ints, rest: Floats, have: Ints,
) -> None:  # fmt: skip
    """Place shots ``wanted`` (m, 3), threat, pair, slot, that still fit."""
    for i in range(len(wanted)):
        j, k, t = wanted[i, 0], wanted[i, 1], wanted[i, 2]
        b = pairs[k, UNIT]
        if t < max(pairs[k, FIRST], units[b, READY]) or t > pairs[k, LAST]:
            continue
        held = busy[pairs[k, AT] + t - pairs[k, FIRST]]
        rounds = left[b, 1] if t >= units[b, RELOAD_AT] else min(left[b, 0], left[b, 1])
        fits = held > 0 and board[b, ROOM, t] >= held and board[b, SHUT, t] == 0
        if fits and rounds > 0 and count[j] < limit[j]:
            place1(j, k, t, pairs, kill, busy, units, board, left, shots, count, rest, have)


class Desk:
    """Room to work in: everything the kernels write. Whoever plans often keeps one.

    New memory costs as much as a first plan does. What is planned does not depend on what lay here
    before; two threads need two desks.
    """

    def __init__(self) -> None:
        self._rooms: dict[str, NDArray[Any]] = {}

    def _room(self, name: str, shape: tuple[int, ...], kind: type = np.int32) -> NDArray[Any]:
        """Return an array of a shape, in memory of its own that is only ever enlarged."""
        size = prod(shape)
        flat = self._rooms.get(name)
        if flat is None or flat.size < size:
            flat = self._rooms[name] = np.empty(size + size // 4, kind)
        return flat[:size].reshape(shape)

    def take(self, problem: Problem) -> None:
        """Make room for a problem; no shots yet."""
        self.problem = p = problem
        n, many, units = len(p.value), len(p.kill), len(p.units)
        self.unit, self.kept = self._room("unit", (many,)), self._room("kept", (many,))
        self.unit[:], self.kept[:] = p.pairs[:, UNIT], p.pairs[:, KEPT]
        self.limit = np.minimum(p.shots, MOST_SHOTS).astype(np.int32)
        self.board = self._room("board", (units, 4, p.width + 1))
        self.left = self._room("left", (units, 2))
        self.shots = self._room("shots", (n, 2, MOST_SHOTS))
        self.count, self.rest = self._room("count", (n,)), self._room("rest", (n,), np.float64)
        self.have, self.failed = self._room("have", (many,)), self._room("failed", (many,))
        self.failed[:], self.mark = 0, 0
        size = 2 * max(1, 1 << max(n - 1, 0).bit_length())
        self.key, self.who = self._room("key", (size,), np.float64), self._room("who", (size,))
        rounds = int(np.maximum(p.units[:, ROUNDS : ROUNDS + 2], 0).sum())
        self.log = self._room("log", (min(rounds, int(self.limit.sum())) + 1, 3))
        self.rows, self.at = np.arange(n, dtype=np.int32), self._room("at", (n,))
        self.first, self.end = self._room("first", (n,)), self._room("end", (n,))
        self.first[:] = p.start[:-1]
        self.items = self._room("items", (many,))
        self.clear()

    def clear(self) -> None:
        """Take all shots back."""
        p = self.problem
        open_board(p.units, p.flying, self.board, self.left)
        self.count[:], self.have[:], self.rest[:] = 0, 0, p.value

    @property
    def _plan(self) -> tuple[Ints, Ints, Ints, Ints, Floats, Ints]:
        return self.board, self.left, self.shots, self.count, self.rest, self.have

    def fill(self, guide: Floats | None = None) -> None:
        """Add shots by the greedy rule, at prices raised by ``guide``."""
        p = self.problem
        self.mark += 1
        cost = p.price if guide is None else p.price + guide
        self.end[:], self.items[:] = p.start[1:], np.arange(len(self.items))
        fill(
            self.rows, len(self.rows), self.first, self.end, self.items, self.at, self.failed,
            self.mark, cost, p.stay, 0.0, self.unit, self.kept, p.pairs, p.kill, p.busy,
            self.limit, p.units, *self._plan, self.key, self.who, self.log, 0,
        )  # fmt: skip

    def replay(self, wanted: Ints) -> None:
        """Place shots that still fit."""
        p = self.problem
        replay(wanted, self.limit, p.pairs, p.kill, p.busy, p.units, *self._plan)

    def improve(self, steps: int, guide: Floats) -> None:
        """Ruin and recreate."""
        p = self.problem
        of = np.repeat(self.rows, np.diff(p.start))
        by_start, by_unit = by_units(self.unit, len(p.units))
        improve(
            steps, p.slots, guide, p.value, p.price, p.stay, p.start, self.unit, self.kept, of,
            by_start, by_unit, p.pairs, p.kill, p.busy, self.limit, p.units, *self._plan,
            self.key, self.who, self.failed, self.mark, self.log,
        )  # fmt: skip
        self.mark += steps

    def worth(self) -> float:
        """Return what the plan is worth."""
        p = self.problem
        return worth_of(p.value, self.rest, self.unit, self.kept, self.have, p.price, p.stay)

    def told(self) -> Ints:
        """Return the shots (m, 3): threat, pair, slot, in the order of threats, pairs, slots."""
        threat = np.repeat(self.rows, self.count)
        taken = np.arange(MOST_SHOTS) < self.count[:, None]
        pair, slot = self.shots[:, 0][taken], self.shots[:, 1][taken]
        order = np.lexsort((slot, pair))  # pairs are in the order of threats
        return np.column_stack([threat, pair, slot])[order]


def plan(
    problem: Problem, effort: Effort = USUAL, *, last: Ints | None = None,
    guide: Floats | None = None, desk: Desk | None = None,
) -> Plan:  # fmt: skip
    """Plan the shots of a problem.

    Parameters
    ----------
    effort : how much is done; more is never worse.
    last : shots (m, 3) of the last plan in this problem's rows (threat, pair, slot; see `carry`):
        a warm start.
    guide : (u,) prices of the last plan.
    desk : room to work in.
    """
    desk = Desk() if desk is None else desk
    desk.take(problem)
    price = np.zeros(len(problem.units)) if guide is None else guide.copy()
    if len(problem.kill) == 0:
        return _finished(desk, price)
    desk.fill()
    if effort == FIRST_PLAN and last is None:
        return _finished(desk, price)
    plain, worth = desk.told(), desk.worth()
    step = STEP * float(problem.value.mean())
    grope(
        effort.passes, step if guide is None else step * _WARM_SHARE, problem.value, desk.limit,
        problem.start, desk.unit, problem.kill, problem.units, problem.price, price,
    )  # fmt: skip
    desk.clear()
    if last is not None:
        desk.replay(last)
    desk.fill(price)
    desk.fill()
    if desk.worth() < worth:
        desk.clear()
        desk.replay(plain)
    if effort.steps > 0:
        desk.improve(effort.steps, 0.5 * price)
    return _finished(desk, price)


def _finished(desk: Desk, guide: Floats) -> Plan:
    shots = desk.told()
    pair = shots[:, 1]
    return Plan(
        threat=shots[:, 0], pair=pair, unit=desk.unit[pair], slot=shots[:, 2],
        worth=desk.worth(), guide=guide,
    )  # fmt: skip


def carry(problem: Problem, threat: Ints, unit: Ints, slot: Ints) -> tuple[Problem, Ints]:
    """Tell a problem what the last plan had: its KEPT column, and the shots (m, 3) that it knows.

    ``threat`` (m,): rows of this problem, -1 where the threat is gone; ``unit``; ``slot`` counted
    from this problem's start. Shots at slots or of pairs that are no more are left out of the
    second, and those of pairs that are no more also of KEPT.
    """
    units = len(problem.units)
    keys = np.repeat(np.arange(len(problem.value)), np.diff(problem.start)) * units
    keys += problem.pairs[:, UNIT]
    wanted = threat.astype(np.int64) * units + unit
    place = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    known = (threat >= 0) & (keys[place] == wanted if len(keys) else np.zeros(len(unit), np.bool_))
    pairs = problem.pairs.copy()
    pairs[:, KEPT] = np.bincount(place[known], minlength=len(pairs))
    ahead = known & (slot >= 0)
    shots = np.column_stack([threat[ahead], place[ahead], slot[ahead]]).astype(np.int32)
    return msgspec.structs.replace(problem, pairs=pairs), shots
