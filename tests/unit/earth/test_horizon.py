"""The radio horizon against the table of domain.md, section 5.8."""

import numpy as np
import pytest

from tdome.earth.horizon import above_horizon1, radio_horizon

# d = 4.12 (sqrt h1 + sqrt h2) km; the factor in full is 4.1218, so 0.05 % apart.
TABLE = [
    (10, 30, 35.595),
    (10, 100, 54.229),
    (15, 5, 25.169),
    (15, 50, 45.089),
    (2600, 30, 232.646),
]


@pytest.mark.parametrize(("h1", "h2", "km"), TABLE)
def test_table(h1: float, h2: float, km: float) -> None:
    assert radio_horizon(h1, h2) == pytest.approx(km * 1e3, rel=6e-4)
    assert above_horizon1(km * 1e3, h1, h2)
    assert not above_horizon1(km * 1e3 * 1.002, h1, h2)


def test_it_is_symmetric_and_grounds_count_as_zero() -> None:
    heights = np.array([0.0, 10.0, 3000.0])
    both = radio_horizon(heights[:, None], heights)
    assert np.array_equal(both, both.T)
    assert radio_horizon(-5.0, 20.0) == radio_horizon(0.0, 20.0)
    assert not above_horizon1(1.0, -5.0, 0.0)
