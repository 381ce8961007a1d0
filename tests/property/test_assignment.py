"""What must hold for the exact assigner whatever the instance."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tdome as td

Problem = tuple[np.ndarray, np.ndarray, np.ndarray]
_P = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.5, 0.62, 0.7, 0.7, 0.9, 1.0])


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    types, threats = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    v = draw(st.lists(st.integers(0, 50), min_size=threats, max_size=threats))
    p = draw(st.lists(_P, min_size=types * threats, max_size=types * threats))
    m = draw(st.lists(st.integers(0, 3), min_size=types, max_size=types))
    return np.array(v, float), np.array(p).reshape(types, threats), np.array(m)


def near(a: float, b: float, value: float) -> bool:
    return abs(a - b) <= 1e-8 * max(a, b) + 1e-13 * value


@settings(max_examples=60, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_names_and_units_change_nothing(problem: Problem, chance: np.random.Generator) -> None:
    v, p, m = problem
    found = td.assign(v, p, m)
    assert found.status == "optimal"
    rows, columns = list(range(len(m))), list(range(len(v)))
    chance.shuffle(rows)
    chance.shuffle(columns)
    moved = td.assign(v[columns], p[rows][:, columns], m[rows])
    assert near(moved.objective, found.objective, v.sum())
    scaled = td.assign(v * 1e-3, p, m)
    assert near(scaled.objective * 1e3, found.objective, v.sum())


@settings(max_examples=60, deadline=None)
@given(problems())
def test_rounds_of_a_type_are_as_good_as_types_of_one_round(problem: Problem) -> None:
    v, p, m = problem
    found, apart = td.assign(v, p, m), td.assign(v, np.repeat(p, m, axis=0), 1)
    assert near(apart.objective, found.objective, v.sum())


@settings(max_examples=60, deadline=None)
@given(problems())
def test_more_rounds_never_leak_more(problem: Problem) -> None:
    v, p, m = problem
    found, more = td.assign(v, p, m), td.assign(v, p, m + 1)
    assert more.bound <= found.objective * (1.0 + 1e-12)
    assert more.objective <= found.objective + 1e-9 * found.objective + 1e-13 * v.sum()
    assert found.objective <= v.sum() * (1.0 + 1e-12)
