"""Shares of the picture: what they do to classes, and what they never do to an identity."""

import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tdome.command.threat.belief import shares
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.messages.codes import Identity
from tdome.plan.plan import read_plan

sys.path.insert(0, str(Path(__file__).parents[4] / "benchmarks" / "tracking"))

import class_flights as cf
import class_shares
import classes as bench

NOW = 1_800_000_000 * 10**9
S = 10**9
QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
PRIOR = np.array([0.2, 0.3, 0.1, 0.4])
PLENTY = 100


def estimated(alone, hits=20, free=True, prior=PRIOR):
    n = len(alone)
    none = np.zeros_like(alone)
    hits, free = np.broadcast_to(hits, n).astype(np.int32), np.broadcast_to(free, n)
    return shares.estimate(alone, hits, free, none, np.zeros(len(prior)), prior)


def test_an_empty_sky_is_what_the_plan_expects():
    found = estimated(np.zeros((0, 4)))
    assert found.share == pytest.approx(PRIOR)
    assert found.pmf.shape == (0, 4)


def test_without_evidence_nothing_is_learnt():
    found = estimated(np.tile(PRIOR, (PLENTY, 1)))
    assert found.share == pytest.approx(PRIOR)
    assert found.pmf == pytest.approx(np.tile(PRIOR, (PLENTY, 1)))


def test_certain_tracks_are_counted_against_the_plan():
    """In closed form: (k p + n) / (k + N)."""
    count = np.array([7, 0, 2, 1])
    found = estimated(np.repeat(np.eye(4), count, axis=0))
    kept = shares.PLAN_TRACKS
    assert found.share == pytest.approx((kept * PRIOR + count) / (kept + 10), abs=1e-9)


def test_a_doubtful_track_follows_the_others_and_more_so_among_many():
    doubtful = np.array([[0.45, 0.45, 0.05, 0.05]])
    said = [
        estimated(np.concatenate([np.tile(np.eye(4)[1], (n, 1)), doubtful])).pmf[-1, 1]
        for n in (0, 1, 5, 50)
    ]
    assert (np.diff(said) > 0.0).all()
    assert said[0] < 0.5  # alone it stays near the plan
    assert said[-1] > 0.75


def test_plots_give_weight_and_those_who_answer_have_none():
    sure = np.tile(np.eye(4)[2], (20, 1))
    moved = [
        estimated(sure, hits=h, free=f).share[2] for h, f in ((20, False), (2, True), (20, True))
    ]
    assert moved[0] == pytest.approx(PRIOR[2])
    assert moved[0] < moved[1] < moved[2]
    answered = np.array([[0.4, 0.2, 0.2, 0.2]])
    mixed = estimated(np.concatenate([sure, answered]), free=np.arange(21) < 20)
    assert mixed.pmf[-1] == pytest.approx(answered[0])


def test_what_has_gone_counts_less_and_less():
    gone = shares.faded(np.array([4.0, 2.0]), shares.FADE_S)
    assert gone == pytest.approx(np.array([4.0, 2.0]) / np.e)
    assert shares.faded(gone, -5.0) == pytest.approx(gone)


PMF = arrays(np.float64, st.tuples(st.integers(1, 12), st.just(4)), elements=st.floats(1e-9, 1.0))


@QUICK
@given(raw=PMF, data=st.data())
def test_shares_are_shares_and_the_order_of_tracks_changes_no_bit(raw, data):
    alone = raw / raw.sum(axis=1, keepdims=True)
    n = len(alone)
    hits = np.array(data.draw(st.lists(st.integers(1, 30), min_size=n, max_size=n)))
    free = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    order = np.array(data.draw(st.permutations(range(n))))
    found = estimated(alone, hits, free)
    assert found.share.sum() == pytest.approx(1.0)
    assert found.pmf.sum(axis=1) == pytest.approx(np.ones(n))
    assert (found.share > 0.0).all()
    turned = estimated(alone[order], hits[order], free[order])
    assert np.array_equal(turned.share, found.share)
    assert np.array_equal(turned.pmf, found.pmf[order])


def sky(make, at, extra):
    """Return pictures of an airliner, a light aircraft and a drone, with ``extra`` missiles."""
    few = [
        at(24.9, 119.5, 9_000.0, (230.0, 10.0, 0.0)),
        at(25.4, 120.9, 900.0, (45.0, -20.0, -1.0)),
        at(24.8, 120.6, 600.0, (51.0, 12.0, 0.0)),
    ]
    many = [at(24.0 + 0.01 * k, 119.0, 80.0, (240.0, 10.0, 0.0)) for k in range(extra)]
    rcs = [15.0, 2.0, -14.0] + [-10.0] * extra
    return [make(few + many, NOW + k * S, hits=5 + k, rcs_dbsm=rcs) for k in range(12)]


def judged(plan, pictures, gone=None):
    evaluator = KinematicEvaluator(plan)
    memory, said = evaluator.start(), []
    for tracks in pictures:
        if gone is not None:
            memory = msgspec.structs.replace(memory, gone=gone)
        memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
        said.append(threats)
    return said


def test_no_identity_depends_on_the_others(plan, make, at):
    hostile = np.append(np.full(len(plan.threats.names), 1e5), 1.0)
    alone = judged(plan, sky(make, at, 0))
    for others in (judged(plan, sky(make, at, 60)), judged(plan, sky(make, at, 0), hostile)):
        for first, second in zip(alone, others, strict=True):
            for name in ("identity", "because"):
                assert np.array_equal(getattr(first, name), getattr(second, name)[:3])
        assert not np.array_equal(alone[-1].class_probability, others[-1].class_probability[:3])


def test_tracks_that_have_gone_are_remembered(plan, make, at):
    evaluator = KinematicEvaluator(plan)
    memory = evaluator.start()
    for tracks in sky(make, at, 30):
        memory, _ = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
    empty = make(np.zeros((0, 6)), NOW + 20 * S)
    memory, _ = evaluator.evaluate(memory, empty, NOW + 20 * S)
    assert memory.gone.sum() == pytest.approx(33.0)
    assert memory.gone.argmax() == plan.threats.names.index("cruise")
    memory, _ = evaluator.evaluate(memory, empty, NOW + 3_000 * S)
    assert memory.gone.sum() < 0.01


@pytest.mark.parametrize("ballistic", [False, True])
def test_civil_flights_are_safe_where_the_plan_expects_99_percent_hostile(ballistic):
    book = bench.bench_plan().threats
    told = [f"{name} = {1.0 if f == 0 or not ballistic else 0.01}" for name, f in
            zip(book.names, book.family.tolist(), strict=True)]  # fmt: skip
    total = sum(float(line.split("= ")[1]) for line in told)
    text = bench.PLAN.format(names=", ".join(f'"{name}"' for name in book.names))
    text += "\n".join(["[expected]", *told, f"none = {total / 99.0}"])
    plan = read_plan(text, "hostile.toml")
    assert plan.prior[-1] == pytest.approx(0.01)
    found = bench.civil_safety(plan, 600, seed=91)
    assert sum(row[1] for row in found.values()) == 0


def test_civil_flights_are_safe_among_shares_of_99_percent_hostile():
    """The flights of the benchmark, with a memory that says that all the world is hostile."""
    plan, rng = bench.bench_plan(), np.random.default_rng(92)
    gone = np.append(np.full(len(plan.threats.names), 1e4), 1.0)
    for name, box in cf.CIVIL.items():
        flights = cf.bystanders(rng, name, box, 60, cf.HELD_OUT)
        said = judged(plan, cf.pictures(rng, flights, cf.HELD_OUT), gone)
        assert not any((threats.identity == Identity.HOSTILE).any() for threats in said)


def test_shares_make_classes_of_single_mixes_truer():
    plan, rng = bench.bench_plan(), np.random.default_rng(93)
    flights = bench.all_flights(rng, plan, 40, cf.HELD_OUT)
    view = class_shares.Sky(bench.judged(plan, flights, rng, cf.HELD_OUT), plan)
    for mix in bench.MIXES.values():
        share = class_shares.vector(mix, plan.threats.names)
        alone, among = view.calibration(rng, share, 60, 25)
        assert among["log_score"] < alone["log_score"]
        assert among["ece"] < 0.1
