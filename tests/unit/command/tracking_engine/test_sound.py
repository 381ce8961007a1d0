"""Directions of sound: a track is compared where it was when the sound left it."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.engine import Engine, Settings
from tdome.command.tracking.engine.directions.sound import delay, lay, lay_back
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.command.tracking.engine.layout import (
    AIR,
    COVARIANCE,
    FULL,
    HEAD,
    LOOK,
    SLOT,
    SOUND,
    SPLIT,
    WEIGHT,
    WHOLE,
)
from tdome.command.tracking.partial.crossing import SOUND as SPEED
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

LOWER = np.tril_indices(7)
ARRAY = [np.nan, np.radians(3.0), np.radians(5.0), np.nan]
RADAR = [25.0, 0.003, 0.003, np.nan]
DRONE = np.array([-2500.0, -1500.0, 300.0, 50.0, 15.0, 0.0])  # 52 m/s
NS = 1_000_000_000


def book(places, sigma):
    n = len(places)
    heard = np.array([np.isnan(row[0]) for row in sigma])
    return SiteBook(
        names=tuple(f"s{i}" for i in range(n)),
        flat=True,
        origin=np.array(places, float),
        axes=np.tile(np.eye(3), (n, 1, 1)),
        sigma=np.array(sigma, float),
        detection=np.full(n, 0.9),
        false_plots=np.full(n, 0.02),
        reach=np.tile([0.0, 8e3], (n, 1)),
        elevation=np.tile([-0.2, 1.6], (n, 1)),
        period=np.ones(n),
        sound=heard,
    )


def heard(sites, seconds, seed, silent=()):
    """Return what sites would tell each second of DRONE; silent: sites that stop after 30 s."""
    rng = np.random.default_rng(seed)
    rows = []
    for t in range(seconds):
        for s in range(len(sites)):
            if s in silent and t >= 30:
                continue
            at = t + 0.1 * s
            left = at
            for _ in range(30 if sites.sound[s] else 0):
                place = DRONE[:3] + left * DRONE[3:]
                left = at - np.linalg.norm(place - sites.origin[s]) / SPEED
            d = DRONE[:3] + left * DRONE[3:] - sites.origin[s]
            z = [np.linalg.norm(d), np.arctan2(d[0], d[1]), np.arctan2(d[2], np.hypot(d[0], d[1]))]
            rows.append([at, s, *(np.array(z) + sites.sigma[s, :3] * rng.normal(size=3))])
    rows = np.array(rows)
    n = len(rows)
    return Recording(
        at=np.round(rows[:, 0] * NS).astype(np.int64),
        sensor=rows[:, 1].astype(np.int32),
        start=np.arange(n + 1),
        volume=np.ones(n, bool),
        range_m=rows[:, 2].copy(),
        azimuth_rad=np.mod(rows[:, 3], 2 * np.pi),
        elevation_rad=rows[:, 4].copy(),
        range_rate_m_s=np.full(n, np.nan),
        snr_db=np.full(n, 20.0, np.float32),
        address=np.full(n, -1, np.int32),
        height_m=np.full(n, np.nan),
    )


def off(history, since):
    """Return how far ahead of the drone tracks are, and how far away, m, mean since s."""
    row = np.flatnonzero(history.at >= since * NS)
    true = DRONE[:3] + (history.at[row] / NS)[:, None] * DRONE[3:]
    error = history.state[row, :3] - true
    along = error @ DRONE[3:] / np.linalg.norm(DRONE[3:])
    return along.mean(), np.linalg.norm(error, axis=1).mean()


@pytest.mark.parametrize("size", [6, 7])
def test_a_slot_is_laid_as_by_its_matrix_and_back_again(size):
    rng = np.random.default_rng(size)
    root = rng.normal(size=(7, 7))
    p, x = root @ root.T, rng.normal(size=7)
    rows = np.zeros((1, FULL))
    rows[0, HEAD : HEAD + 7] = x
    rows[0, HEAD + COVARIANCE : HEAD + COVARIANCE + 28] = p[LOWER]
    before = rows.copy()
    lay(rows, 0, HEAD, size, -3.5)
    f = np.eye(7)
    f[:3, 3:6] = -3.5 * np.eye(3)
    assert rows[0, HEAD : HEAD + 7] == pytest.approx(f @ x)
    want = f @ p @ f.T
    low = LOWER[0] < size
    got = rows[0, HEAD + COVARIANCE : HEAD + COVARIANCE + 28]
    assert got[low] == pytest.approx(want[LOWER][low])
    lay(rows, 0, HEAD, size, 3.5)
    assert rows == pytest.approx(before, abs=1e-12)


def test_modes_are_combined_whole_before_they_are_laid_back():
    """Between updates slot 0 holds the covariance of places alone."""
    rng = np.random.default_rng(9)
    sites = site_rows(book([[0.0, 0.0, 0.0]], [ARRAY]))
    rows, whole = np.zeros((1, FULL)), np.zeros((1, WHOLE), np.int64)
    whole[0, SPLIT] = AIR
    x = np.r_[3000.0, 1000.0, 300.0, 40.0, -20.0, 1.0, 0.0]
    root = rng.normal(size=(7, 7))
    p = root @ root.T * 100.0
    for m in range(3):
        at = HEAD + (m + 1) * SLOT
        rows[0, at : at + 7] = x
        rows[0, at + COVARIANCE : at + COVARIANCE + 28] = p[LOWER]
        rows[0, WEIGHT + m] = 1.0 / 3.0
    rows[0, HEAD : HEAD + 6] = x[:6]
    rows[0, HEAD + COVARIANCE : HEAD + COVARIANCE + 21] = 1e9  # stale
    part, back = np.zeros(1, np.int32), np.zeros(1)
    settings = Settings.imm().numbers(flat=True)
    looks, miss = np.zeros((1, LOOK)), np.zeros(1)
    assert lay_back(rows, whole, part, 1, sites, 0, settings, looks, miss, back) == 1
    f = np.eye(6)
    f[:3, 3:] = -back[0] * np.eye(3)
    want = f @ p[:6, :6] @ f.T
    got = rows[0, HEAD + COVARIANCE : HEAD + COVARIANCE + 21]
    assert got == pytest.approx(want[np.tril_indices(6)])


def test_the_delay_is_that_of_the_way_from_where_it_was():
    sites = site_rows(book([[100.0, 200.0, 3.0]], [ARRAY]))
    rows = np.zeros((1, FULL))
    rows[0, HEAD : HEAD + 6] = [4000.0, -1000.0, 500.0, 200.0, 30.0, -5.0]
    tau = delay(rows, 0, sites, 0)
    left = rows[0, HEAD : HEAD + 3] - tau * rows[0, HEAD + 3 : HEAD + 6]
    assert np.linalg.norm(left - [100.0, 200.0, 3.0]) == pytest.approx(SPEED * tau, rel=0.03)
    assert sites[0, SOUND] == 1.0 / SPEED


@pytest.mark.parametrize("settings", [Settings.imm(), Settings.gnn_ekf(), Settings.ukf()])
def test_sound_alone_carries_a_track_without_lag(settings):
    """A radar falls silent after 30 s; arrays hear on. Taken for light, the track falls back."""
    sites = book([[0, 0, 5.0], [1500, 2500, 3.0], [2500, -2500, 3.0]], [RADAR, ARRAY, ARRAY])
    ends = {"sound": [], "light": []}
    for seed in range(4):
        recording = heard(sites, 70, seed, silent=(0,))
        for name, told in (("sound", sites.sound), ("light", None)):
            history = Engine(msgspec.structs.replace(sites, sound=told), settings).fold(recording)
            assert len(np.unique(history.number)) == 1
            ends[name].append(off(history, 60.0))
    ahead, away = np.mean(ends["sound"], axis=0)
    late, far = np.mean(ends["light"], axis=0)
    assert abs(ahead) < 60.0
    assert late < -1.5 * abs(ahead) - 60.0
    assert away < 0.75 * far


def test_three_arrays_find_a_drone_where_it_is_now():
    sites = book([[0.0, 0.0, 3.0], [2500.0, 0.0, 3.0], [0.0, 2500.0, 3.0]], [ARRAY] * 3)
    found = []
    for seed in range(4):
        history = Engine(sites, Settings.imm()).fold(heard(sites, 80, seed))
        assert len(history)
        found.append(off(history, 60.0))
    ahead, away = np.mean(found, axis=0)
    assert abs(ahead) < 80.0
    assert away < 200.0


def test_what_flies_faster_than_sound_is_not_fed_by_it():
    sites = book([[0.0, 0.0, 5.0], [1500.0, 500.0, 3.0]], [RADAR, ARRAY])
    recording = heard(sites, 40, 0, silent=(0,))
    y = 400.0 * (np.arange(len(recording)) // 2) - 3000.0
    fast = recording.sensor == 0
    recording.range_m[fast] = np.hypot(y, 1000.0)[fast]
    recording.azimuth_rad[fast] = np.mod(np.arctan2(1000.0, y), 2 * np.pi)[fast]
    recording.elevation_rad[fast] = 0.05
    history = Engine(sites, Settings.imm()).fold(recording)
    by_sound = history.updated & (recording.sensor[history.scan] == 1)
    assert not (by_sound & (np.linalg.norm(history.state[:, 3:], axis=1) > 300.0)).any()
