"""Bodies on exact ballistic arcs, seen by one radar on a round Earth."""

import numpy as np

from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

LAT, LON = np.radians(24.0), np.radians(121.0)
BASE = np.ravel(geodetic_to_ecef(np.array([LAT]), np.array([LON]), np.array([50.0])))
AXES = np.asarray(enu_axes(LAT, LON))
SIGMA = np.array([25.0, 1e-3, 1e-3])
NS = 1_000_000_000


def radar(**changes):
    columns = {
        "names": ("radar",),
        "flat": False,
        "origin": BASE[None],
        "axes": AXES[None],
        "sigma": np.array([[*SIGMA, np.nan]]),
        "detection": np.array([0.9]),
        "false_plots": np.array([1.0]),
        "reach": np.array([[100.0, 500e3]]),
        "elevation": np.array([[-0.02, 1.55]]),
        "period": np.array([2.0]),
    }
    return SiteBook(**{**columns, **changes})


def state(east, north, up, v_east, v_north, v_up):
    """A state in ECEF from places and speeds in the radar's axes, m, m/s."""
    place = BASE + np.array([east, north, up]) @ AXES
    return np.r_[place, np.array([v_east, v_north, v_up]) @ AXES]


def arcs(starts, inv_beta, scans, period=2.0):
    """States (scans, n, 6) on exact arcs; nan after the ground."""
    out = np.full((scans, len(starts), 6), np.nan)
    table, drags = np.empty((scans, 7)), np.broadcast_to(inv_beta, len(starts))
    for i, (start, drag) in enumerate(zip(starts, drags, strict=True)):
        rows = fly(np.asarray(start, float), float(drag), period, table)
        landed = rows < scans or table[rows - 1, 0] < (rows - 1) * period
        out[: rows - landed, i] = table[: rows - landed, 1:]
    return out


def seen(paths, *, seed=1, period=2.0, pd=1.0, clutter=0.0, volume=None, origin=BASE):  # noqa: PLR0913
    """A recording of paths (scans, n, 6) as the radar would make it."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(len(paths)):
        there = paths[k][np.isfinite(paths[k, :, 0])]
        d = (there[:, :3] - origin) @ AXES.T
        level = np.hypot(d[:, 0], d[:, 1])
        z = np.c_[
            np.hypot(level, d[:, 2]), np.arctan2(d[:, 0], d[:, 1]), np.arctan2(d[:, 2], level)
        ]
        z = (z + rng.normal(size=z.shape) * SIGMA)[rng.uniform(size=len(z)) < pd]
        m = rng.poisson(clutter)
        false = rng.uniform([2e3, -np.pi, 0.0], [300e3, np.pi, 0.8], (m, 3))
        rows.append(rng.permutation(np.r_[z, false]))
    z, m = np.concatenate(rows), sum(map(len, rows))
    nan = np.full(m, np.nan)
    return Recording(
        at=(np.arange(len(paths)) * period * NS).astype(np.int64),
        sensor=np.zeros(len(paths), np.int32),
        start=np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64),
        volume=np.ones(len(paths), bool) if volume is None else volume,
        range_m=z[:, 0].copy(),
        azimuth_rad=z[:, 1].copy(),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=nan,
        snr_db=nan.astype(np.float32),
        address=np.full(m, -1, np.int32),
        height_m=nan.copy(),
    )


def salvo(n=12, inv_beta=1.0 / 6_000.0, scans=75):
    """Bodies that come down some 30 km before the radar, from 100 km up, 15 km apart."""
    starts = [state(15e3 * (i - n / 2), 190e3, 100e3, 0.0, -1_300.0, -600.0) for i in range(n)]
    return arcs(starts, inv_beta, scans)


def aircraft(n=12, scans=40, period=2.0, seed=3):
    """Level and climbing flight over the round Earth, up to 350 m/s, at constant height change."""
    rng = np.random.default_rng(seed)
    place = np.c_[rng.uniform(-80e3, 80e3, (n, 2)), rng.uniform(2e3, 13e3, n)]
    course, speed = rng.uniform(-np.pi, np.pi, n), rng.uniform(80.0, 350.0, n)
    climb = rng.uniform(-15.0, 15.0, n)
    velocity = np.c_[speed * np.sin(course), speed * np.cos(course), climb]
    t = np.arange(scans)[:, None, None] * period
    d = place + t * velocity
    d[..., 2] -= (d[..., 0] ** 2 + d[..., 1] ** 2) / (2.0 * 6_371e3)  # along the ground
    v = np.broadcast_to(velocity, d.shape).copy()
    v[..., 2] -= (d[..., :2] * velocity[:, :2]).sum(axis=-1) / 6_371e3
    return np.concatenate([BASE + d @ AXES, v @ AXES], axis=-1)
