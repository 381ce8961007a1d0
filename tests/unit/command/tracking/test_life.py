"""No impossible tracks, and none better known than it is."""

import numpy as np
import pytest

from tdome.command.tracking.gnn import GnnTracker
from tdome.command.tracking.life import FASTEST, LEVEL_FASTEST, impossible
from tdome.command.tracking.table import BALLISTIC, LEVEL
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
        (5e3, BALLISTIC, 2_000.0, 10.0, False),
        (5e3, LEVEL, LEVEL_FASTEST + 50.0, 10.0, True),
        (5e3, LEVEL, LEVEL_FASTEST + 50.0, 300.0, False),
        (5e3, LEVEL, 700.0, 10.0, False),
        (15e3, LEVEL, LEVEL_FASTEST + 50.0, 10.0, False),
    ],
)
def test_limits_of_speed(side, height, law, speed, sigma, over):
    x, p = _state(side, height, speed, sigma)
    assert impossible(x, p, np.array([law], np.int8)).tolist() == [over]
    assert impossible(np.full((1, 6), np.nan), p, np.array([law], np.int8)).tolist() == [True]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("speed", [2_500.0, 8_000.0])
def test_plots_that_no_level_flyer_can_make_are_no_track(side, speed):
    plan = side.plan()
    messages = [
        side.scan(plan, side.place(plan, [0, 60e3 - speed * t, 4e3]), t, seq=k)
        for k, t in enumerate(np.arange(0.0, 13.0, 4.0))
    ]
    _, answers = side.run(GnnTracker(plan), messages)
    for tracks, _ in answers:
        assert not np.any(tracks.status == TrackStatus.CONFIRMED)


def test_the_fastest_missile_is_tracked(side):
    plan = side.plan()
    flight = side.arc(plan, [0, 380e3, 90e3], [0, -4_600, -500])
    messages = [
        side.scan(plan, flight[t, 1:4], float(t), seq=k) for k, t in enumerate(range(0, 40, 4))
    ]
    _, answers = side.run(GnnTracker(plan), messages)
    assert answers[-1][0].track_number.tolist() == [1]


def test_a_boosting_missile_is_not_believed_better_known_than_it_is(side):
    plan = side.plan()
    rng = np.random.default_rng(5)
    worst = []
    for _ in range(6):
        tracker, state, errors = GnnTracker(plan), None, []
        for k in range(16):
            t = 4.0 * k
            # 25 m/s^2 along the path, on a straight line: neither law has that.
            along = 300.0 * t + 12.5 * t * t
            where = side.place(plan, [0.0, 200e3 - 0.7 * along, 10e3 + 0.7 * along])
            state, answers = side.run(
                tracker, [side.scan(plan, where, t + 0.5, rng, seq=k)], state, until=t + 0.5
            )
            tracks = answers[-1][0]
            if k >= 8 and len(tracks):
                full = side.covariance(tracks.covariance)[0][:3, :3]
                off = tracks.state[0, :3] - where[0]
                errors.append(off @ np.linalg.solve(full, off))
        worst.append(np.median(errors))
    assert np.median(worst) < 7.8  # chi-square, 3 degrees of freedom, 95 %
