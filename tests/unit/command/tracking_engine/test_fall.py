"""The core under the law of fall: arcs are found as such, flight in the air is not."""

import os
import subprocess
import sys
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from scipy.spatial import cKDTree

from tdome.command.tracking.engine import Engine, Settings, track
from tdome.earth.wgs84 import ecef_to_geodetic, geodetic_to_ecef
from tdome.messages.recording import LAW_COLUMNS, PLOT_COLUMNS

from .falls import AXES, BASE, LAT, LON, NS, aircraft, arcs, radar, salvo, seen, state

IMM = Settings.imm()
JPDA = msgspec.structs.replace(IMM, association="jpda")
COLUMNS = ("scan", "at", "number", "state", "covariance", "updated", "plot", *LAW_COLUMNS)
DRAG = 1.0 / 6_000.0


def same(a, b):
    return all(
        np.array_equal(getattr(a, name), getattr(b, name), equal_nan=name not in {"plot"})
        for name in COLUMNS
    )


def errors(history, paths):
    """Each row's nearest body's state less its own, (n, 6)."""
    out = np.empty((len(history), 6))
    for k in np.unique(history.scan):
        rows = np.flatnonzero(history.scan == k)
        there = paths[k][np.isfinite(paths[k, :, 0])]
        out[rows] = there[cKDTree(there[:, :3]).query(history.state[rows, :3])[1]]
    return out - history.state


@pytest.fixture(scope="module")
def fall():
    paths = salvo()
    return paths, track(seen(paths), radar(), IMM)


def test_bodies_on_exact_arcs_are_tracked_under_the_law_of_fall(fall):
    paths, history = fall
    assert len(np.unique(history.number)) == paths.shape[1]
    late = history.at > 20 * NS
    assert history.ballistic[late].mean() > 0.99
    off = errors(history, paths)
    nees = np.einsum("ni,nij,nj->n", off, np.linalg.inv(history.covariance), off)
    # The believed unrest of air and body, which these have not, makes the errors smaller than told.
    assert 2.0 < nees[late].mean() < 7.0
    assert np.linalg.norm(off[late, :3], axis=1).mean() < 100.0
    assert np.linalg.norm(off[late, 3:], axis=1).mean() < 25.0


def test_the_drag_is_found_once_there_is_air(fall):
    _, history = fall
    last = np.array([np.flatnonzero(history.number == n)[-1] for n in np.unique(history.number)])
    off = history.ln_inv_beta[last] - np.log(DRAG)
    assert np.abs(off).max() < 0.25
    assert (off / history.ln_inv_beta_sigma[last]).std() < 1.5
    first = np.array([np.flatnonzero(history.number == n)[5] for n in np.unique(history.number)])
    assert (history.ln_inv_beta_sigma[last] < 0.5 * history.ln_inv_beta_sigma[first]).all()
    assert (history.powered[last] < 0.05).all()


def test_air_alone_does_worse(fall):
    paths, history = fall
    plain = track(seen(paths), radar(), msgspec.structs.replace(IMM, fall=False))
    assert not plain.ballistic.any()
    assert np.isnan(plain.ln_inv_beta).all()

    # Three modes of an aircraft do not follow a body that brakes by 100 m/s^2.
    assert (np.linalg.norm(errors(plain, paths)[:, :3], axis=1) < 500.0).sum() < 0.7 * len(history)


@pytest.mark.parametrize("settings", [IMM, JPDA])
def test_aircraft_never_turn_ballistic(settings):
    paths = aircraft()
    history = track(seen(paths, pd=0.9, clutter=5.0), radar(), settings)
    off = np.linalg.norm(errors(history, paths), axis=1)
    assert not history.ballistic[off < 1e3].any()
    last = history.scan == history.scan.max()
    assert (off[last] < 500.0).sum() == paths.shape[1]


def test_a_rocket_under_power_is_told_as_such():
    """Thrust of 40 m/s^2 along the velocity for 40 s, then a fall; above where aircraft fly."""
    x = state(0.0, 100e3, 16e3, 0.0, -60.0, 260.0)
    paths = np.empty((45, 1, 6))
    for k in range(45):
        paths[k, 0] = x
        for _ in range(200):
            v = x[3:]
            push = 40.0 * v / np.linalg.norm(v) if k < 20 else 0.0
            x = x + 0.01 * np.r_[v, push - 9.8 * x[:3] / np.linalg.norm(x[:3])]
    history = track(seen(paths), radar(), IMM)
    assert len(np.unique(history.number)) == 1
    burning, falling = history.scan == 18, history.scan == 44
    assert history.ballistic[burning | falling].all()
    assert history.powered[burning] > 0.8
    assert abs(history.thrust[burning] - 40.0) < 12.0
    assert history.powered[falling] < 0.1


def test_a_track_ends_at_the_ground_though_nobody_looks():
    paths = salvo(n=3, scans=75)
    down = int(np.isfinite(paths[:, 0, 0]).sum())
    more = np.full((down + 12, 3, 6), np.nan)
    more[:down] = paths[:down]
    history = track(seen(more, volume=np.arange(down + 12) < down), radar(), IMM)
    assert history.scan.max() < down + 4
    height = ecef_to_geodetic(history.state[:, :3])[2]
    assert height.min() > -3e3


@pytest.mark.parametrize("settings", [Settings.gnn_ekf(), IMM, JPDA])
def test_tasked_looks_tell_of_none_missing(settings):
    settings = msgspec.structs.replace(settings, outages=False)  # a sky lost at once is doubted
    paths = aircraft(scans=30, period=1.0)
    paths[20:] = np.nan
    looked = track(seen(paths, period=1.0), radar(), settings)
    assert not (looked.scan == 29).any()
    tasked = track(seen(paths, period=1.0, volume=np.arange(30) < 20), radar(), settings)
    assert (tasked.scan == 29).sum() == paths.shape[1]


@pytest.mark.parametrize("settings", [IMM, JPDA])
def test_parts_give_the_bits_of_the_whole_and_order_is_of_no_matter(settings):
    paths = np.concatenate([salvo(6, scans=30), aircraft(6, scans=30)], axis=1)
    recording = seen(paths, pd=0.9, clutter=10.0)
    whole = track(recording, radar(), settings)
    assert whole.ballistic.any()
    engine = Engine(radar(), settings)
    parts = [engine.fold(recording.part(a, b)) for a, b in pairwise([0, 1, 6, 7, 20, 30])]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in COLUMNS
        if name != "scan"
    }
    for name, column in joined.items():
        assert np.array_equal(column, getattr(whole, name), equal_nan=True), name
    order = np.concatenate([np.arange(a, b)[::-1] for a, b in pairwise(recording.start)])
    turned = msgspec.structs.replace(
        recording, **{name: getattr(recording, name)[order] for name in PLOT_COLUMNS}
    )
    again = track(turned, radar(), settings)
    for name in set(COLUMNS) - {"plot"}:
        assert np.array_equal(getattr(again, name), getattr(whole, name), equal_nan=True), name


def test_a_flat_frame_knows_no_fall(flat_sky):
    a = track(flat_sky.recording(), flat_sky.sites, IMM)
    b = track(flat_sky.recording(), flat_sky.sites, msgspec.structs.replace(IMM, fall=False))
    assert same(a, b)
    assert not a.ballistic.any()
    assert np.isnan(a.thrust).all()


def test_a_feed_that_pauses_for_months_does_not_stop_the_core():
    recording = seen(salvo(3, scans=40))
    at = recording.at.copy()
    at[20:] += 10_000_000 * NS
    history = track(msgspec.structs.replace(recording, at=at), radar(), IMM)
    assert history.scan.max() == 39
    assert np.isfinite(history.state).all()


def test_silence_from_behind_the_horizon_says_nothing():
    """An aircraft flies away at 60 m, and is under the horizon (53 km) after 25 scans."""
    for antenna, alive in ((50.0, True), (3_000.0, False)):
        site = radar(
            origin=np.ravel(
                geodetic_to_ecef(np.array([LAT]), np.array([LON]), np.array([antenna]))
            )[None],
            elevation=np.array([[-0.3, 1.55]]),
        )
        t = 2.0 * np.arange(36)
        far = 45e3 + 200.0 * t
        d = np.c_[0.0 * t, far, 10.0 - far**2 / (2.0 * 6_371e3)]
        v = np.c_[0.0 * t, 0.0 * t + 200.0, -200.0 * far / 6_371e3]
        paths = np.concatenate([BASE + d @ AXES, v @ AXES], axis=1)[:, None]
        paths[26:] = np.nan
        history = track(seen(paths, origin=site.origin[0]), site, IMM)
        assert (history.scan == 35).any() == alive


def test_the_same_without_the_compiler():
    code = (
        "from tests.unit.command.tracking_engine.falls import radar, salvo, seen\n"
        "from tdome.command.tracking.engine import Settings, track\n"
        "h = track(seen(salvo(1, scans=9)), radar(), Settings.imm())\n"
        "print(len(h), int(h.ballistic.sum()), round(float(h.state[-1, 0]), 1))\n"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": off, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for off in "01"
    ]
    assert said[0] == said[1]
    assert int(said[0].split()[1]) > 3


@pytest.mark.parametrize("inv_beta", [1e-5, 1e-3, 1e-2])
def test_covariances_stay_positive_for_any_body(inv_beta):
    rng = np.random.default_rng(int(1e6 * inv_beta))
    starts = [
        state(
            *rng.uniform(
                [-150e3, 20e3, 2e3, -800.0, -800.0, -500.0],
                [150e3, 200e3, 90e3, 800.0, 800.0, 1500.0],
            )
        )
        for _ in range(20)
    ]
    history = track(seen(arcs(starts, inv_beta, 60), pd=0.8, clutter=5.0), radar(), IMM)
    assert len(history) > 100
    assert np.isfinite(history.state).all()
    scale = np.sqrt(np.einsum("nii->ni", history.covariance))
    assert (scale > 0.0).all()
    correlation = history.covariance / (scale[:, :, None] * scale[:, None, :])
    assert np.linalg.eigvalsh(correlation).min() > -1e-9
