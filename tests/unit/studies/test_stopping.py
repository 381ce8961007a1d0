"""When a study stops, and that the intervals it states then hold what they say."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tdome.messages.base import Floats
from tdome.studies.api import study
from tdome.studies.design.schema import Budget, Design, Stop, StudyFile
from tdome.studies.running.stopping import Schedule, half_width, is_tight

POINTS = 300
TRUTH = 11.0  # mean of the noise engine's loss: 10 rounds and an exponential of mean 1


def repeated(**more: Any) -> dict[str, Any]:
    """Return a study of many points that are alike, each with seeds of its own: many studies."""
    rain = {"name": "rain", "path": "scenario.weather.rain_mm_h"}
    return {
        "name": "repeated",
        "scenario": "first-steps",
        "engine": "tests.study_engines:Noise",
        "factors": [rain | {"levels": [0.1 * k for k in range(POINTS)]}],
        "design": {"common_random_numbers": False, "replicates": more.pop("replicates")},
        **more,
    }


@pytest.mark.parametrize(
    ("rule", "least", "most"),
    [
        ({"replicates": 80}, 0.92, 0.98),
        ({"replicates": 2000, "stop": {"measure": "loss", "relative": 0.015}}, 0.92, 0.98),
        (
            {
                "replicates": 3000,
                "stop": {"measure": "loss", "half_width": 0.3, "rule": "any-time"},
            },
            0.96,
            1.0,
        ),
    ],
    ids=["fixed", "t", "any-time"],
)
def test_stated_intervals_cover_the_truth(
    rule: dict[str, Any], least: float, most: float, tmp_path: Path
) -> None:
    """Bar 4 of the issue: 92-98 %, over 300 studies of skewed noise; any-time may cover more."""
    done = study(repeated(**rule), workers=0, out=tmp_path / "s")
    means = done.mean("loss")
    low, high = means["low"].to_numpy(), means["high"].to_numpy()
    covered = float(np.mean((low <= TRUTH) & (high >= TRUTH)))
    assert least <= covered <= most, covered
    assert {status for _, status, _ in done.ends} == {"tight" if "stop" in rule else "replicates"}


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50), st.integers(2, 200))
def test_any_time_is_never_narrower_than_students(values: list[float], floor: int) -> None:
    sample = np.array(values)
    assert half_width(sample, "any-time", floor) >= 0.99 * half_width(sample) or len(values) < 10


def test_an_interval_needs_two_values_and_all_of_them() -> None:
    assert half_width(np.array([3.0])) == math.inf
    assert half_width(np.array([3.0, math.nan, 4.0])) == math.inf
    assert half_width(np.array([1.0, 3.0])) == pytest.approx(12.7062)  # t of 1: 12.7062 * 1


def test_absolute_or_relative_is_enough() -> None:
    sample = np.array([9.0, 11.0] * 20)  # half 0.324
    for stop, tight in (
        (Stop(measure="x", half_width=0.4), True),
        (Stop(measure="x", half_width=0.3), False),
        (Stop(measure="x", relative=0.04), True),
        (Stop(measure="x", half_width=0.3, relative=0.04), True),
        (Stop(measure="x", relative=0.03), False),
    ):
        assert is_tight(sample, stop) == tight


def rounds(points: int, spread: list[float], **more: Any) -> tuple[Schedule, list[list[int]]]:
    """Return the rounds of a study whose points have alternating values of such spreads."""
    file = StudyFile(name="x", scenario="x", **more)
    schedule = Schedule(file, points)

    def sample(point: int, n: int) -> Floats:
        return np.resize([-spread[point], spread[point]], n)

    return schedule, [list(goals) for goals in schedule.rounds(sample)]


STOP = Stop(measure="x", half_width=0.25, floor=16, batch=8)


def test_each_point_stops_on_its_own_when_two_looks_are_tight() -> None:
    schedule, seen = rounds(3, [0.1, 0.6, 9.0], design=Design(replicates=48), stop=STOP)
    assert seen == [[16] * 3, [24] * 3, [24, 32, 32], [24, 40, 40], [24, 40, 48]]
    assert schedule.why == ["tight", "tight", "replicates"]


def test_a_budget_of_replicates_is_shared_alike() -> None:
    schedule, seen = rounds(
        3,
        [0.1, 9.0, 9.0],
        design=Design(replicates=400),
        stop=STOP,
        budget=Budget(replicates=3 * 24 + 2 * 8 + 3),
    )
    assert seen == [[16] * 3, [24] * 3, [24, 32, 32], [24, 33, 33]]
    assert schedule.why == ["tight", "budget", "budget"]


def test_without_a_rule_all_have_the_same() -> None:
    assert rounds(2, [1, 1], design=Design(replicates=30))[1] == [[30, 30]]
    few = rounds(2, [1, 1], design=Design(replicates=30), budget=Budget(replicates=11))
    assert few[1] == [[5, 5]]
    assert few[0].why == ["budget", "budget"]
    timed = rounds(2, [1, 1], design=Design(replicates=40), budget=Budget(seconds=1.0))
    assert timed[1] == [[16, 16], [32, 32], [40, 40]]
