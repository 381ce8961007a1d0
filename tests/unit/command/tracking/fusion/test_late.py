"""Late measurements against the same in order: one lag exactly, more lags within tolerance."""

import numpy as np
import pytest

from tdome.command.tracking.fusion.late import predicted, retrodicted, updated_late
from tdome.command.tracking.fusion.replay import Replay

NOISE = 4.0
H = np.hstack([np.eye(3), np.zeros((3, 3))])[None]
R = np.diag([2500.0, 4900.0, 8100.0])[None]


def updated(x, p, z):
    s = H[0] @ p[0] @ H[0].T + R[0]
    gain = p[0] @ H[0].T @ np.linalg.inv(s)
    joseph = np.eye(6) - gain @ H[0]
    return (
        x + (gain @ (z - x[0, :3]))[None],
        (joseph @ p[0] @ joseph.T + gain @ R[0] @ gain.T)[None],
    )


def flown(rng, times):
    """Places of a target with white acceleration, measured at ascending times."""
    x, now, out = np.array([0.0, 0, 0, 200, -100, 5]), 0.0, []
    for t in times:
        mean, q = predicted(x[None], np.zeros((1, 6, 6)), np.array([t - now]), NOISE)
        x, now = rng.multivariate_normal(mean[0], q[0]), t
        out.append(rng.multivariate_normal(x[:3], R[0]))
    return x, out


def filtered(times, z, x, p, now=0.0):
    for t, measured in zip(times, z, strict=True):
        x, p = updated(*predicted(x, p, np.array([t - now]), NOISE), measured)
        now = t
    return x, p


def start():
    return np.array([[0.0, 0, 0, 0, 0, 0]]), np.diag([1e6] * 3 + [1e5] * 3)[None]


def late_and_in_order(rng, times, late):
    """Return estimates at times[-1] with z[late] in its order, and after all others."""
    _, z = flown(rng, times)
    ordered = filtered(times, z, *start())
    before = filtered(times[:late], z[:late], *start())
    now = filtered(times[late + 1 :], z[late + 1 :], *before, times[late - 1])
    x0 = predicted(*before, np.array([times[-1] - times[late - 1]]), NOISE)
    then = retrodicted(now, x0, np.array([times[-1] - times[late]]), NOISE)
    x, p, _ = updated_late(*now, then, H, z[late][None] - then[0][:, :3], R)
    return ordered, (x, p), now


def test_one_lag_is_exact():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        times = [1.0, 3.0, 7.0, 9.5, 12.0]
        (x, p), (y, q), _ = late_and_in_order(rng, times, late=3)
        assert y == pytest.approx(x, rel=1e-7, abs=1e-6)
        assert q == pytest.approx(p, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("lags", [2, 3, 4])
def test_more_lags_lose_little(lags):
    """Al1 is within 2 % of in-order processing in trace, and better than dropping it."""
    rng = np.random.default_rng(lags)
    times = [4.0 * k + rng.uniform(0, 2) for k in range(1, 9)]
    (x, p), (y, q), (_, without) = late_and_in_order(rng, times, late=len(times) - 1 - lags)
    ideal, kept, lost = (np.trace(c[0, :3, :3]) for c in (p, q, without))
    assert kept == pytest.approx(ideal, rel=0.02)
    assert kept < lost
    assert np.sqrt(np.sum((x - y)[0, :3] ** 2)) < 0.35 * np.sqrt(ideal)


def test_late_estimates_are_consistent():
    """NEES over 300 runs is in its 99.9 % bounds with three lags."""
    nees = []
    times = [2.0, 5.0, 8.0, 9.0, 13.0, 16.0, 20.0]
    for seed in range(300):
        rng = np.random.default_rng(seed)
        truth, z = flown(rng, times)
        x, p = start()
        x = x + np.array([0.0, 0, 0, 200, -100, 5]) + rng.normal(size=6) * np.sqrt(np.diag(p[0]))
        before = filtered(times[:3], z[:3], x, p)
        now = filtered(times[4:], z[4:], *before, times[2])
        x0 = predicted(*before, np.array([times[-1] - times[2]]), NOISE)
        then = retrodicted(now, x0, np.array([times[-1] - times[3]]), NOISE)
        y, q, _ = updated_late(*now, then, H, z[3][None] - then[0][:, :3], R)
        off = y[0] - truth
        nees.append(off @ np.linalg.solve(q[0], off))
    assert 6.0 - 3.3 * np.sqrt(12 / 300) < np.mean(nees) < 6.0 + 3.3 * np.sqrt(12 / 300)


def test_replay_gives_what_order_gives():
    rng = np.random.default_rng(1)
    scans = [
        (int(t), int(s), f"{t}-{s}") for t, s in zip(range(0, 500, 10), [0, 1] * 25, strict=True)
    ]
    arrival = sorted(scans, key=lambda scan: scan[0] + rng.uniform(0, 60))
    assert arrival != scans
    replay = Replay("", lag=100)
    for at, sensor, name in arrival:
        replay = replay.fold(lambda state, scan: f"({state}{scan})", name, at, sensor)
    expected = ""
    for _, _, name in scans:
        expected = f"({expected}{name})"
    assert replay.state == expected
    assert replay.refused == 0
    assert len(replay.past) <= 11


def test_replay_refuses_what_is_too_late():
    def fold(state, scan):
        return state + scan

    replay = Replay((), lag=10).fold(fold, (1,), 100, 0)
    after = replay.fold(fold, (2,), 50, 0)
    assert after.state == (1,)
    assert after.refused == 1
