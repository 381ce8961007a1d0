"""Extinction of a beam: printed values and directions."""

import math

import pytest

from tdome.earth.transmission import extinction


def test_kruse_by_hand():
    # V = 10 km: 3.912 / 10 (1.06 / 0.55)^-1.3 = 0.1667 per km.
    assert extinction(10e3, 0.0) * 1e3 == pytest.approx(0.1667, rel=1e-3)


def test_rain_adds_carbonneau():
    # 1.076 * 10^0.67 = 5.033 dB/km = 1.159 per km.
    added = extinction(10e3, 10.0) - extinction(10e3, 0.0)
    assert added * 1e3 == pytest.approx(5.033 / (10.0 / math.log(10.0)), rel=1e-3)


def test_fog_is_worse_than_haze_is_worse_than_clear_air():
    values = [extinction(km * 1e3, 0.0) for km in (0.2, 1.0, 5.0, 6.5, 20.0, 60.0)]
    assert values == sorted(values, reverse=True)
