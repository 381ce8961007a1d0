"""The exact assigner against complete enumeration, a tangent MIP, closed forms and itself."""

import heapq
import itertools
from pathlib import Path

import highspy
import numpy as np
import pytest

import tdome as td
from tdome.kernel.errors import ConfigError
from tdome.run.assignment.api import Assignment, assign_instance
from tdome.run.assignment.exact.columns import Pricing
from tdome.run.assignment.families import FAMILIES, family
from tdome.run.assignment.files import read_instance
from tdome.run.assignment.instance import Instance

PUBLIC = Path("/work/shared/data/wta")
# Sonuc, Sen and Bayir 2017 and Andersen, Pavlikov and Toffolo 2022; reference/wta.md section 2.
OPTIMA = {
    "wta5": 48.3640, "wta10": 96.3123, "wta20": 142.1070, "wta30": 248.0285, "wta40": 305.5016,
    "wta50": 353.0102, "wta60": 414.2222, "wta70": 495.7751, "wta_50x100x1": 1734.302278,
    "wta_50x100x2": 123.838458, "wta_50x100x3": 20.590016, "wta_100x200x1": 2862.302805,
    "wta_100x200x2": 116.057435, "wta_100x200x3": 14.579133, "wta_150x300x1": 3740.417477,
    "wta_150x300x2": 103.151031, "wta_150x300x3": 11.428722,
}  # fmt: skip


def sound(instance: Instance, found: Assignment) -> None:
    """Whether the plan is within the rounds and leaks what it says, by plain loops."""
    spent, kept = [0] * instance.types, instance.values.tolist()
    for i, j, n in found.plan.tolist():
        assert n > 0
        spent[i] += n
        kept[j] *= (1.0 - instance.kill_probability[i, j]) ** n
    assert all(used <= there for used, there in zip(spent, instance.rounds, strict=True))
    assert found.objective == pytest.approx(sum(kept), rel=1e-12, abs=1e-300)
    assert found.bound <= found.objective


def enumerated(v: np.ndarray, p: np.ndarray, m: np.ndarray) -> float:
    """Return the least leak of all plans (to fire a round never harms, so all are fired)."""
    kept = v[None, :]
    for i, rounds in enumerate(m):
        ways = [x for x in itertools.product(range(rounds + 1), repeat=len(v)) if sum(x) == rounds]
        factor = np.array([(1.0 - p[i]) ** np.array(x) for x in ways])
        kept = (kept[:, None, :] * factor[None]).reshape(-1, len(v))
    return float(kept.sum(axis=1).min())


def tiny(chance: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    threats, types = chance.integers(1, 5, 2)
    m = chance.integers(0, 3, types)
    while np.prod([threats ** min(rounds, 2) for rounds in m]) > 3000:
        m = chance.integers(0, 3, types)
    p = chance.uniform(0.0, 1.0, (types, threats))
    if k % 4 == 0:
        p = np.round(p, 1)  # ties, zeros and ones
    if k % 7 == 0:
        p = np.outer(chance.uniform(0.0, 1.0, types), chance.uniform(0.0, 1.0, threats))
    return chance.uniform(0.0, 100.0, threats).round(k % 3), p, m


def test_500_tiny_instances_equal_complete_enumeration() -> None:
    chance = np.random.default_rng(11)
    for k in range(500):
        v, p, m = tiny(chance, k)
        least = enumerated(v, p, m)
        found = td.assign(v, p, m)
        sound(Instance.of(v, p, m), found)
        assert found.status == "optimal", (v, p, m)
        assert found.objective == pytest.approx(least, rel=1e-9, abs=1e-12), (v, p, m)
        assert found.bound <= least * (1.0 + 1e-12)


def tangent_bound(instance: Instance, tangents: int = 60) -> float:
    """Return the optimum of a MIP that no plan can beat: e^-A lies above its tangents."""
    h, (types, threats) = highspy.Highs(), instance.kill_probability.shape
    for name, value in {"output_flag": False, "threads": 1, "mip_rel_gap": 1e-4}.items():
        h.setOptionValue(name, value)
    a = -np.log(1.0 - instance.kill_probability)
    y = [h.addVariable(0.0, 1.0, v) for v in instance.values]
    x = [[h.addIntegral(0.0, float(m)) for _ in range(threats)] for m in instance.rounds]
    for i in range(types):
        h.addConstr(sum(x[i]) <= float(instance.rounds[i]))
    for j in range(threats):
        total = sum(a[i, j] * x[i][j] for i in range(types))
        for t in np.linspace(0.0, 6.0, tangents):
            h.addConstr(y[j] + np.exp(-t) * total >= np.exp(-t) * (1.0 + t))
    h.run()
    assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(h.getInfo().mip_dual_bound)


@pytest.mark.parametrize(("types", "rounds"), [(20, 1), (10, 2)])
def test_a_mip_over_tangents_bounds_it_closely(types: int, rounds: int) -> None:
    instance = family("ahuja", types, 20, rounds)
    found = assign_instance(instance)
    low = tangent_bound(instance)
    assert found.status == "optimal"
    assert low <= found.objective * (1.0 + 1e-6)
    assert low >= found.objective * (1.0 - 3e-3)


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public instances are not here")
@pytest.mark.parametrize("name", OPTIMA)
def test_public_instances(name: str) -> None:
    instance = read_instance(PUBLIC / f"{name}.txt")
    found = assign_instance(instance, time=60.0)
    sound(instance, found)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(OPTIMA[name], abs=6e-5 if "_" not in name else 6e-7)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_proven_and_the_same_bits_again(name: str) -> None:
    instance = family(name, 20, 40, 2, seed=5)
    first, again = assign_instance(instance, time=60.0), assign_instance(instance, time=60.0)
    sound(instance, first)
    assert first.status == "optimal"
    assert first.plan.tobytes() == again.plan.tobytes()
    assert (first.objective, first.bound) == (again.objective, again.bound)
    assert first.certificate.prices.tobytes() == again.certificate.prices.tobytes()


@pytest.mark.parametrize(("p", "rounds"), [(0.3, 57), (0.05, 400)])
def test_one_type_is_greedy(p: float, rounds: int) -> None:
    """With one type the gains of each threat fall, so that the greatest gain first is best."""
    v = np.arange(1.0, 8.0)
    gains = [(-value * p, j, value) for j, value in enumerate(v)]
    heapq.heapify(gains)
    for _ in range(rounds):
        _, j, value = heapq.heappop(gains)
        heapq.heappush(gains, (-value * (1.0 - p) * p, j, value * (1.0 - p)))
    found = td.assign(v, np.full((1, 7), p), rounds)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(sum(value for _, _, value in gains), rel=1e-9)


def test_ten_shooters_with_coordination() -> None:
    """10 equal shooters, 10 equal targets, Pk 0.7: 7.00 expected kills (5.16 without)."""
    found = td.assign(np.ones(10), np.full((10, 10), 0.7))
    assert 10.0 - found.objective == pytest.approx(7.0)
    assert found.bound == pytest.approx(3.0, rel=1e-8)


@pytest.mark.parametrize(
    ("v", "p", "m", "least"),
    [
        ([1.0, 2.0], [[0.0, 0.0]], 1, 3.0),
        ([1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], 1, 0.0),
        ([1.0, 2.0, 3.0], [[1.0, 1.0, 0.5], [1.0, 1.0, 0.5]], [1, 2], 1.5),
        ([0.0, 0.0], [[0.5, 0.5]], 1, 0.0),
        ([1.0, 2.0], [[0.5, 0.5]], 0, 3.0),
        ([5.0], [[0.5], [0.3]], [2, 3], 5.0 * 0.25 * 0.343),
        ([], [], 1, 0.0),
        ([1.0, 2.0], np.zeros((0, 2)), [], 3.0),
        ([], np.zeros((2, 0)), 1, 0.0),
        ([10.0, 20.0], [[0.5, 0.5]], 10**9, 0.0),
        (np.arange(1.0, 30.0), np.full((5, 29), 0.3), 2**31 - 1, 0.0),
        ([1e-300, 1e300], [[1e-12, 0.5], [1.0 - 1e-16, 1e-9]], 2, 2.499999995e299),
    ],
)
def test_degenerate_instances(v: object, p: object, m: object, least: float) -> None:
    found = td.assign(v, p, m)
    sound(Instance.of(v, p, m), found)
    assert found.status == "optimal"
    assert found.gap <= 1e-9
    assert found.objective == pytest.approx(least, rel=1e-9, abs=1e-14)


@pytest.mark.parametrize(
    ("v", "p", "m", "said"),
    [
        ([np.nan], [[0.5]], 1, r"values\[0\] is nan"),
        ([np.inf], [[0.5]], 1, r"values\[0\] is inf"),
        ([1.0], [[np.nan]], 1, r"kill_probability\[0, 0\] is nan"),
        ([1.0], [[1.5]], 1, r"kill_probability\[0, 0\] is 1.5, not a probability"),
        ([1.0], [[0.5]], -1, r"rounds\[0\] is -1"),
        ([1.0], [[0.5]], 1.5, "whole number"),
        ([1.0, 2.0], [[0.5]], 1, "one column for each value"),
        ([1.0], [[0.5]], [1, 1], r"must have shape \(1,\)"),
        (["a"], [[0.5]], 1, "is not an array of numbers"),
    ],
)
def test_what_is_no_instance_is_refused(v: object, p: object, m: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        td.assign(v, p, m)


@pytest.mark.parametrize("option", [{"time": -1.0}, {"gap": -0.1}, {"gap": np.nan}])
def test_what_is_no_limit_is_refused(option: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="must be >= 0"):
        td.assign([1.0], [[0.5]], **option)


def test_no_time_gives_a_plan_and_a_gap_that_was_asked_for_ends_it() -> None:
    instance = family("uniform", 50, 50)
    hurried = assign_instance(instance, time=0.0)
    sound(instance, hurried)
    assert hurried.status == "time"
    assert len(hurried.plan) > 40
    told: list[tuple[float, float]] = []
    rough = assign_instance(instance, gap=0.1, progress=lambda _, *both: told.append(both))
    assert rough.status == "gap"
    assert 1e-9 < rough.gap <= 0.1
    best = assign_instance(instance)
    assert rough.bound <= best.objective <= rough.objective <= hurried.objective
    assert told == sorted(told, key=lambda both: (-both[0], both[1]))  # ever better


def test_a_sure_hit_that_costs_nothing_is_seen() -> None:
    """Found by hypothesis: phi was taken for the value, and the bound was wrong."""
    found = td.assign([1.0, 1.0], [[0.5, 0.0], [1.0, 0.3]], [3, 2])
    assert found.objective == pytest.approx(0.5**3 + 0.7**2)
    assert found.status == "optimal"


def test_prices_that_are_known_too_well_prove_no_more_than_is_true() -> None:
    """An upper bound of phi that is below it (by rounding) must not raise the bound."""
    instance = family("uniform", 8, 8, 2)
    pricing, u = Pricing(instance), np.full(8, 2.0)
    true = pricing(u).phi
    wrong = pricing(u, true * (1.0 - 1e-6))
    assert np.all(wrong.bound <= true)
    assert np.all(wrong.bound >= true * (1.0 - 2e-6))
