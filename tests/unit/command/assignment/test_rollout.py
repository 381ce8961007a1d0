"""The doctrine rollout: against a plain recursion over all hits, closed forms, and its base."""

from itertools import product

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.doctrine.base import NOT_NOW, Chances, Wishes
from tdome.command.assignment.doctrine.check import sample_chances
from tdome.command.assignment.doctrine.rollout import LOOKS, MOST, Rollout, cost1, fire1, roll
from tdome.command.assignment.sample import sample_plan
from tdome.plan.plan import Plan

LEAD, LOOK = 3.0, 4.0


def chances(value, sspk, left, price, windows=(60.0, 60.0)) -> Chances:
    """Threats of these values; ``windows``: latest launch by unit, s; all intercepts at 20 s."""
    value, sspk = np.array(value, float), np.array(sspk, float)
    n, u = sspk.shape
    return Chances(
        value=value,
        spent=np.zeros(n, np.int32),
        shots=np.full(n, 6, np.int32),
        allowed=np.ones((n, u), np.int8),
        sspk=sspk,
        intercept=np.full((n, u), 20.0),
        last=np.tile(np.array(windows[:u], float), (n, 1)),
        lead=np.full(u, LEAD),
        look=LOOK,
        left=np.array(left, np.int32),
        price=np.array(price, float),
    )


def plan_of(salvo: int = 2, last: int = 2) -> Plan:
    return sample_plan(2, doctrine=f"salvo_rounds = {salvo}\nlast_chance_rounds = {last}")


Given = dict[int, tuple[int, int]]
State = tuple[tuple[bool, float, int], ...]  # by threat: alive, clock, shots left


class Tree:
    """The simulation by recursion over whole rounds and all hits and misses."""

    def __init__(self, ch: Chances, late: int) -> None:
        self.ch, self.late = ch, late
        self.n, self.units = ch.sspk.shape
        self.order = sorted(range(self.n), key=lambda i: -ch.value[i])
        self.gain = ch.value[:, None] * ch.sspk - ch.price

    def base(self, i: int, clock: float, shots: int, left: tuple[int, ...]) -> tuple[int, int]:
        """Unit and rounds of the base policy, (-1, 0) for none."""
        last = self.ch.last[i]
        fit = [u for u in np.argsort(-self.gain[i], kind="stable") if self.gain[i, u] > 0.0]
        now = [u for u in fit if left[u] > 0 and (clock == 0 or last[u] >= clock + LEAD)]
        if shots <= 0 or not now:
            return -1, 0
        u, known = now[0], clock + self.ch.intercept[i, now[0]] + LOOK
        again = [v for v in fit if left[v] - (v == u) > 0 and last[v] >= known + LEAD]
        return u, min(1 if again and shots > 1 else self.late, shots, left[u])

    def cost(self, look: int, at: int, state: State, left: tuple[int, ...], given: Given) -> float:
        """J from the threat at place ``at`` of a look on; ``given`` shots are of the first look."""
        if look == LOOKS:
            return sum(
                float(v) for v, (alive, *_) in zip(self.ch.value, state, strict=True) if alive
            )
        if at == self.n:
            return self.cost(look + 1, 0, state, left, {})
        i = self.order[at]
        alive, clock, shots = state[i]
        u, s = given.get(i) or self.base(i, clock, shots, left)
        known = clock + self.ch.intercept[i, u] + LOOK
        if s == 0 and i in given:
            known = self.ch.intercept[i].min() + LOOK
        if not alive or (s == 0 and i not in given):
            return self.cost(look, at + 1, state, left, given)
        rest = tuple(m - s * (v == u) for v, m in enumerate(left))
        miss, total = (1.0 - self.ch.sspk[i, u]) ** s, s * float(self.ch.price[u])
        for lives, p in ((True, miss), (False, 1.0 - miss)):
            turned = (*state[:i], (lives, known, shots - s), *state[i + 1 :])
            total += p * self.cost(look, at + 1, turned, rest, given) if p > 0.0 else 0.0
        return total

    def rated(self, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Best rounds and J_0 - J_s of each pair, one threat after the other."""
        number, better = np.zeros((self.n, self.units), int), np.zeros((self.n, self.units))
        given: Given = {}
        fresh = tuple((True, 0.0, int(shots)) for shots in self.ch.shots)
        free = [int(m) for m in self.ch.left]
        for i in self.order:
            none = self.cost(0, 0, fresh, tuple(map(int, self.ch.left)), given | {i: (-1, 0)})
            for u in np.flatnonzero(self.gain[i] > 0.0):
                for s in range(1, min(most, free[u]) + 1):
                    mine = given | {i: (int(u), s)}
                    gain = none - self.cost(0, 0, fresh, tuple(map(int, self.ch.left)), mine)
                    if gain <= better[i, u] + 1e-12:
                        break
                    number[i, u], better[i, u] = s, gain
            u = int(np.argmax(better[i]))
            given[i] = (u, int(number[i, u]))
            free[u] -= given[i][1]
        return number, better


def asked(said: Wishes, ch: Chances) -> np.ndarray:
    """What the assigner takes for the return of each pair; 0 where it is held back or empty."""
    saves = ch.value[:, None] * (1.0 - (1.0 - ch.sspk) ** said.late)
    gain = np.maximum(saves - said.price * said.late, 0.0)
    return np.where(np.isinf(said.price) | (ch.left == 0), 0.0, gain)


@pytest.mark.parametrize("salvo", [1, 2, 3])
@pytest.mark.parametrize("late", [1, 2])
def test_ample_rounds_are_rated_as_by_complete_enumeration(salvo: int, late: int) -> None:
    """Nothing is shared where magazines are ample: the fluid is the exact mean."""
    spread = np.random.default_rng(5)
    for windows in ((10.0, 60.0), (60.0, 30.0), (5.0, 5.0)):
        ch = chances([2.0, 1.0], spread.uniform(0.2, 0.9, (2, 2)), [40, 40], [0.05, 0.12], windows)
        said = Rollout(plan_of(salvo, late)).wishes(ch)
        number, better = Tree(ch, late).rated(salvo)
        assert (said.late == np.maximum(number, 1)).all()
        assert asked(said, ch) == pytest.approx(better, abs=1e-12)


def test_sure_and_useless_rounds_are_rated_as_by_complete_enumeration() -> None:
    """With SSPK 0 or 1 the fluid has whole rounds, few as they may be."""
    seen = set()
    for code in product((0.0, 1.0), repeat=4):
        for left in ((1, 0), (1, 1), (2, 1), (0, 2)):
            ch = chances([2.0, 1.0], np.reshape(code, (2, 2)), left, [0.1, 0.05], (60.0, 10.0))
            said = Rollout(plan_of()).wishes(ch)
            number, better = Tree(ch, 2).rated(2)
            assert (said.late == np.maximum(number, 1)).all()
            assert asked(said, ch) == pytest.approx(better, abs=1e-12)
            seen.add(tuple(number.ravel()))
    assert len(seen) > 4


@pytest.mark.parametrize("cost", [0.02, 0.2, 0.4])
def test_at_the_last_chance_it_is_the_best_salvo_for_its_price(cost: float) -> None:
    ch = chances([1.0], [[0.6]], [9], [cost], (5.0,))
    said = Rollout(plan_of(4)).wishes(ch)
    s = np.arange(5)
    best = int(np.argmax(1.0 - 0.4**s - cost * s))
    assert said.late[0, 0] == best
    assert said.price[0, 0] == pytest.approx(cost)


def test_the_last_round_is_kept_for_the_dear() -> None:
    """One round: the dear gets it, and the cheap may not; two rounds: the second one is shared.

    With two the dear one fires now, SSPK 0.7, and needs the other with 0.3; if the cheap one takes
    it all, 0.3 x 10 x 0.7 is lost, and its return is less.
    """
    few = Rollout(plan_of(1, 1)).wishes(chances([1.0, 10.0], [[0.7], [0.7]], [1], [0.01]))
    assert few.price[0, 0] == NOT_NOW
    assert np.isfinite(few.price[1, 0])
    two = Rollout(plan_of(1, 1)).wishes(chances([1.0, 10.0], [[0.7], [0.7]], [2], [0.01]))
    assert two.price[0, 0] == NOT_NOW
    many = Rollout(plan_of(1, 1)).wishes(chances([1.0, 10.0], [[0.7], [0.7]], [9], [0.01]))
    assert np.isfinite(many.price).all()


def test_reserve_prices_hold_rounds_for_what_is_not_shown() -> None:
    ch = chances([1.0], [[0.6, 0.6]], [1, 1], [0.01, 0.01], (5.0, 5.0))
    free = Rollout(plan_of()).wishes(ch)
    assert np.isfinite(free.price).all()
    plan = plan_of()
    told = msgspec.structs.replace(plan.file.doctrine, reserve_prices={"unit-0": [5.0]})
    plan = msgspec.structs.replace(plan, file=msgspec.structs.replace(plan.file, doctrine=told))
    held = Rollout(plan).wishes(ch)
    assert asked(held, ch)[0, 0] == 0.0
    assert asked(held, ch)[0, 1] > 0.0


def test_equal_values_in_another_order_get_the_same() -> None:
    ch = sample_chances(30)._replace(value=np.full(30, 2.0), left=np.full(6, 5, np.int32))
    said = Rollout(sample_plan(6)).wishes(ch)
    rows = np.random.default_rng(1).permutation(30)
    names = ("value", "spent", "shots", "allowed", "sspk", "intercept", "last")
    turned = ch._replace(**{name: getattr(ch, name)[rows] for name in names})
    again = Rollout(sample_plan(6)).wishes(turned)
    assert np.array_equal(again.price, said.price[rows])
    assert np.array_equal(again.early, said.early[rows])


def test_beyond_the_most_the_cheapest_go_by_the_base() -> None:
    ch = sample_chances(MOST + 20)
    said = Rollout(sample_plan(6)).wishes(ch)
    cheap = np.argsort(-ch.value)[MOST:]
    assert (said.early[cheap] == 1).all()
    assert (said.late[cheap] == 2).all()
    assert np.array_equal(said.price[cheap], np.tile(ch.price, (20, 1)))


@pytest.mark.parametrize("turn", range(6))
def test_its_choices_cost_no_more_than_the_base_in_its_own_simulation(turn: int) -> None:
    """The policy improvement property, one threat after the other."""
    ch = sample_chances(25, turn)
    ch = ch._replace(left=np.array([3, 2, 5, 9, 4, 2], np.int32))
    order = np.argsort(-ch.value)
    sspk, value = ch.sspk[order], ch.value[order]
    gain = np.where(np.isfinite(ch.intercept[order]), value[:, None] * sspk - ch.price, -np.inf)
    rank = np.argsort(-gain, axis=1, kind="stable").astype(np.int64)
    many = (gain > 0.0).sum(axis=1, dtype=np.int64)
    space = (ch.intercept[order], ch.last[order])
    number, better = np.zeros(sspk.shape, np.int64), np.zeros(sspk.shape)
    shots, left = ch.shots[order].astype(np.int64), ch.left.astype(float)
    goods = (shots, ch.lead, LOOK, left, ch.price, rank, many)
    roll(value, sspk, *space, *goods, 2, 2, number, better)

    def fresh() -> tuple[np.ndarray, ...]:
        return np.zeros(len(value)), np.ones(len(value)), shots.copy(), left.copy()

    rest = (value, sspk, *space, ch.lead, LOOK, ch.price, rank, many, 2)
    base = cost1(0, *rest, *fresh())
    state, mine = fresh(), 0.0
    for i in np.flatnonzero(many):
        u = int(np.argmax(better[i]))
        if number[i, u] == 0:
            state[0][i] = space[0][i, rank[i, : many[i]]].min() + LOOK
        else:
            mine += fire1(i, u, number[i, u], sspk, space[0], LOOK, ch.price, *state)
    assert mine + cost1(len(value), *rest, *state) <= base + 1e-9
