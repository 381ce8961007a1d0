"""price-v1 in the chain's terms: promises, windows that agree with the solver, scarce rounds."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.check import check_assigner, check_fire_plan
from tdome.command.assignment.firing_solution import latest_launch1
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.assignment.timed.assigner import PriceAssigner
from tdome.command.assignment.timed.windows import launch_windows, window1
from tdome.earth.flyout import missile_table
from tdome.messages.codes import Reason


def test_it_keeps_its_promises():
    check_assigner(PriceAssigner)


@pytest.mark.parametrize("size", [4, 40])
def test_it_saves_no_less_than_greedy_where_rounds_are_scarce(size):
    plan = sample_plan(6)
    raid = sample_raid(size)
    magazines = full_magazines(plan)
    scarce = msgspec.structs.replace(magazines, rounds_left=np.minimum(magazines.rounds_left, 2))
    given = (*raid, no_engagements(), scarce, EPOCH)
    returns = []
    for assigner in (GreedyAssigner(plan), PriceAssigner(plan)):
        made = assigner.assign(*given)
        check_fire_plan(made, plan, raid[1], scarce)
        returns.append(made.marginal_return[made.reason == Reason.CHOSEN].sum())
    assert returns[1] > 0.7 * returns[0]


def test_a_window_is_that_of_a_dense_search():
    table = missile_table(900.0, 5.0, 0.0, 40e3, 20e3)
    unit = np.array([6.378e6, 0.0, 0.0, 0.0, 1e3, 40e3, 0.0, 20e3])
    step, far, speed, height, slot_s = 0.5, 60e3, 250.0, 8e3, 2.0
    knots = np.array(
        [
            latest_launch1(6.378e6 + height, far - speed * t, 0.0, height, t, unit, table)
            for t in step * np.arange(600)
        ]
    )
    out = np.empty(150, np.int32)
    first, last = window1(knots, step, 1e9, slot_s, out)
    good = np.flatnonzero(np.isfinite(knots))
    assert first == pytest.approx(knots[good[0]] / slot_s, abs=1.0)
    assert last * slot_s <= np.nanmax(knots)
    for t in range(first, last + 1):
        meets = step * np.flatnonzero(knots >= t * slot_s)[0]
        assert out[t] == pytest.approx((meets - t * slot_s) / slot_s, abs=2.0)
    assert not out[:first].any()


def test_closed_knots_forbid_their_slots_and_no_others():
    table = missile_table(900.0, 5.0, 0.0, 40e3, 20e3)
    unit = np.array([[6.378e6, 0.0, 0.0, 0.0, 1e3, 40e3, 0.0, 20e3]])
    step, slots, slot_s = 1.0, 180, 2.0
    t = step * np.arange(300)
    paths = np.column_stack([np.full(300, 6.378e6 + 8e3), 60e3 - 250.0 * t, np.zeros(300)])[None]
    shut = (t >= 130.0) & (t < 160.0)
    rows = []
    for closed in (np.zeros(300, np.bool_), shut):
        windows, held = np.zeros((1, 4), np.int32), np.zeros((1, slots), np.int32)
        many = launch_windows(
            paths, np.full((1, 300), 8e3), closed.astype(np.int64)[None], np.array([step]),
            np.array([np.inf]), unit, table[None], np.array([[1, 0]]), np.ones((1, 1), np.int8),
            slots, slot_s, windows, held,
        )  # fmt: skip
        assert many == 1
        rows.append((windows[0].tolist(), held[0]))
    (free, before), (fenced, after) = rows
    assert fenced == free  # the hole is within the window
    meets = slot_s * np.arange(slots) + slot_s * before  # to a slot, when each launch meets it
    inside = (before > 0) & (meets > 130.0 + 2 * slot_s) & (meets < 160.0 - slot_s)
    assert inside.sum() > 5
    assert not after[inside].any()
    outside = (before > 0) & ((meets < 130.0 - slot_s) | (meets > 160.0 + 2 * slot_s))
    assert np.array_equal(after[outside], before[outside])
