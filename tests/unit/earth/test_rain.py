"""Rain on radio paths, against the printed table of ITU-R P.838-3 and geometry."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.earth.horizon import EFFECTIVE_DIAMETER
from tdome.earth.rain import RAIN_HEIGHT, coefficients, rain_loss, wet_path1


# ITU-R P.838-3, table 5: frequency in GHz, k_H, alpha_H, k_V, alpha_V.
@pytest.mark.parametrize(
    ("ghz", "k_h", "alpha_h", "k_v", "alpha_v"),
    [
        (1.0, 0.0000259, 0.9691, 0.0000308, 0.8592),
        (3.0, 0.0001390, 1.2322, 0.0001942, 1.0688),
        (5.0, 0.0002162, 1.6969, 0.0002428, 1.5317),
        (6.0, 0.0007056, 1.5900, 0.0004878, 1.5728),
        (10.0, 0.01217, 1.2571, 0.01129, 1.2156),
        (15.0, 0.04481, 1.1233, 0.05008, 1.0440),
        (20.0, 0.09164, 1.0568, 0.09611, 0.9847),
    ],
)
def test_coefficients_are_the_printed_ones(ghz, k_h, alpha_h, k_v, alpha_v):
    assert coefficients(ghz * 1e9) == pytest.approx((k_h, alpha_h, k_v, alpha_v), rel=1e-3)


def test_loss_of_circular_polarisation():
    # 10 GHz, 25 mm/h: 0.01217 25^1.2571 = 0.696 and 0.01129 25^1.2156 = 0.565 dB/km.
    low, high = 0.01129 * 25**1.2156, 0.01217 * 25**1.2571
    assert low < rain_loss(10e9, 25.0) * 1e3 < high
    assert rain_loss(10e9, 25.0) * 1e3 == pytest.approx(0.629, abs=0.002)


def test_no_rain_and_long_waves_lose_nothing():
    assert rain_loss(10e9, 0.0) == 0.0
    assert rain_loss(0.45e9, 50.0) == 0.0


@given(ghz=st.floats(1.0, 100.0), rain=st.floats(0.1, 200.0))
def test_more_rain_loses_more(ghz, rain):
    assert 0.0 < rain_loss(ghz * 1e9, rain) < rain_loss(ghz * 1e9, rain * 1.1)


def test_the_whole_path_under_the_top_is_wet():
    assert wet_path1(40e3, 10.0, 4_900.0) == 40e3
    assert wet_path1(40e3, 9_000.0, 6_000.0) == 0.0


@given(low=st.floats(0.0, 4_900.0), high=st.floats(5_100.0, 50_000.0), extra=st.floats(1.0, 3e5))
def test_the_wet_part_ends_at_the_top(low, high, extra):
    distance = high - low + extra
    wet = wet_path1(distance, low, high)
    assert wet == wet_path1(distance, high, low)
    assert 0.0 < wet <= distance
    sine = (high - low) / distance - distance / EFFECTIVE_DIAMETER
    top = low + wet * sine + wet * wet / EFFECTIVE_DIAMETER
    assert top == pytest.approx(RAIN_HEIGHT, abs=0.01)


def test_straight_up_it_is_the_height_of_the_rain():
    assert wet_path1(20e3, 1e3, 21e3) == pytest.approx(4e3, rel=1e-3)
    assert math.isclose(wet_path1(10e3, 0.0, 10e3), 5e3, rel_tol=1e-3)
