"""What stands is set aside, and what moves, however slowly, or moves again, is told."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.command.tracking.engine.radar.still import LEAST
from tdome.command.tracking.engine.settings import STANDS
from tdome.messages.recording import Recording

from .conftest import SIGMA, sites_of

PERIOD = 4.0
SITES = sites_of(np.zeros((1, 3)), np.eye(3)[None], false_plots=1.0)
NEVER = Settings.imm()
HIDING = msgspec.structs.replace(NEVER, still=STANDS)


def seen(where, seed=1, pd=1.0, address=-1):
    """Return a recording of one thing at places (scans, 3), one scan every 4 s."""
    rng, m = np.random.default_rng(seed), len(where)
    flat = np.hypot(where[:, 0], where[:, 1])
    z = np.c_[
        np.linalg.norm(where, axis=1),
        np.arctan2(where[:, 0], where[:, 1]),
        np.arctan2(where[:, 2], flat),
    ]
    z += rng.normal(size=z.shape) * SIGMA
    met = rng.uniform(size=m) < pd
    z, count = z[met], int(met.sum())
    nan = np.full(count, np.nan)
    return Recording(
        at=np.round(np.arange(m) * PERIOD * 1e9).astype(np.int64),
        sensor=np.zeros(m, np.int32),
        start=np.r_[0, np.cumsum(met)].astype(np.int64),
        volume=np.ones(m, np.bool_),
        range_m=z[:, 0].copy(),
        azimuth_rad=z[:, 1].copy(),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=nan,
        snr_db=nan.astype(np.float32),
        address=np.full(count, address, np.int32),
        height_m=nan.copy(),
    )


def standing(scans=60):
    return np.tile([6e3, 10e3, 400.0], (scans, 1))


def last_told(history):
    return PERIOD * history.scan.max()


@pytest.mark.parametrize("settings", [HIDING, msgspec.structs.replace(
    HIDING, association="jpda")], ids=["gnn", "jpda"])  # fmt: skip
def test_what_stands_is_told_for_a_minute_and_kept(settings):
    recording = seen(standing())
    history = track(recording, SITES, settings)
    assert LEAST <= last_told(history) < 2.0 * LEAST
    assert last_told(track(recording, SITES, NEVER)) == 59 * PERIOD
    engine = Engine(SITES, settings)
    engine.fold(recording)
    assert engine.confirmed == engine.still == 1
    assert engine.standing(int(recording.at[-1])).still.tolist() == [True]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("speed", [10.0, 25.0])
def test_slow_flyers_straight_or_in_circles_are_never_set_aside(speed, seed):
    t = PERIOD * np.arange(60)
    turn = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi)
    straight, circle = standing(), standing()
    straight[:, 0] += speed * t * np.cos(turn)
    straight[:, 1] += speed * t * np.sin(turn)
    circle[:, 0] += 200.0 * np.cos(speed * t / 200.0 + turn)
    circle[:, 1] += 200.0 * np.sin(speed * t / 200.0 + turn)
    for where in (straight, circle):
        recording = seen(where, seed)
        ours, never = (track(recording, SITES, one) for one in (HIDING, NEVER))
        np.testing.assert_array_equal(ours.scan, never.scan)
        np.testing.assert_array_equal(ours.state, never.state)


def test_what_stood_and_moves_is_told_again_with_its_number():
    where = standing(80)
    where[50:, 0] += 25.0 * PERIOD * np.arange(30)
    history = track(seen(where), SITES, HIDING)
    assert not np.isin(np.arange(35, 50), history.scan).any()
    assert np.isin(np.arange(56, 80), history.scan).all()
    assert set(history.number.tolist()) == {1}


def test_what_tells_an_address_is_told_though_it_stands():
    named = track(seen(standing(), address=7), SITES, HIDING)
    assert last_told(named) == 59 * PERIOD
