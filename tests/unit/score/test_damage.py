"""Damage: the layer formula by default; hardening, dispersal and kind act, in the right way."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.plan.books.assets import AssetBook, asset_book
from tdome.plan.schema import Asset
from tdome.score.damage import HARDENED, OPEN, VITAL, kill_given_hit, share_left

PLACE = {"name": "a", "lat_deg": 25.0, "lon_deg": 121.0, "radius_km": 3.0, "value": 10.0}
SRBM = 0.15


def book(**keys: object) -> AssetBook:
    return asset_book([Asset(**PLACE, **keys)])


def left(damage: list[float], **keys: object) -> float:
    hits = np.zeros(len(damage), np.int32)
    return float(share_left(book(**keys), hits, np.array(damage))[0])


def test_by_default_it_is_the_layer_formula():
    assert left([0.1, 0.2]) == pytest.approx(0.9 * 0.8)
    assert left([]) == 1.0


def test_what_came_down_elsewhere_takes_nothing():
    assert share_left(book(), np.array([-1], np.int32), np.array([0.5])).tolist() == [1.0]


def test_the_umpires_rolls():
    assert kill_given_hit(0.0) == pytest.approx(0.85)
    assert 1.0 - (1.0 - kill_given_hit(1.0)) ** 2 == pytest.approx(0.75)


@pytest.mark.parametrize("kind", ["area", "city", *VITAL])
def test_hardening_lowers_the_loss(kind):
    shares = [left([SRBM] * 3, kind=kind, hardening=h) for h in (0.0, 0.3, 0.6, 1.0)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]
    one = [1.0 - left([SRBM], kind=kind, hardening=h) for h in (0.0, 1.0)]
    assert one[1] / one[0] == pytest.approx(HARDENED / OPEN)


@pytest.mark.parametrize("kind", ["area", "port"])
def test_one_hit_on_a_dispersed_asset_takes_less(kind):
    assert 1.0 - left([SRBM], kind=kind, dispersal=5) == pytest.approx(
        (1.0 - left([SRBM], kind=kind)) / 5.0
    )


def test_the_loss_is_the_expected_value_of_hits_on_aim_points_at_random():
    """Closed form against a draw of which of three aim points each of four hits kills."""
    rng = np.random.default_rng(1)
    n, hits, trials = 3, 4, 40_000
    kill = VITAL["command"] * OPEN
    struck = rng.integers(0, n, (trials, hits))
    killed = rng.random((trials, hits)) < kill
    alive = [np.all((struck != point) | ~killed, axis=1).mean() for point in range(n)]
    assert left([SRBM] * hits, kind="command", dispersal=n) == pytest.approx(
        np.mean(alive), abs=0.005
    )


def test_a_decoy_does_nothing_to_any_kind():
    assert all(left([0.0], kind=kind) == 1.0 for kind in ("area", *VITAL))


def test_a_dam_is_harder_to_hit_than_a_command_post():
    assert left([SRBM], kind="reservoir") > left([SRBM], kind="port") > left([SRBM], kind="command")


@given(
    st.lists(st.floats(0.0, 1.0), max_size=8),
    st.sampled_from(["area", "city", *VITAL]),
    st.floats(0.0, 1.0),
    st.integers(1, 20),
)
def test_it_is_a_share_and_more_hits_never_help(damage, kind, hardening, dispersal):
    shares = [
        left(damage[:k], kind=kind, hardening=hardening, dispersal=dispersal)
        for k in range(len(damage) + 1)
    ]
    assert all(0.0 <= share <= 1.0 for share in shares)
    assert all(after <= before for before, after in pairwise(shares))
