"""Range rate: its Jacobian by complex steps, its gate and update against the block equations."""

import numpy as np
import pytest

from tdome.command.tracking.engine import Settings, track
from tdome.command.tracking.engine.filters.polar import begin, look
from tdome.command.tracking.engine.filters.rate import (
    RATE_PRICE,
    begin_rate,
    look_rate,
    misfit_rate,
    rate_gradient,
)
from tdome.command.tracking.engine.filters.ukf import absorb_sigma
from tdome.command.tracking.engine.filters.update import absorb
from tdome.command.tracking.engine.layout import (
    HEAD,
    HEIGHT_VARIANCE,
    L_A,
    L_E,
    L_IR,
    L_IRHO,
    L_NOISE,
    L_R,
    L_RATE,
    L_V,
    LOOK,
    RATE,
    SINGLE,
    VARIANCE,
    Z,
)
from tdome.command.tracking.engine.pairing.gating import misfit

from .conftest import Sky, flyers_of, sites_of
from .test_kernels import put, seen, some_site, some_track, unpack

RATE_SIGMA = 1.0


def rated(seed, size=6):
    rng = np.random.default_rng(seed)
    rows, x, p = some_track(rng, size)
    sites, axes = some_site(rng)
    sites[0, VARIANCE + 3] = RATE_SIGMA**2
    looks, z = np.zeros((1, LOOK)), np.zeros((1, Z))
    look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
    look_rate(rows, 0, HEAD, sites, 0, looks, 0)
    return rng, rows, x, p, sites, axes, looks, z


def rate_of(x, origin):
    d = x[:3] - origin
    return d @ x[3:6] / np.sqrt(d @ d)


def gradient(x, origin):
    """Return the gradient of the range rate by complex steps: exact to rounding."""
    step = 1e-30
    return np.array([rate_of(x + 1j * step * e, origin).imag / step for e in np.eye(6)])


def rows_of(looks, h):
    """Return the 4 x 6 Jacobian of range, azimuth, elevation, range rate."""
    g, whole = looks[0], np.zeros((4, 6))
    whole[0, :3] = g[L_R : L_R + 3]
    whole[1, :3] = g[L_A : L_A + 3] * g[L_IRHO]
    whole[2, :3] = g[L_E : L_E + 3] * g[L_IR]
    whole[3] = h
    return whole


def bend(x, p, sites, looks):
    """Return the second order term of the range rate, from its definition."""
    total, r = 0.0, 1.0 / looks[0, L_IR]
    for at in (L_A, L_E):
        t = looks[0, at : at + 3]
        total += (t @ p[:3, :3] @ t) * (t @ p[3:6, 3:6] @ t) + (t @ p[:3, 3:6] @ t) ** 2
    return total / r**2


@pytest.mark.parametrize("seed", range(4))
def test_the_jacobian_is_that_of_complex_steps(seed):
    _, rows, x, _, sites, _, looks, _ = rated(seed)
    w, r, rate = rate_gradient(rows, 0, HEAD, looks, 0)
    assert np.allclose(np.r_[w, r], gradient(x, sites[0, :3]), rtol=1e-9, atol=1e-12)
    assert np.isclose(rate, rate_of(x, sites[0, :3]), rtol=1e-12)
    assert looks[0, L_RATE] == rate


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_gate_and_likelihood_are_those_of_four_numbers(seed, missing):
    rng, _, x, p, sites, axes, looks, z = rated(seed)
    h = rows_of(looks, gradient(x, sites[0, :3]))
    noise = np.r_[sites[0, VARIANCE : VARIANCE + 3], RATE_SIGMA**2 + bend(x, p, sites, looks)]
    assert np.isclose(looks[0, L_NOISE], noise[3], rtol=1e-9)
    assert np.isclose(looks[0, L_V], (h @ p @ h.T)[3, 3] + noise[3], rtol=1e-9)
    y = rng.normal(size=4) * [200.0, 0.005, 0.005, 20.0]
    z[0, :3] = seen(sites, axes, x) + y[:3]
    z[0, RATE] = rate_of(x, sites[0, :3]) + y[3]
    keep = [0, 1, 3] if missing else [0, 1, 2, 3]
    z[0, HEIGHT_VARIANCE] = -1.0 if missing else 0.0
    s = (h @ p @ h.T + np.diag(noise))[np.ix_(keep, keep)]
    d2, log = misfit(looks, 0, sites, 0, z, 0)
    more, further = misfit_rate(looks, 0, sites, 0, z, 0)
    assert np.isclose(d2 + more, y[keep] @ np.linalg.solve(s, y[keep]), rtol=1e-6)
    expected = np.linalg.slogdet(s)[1] + RATE_PRICE - (np.log(2.0 * np.pi) if missing else 0.0)
    assert np.isclose(log + further, expected, rtol=1e-6)


@pytest.mark.parametrize("update", [absorb, absorb_sigma])
def test_the_update_is_the_block_update_of_four_numbers(update):
    _, rows, x, p, sites, axes, looks, z = rated(3)
    p = p * 1e-4  # small errors: sigma points and linearisation tell the same
    put(rows[0], HEAD, x, p)
    look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
    look_rate(rows, 0, HEAD, sites, 0, looks, 0)
    h = rows_of(looks, gradient(x, sites[0, :3]))
    y = np.array([15.0, 0.002, -0.001, 2.0])
    z[0, :3], z[0, RATE] = seen(sites, axes, x) + y[:3], rate_of(x, sites[0, :3]) + y[3]
    s = h @ p @ h.T + np.diag(np.r_[sites[0, VARIANCE : VARIANCE + 3], looks[0, L_NOISE]])
    gain = p @ h.T @ np.linalg.inv(s)
    if update is absorb:
        fit = absorb(rows, 0, HEAD, 6, looks, 0, sites, 0, z, 0)
    else:
        fit = absorb_sigma(rows, 0, HEAD, looks, 0, sites, 0, z, 0)
    exact = 1e-6 if update is absorb else 1e-3
    assert np.allclose(rows[0, HEAD : HEAD + 6], x + gain @ y, rtol=exact, atol=10 * exact)
    assert np.allclose(unpack(rows[0], HEAD), p - gain @ s @ gain.T, rtol=exact, atol=exact)
    assert np.isclose(fit, y @ np.linalg.solve(s, y) + np.linalg.slogdet(s)[1], rtol=exact)


def test_a_first_plot_with_rate_fixes_one_component_of_the_velocity():
    _, _, x, _, sites, axes, _, z = rated(1)
    rows = np.zeros((1, SINGLE))
    z[0, :3], z[0, RATE] = seen(sites, axes, x), 123.0
    begin(rows, 0, HEAD, sites, 0, z, 0)
    for a, at in enumerate((9, 14, 20)):
        rows[0, HEAD + 7 + at] = 200.0**2
        assert rows[0, HEAD + 3 + a] == 0.0
    begin_rate(rows, 0, sites, 0, z, 0)
    d = rows[0, HEAD : HEAD + 3] - sites[0, :3]
    r = d / np.linalg.norm(d)
    v, p = rows[0, HEAD + 3 : HEAD + 6], unpack(rows[0], HEAD)
    assert np.isclose(v @ r, 123.0, rtol=1e-3)
    assert np.sqrt(r @ p[3:, 3:] @ r) < 3.0
    across = np.linalg.norm(v - (v @ r) * r)
    assert across < 1e-9
    assert np.linalg.eigvalsh(p).min() > 0.0


def with_rates(sky, sigma, *, seed=5):
    """Return a recording with range rates (false plots: any), and its sites."""
    rng = np.random.default_rng(seed)
    rate = rng.uniform(-500.0, 500.0, len(sky.z))
    for k in range(len(sky.at)):
        d = sky.place(k) - sky.sites.origin[sky.sensor[k]]
        far = np.linalg.norm(d, axis=1)
        true = (d * sky.flyers[:, 3:]).sum(axis=1) / far
        azimuth = np.arctan2(d[:, 0], d[:, 1])
        for j in range(sky.start[k], sky.start[k + 1]):
            off = np.abs(far - sky.z[j, 0]) / 25.0
            off += np.abs(np.remainder(azimuth - sky.z[j, 1] + np.pi, 2 * np.pi) - np.pi) / 0.0026
            if off.min() < 10.0:
                rate[j] = true[off.argmin()] + sigma * rng.normal()
    sigmas = sky.sites.sigma.copy()
    sigmas[:, 3] = sigma
    sites = sites_of(sky.sites.origin, sky.sites.axes)
    return sky.recording(range_rate_m_s=rate), type(sites)(
        **{f: getattr(sites, f) for f in sites.__struct_fields__ if f != "sigma"}, sigma=sigmas
    )


@pytest.mark.parametrize("settings", [Settings.gnn_ekf(), Settings.imm(), Settings(filter="ukf")])
def test_rates_make_velocities_better_and_a_site_without_sigma_ignores_them(settings):
    sky = Sky(flyers_of(12), sites_of(np.zeros((1, 3)), np.eye(3)[None]), scans=12)
    recording, sites = with_rates(sky, 1.0)
    plain = track(sky.recording(), sky.sites, settings)
    ignored = track(recording, sky.sites, settings)
    assert np.array_equal(plain.state, ignored.state)
    better = track(recording, sites, settings)

    def wrong(history):
        last = history.scan == 11
        d = history.state[last, None, :3] - sky.place(11)
        near = np.linalg.norm(d, axis=2).argmin(axis=1)
        radial = sky.place(11)[near] / np.linalg.norm(sky.place(11)[near], axis=1)[:, None]
        off = history.state[last, 3:] - sky.flyers[near, 3:]
        return np.median(np.abs((off * radial).sum(axis=1)))

    assert (better.scan == 11).sum() >= 11
    assert wrong(better) < 0.6 * wrong(plain)
