"""The checker accepts what is true and refuses what was tampered with."""

import ast
import itertools
from pathlib import Path

import numpy as np
import pytest

from tdome.run.assignment import certificate
from tdome.run.assignment.api import Assignment, assign_instance
from tdome.run.assignment.certificate import check, least
from tdome.run.assignment.families import FAMILIES, family
from tdome.run.assignment.instance import Instance


def checked(instance: Instance, found: Assignment, **changed: object) -> certificate.Checked:
    claim = {
        "plan": found.plan, "objective": found.objective, "prices": found.certificate.prices,
        "bound": found.certificate.bound, **changed,
    }  # fmt: skip
    return check((instance.values, instance.kill_probability, instance.rounds), **claim)


@pytest.fixture(scope="module")
def solved() -> tuple[Instance, Assignment]:
    instance = family("ahuja", 30, 30, 1)
    return instance, assign_instance(instance)


def test_the_checker_is_small_and_numpy_alone() -> None:
    text = Path(certificate.__file__).read_text()
    assert len(text.splitlines()) <= 100
    nodes = list(ast.walk(ast.parse(text)))
    found = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    found |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    assert found == {"dataclasses", "numpy", "numpy.typing"}


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("rounds", [1, 3])
def test_what_is_found_is_sound(name: str, rounds: int) -> None:
    instance = family(name, 12, 25, rounds, seed=3)
    found = assign_instance(instance)
    again = checked(instance, found)
    assert again.faults == ()
    assert again.objective == pytest.approx(found.objective, rel=1e-12)
    assert again.bound == pytest.approx(found.certificate.bound, rel=1e-9)
    assert again.bound <= found.objective * (1.0 + 1e-12)


def test_tampering_is_seen(solved: tuple[Instance, Assignment]) -> None:
    instance, found = solved
    assert checked(instance, found).faults == ()
    more = found.plan.copy()
    more[0, 2] += 1
    outside = found.plan.copy()
    outside[0, 1] = instance.threats
    u = found.certificate.prices
    for changed, said in (
        ({"bound": found.certificate.bound * (1.0 + 1e-6)}, "bound: the prices prove"),
        ({"bound": np.nan}, "bound"),
        ({"objective": found.objective * (1.0 - 1e-6)}, "objective: the plan leaks"),
        ({"plan": found.plan[1:]}, "objective"),
        ({"plan": more}, "rounds of type"),
        ({"plan": outside}, "plan: not rows"),
        ({"plan": found.plan - [0, 0, 2]}, "plan: not rows"),
        ({"prices": u * 0.9}, "bound"),
        ({"prices": u * 1.1}, "bound"),
        ({"prices": u[::-1]}, "bound"),
        ({"prices": -u}, "prices: not one"),
        ({"prices": u[1:]}, "prices: not one"),
    ):
        faults = checked(instance, found, **changed).faults
        assert any(said in fault for fault in faults), (changed, faults)


def test_any_prices_prove_no_more_than_the_optimum(solved: tuple[Instance, Assignment]) -> None:
    instance, found = solved
    chance = np.random.default_rng(2)
    for _ in range(20):
        prices = found.certificate.prices * chance.lognormal(0.0, 0.3, instance.types)
        proven = checked(instance, found, prices=prices, bound=0.0).bound
        assert proven <= found.objective * (1.0 + 1e-12)


def test_the_least_of_one_threat_equals_enumeration() -> None:
    chance = np.random.default_rng(4)
    for k in range(200):
        types = int(chance.integers(1, 5))
        p, u = chance.uniform(0.0, 1.0, types), chance.exponential(3.0, types)
        m = chance.integers(0, 4, types).astype(np.float64)
        if k % 5 == 0:
            u[0], p[-1] = 0.0, 1.0
        sets = itertools.product(*(range(int(rounds) + 1) for rounds in m))
        each = min(20.0 * np.prod((1.0 - p) ** np.array(x)) + u @ np.array(x) for x in sets)
        assert least(20.0, p, u, m, 10**6) == pytest.approx(each, rel=1e-12)
        assert least(20.0, p, u, m, 0) <= each * (1.0 + 1e-12)
