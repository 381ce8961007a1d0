"""Schmidt-Kalman: the joint filter's marginal when gains are free, consistent when they are not."""

import numpy as np
import pytest

from tdome.command.tracking.registration.consider import consider_plots, consider_scalar, shifted
from tdome.command.tracking.registration.estimator import Registration
from tdome.command.tracking.registration.state import Settings

NOISE = 1.0


def tracked(flown, sites, bias, pb, seed, targets):
    """NEES of tracks at their last plots, begun with a wide guess that has its covariance."""
    recording, ids = flown.recording, flown.target.astype(np.int32)
    scan = np.repeat(np.arange(len(recording)), np.diff(recording.start))
    first = np.array([np.flatnonzero(ids == k)[0] for k in range(targets)])
    last = np.array([np.flatnonzero(ids == k)[-1] for k in range(targets)])
    p = np.tile(np.diag([1e6] * 3 + [900.0] * 3), (targets, 1, 1))
    rng = np.random.default_rng(seed)
    x = flown.truth[first] + rng.normal(size=(targets, 6)) * np.sqrt(np.diagonal(p[0]))
    c, clock = np.zeros((targets, 6, len(bias))), recording.at[scan[first]].copy()
    z = np.column_stack(
        [recording.range_m, recording.azimuth_rad, recording.elevation_rad, recording.height_m]
    )
    sigma = np.column_stack([sites.sigma[:, :3], np.full(len(sites), 30.0)])
    nis = np.empty((len(z), 4))
    consider_plots(
        ids, recording.at[scan], recording.sensor[scan], z, sigma, sites.origin, sites.axes,
        sites.flat, bias, pb, NOISE, clock, x, p, c, nis,
    )  # fmt: skip
    off = x - flown.truth[last]
    return np.einsum("ni,nij,nj->n", off, np.linalg.inv(p), off), nis[:, :3]


def test_one_scalar_is_the_schmidt_update():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(9, 9))
    joint = root @ root.T
    x, p, c, pb = (
        rng.normal(size=6),
        joint[:6, :6].copy(),
        joint[:6, 6:].copy(),
        joint[6:, 6:].copy(),
    )
    h, b = rng.normal(size=6), rng.normal(size=3)
    row = np.concatenate([h, b])
    s = row @ joint @ row + 2.0
    gain = (joint @ row / s)[:6]
    full = np.concatenate([gain, np.zeros(3)])
    left = np.eye(9) - np.outer(full, row)
    expected = left @ joint @ left.T + 2.0 * np.outer(full, full)
    start = x.copy()
    nis = consider_scalar(x, p, c, pb, h, b, 1.5, 2.0)
    assert nis == pytest.approx(1.5**2 / s)
    assert x == pytest.approx(start + 1.5 * gain)
    assert p == pytest.approx(expected[:6, :6])
    assert c == pytest.approx(expected[:6, 6:])


@pytest.mark.parametrize("seconds", [20.0, 60.0])
def test_nees_after_registration(scenes, seconds):
    """Bar 5: mean NEES of matched tracks inside its 95 % bounds once biases are registered."""
    sites, targets, runs = scenes.ring(), 50, 5
    considered, raw = [], []
    for seed in range(runs):
        before = scenes.scene(sites, seed, targets, seconds)
        registration = Registration(sites, Settings(noise=NOISE, drift=0.0))
        state = registration.fold(registration.start(), before.recording, before.target)
        after = scenes.scene(sites, seed + 100, targets, 60.0, given=before.bias)
        nees, nis = tracked(after, sites, state.bias, state.covariance, seed, targets)
        considered.append(nees)
        assert np.mean(nis) == pytest.approx(1.0, abs=0.05)
        none = np.zeros_like(state.bias), np.zeros_like(state.covariance)
        raw.append(tracked(after, sites, *none, seed, targets)[0])
    bound = 1.96 * np.sqrt(12.0 / (runs * targets))
    # Tracks of one run share what is left of the biases: their mean scatters a little more.
    assert abs(np.mean(considered) - 6.0) < 1.3 * bound
    assert np.mean(raw) > 20.0


def test_what_the_biases_learn_moves_the_tracks():
    pb = np.diag([4.0, 1.0])
    c = np.zeros((1, 6, 2))
    c[0, 0, 0] = -2.0
    moved = shifted(np.zeros((1, 6)), c, pb, np.array([1.0, 5.0]))
    assert moved[0].tolist() == [-0.5, 0, 0, 0, 0, 0]
