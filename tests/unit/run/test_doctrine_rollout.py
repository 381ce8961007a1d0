"""The benchmark's rollout: its candidates, single decisions, and never below its base."""

from dataclasses import replace

import numpy as np
import pytest

from tdome.kernel.random import Streams
from tdome.run.doctrine import rules
from tdome.run.doctrine.bench import DEFAULT, bettered, default_policy, rollout_policy
from tdome.run.doctrine.exact import solve_exactly
from tdome.run.doctrine.families import instances
from tdome.run.doctrine.play import BROKEN, LEAK, NO_KEY, SHOTS, play, policy
from tdome.run.doctrine.rollout.candidates import TILTS, candidates
from tdome.run.doctrine.rollout.improve import improve, winner
from tdome.run.doctrine.summary import bettered as over_default

ALL = {it.name: it for it in instances()}
KEY = Streams(5)("test", "rollout").key


def luck(name: str):
    return Streams(11)("test", name)


def one_price(price: float, looks: int, values: np.ndarray) -> tuple[np.ndarray, ...]:
    """A book of one vector: a price of one layer, and R where no round is worth it."""
    rest = np.tile(values[None, :, None, None], (1, 1, looks + 1, 1))
    return np.array([[price]]), np.zeros(1), rest


def decision(pk: np.ndarray, price: float, left: int, shots: list[int]) -> np.ndarray:
    """What a rollout makes of these shots at the first look of the last wave."""
    values, out = np.array([1.0, 4.0]), np.array(shots)
    layer, own = np.zeros(len(pk), np.int64), np.array([left])
    improve(
        KEY, 16, 0, 0, layer, pk, values, 2, np.zeros(2), own, np.zeros(1, np.int64),
        np.array([100]), 0.0, *one_price(price, len(pk), values), np.array([0, 0, 1, 1]),
        np.ones(4), out,
    )  # fmt: skip
    return out


def test_rounds_that_surely_hit_are_added_where_the_base_is_too_thrifty() -> None:
    """At the last look a base that fires nothing is bettered by one at the dearer class.

    At a price of 5 by half of it, too: then both threats of value 4 are worth a round.
    """
    assert decision(np.ones((1, 2)), 20.0, 3, [0, 0, 0, 0]).tolist() == [0, 0, 1, 0]
    assert decision(np.ones((1, 2)), 5.0, 3, [0, 0, 0, 0]).tolist() == [0, 0, 1, 1]


def test_what_can_not_be_bettered_stays() -> None:
    assert decision(np.ones((1, 2)), 0.0, 4, [1, 1, 1, 1]).tolist() == [1, 1, 1, 1]
    assert decision(np.zeros((1, 2)), 9.0, 4, [0, 1, 0, 0]).tolist() == [0, 1, 0, 0]
    assert decision(np.ones((1, 2)), 9.0, 0, [0, 0, 0, 0]).tolist() == [0, 0, 0, 0]


def test_candidates_keep_the_rules_and_come_once() -> None:
    it = ALL["channels-1"]
    best, _ = default_policy(it, 2)
    cls, belief = np.array([0, 0, 0, 1, 1, 2, 2]), np.ones(7)
    for budget in (1, 3, 14):
        shots = np.array([0, 0, 0, 0, 0, 1, 0])
        tried = candidates(
            0, 0, best.prices[3], best.kappa[3], best.rest[3], it.pk, 3, it.salvo, np.zeros(2),
            it.rounds.astype(float), cls, belief, budget, shots,
        )  # fmt: skip
        assert np.array_equal(tried[0], shots)
        assert len({tuple(row) for row in tried}) == len(tried) <= 1 + len(TILTS) + 6
        assert (tried.sum(axis=1) <= budget).all()
        assert tried.min() >= 0
        assert tried.max() <= it.salvo
        assert [0] * 7 in tried.tolist()  # one less


def test_a_finalist_has_to_be_better_than_by_luck() -> None:
    chance = np.random.default_rng(2)
    base = chance.normal(size=200)
    noise = base + chance.normal(size=200)
    less, sure = noise - 0.1, noise - 1.0
    assert winner(np.array([base, less]), 200, np.array([0, 1])) == 0
    assert winner(np.array([base, less, sure]), 200, np.array([0, 1, 2])) == 2
    assert winner(np.array([base, base]), 200, np.array([0, 1])) == 0


@pytest.mark.parametrize("name", ["small-3", "small-11", "small-15"])
def test_no_worse_than_its_base_and_no_better_than_exact(name: str) -> None:
    it, runs = ALL[name], 400
    best, _ = default_policy(it, 15)
    base = play(it, best, luck(name), 0, runs)[:, LEAK]
    out = play(it, rollout_policy(it, best), luck(name), 0, runs)
    plan = policy(it, "exact", rules.EXACT, plan=solve_exactly(it).plan)
    exact = play(it, plan, luck(name), 0, runs)[:, LEAK]
    for more, sign in ((out[:, LEAK] - base, 1.0), (exact - out[:, LEAK], 1.0)):
        assert sign * more.mean() <= 4.0 * more.std() / np.sqrt(runs) + 1e-12
    assert not out[:, BROKEN].any()


def test_it_betters_a_base_that_knows_no_channels() -> None:
    """The book prices rounds but not a look's channels: the simulation sees them."""
    it = ALL["channels-1"]
    best, _ = default_policy(it, 15)
    base = play(it, best, luck("channels"), 0, 100)[:, LEAK]
    found = bettered(it, best, luck("channels"), np.column_stack([base] * 5), base, base.mean())
    assert found.above < 0.0
    assert found.runs == 25
    assert over_default([]) is None


def test_a_run_depends_on_nothing_but_its_path_and_simulates_only_if_asked() -> None:
    it = ALL["unsure-1"]
    best, _ = default_policy(it, 2)
    one = rollout_policy(it, best)
    out = play(it, one, luck("unsure"), 0, 3)
    assert np.array_equal(play(it, one, luck("unsure"), 1, 2), out[1:])
    assert (out[:, SHOTS] <= it.rounds.sum()).all()
    assert not out[:, BROKEN].any()
    assert best.name == DEFAULT
    assert best.key is NO_KEY
    plain = replace(one, simulations=0)
    base = play(it, best, luck("unsure"), 0, 3)
    assert np.array_equal(play(it, plain, luck("unsure"), 0, 3), base)
