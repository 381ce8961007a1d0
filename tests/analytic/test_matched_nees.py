"""A filter whose targets fly as it believes tells its own errors rightly, neither more nor less."""

import numpy as np
import pytest
from benchmarks.tracking.bars.consistency import MATCHED, STATE, last_nees
from msgspec.structs import replace

FLIGHTS = 300
SURE = 2.58  # 99 %: with 95 % one of twenty right filters would fail


@pytest.mark.parametrize("name", MATCHED)
def test_matched_flights_keep_the_bounds(name: str) -> None:
    values = last_nees(MATCHED[name], FLIGHTS, 7101)
    assert np.isfinite(values).mean() > 0.99
    values = values[np.isfinite(values)]
    half = SURE * values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - STATE) <= half


def test_a_filter_that_believes_in_less_noise_than_there_is_is_found_out() -> None:
    flown = MATCHED["EKF"]
    values = last_nees(flown, 100, 7102, replace(flown, acceleration=(2.0, 0.5), gate=30.0))
    assert np.nanmean(values) > STATE + 3.0


@pytest.mark.parametrize("rate_sigma", [1.0, 10.0])
@pytest.mark.parametrize("name", MATCHED)
def test_matched_flights_keep_the_bounds_with_range_rates(name: str, rate_sigma: float) -> None:
    values = last_nees(MATCHED[name], FLIGHTS, 7103, rate_sigma=rate_sigma)
    assert np.isfinite(values).mean() > 0.99
    values = values[np.isfinite(values)]
    half = SURE * values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - STATE) <= half
