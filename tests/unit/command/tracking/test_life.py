"""No impossible tracks, and none better known than it is."""

import numpy as np
import pytest

from tdome.command.tracking.imm import ImmTracker
from tdome.command.tracking.laws.limits import (
    BALLISTIC,
    FASTEST,
    LEVEL,
    LEVEL_FASTEST,
    impossible1,
)
from tdome.messages.codes import TrackStatus


def _state(side, height, speed, sigma):
    plan = side.plan()
    x = np.concatenate([side.place(plan, [0, 0, height])[0], side.turn(plan, [0, speed, 0])[0]])
    return x[None], np.diag(np.repeat([50.0, sigma / np.sqrt(3.0)], 3) ** 2)[None]


@pytest.mark.parametrize(
    ("height", "law", "speed", "sigma", "over"),
    [
        (200e3, BALLISTIC, FASTEST - 50.0, 10.0, False),
        (200e3, BALLISTIC, FASTEST + 50.0, 10.0, True),
        (200e3, BALLISTIC, FASTEST + 50.0, 1e9, True),  # a diverged filter owns up to its error
        (5e3, BALLISTIC, 2_000.0, 10.0, True),  # level, in dense air
        (12e3, BALLISTIC, 2_000.0, 10.0, False),
        (5e3, LEVEL, LEVEL_FASTEST + 50.0, 10.0, True),
        (5e3, LEVEL, LEVEL_FASTEST + 50.0, 300.0, False),
        (5e3, LEVEL, 700.0, 10.0, False),
        (15e3, LEVEL, LEVEL_FASTEST + 50.0, 10.0, False),
    ],
)
def test_limits_of_speed(side, height, law, speed, sigma, over):
    x, p = _state(side, height, speed, sigma)
    assert impossible1(x[0], p[0], law) is over
    assert impossible1(np.full(6, np.nan), p[0], law)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("speed", [2_500.0, 8_000.0])
def test_plots_that_no_level_flyer_can_make_are_no_track(side, speed):
    plan = side.plan()
    messages = [
        side.scan(plan, side.place(plan, [0, 60e3 - speed * t, 4e3]), t, seq=k)
        for k, t in enumerate(np.arange(0.0, 13.0, 4.0))
    ]
    _, answers = side.run(ImmTracker(plan), messages)
    for tracks, _ in answers:
        assert not np.any(tracks.status == TrackStatus.CONFIRMED)


def test_the_fastest_missile_is_tracked(side):
    plan = side.plan()
    flight = side.arc(plan, [0, 380e3, 90e3], [0, -4_600, -500])
    messages = [
        side.scan(plan, flight[t, 1:4], float(t), seq=k) for k, t in enumerate(range(0, 40, 4))
    ]
    _, answers = side.run(ImmTracker(plan), messages)
    assert answers[-1][0].track_number.tolist() == [1]


def test_a_boosting_missile_is_not_believed_better_known_than_it_is(side):
    plan = side.plan()
    rng = np.random.default_rng(5)

    def where(t):
        # 20 m/s^2 along a straight path: neither law has that.
        along = 300.0 * t + 10.0 * t * t
        return side.place(plan, [0.0, 150e3 - 0.7 * along, 10e3 + 0.7 * along])

    errors = []
    for _ in range(8):
        messages = [
            side.scan(plan, where(float(t)), t, rng, seq=k) for k, t in enumerate(range(2, 66, 2))
        ]
        _, answers = side.run(ImmTracker(plan), messages)
        for tracks, _ in answers[31::2]:
            fed = tracks.updated_at == tracks.header.valid_at
            for state, packed in zip(tracks.state[fed], tracks.covariance[fed], strict=True):
                full = side.covariance(packed[None])[0][:3, :3]
                off = state[:3] - where((tracks.header.valid_at - side.T0) / side.NS)[0]
                errors.append(off @ np.linalg.solve(full, off))
    assert np.median(errors) < 5.0  # 2.4 if the law were right, 5.6 if it were trusted
