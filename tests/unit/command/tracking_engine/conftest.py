"""Small skies for the engine: straight flyers, one or several radars, false plots."""

import numpy as np
import pytest

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

SIGMA = np.array([25.0, 0.0026, 0.0035])


def sites_of(origin, axes, *, flat=True, false_plots=20.0, reach=160e3):
    n = len(origin)
    return SiteBook(
        names=tuple(f"r{i}" for i in range(n)),
        flat=flat,
        origin=np.asarray(origin, float),
        axes=np.asarray(axes, float),
        sigma=np.tile(np.r_[SIGMA, np.nan], (n, 1)),
        detection=np.full(n, 0.9),
        false_plots=np.full(n, false_plots),
        reach=np.tile([1e3, reach], (n, 1)),
        elevation=np.tile([-0.02, 1.2], (n, 1)),
        period=np.full(n, 4.0),
    )


class Sky:
    """Flyers (n, 6) at constant velocity from t = 0 in the frame of the sites."""

    def __init__(self, flyers, sites, *, scans=20, seed=1, pd=0.9, clutter=20.0):
        self.flyers, self.sites = np.asarray(flyers, float), sites
        rng = np.random.default_rng(seed)
        step = 4.0 / len(sites)
        self.at = np.arange(scans) * step
        self.sensor = (np.arange(scans) % len(sites)).astype(np.int32)
        rows = [self._scan(rng, k, pd, clutter) for k in range(scans)]
        self.start = np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64)
        self.z = np.concatenate(rows)

    def place(self, k):
        return self.flyers[:, :3] + self.at[k] * self.flyers[:, 3:]

    def _scan(self, rng, k, pd, clutter):
        s = self.sensor[k]
        d = (self.place(k) - self.sites.origin[s]) @ self.sites.axes[s].T
        z = np.c_[
            np.linalg.norm(d, axis=1),
            np.arctan2(d[:, 0], d[:, 1]),
            np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1])),
        ]
        ok = (rng.uniform(size=len(z)) < pd) & (z[:, 0] < self.sites.reach[s, 1])
        z = z[ok] + rng.normal(size=(ok.sum(), 3)) * SIGMA
        m = rng.poisson(clutter)
        false = np.c_[
            rng.uniform(2e3, self.sites.reach[s, 1], m),
            rng.uniform(-np.pi, np.pi, m),
            rng.uniform(0.0, 0.6, m),
        ]
        return rng.permutation(np.r_[z, false])

    def recording(self, **columns):
        m = len(self.z)
        nan = np.full(m, np.nan)
        given = {
            "at": np.round(self.at * 1e9).astype(np.int64),
            "sensor": self.sensor,
            "start": self.start,
            "volume": np.ones(len(self.at), bool),
            "range_m": self.z[:, 0].copy(),
            "azimuth_rad": self.z[:, 1].copy(),
            "elevation_rad": self.z[:, 2].copy(),
            "range_rate_m_s": nan,
            "snr_db": nan.astype(np.float32),
            "address": np.full(m, -1, np.int32),
            "height_m": nan.copy(),
        }
        return Recording(**{**given, **columns})


def flyers_of(n, seed=0, spread=50e3):
    rng = np.random.default_rng(seed)
    a = rng.uniform(-np.pi, np.pi, n)
    speed = rng.uniform(120, 280, n)
    return np.c_[
        rng.uniform(-spread, spread, (n, 2)),
        rng.uniform(3e3, 12e3, n),
        speed * np.cos(a),
        speed * np.sin(a),
        np.zeros(n),
    ]


@pytest.fixture
def flat_sky():
    return Sky(flyers_of(12), sites_of(np.zeros((1, 3)), np.eye(3)[None]))


@pytest.fixture
def ring_sky():
    """Four asynchronous radars."""
    origin = np.array([[40e3, 0, 0], [0, 40e3, 0], [-40e3, 0, 0], [0, -40e3, 0.0]])
    return Sky(flyers_of(12), sites_of(origin, np.tile(np.eye(3), (4, 1, 1))), scans=60)


def to_ecef(sky, **options):
    """Return the same sky, rigidly moved to a place on the earth in ECEF."""
    axes = enu_axes(0.41, 2.1)
    base = geodetic_to_ecef(0.41, 2.1, 0.0)
    flyers = np.c_[sky.flyers[:, :3] @ axes + base, sky.flyers[:, 3:] @ axes]
    origin = sky.sites.origin @ axes + base
    moved = sites_of(origin, np.einsum("sij,jk->sik", sky.sites.axes, axes), flat=False)
    return Sky(flyers, moved, scans=len(sky.at), **options), axes, base
