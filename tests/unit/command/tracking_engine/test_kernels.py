"""The engine's kernels against plain NumPy, finite differences and scipy."""

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.optimize import linear_sum_assignment

from tdome.command.tracking.engine.filters.imm import combine, flows, mix, split
from tdome.command.tracking.engine.filters.motion import drift, turn, turn_jacobian
from tdome.command.tracking.engine.filters.polar import begin, look, measured
from tdome.command.tracking.engine.filters.ukf import absorb_sigma, moments
from tdome.command.tracking.engine.filters.update import absorb
from tdome.command.tracking.engine.layout import (
    COVARIANCE,
    FLOW,
    FULL,
    HEAD,
    L_A,
    L_E,
    L_I,
    L_IR,
    L_IRHO,
    L_LOG,
    L_R,
    L_S,
    L_Z,
    LOOK,
    RATE,
    SCRATCH,
    SITE,
    SLOT,
    UP,
    VARIANCE,
    WEIGHT,
    WHOLE,
    Z,
)
from tdome.command.tracking.engine.pairing.assignment import assign
from tdome.command.tracking.engine.settings import Settings

LOWER = np.tril_indices(7)
FRESH = 0.03
SIZES = (6, 7)


def unpack(row, o, size=6):
    p = np.zeros((7, 7))
    p[LOWER] = row[o + COVARIANCE : o + SLOT]
    return (p + np.tril(p, -1).T)[:size, :size]


def put(row, o, x, p):
    size = len(x)
    row[o : o + size] = x
    whole = np.zeros((7, 7))
    whole[:size, :size] = p
    row[o + COVARIANCE : o + SLOT] = whole[LOWER]


def some_p(rng, size=6):
    a = rng.normal(size=(size, size))
    scale = np.array([300.0] * 3 + [30.0] * 3 + [0.05])[:size]
    return (a @ a.T + np.eye(size)) * np.outer(scale, scale)


def some_track(rng, size=6, up=(0.0, 0.0, 1.0)):
    rows = np.zeros((1, FULL))
    x = np.r_[rng.normal(size=3) * 30e3 + [0, 0, 40e3], rng.normal(size=3) * 200, 0.07][:size]
    p = some_p(rng, size)
    rows[0, UP : UP + 3] = np.asarray(up) / np.linalg.norm(up)
    put(rows[0], HEAD, x, p)
    return rows, x, p


def some_site(rng):
    axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    axes[0] *= np.sign(np.linalg.det(axes))
    sites = np.zeros((1, SITE))
    sites[0, 0:3] = rng.normal(size=3) * 1e3
    sites[0, 3:12] = axes.ravel()
    sites[0, VARIANCE : VARIANCE + 3] = 25.0**2, 0.003**2, 0.004**2
    return sites, axes


def noise(dt, up, level, climb):
    u = np.asarray(up) / np.linalg.norm(up)
    q = level * np.eye(3) + (climb - level) * np.outer(u, u)
    return np.block([[q * dt**3 / 3, q * dt**2 / 2], [q * dt**2 / 2, q * dt]])


def jacobian(f, x, step):
    return np.stack(
        [
            (f(x + s * e) - f(x - s * e)) / (2 * s)
            for e, s in zip(np.eye(len(x)), step, strict=True)
        ],
        axis=1,
    )


@pytest.mark.parametrize("seed", range(3))
def test_drift_is_the_kalman_prediction(seed):
    rng = np.random.default_rng(seed)
    up = rng.normal(size=3)
    rows, x, p = some_track(rng, up=up)
    drift(rows, 0, HEAD, 3.5, 20.0, 5.0)
    f = np.eye(6) + 3.5 * np.eye(6, k=3)
    assert np.allclose(rows[0, HEAD : HEAD + 6], f @ x, rtol=1e-13)
    assert np.allclose(unpack(rows[0], HEAD), f @ p @ f.T + noise(3.5, up, 20, 5), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.3, -0.02, 1e-6, 0.0])
def test_turn_is_the_flow_of_its_equation_and_its_jacobian_that_of_differences(rate):
    rng = np.random.default_rng(7)
    up = rng.normal(size=3)
    rows, x, p = some_track(rng, 7, up)
    x[6] = rate
    put(rows[0], HEAD, x, p)
    u = up / np.linalg.norm(up)
    cross = np.cross(np.eye(3), u).T * -1.0  # cross @ v = u x v
    assert np.allclose(cross @ x[3:6], np.cross(u, x[3:6]))

    def fly(state):
        a = np.zeros((6, 6))
        a[:3, 3:], a[3:, 3:] = np.eye(3), state[6] * cross
        return np.r_[expm(4.0 * a) @ state[:6], state[6]]

    step = np.r_[np.full(3, 10.0), np.full(3, 1.0), 1e-4]
    expected = jacobian(fly, x, step)
    f, y = np.zeros((7, 7)), np.zeros((7, 7))
    moved = rows.copy()
    turn_jacobian(moved, 0, HEAD, 4.0, f)
    assert np.allclose(moved[0, HEAD : HEAD + 7], fly(x), rtol=1e-10, atol=1e-6)
    assert np.allclose(f[:3, 3:], expected[:3, 3:], rtol=1e-5, atol=2e-4)
    assert np.allclose(f[3:6, 3:], expected[3:6, 3:], rtol=1e-5, atol=2e-4)
    turn(rows, 0, HEAD, 4.0, (2.0, 0.5, 0.01), f, y)
    whole = np.eye(7)
    whole[:6, 3:] = f[:6, 3:]
    q = np.zeros((7, 7))
    q[:6, :6], q[6, 6] = noise(4.0, up, 2.0, 0.5), 0.04
    assert np.allclose(unpack(rows[0], HEAD, 7), whole @ p @ whole.T + q, rtol=1e-10)


def seen(sites, axes, x):
    d = axes @ (x[:3] - sites[0, :3])
    return np.array(
        [np.linalg.norm(d), np.arctan2(d[0], d[1]), np.arctan2(d[2], np.hypot(d[0], d[1]))]
    )


@pytest.mark.parametrize("seed", range(4))
def test_look_has_the_jacobian_of_differences_and_the_innovation_of_numpy(seed):
    rng = np.random.default_rng(seed)
    rows, x, p = some_track(rng)
    sites, axes = some_site(rng)
    looks = np.zeros((1, LOOK))
    look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
    g = looks[0]
    assert np.allclose(g[L_Z : L_Z + 3], seen(sites, axes, x), rtol=1e-12)
    assert np.allclose(measured(x[0], x[1], x[2], sites, 0), seen(sites, axes, x), rtol=1e-12)
    h = np.stack([g[L_R : L_R + 3], g[L_A : L_A + 3] * g[L_IRHO], g[L_E : L_E + 3] * g[L_IR]])
    expected = jacobian(lambda q: seen(sites, axes, q), x[:3], np.full(3, 1.0))
    assert np.allclose(h, expected, rtol=1e-5, atol=1e-11)
    s = h @ p[:3, :3] @ h.T + np.diag(sites[0, VARIANCE : VARIANCE + 3])
    assert np.allclose(g[L_S : L_S + 6], s[np.tril_indices(3)], rtol=1e-10)
    assert np.allclose(g[L_I : L_I + 6], np.linalg.inv(s)[np.tril_indices(3)], rtol=1e-7)
    assert np.isclose(g[L_LOG], np.linalg.slogdet(s)[1])


@pytest.mark.parametrize("size", SIZES)
def test_absorb_is_the_extended_kalman_update(size):
    rng = np.random.default_rng(size)
    rows, x, p = some_track(rng, size)
    sites, axes = some_site(rng)
    looks, z = np.zeros((1, LOOK)), np.zeros((1, Z))
    z[0, RATE] = np.nan  # not measured
    look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
    z[0, :3] = seen(sites, axes, x) + np.array([40.0, 0.004, -0.005])
    z[0, 1] += 2.0 * np.pi  # angles wrap
    fit = absorb(rows, 0, HEAD, size, looks, 0, sites, 0, z, 0)
    g = looks[0]
    h = np.zeros((3, size))
    h[:, :3] = np.stack(
        [g[L_R : L_R + 3], g[L_A : L_A + 3] * g[L_IRHO], g[L_E : L_E + 3] * g[L_IR]]
    )
    r = np.diag(sites[0, VARIANCE : VARIANCE + 3])
    s = h @ p @ h.T + r
    gain = p @ h.T @ np.linalg.inv(s)
    nu = np.array([40.0, 0.004, -0.005])
    assert np.allclose(rows[0, HEAD : HEAD + size], x + gain @ nu, rtol=1e-9)
    assert np.allclose(unpack(rows[0], HEAD, size), p - gain @ s @ gain.T, rtol=1e-6, atol=1e-6)
    assert np.isclose(fit, nu @ np.linalg.solve(s, nu) + np.linalg.slogdet(s)[1])


def test_sigma_points_agree_with_linearisation_where_it_is_linear():
    rng = np.random.default_rng(5)
    rows, x, p = some_track(rng)
    put(rows[0], HEAD, x, p * 1e-4)
    other = rows.copy()
    sites, axes = some_site(rng)
    looks, z = np.zeros((1, LOOK)), np.zeros((1, Z))
    z[0, RATE] = np.nan  # not measured
    look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
    z[0, :3] = seen(sites, axes, x) + np.array([10.0, 0.001, -0.001])
    fit = absorb(rows, 0, HEAD, 6, looks, 0, sites, 0, z, 0)
    assert np.isclose(absorb_sigma(other, 0, HEAD, looks, 0, sites, 0, z, 0), fit, rtol=1e-4)
    assert np.allclose(other[0, HEAD : HEAD + 6], rows[0, HEAD : HEAD + 6], rtol=1e-5, atol=1e-3)
    assert np.allclose(unpack(other[0], HEAD), unpack(rows[0], HEAD), rtol=1e-3, atol=1e-3)


def test_sigma_points_near_a_site_tell_the_moments_better_than_a_tangent():
    """Tracks 3 km from a site, errors of 1 km; the judge: many draws of each."""
    rng = np.random.default_rng(8)
    sites, axes = some_site(rng)
    rows, out, off = np.zeros((1, FULL)), np.empty((10, 3)), []

    def measured_from(middle, place):
        d = (place - sites[0, :3]) @ axes.T
        level = np.hypot(d[:, 0], d[:, 1])
        z = np.column_stack([np.hypot(level, d[:, 2]), np.arctan2(d[:, 0], d[:, 1]),
                             np.arctan2(d[:, 2], level)]) - middle  # fmt: skip
        z[:, 1] = np.mod(z[:, 1] + np.pi, 2 * np.pi) - np.pi
        return z

    for _ in range(30):
        away = rng.normal(size=3) * [1.0, 1.0, 0.4]
        x = np.r_[sites[0, :3] + axes.T @ (3e3 * away / np.linalg.norm(away)), np.zeros(3)]
        root = rng.normal(size=(6, 6))
        p = root @ root.T
        p *= 1e6 / np.diag(p)[:3].max()
        put(rows[0], HEAD, x, p)
        middle = seen(sites, axes, x)
        moments(rows, 0, HEAD, sites, 0, np.linalg.cholesky(p), middle, out)
        drawn = rng.multivariate_normal(x, p, 20_000)
        z = measured_from(middle, drawn[:, :3])
        h = jacobian(lambda q, m=middle: measured_from(m, q[None])[0], x[:3], np.ones(3))
        found = [np.linalg.solve(np.cov(z.T), s) for s in (out[1:4], h @ p[:3, :3] @ h.T)]
        off.append([np.abs(np.log(np.linalg.eigvals(one).real)).max() for one in found])
        size = np.sqrt(np.outer(np.diag(p), np.diag(np.cov(z.T))))
        assert np.abs((out[4:] - np.cov(drawn.T, z.T)[:6, 6:]) / size).max() < 0.3
    ours, tangent = np.mean(off, axis=0)
    assert ours < 0.9 * tangent


def test_a_first_state_has_the_errors_of_its_plot():
    rng = np.random.default_rng(6)
    sites, axes = some_site(rng)
    z = np.zeros((1, Z))
    z[0, :3] = 60e3, 1.2, 0.1
    rows = np.zeros((1, FULL))
    begin(rows, 0, HEAD, sites, 0, z, 0)
    x = rows[0, HEAD : HEAD + 3].copy()
    assert np.allclose(seen(sites, axes, x), z[0, :3], rtol=1e-12)
    h = jacobian(lambda q: seen(sites, axes, q), x, np.full(3, 1.0))
    r = np.diag(sites[0, VARIANCE : VARIANCE + 3])
    inverse = np.linalg.inv(h)
    assert np.allclose(unpack(rows[0], HEAD, 3), inverse @ r @ inverse.T, rtol=1e-4, atol=0.1)


def turning(means: list[np.ndarray], covs: list[np.ndarray], w: np.ndarray) -> np.ndarray:
    """Return the mixed covariance of the turn mode: others enter it with rate 0 and its error."""
    full = [np.r_[means[0], 0.0], np.r_[means[1], 0.0], means[2]]
    wide = [np.zeros((7, 7)), np.zeros((7, 7)), covs[2]]
    for a in range(2):
        wide[a][:6, :6], wide[a][6, 6] = covs[a], FRESH
    middle = sum(v * x for v, x in zip(w, full, strict=True))
    return sum(
        v * (c + np.outer(x - middle, x - middle)) for v, c, x in zip(w, wide, full, strict=True)
    )


def test_mixing_is_the_textbook_sum_and_keeps_the_mean():
    rng = np.random.default_rng(9)
    rows, x, _ = some_track(rng)
    whole = np.zeros((1, WHOLE), np.int64)
    k = Settings.imm().numbers(flat=True)
    split(rows, whole, 0, k)
    means, covs = [], []
    for m in range(3):
        size = 7 if m == 2 else 6
        means.append(np.r_[x + rng.normal(size=6) * 50, 0.04][:size])
        covs.append(some_p(rng, size))
        put(rows[0], HEAD + (m + 1) * SLOT, means[m], covs[m])
    mu = np.array([0.5, 0.2, 0.3])
    rows[0, WEIGHT : WEIGHT + 3] = mu
    scratch = np.zeros((SCRATCH, SLOT))
    combine(rows, 0, 6)
    before = rows[0, HEAD : HEAD + 6].copy()
    mean = sum(w * q[:6] for w, q in zip(mu, means, strict=True))
    spread = sum(
        w * (c[:6, :6] + np.outer(q[:6] - mean, q[:6] - mean))
        for w, q, c in zip(mu, means, covs, strict=True)
    )
    assert np.allclose(before, mean)
    assert np.allclose(unpack(rows[0], HEAD), spread, rtol=1e-9)
    flows(rows, 0, 4.0, k, scratch)
    w = scratch[FLOW, :9].reshape(3, 3)  # mode a in mode b
    predicted = scratch[FLOW, 9:12].copy()
    stay = np.exp(-4.0 / np.array(Settings.imm().stay))
    chain = np.where(np.eye(3) > 0, stay[:, None], (1 - stay)[:, None] / 2)
    assert np.allclose(predicted, mu @ chain)
    assert np.allclose(w * predicted, mu[:, None] * chain)
    mix(rows, 0, FRESH, scratch)
    for b in range(3):
        got = rows[0, HEAD + (b + 1) * SLOT :]
        mean_b = sum(w[a, b] * means[a][:6] for a in range(3))
        cov_b = sum(
            w[a, b] * (covs[a][:6, :6] + np.outer(means[a][:6] - mean_b, means[a][:6] - mean_b))
            for a in range(3)
        )
        assert np.allclose(got[:6], mean_b)
        assert np.allclose(unpack(rows[0], HEAD + (b + 1) * SLOT), cov_b, rtol=1e-9)
    assert np.isclose(rows[0, HEAD + 3 * SLOT + 6], w[2, 2] * 0.04)
    last = unpack(rows[0], HEAD + 3 * SLOT, 7)
    assert np.allclose(last, turning(means, covs, w[:, 2]), rtol=1e-9, atol=1e-12)
    assert np.linalg.eigvalsh(last / np.sqrt(np.outer(np.diag(last), np.diag(last)))).min() > 0
    combine(rows, 0, 6)
    assert np.allclose(rows[0, HEAD : HEAD + 6], before)


@pytest.mark.parametrize("size", SIZES)
def test_covariances_stay_positive_through_thousands_of_updates(size):
    rng = np.random.default_rng(11)
    rows, x, _ = some_track(rng, size)
    sites, axes = some_site(rng)
    sites[0, VARIANCE : VARIANCE + 3] = 0.1, 1e-10, 1e-10  # far sharper than the state
    looks, z = np.zeros((1, LOOK)), np.zeros((1, Z))
    z[0, RATE] = np.nan  # not measured
    f, y = np.zeros((7, 7)), np.zeros((7, 7))
    for n in range(3000):
        if size == 7:
            turn(rows, 0, HEAD, 0.5, (2.0, 0.5, 1e-5), f, y)
        else:
            drift(rows, 0, HEAD, 0.5, 20.0, 5.0)
        look(rows, 0, HEAD, sites, 0, 4.0, looks, 0)
        z[0, :3] = seen(sites, axes, x * [1, 1, 1, *np.zeros(size - 3)]) + rng.normal(
            size=3
        ) * np.sqrt(sites[0, VARIANCE : VARIANCE + 3])
        absorb(rows, 0, HEAD, size, looks, 0, sites, 0, z, 0)
        if n % 100 == 0:
            got = unpack(rows[0], HEAD, size)
            d = np.sqrt(np.diag(got))
            assert np.all(np.isfinite(got))
            assert np.linalg.eigvalsh(got / np.outer(d, d)).min() > 0.0


def test_assignment_of_no_tracks_and_of_no_plots():
    start, chosen = np.zeros(3, np.int32), np.full(2, 5, np.int32)
    none, nothing = np.zeros(1, np.int32), np.zeros(1)
    scratch, lengths = np.zeros(20, np.int32), np.zeros(10)
    assign(2, 0, start, none, nothing, np.ones(2), chosen, scratch, lengths)
    assert list(chosen) == [-1, -1]
    assign(0, 2, start[:1], none, nothing, np.ones(0), chosen[:0], scratch, lengths)


def test_assignment_is_that_of_scipy_in_a_dense_cluster():
    rng = np.random.default_rng(3)
    for _ in range(50):
        k, m = rng.integers(1, 12), rng.integers(1, 12)
        cost = rng.normal(size=(k, m)) * 5
        cost[rng.uniform(size=(k, m)) < 0.4] = np.inf
        miss = rng.normal(size=k) * 3
        total = solve(cost, miss)[1]
        wide = np.full((k, m + k), 1e9)
        wide[:, :m] = np.where(np.isfinite(cost), cost, 1e9)
        wide[np.arange(k), m + np.arange(k)] = miss
        r, c = linear_sum_assignment(wide)
        assert np.isclose(total, wide[r, c].sum(), atol=1e-9)


def solve(cost, miss):
    """Run the sparse solver on a dense matrix with inf for pairs that are none."""
    k, m = cost.shape
    rows, columns = np.nonzero(np.isfinite(cost))
    start = np.searchsorted(rows, np.arange(k + 1)).astype(np.int32)
    column, price = columns.astype(np.int32), cost[rows, columns]
    chosen = np.zeros(k, np.int32)
    assign(
        k, m, start, column, price, miss, chosen,
        np.zeros(3 * m + 2 * k + 2, np.int32), np.zeros(m + k),
    )  # fmt: skip
    taken = [int(column[c]) for c in chosen if c >= 0]
    assert len(taken) == len(set(taken))
    assert all(start[i] <= c < start[i + 1] for i, c in enumerate(chosen) if c >= 0)
    return chosen, sum(price[c] if c >= 0 else miss[i] for i, c in enumerate(chosen))
