"""The timed planner against an independent check, complete enumeration, and plain cases."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.timed.check import violations, worth_again
from tdome.command.assignment.timed.planner import FIRST_PLAN, Effort, carry, plan
from tdome.command.assignment.timed.problem import KEPT, Plan, Problem
from tdome.run.assignment.timed.fuzz import small
from tdome.run.assignment.timed.raids import raid

SMALL_EFFORT = Effort(5, 20)


def shots_of(made: Plan) -> np.ndarray:
    return np.column_stack([made.threat, made.pair, made.slot])


def problem_of(
    pairs: list[tuple[int, int, float]], *, value=(10.0,), shots=1, slots=10, busy=3, units=None,
    **more,
) -> Problem:  # fmt: skip
    """Pairs (threat, unit, kill) with windows over all slots."""
    pairs = sorted(pairs)
    threat = np.array([p[0] for p in pairs])
    columns = [(u, 0, slots - 1, i * slots, 0) for i, (_, u, _) in enumerate(pairs)]
    many = 1 + max(p[1] for p in pairs)
    rows = (
        np.tile(np.array([4, 0, slots, 2, 1, 0], np.int32), (many, 1)) if units is None else units
    )
    given = {"price": np.zeros(many), "flying": np.zeros((0, 3), np.int32), **more}
    return Problem(
        slots=slots, value=np.array(value), shots=np.full(len(value), shots, np.int32),
        start=np.searchsorted(threat, np.arange(len(value) + 1)),
        pairs=np.array(columns, np.int32), kill=np.array([p[2] for p in pairs]),
        busy=np.full(slots * len(pairs), busy, np.int16), units=np.array(rows, np.int32), **given,
    )  # fmt: skip


def every_plan(problem: Problem, most: int = 11) -> float | None:
    """The best worth by complete enumeration; None where there are too many launches."""
    launches = [
        (j, k, int(problem.pairs[k, 0]), t)
        for j in range(len(problem.value))
        for k in range(problem.start[j], problem.start[j + 1])
        for t in range(problem.pairs[k, 1], problem.pairs[k, 2] + 1)
        if problem.busy[problem.pairs[k, 3] + t - problem.pairs[k, 1]] > 0
    ]
    if len(launches) > most:
        return None
    best = 0.0

    def feasible(shots) -> bool:
        columns = np.array(shots, np.int32).reshape(-1, 4)
        told = Plan(
            threat=columns[:, 0], pair=columns[:, 1], unit=columns[:, 2], slot=columns[:, 3],
            worth=worth_again(problem, shots), guide=np.zeros(0),
        )  # fmt: skip
        return not violations(problem, told)

    def grow(at: int, shots: list) -> None:
        nonlocal best
        best = max(best, worth_again(problem, shots))
        for i in range(at, len(launches)):
            more = [*shots, launches[i]]
            if feasible(more):
                grow(i + 1, more)

    grow(0, [])
    return best


@pytest.mark.parametrize("start", range(0, 400, 100))
def test_random_plans_keep_every_constraint(start):
    for seed in range(start, start + 100):
        problem = small(np.random.default_rng(seed))
        first, better = plan(problem, FIRST_PLAN), plan(problem, SMALL_EFFORT)
        warm = plan(problem, Effort(3, 10), last=shots_of(better), guide=better.guide)
        for made in (first, better, warm):
            assert violations(problem, made) == []
            assert made.worth >= first.worth - 1e-9
        again = plan(problem, SMALL_EFFORT)
        assert shots_of(again).tobytes() == shots_of(better).tobytes()


def test_tiny_plans_are_near_the_best_of_all():
    seen, found, best = 0, 0.0, 0.0
    for seed in range(600):
        problem = small(np.random.default_rng(10_000 + seed), threats=3, units=2)
        most = every_plan(problem)
        if most is None or most <= 0.0:
            continue
        made = plan(problem, Effort(10, 50)).worth
        assert made <= most + 1e-9
        seen, found, best = seen + 1, found + made, best + most
    assert seen >= 40
    assert found >= 0.98 * best


def test_prices_keep_the_long_reach_for_whom_nobody_else_reaches():
    """Greedy gives its one far unit to the dearer threat, which the near unit could have had."""
    units = [[1, 0, 10, 1, 1, 0], [1, 0, 10, 1, 1, 0]]
    problem = problem_of(
        [(0, 0, 0.9), (0, 1, 0.8), (1, 0, 0.9)], value=(10.0, 9.0), units=units
    )  # fmt: skip
    assert plan(problem, FIRST_PLAN).worth == pytest.approx(9.0)
    made = plan(problem)
    assert list(zip(made.threat, made.unit, strict=True)) == [(0, 1), (1, 0)]
    assert made.worth == pytest.approx(8.0 + 8.1)


def test_what_is_in_flight_holds_its_channel():
    units = [[4, 0, 10, 1, 1, 0]]
    flying = np.array([[0, -2, 8]], np.int32)
    made = plan(problem_of([(0, 0, 0.9)], units=units, flying=flying))
    assert made.slot.tolist() == [6]


def test_a_reload_is_waited_for():
    units = [[0, 2, 5, 4, 1, 0]]
    made = plan(problem_of([(0, 0, 0.5)], shots=3, units=units))
    assert made.slot.tolist() == [5, 6]


def test_spacing_and_readiness():
    units = [[4, 0, 10, 4, 3, 2]]
    made = plan(problem_of([(0, 0, 0.5)], shots=4, units=units))
    assert made.slot.tolist() == [2, 5, 8]


def test_forbidden_slots_and_units_without_rounds_or_channels():
    problem = problem_of([(0, 0, 0.9)])
    closed = msgspec.structs.replace(problem, busy=np.where(np.arange(10) < 7, 0, 3).astype("i2"))
    assert plan(closed).slot.tolist() == [7]
    for broken in ([0, 0, 10, 2, 1, 0], [4, 0, 10, 0, 1, 0]):
        assert len(plan(problem_of([(0, 0, 0.9)], units=[broken])).slot) == 0


def test_a_dear_round_is_not_spent():
    assert len(plan(problem_of([(0, 0, 0.5)], price=np.array([5.1]))).slot) == 0
    assert len(plan(problem_of([(0, 0, 0.5)], price=np.array([4.9]))).slot) == 1


def test_a_plan_changes_only_for_more_than_its_price():
    problem = problem_of([(0, 0, 0.85), (0, 1, 0.8)])
    for stay, unit in ((0.0, 0), (0.4, 0), (0.6, 1)):
        priced = msgspec.structs.replace(problem, stay=stay)
        known, last = carry(priced, np.array([0]), np.array([1]), np.array([2]))
        assert known.pairs[:, KEPT].tolist() == [0, 1]
        made = plan(known, SMALL_EFFORT, last=last)
        assert made.unit.tolist() == [unit]
        assert violations(known, made) == []


def test_what_is_gone_is_not_carried():
    problem = problem_of([(0, 0, 0.85), (0, 1, 0.8)])
    known, last = carry(problem, np.array([-1, 0, 0]), np.array([0, 1, 0]), np.array([0, -1, 4]))
    assert known.pairs[:, KEPT].tolist() == [1, 1]
    assert last.tolist() == [[0, 0, 4]]


def test_twice_the_values_give_the_same_shots():
    problem = raid(60, 9, 3)
    double = msgspec.structs.replace(problem, value=2.0 * problem.value)
    assert shots_of(plan(double)).tobytes() == shots_of(plan(problem)).tobytes()


def test_a_raid_is_planned_better_than_greedily():
    problem = raid(120, 15, 4)
    first, better = plan(problem, FIRST_PLAN), plan(problem)
    assert violations(problem, better) == []
    assert better.worth > 1.02 * first.worth


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda s: np.r_[s, s[:1]], "closer"),
        (lambda s: s + np.array([0, 0, 0, 30]), "outside"),
        (lambda s: s[1:], "worth"),
        (lambda s: s[::-1] * [0, 1, 1, 1], "not its own"),
    ],
)
def test_the_check_bites(change, word):
    problem = problem_of([(0, 0, 0.5), (1, 0, 0.6)], value=(5.0, 6.0))
    made = plan(problem)
    shots = change(np.column_stack([made.threat, made.pair, made.unit, made.slot]))
    told = Plan(
        threat=shots[:, 0], pair=shots[:, 1], unit=shots[:, 2], slot=shots[:, 3],
        worth=made.worth, guide=made.guide,
    )  # fmt: skip
    assert any(word in fault for fault in violations(problem, told))


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [(0, 1, "rounds"), (3, 1, "channels"), (4, 2, "closer"), (5, 1, "ready")],
)
def test_the_check_sees_units_that_can_do_less(column, value, word):
    problem = problem_of([(0, 0, 0.5), (1, 0, 0.6)], value=(5.0, 6.0))
    made = plan(problem)
    assert made.slot.tolist() in ([0, 1], [1, 0])
    units = problem.units.copy()
    units[:, column] = value
    less = msgspec.structs.replace(problem, units=units)
    assert any(word in fault for fault in violations(less, made))


def test_an_empty_sky():
    problem = small(np.random.default_rng(0), threats=0)
    assert plan(problem).worth == 0.0
