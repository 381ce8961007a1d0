"""What a radar takes of tasked looks, and that the manager of command asks for no more."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.kernel.clock import NS
from tdome.world.sensors.budget import Budget


@given(
    rate=st.floats(0.05, 40.0),
    slot=st.floats(0.05, 1.0),
    first=st.integers(0, 10_000),
)
def test_who_spreads_the_rate_evenly_is_never_refused(rate, slot, first):
    budget, step = Budget(rate, 0), round(slot * NS)
    share = rate * (step / NS)
    for n in range(first, first + 60):
        for track in range(math.floor((n + 1) * share) - math.floor(n * share)):
            assert budget.spend(track, n * step), n - first


@given(rate=st.floats(0.0, 20.0), wanted=st.integers(1, 60))
def test_no_more_than_the_rate_is_spent_in_the_long_run(rate, wanted):
    budget = Budget(rate, 0)
    spent = sum(budget.spend(k, t * NS) for t in range(100) for k in range(wanted))
    assert spent <= rate * 99.0 + rate + 1.0 + 1e-9
    if wanted > rate + 1.0 > 1.0:
        assert spent > rate * 99.0 - 1.0


def test_channels_limit_the_tracks_of_a_second():
    budget = Budget(30.0, 2)
    assert [budget.spend(track, 0) for track in (1, 2, 3, 1, 2)] == [True, True, False, True, True]
    assert not budget.spend(3, NS - 1)
    assert budget.spend(3, NS)


def test_a_rotator_takes_no_task():
    assert not Budget(0.0, 0).spend(1, 0)


@pytest.mark.parametrize("late", [0, -NS])
def test_looks_that_come_in_disorder_earn_nothing(late):
    budget = Budget(1.0, 0)
    assert budget.spend(1, 5 * NS)
    assert budget.spend(1, 5 * NS)
    assert not budget.spend(1, 5 * NS + late)
