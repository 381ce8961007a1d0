"""Firing doctrines: their rules on chances made by hand, in the assigner, and the public check."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.check import check_assigner
from tdome.command.assignment.doctrine.base import NOT_NOW, Chances, Wishes, plain
from tdome.command.assignment.doctrine.by_price import Lookahead, ReservePrices
from tdome.command.assignment.doctrine.by_rule import LayeredThrift
from tdome.command.assignment.doctrine.check import check_doctrine, sample_chances
from tdome.command.assignment.doctrine.named import OURS, doctrine_of
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.kernel.errors import ConfigError
from tdome.messages.codes import Reason
from tdome.plan.plan import Plan

CURVES = "reserve_prices = {unit-0 = [3.0, 2.0, 1.0], gun = [0.5], terminal = [9.0]}"


def with_doctrine(plan: Plan, **settings: object) -> Plan:
    file = plan.file
    doctrine = msgspec.structs.replace(file.doctrine, **settings)
    return msgspec.structs.replace(plan, file=msgspec.structs.replace(file, doctrine=doctrine))


def chances(**columns: object) -> Chances:
    """One threat of value 1; unit 0 now, unit 1 later and cheaper; one miss is known in time."""
    usual = {
        "value": np.ones(1),
        "spent": np.zeros(1, np.int32),
        "shots": np.full(1, 6, np.int32),
        "allowed": np.ones((1, 2), np.int8),
        "sspk": np.array([[0.7, 0.7]]),
        "intercept": np.array([[30.0, 50.0]]),
        "last": np.array([[10.0, 60.0]]),
        "lead": np.array([3.0, 3.0]),
        "look": 4.0,
        "left": np.array([4, 4], np.int32),
        "price": np.array([0.4, 0.1]),
    }
    return Chances(**{**usual, **columns})


@pytest.mark.parametrize("name", OURS)
def test_ours_keep_the_promises(name: str) -> None:
    check_doctrine(OURS[name])
    check_doctrine(OURS[name], sample_plan(doctrine=CURVES.replace("terminal", "unit-2")))


@pytest.mark.parametrize("name", OURS)
def test_the_assigner_keeps_its_promises_under_each(name: str) -> None:
    check_assigner(lambda plan: GreedyAssigner(with_doctrine(plan, firing=name)))


def test_a_name_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="shoot-look-shoot"):
        doctrine_of(sample_plan(doctrine='firing = "shot-look-shoot"'))
    with pytest.raises(ConfigError, match="'gun'"):
        doctrine_of(
            sample_plan(doctrine='firing = "reserve-prices"\nreserve_prices = {gunn = [1.0]}')
        )


def chosen_rounds(plan: Plan, size: int = 24) -> tuple[np.ndarray, np.ndarray]:
    said = GreedyAssigner(plan).assign(
        *sample_raid(size), no_engagements(), full_magazines(plan), EPOCH
    )
    taken = said.reason == Reason.CHOSEN
    return said.unit[taken], said.rounds[taken]


def test_rounds_of_each_rule_in_the_assigner() -> None:
    plan = sample_plan(12)

    def counts(**settings: object) -> set[int]:
        return set(chosen_rounds(with_doctrine(plan, **settings))[1].tolist())

    assert counts(firing="single") == {1}
    assert counts(firing="salvo", salvo_rounds=3) == {3}
    assert counts(firing="shoot-shoot-look", last_chance_rounds=1) == {2}
    assert counts(firing="shoot-look-shoot", last_chance_rounds=1) == {1}


def test_single_never_fires_again() -> None:
    said = OURS["single"](sample_plan()).wishes(chances(spent=np.ones(1, np.int32)))
    assert not said.early.any()
    assert not said.late.any()


def test_thrift_leaves_to_the_cheaper_what_it_can_take() -> None:
    thrift = LayeredThrift(sample_plan())
    assert thrift.wishes(chances()).price.tolist() == [[NOT_NOW, 0.1]]
    for change in (
        {"last": np.array([[10.0, 36.0]])},  # too late after a miss
        {"left": np.array([4, 1], np.int32)},  # not the rounds of a last chance
        {"sspk": np.array([[0.7, 0.3]])},  # too weak
        {"allowed": np.array([[1, 0]], np.int8)},
        {"price": np.array([0.4, 0.4])},  # no cheaper
    ):
        assert np.isfinite(thrift.wishes(chances(**change)).price).all()


def test_thrift_gives_no_more_away_than_the_cheaper_has_rounds_for() -> None:
    """Four rounds of two each: the two dearest of three threats are left to it."""
    one = chances()
    three = one._replace(
        value=np.array([1.0, 3.0, 2.0]),
        **{n: np.repeat(getattr(one, n), 3, axis=0) for n in ("spent", "shots", "allowed")},
        **{n: np.repeat(getattr(one, n), 3, axis=0) for n in ("sspk", "intercept", "last")},
    )
    held = np.isinf(LayeredThrift(sample_plan()).wishes(three).price[:, 0])
    assert held.tolist() == [False, True, True]


def test_reserve_keeps_the_last_rounds_for_the_valuable() -> None:
    plan = with_doctrine(
        sample_plan(12), firing="reserve-threshold", keep_rounds=10_000, keep_for_value=5.0
    )
    tracks, threats = sample_raid(24)
    said = GreedyAssigner(plan).assign(
        tracks, threats, no_engagements(), full_magazines(plan), EPOCH
    )
    numbers = said.track_number[said.reason == Reason.CHOSEN]
    assert len(numbers)
    assert (threats.value_at_risk[numbers - 1] >= 5.0).all()


def test_a_reserve_price_is_paid_round_by_round() -> None:
    """A curve above all values stops the unit at so many rounds; none beyond it stop nothing."""
    cheap = sample_plan(12)
    unit, rounds = chosen_rounds(cheap, 60)
    free = np.bincount(unit, rounds, minlength=12)
    busiest = int(np.argmax(free))
    has = int(cheap.units.rounds[busiest])
    allowed = int(free[busiest]) - 2
    prices = {cheap.units.names[busiest]: [100.0] * (has - allowed)}
    plan = with_doctrine(cheap, firing="reserve-prices", reserve_prices=prices)
    unit, rounds = chosen_rounds(plan, 60)
    held = np.bincount(unit, rounds, minlength=12)
    assert allowed - 1 <= held[busiest] <= allowed
    assert ReservePrices(cheap).curve.shape == (12, 0)


def test_lookahead_waits_shoots_or_doubles() -> None:
    plan = sample_plan(doctrine="salvo_rounds = 2")
    look = Lookahead(plan)
    assert look.wishes(chances()).price[0, 0] == NOT_NOW  # the cheaper one can still have it
    # Without the other: 1 round costs 0.1 + 0.3, 2 cost 0.2 + 0.09 (a price of 0.1 each).
    alone = chances(allowed=np.array([[1, 0]], np.int8), price=np.array([0.1, 0.1]))
    assert look.wishes(alone).late[0, 0] == 2
    dear = chances(allowed=np.array([[1, 0]], np.int8), price=np.array([0.5, 0.1]))
    assert look.wishes(dear).late[0, 0] == 1
    # With it: 1 now, 1 later: 0.1 + 0.3 (0.1 + 0.3) = 0.22, both now 0.29 + 0.09 · R = more.
    both = chances(price=np.array([0.1, 0.1]))
    assert look.wishes(both).early[0, 0] == 1


class Broken:
    def __init__(self, plan: Plan) -> None:
        del plan

    def wishes(self, chances: Chances) -> Wishes:
        said = plain(chances, 1, 2)
        said.early[:1] = 2  # the first row is no threat of its own
        return said


def test_the_check_catches_a_doctrine_that_goes_by_the_row() -> None:
    with pytest.raises(AssertionError, match="order of the threats"):
        check_doctrine(Broken)
    assert len(sample_chances(5).value) == 5
