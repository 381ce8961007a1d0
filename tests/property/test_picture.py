"""Metrics of the air picture: axioms of a metric, dense oracles, what must not matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from tdome.messages.base import Floats
from tdome.messages.recording import TrackHistory, TruthHistory
from tdome.score.picture.gospa import Gospa, gospa_of
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import lay_out
from tdome.score.picture.siap import siap

CUTOFF = 100.0
coordinate = st.integers(-150, 150).map(float)
points = st.lists(st.tuples(coordinate, coordinate, coordinate), max_size=6).map(
    lambda rows: np.array(rows, np.float64).reshape(-1, 3)
)
orders = st.sampled_from([1.0, 2.0, 3.0])


def tracks_of(place: Floats, at: int = 0) -> TrackHistory:
    rows = len(place)
    return TrackHistory(
        scan=np.zeros(rows, np.int32),
        at=np.full(rows, at),
        number=np.arange(rows, dtype=np.int32),
        state=np.hstack([place, np.zeros((rows, 3))]),
        covariance=np.tile(np.eye(6), (rows, 1, 1)),
        updated=np.ones(rows, np.bool_),
        plot=np.full(rows, -1),
    )


def truth_of(place: Floats, at: int = 0) -> TruthHistory:
    rows = len(place)
    flyer = np.arange(rows, dtype=np.int32)
    state = np.hstack([place, np.zeros((rows, 3))])
    return TruthHistory(at=np.full(rows, at), flyer=flyer, state=state)


def between(one: Floats, other: Floats, order: float = 2.0, cutoff: float = CUTOFF) -> Gospa:
    laid = lay_out(tracks_of(one), truth_of(other), times=np.zeros(1, np.int64))
    return gospa_of(laid, cutoff, order)


def dense(one: Floats, other: Floats, order: float, cutoff: float) -> tuple[float, float]:
    """Return OSPA and GOSPA from the whole matrix of distances."""
    most = max(len(one), len(other))
    if not most:
        return 0.0, 0.0
    distance = np.linalg.norm(one[:, None] - other[None], axis=2)
    cost = np.minimum(distance, cutoff) ** order
    rows, columns = linear_sum_assignment(cost)
    total = cost[rows, columns].sum()
    spare = abs(len(one) - len(other))
    ospa = ((total + cutoff**order * spare) / most) ** (1 / order)
    return ospa, (total + 0.5 * cutoff**order * spare) ** (1 / order)


@settings(deadline=None)
@given(points, points, orders)
def test_equal_to_the_whole_matrix(one: Floats, other: Floats, order: float) -> None:
    ours = between(one, other, order)
    ospa, gospa = dense(one, other, order, CUTOFF)
    assert ours.ospa[0] == pytest.approx(ospa, rel=1e-9, abs=1e-9)
    assert ours.gospa[0] == pytest.approx(gospa, rel=1e-9, abs=1e-9)
    parts = ours.localisation + ours.missed + ours.false
    assert parts[0] ** (1 / order) == pytest.approx(gospa, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.floats(0.2, 4.0), st.integers(50, 300))
def test_equal_to_the_whole_matrix_in_a_crowd(seed: int, density: float, count: int) -> None:
    """Many tracks compete for each truth, far from the origin and in every direction."""
    rng = np.random.default_rng(seed)
    side = CUTOFF * (count / density) ** (1 / 3)
    middle = rng.uniform(-6e6, 6e6, 3)
    one = middle + rng.uniform(0, side, (count, 3)) * rng.permutation([1.0, 0.3, 0.1])
    other = middle + rng.uniform(0, side, (count + seed % 7, 3)) * rng.permutation([1.0, 0.3, 0.1])
    ours = between(one, other)
    ospa, gospa = dense(one, other, 2.0, CUTOFF)
    assert ours.gospa[0] == pytest.approx(gospa, rel=1e-9)
    assert ours.ospa[0] == pytest.approx(ospa, rel=1e-9)


@settings(deadline=None)
@given(points, points, points, orders)
def test_axioms_of_a_metric(one: Floats, other: Floats, third: Floats, order: float) -> None:
    for name in ("ospa", "gospa"):

        def far(a: Floats, b: Floats, name: str = name) -> float:
            return float(getattr(between(a, b, order), name)[0])

        assert far(one, one) == 0.0
        assert far(one, other) == pytest.approx(far(other, one), rel=1e-9, abs=1e-9)
        assert far(one, third) <= far(one, other) + far(other, third) + 1e-6
        if far(one, other) == 0.0:
            assert sorted(one.tolist()) == sorted(other.tolist())


@settings(deadline=None)
@given(points, points, st.randoms(use_true_random=False))
def test_numbers_and_order_do_not_matter(one: Floats, other: Floats, chance: object) -> None:
    mixed = np.array(sorted(one.tolist(), key=lambda row: chance.random())).reshape(-1, 3)  # type: ignore[attr-defined]
    assert between(mixed, other).gospa[0] == pytest.approx(between(one, other).gospa[0], abs=1e-9)


def test_near_pairs_are_those_of_the_whole_matrix() -> None:
    rng = np.random.default_rng(5)
    one, other = rng.uniform(-500, 500, (300, 3)), rng.uniform(-500, 500, (280, 3))
    laid = lay_out(tracks_of(one), truth_of(other))
    start, column, distance = near_pairs(laid, CUTOFF)
    whole = np.linalg.norm(one[:, None] - other[None], axis=2)
    rows, columns = np.nonzero(whole < CUTOFF)
    assert np.array_equal(np.repeat(np.arange(300), np.diff(start)), rows)
    assert np.array_equal(column, columns)
    np.testing.assert_allclose(distance, whole[rows, columns], rtol=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_shares_of_siap_are_shares(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = 60
    at = np.sort(rng.integers(0, 12, rows)) * 1_000_000_000
    place = rng.uniform(-120, 120, (rows, 6))
    number = rng.integers(0, 6, rows).astype(np.int32)
    tracks = TrackHistory(
        scan=np.zeros(rows, np.int32),
        at=at,
        number=number,
        state=place,
        covariance=np.tile(np.eye(6), (rows, 1, 1)),
        updated=np.ones(rows, np.bool_),
        plot=np.full(rows, -1),
    )
    truth = TruthHistory(at=at, flyer=number[::-1].copy(), state=place[::-1].copy())
    laid = lay_out(tracks, truth)
    found = siap(laid, near_pairs(laid, CUTOFF))
    for share in (found.completeness, found.spuriousness, found.longest_segment):
        assert 0.0 <= share <= 1.0
    assert found.ambiguity >= 1.0
    assert found.number_changes_per_s >= 0.0
    assert found.position_m <= 2.0 * np.sqrt(3.0) * 120.0
