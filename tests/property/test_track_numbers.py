"""Whatever blinks, turns or jumps: a number lives once at a time, and is given once."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.tracking.engine import Settings, track
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

SCANS, STEP_S = 24, 2.0
SITES = SiteBook(
    names=("r",),
    flat=True,
    origin=np.zeros((1, 3)),
    axes=np.eye(3)[None],
    sigma=np.array([[25.0, 0.0026, 0.0035, np.nan]]),
    detection=np.array([0.9]),
    false_plots=np.array([5.0]),
    reach=np.array([[1e3, 100e3]]),
    elevation=np.array([[-0.02, 1.2]]),
    period=np.array([STEP_S]),
)
# A flyer: place, speed, course, the scan of a turn of up to 9 g, and the scans without a plot.
FLYER = st.tuples(
    st.floats(20e3, 23e3),
    st.floats(0.0, 0.1),
    st.floats(100.0, 400.0),
    st.floats(0.0, 6.28),
    st.integers(6, 16),
    st.floats(-0.3, 0.3),
    st.sets(st.integers(5, 20), max_size=8),
)


def recorded(flyers, seed, order=None):
    """Return a recording of the flyers with noise; plots of a scan in another order if asked."""
    rng, shuffle = np.random.default_rng(seed), np.random.default_rng(order)
    scans = [[] for _ in range(SCANS)]
    for away, angle, speed, first, at, rate, blind in flyers:
        course = first
        x, y = away * np.sin(angle), away * np.cos(angle)
        for k in range(SCANS):
            course += rate * STEP_S if at <= k < at + 4 else 0.0
            x, y = x + speed * STEP_S * np.sin(course), y + speed * STEP_S * np.cos(course)
            noise = rng.normal(size=3) * [25.0, 0.0026, 0.0035]
            r = np.hypot(np.hypot(x, y), 5e3)
            z = np.array([r, np.arctan2(x, y), np.arcsin(5e3 / r)]) + noise
            if k not in blind:
                scans[k].append(z)
    if order is not None:
        scans = [[rows[i] for i in shuffle.permutation(len(rows))] for rows in scans]
    z = np.array([row for rows in scans for row in rows]).reshape(-1, 3)
    none = np.full(len(z), np.nan)
    return Recording(
        at=(np.arange(SCANS) * STEP_S * 1e9).astype(np.int64),
        sensor=np.zeros(SCANS, np.int32),
        start=np.r_[0, np.cumsum([len(rows) for rows in scans])].astype(np.int64),
        volume=np.ones(SCANS, bool),
        range_m=z[:, 0].copy(),
        azimuth_rad=z[:, 1].copy(),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=none,
        snr_db=none.astype(np.float32),
        address=np.full(len(z), -1, np.int32),
        height_m=none.copy(),
    )


@settings(max_examples=25, deadline=None)
@given(flyers=st.lists(FLYER, min_size=1, max_size=6), seed=st.integers(0, 99))
def test_numbers_live_once_and_the_order_of_plots_and_flyers_changes_nothing(flyers, seed):
    history = track(recorded(flyers, seed), SITES, Settings.imm())
    latest, places = 0, {}
    for k in range(SCANS):
        rows = np.flatnonzero(history.scan == k)
        numbers = history.number[rows]
        assert len(set(numbers)) == len(numbers)
        new = [n for n in numbers if n not in places]
        assert all(n > latest for n in new)  # a number is given once, and counts up
        latest = max([latest, *new])
        fed = history.plot[rows][history.updated[rows]]
        assert len(set(fed)) == len(fed)
        for n, place in zip(numbers, history.state[rows, :3], strict=True):
            places.setdefault(int(n), []).append((k, place))
    for path in places.values():  # what a number is told of does not jump
        for (a, here), (b, there) in pairwise(path):
            assert np.linalg.norm(there - here) < 12e3 * (b - a) / 3.0
    again = track(recorded(flyers, seed, order=seed), SITES, Settings.imm())
    for name in ("scan", "number", "state", "covariance", "updated"):
        assert np.array_equal(getattr(history, name), getattr(again, name))
