"""Books of sites and feeds of straight flyers for tests of partial input."""

import msgspec
import numpy as np

from tdome.command.tracking.engine import Settings
from tdome.command.tracking.engine.filters.sites import site_rows
from tdome.command.tracking.engine.layout import KIND
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, geodetic_to_ecef
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

JPDA = msgspec.structs.replace(Settings.imm(), association="jpda")
UKF = msgspec.structs.replace(Settings.imm(), filter="ukf")
EVERY = {"gnn": Settings.imm(), "ekf": Settings.gnn_ekf(), "ukf": UKF, "jpda": JPDA,
         "lmb": Settings.lmb()}  # fmt: skip
LAT, LON = 0.41, 2.1
NS = 1_000_000_000


def book(places, sigma, *, place_sigma=None, false_plots=5.0, period=4.0):
    """Return sites at ``places`` (east, north, up of a point on the Earth)."""
    places = np.asarray(places, float)
    n = len(places)
    origin = in_frame(places)
    lat, lon, _ = ecef_to_geodetic(origin)
    axes = np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)])
    return SiteBook(
        names=tuple(f"s{i}" for i in range(n)),
        flat=False,
        origin=origin,
        axes=axes,
        sigma=np.asarray(sigma, float),
        detection=np.full(n, 0.9),
        false_plots=np.full(n, false_plots),
        reach=np.tile([0.0, 250e3], (n, 1)),
        elevation=np.tile([-0.05, 1.2], (n, 1)),
        period=np.full(n, period),
        place_sigma=place_sigma,
    )


def in_frame(enu):
    """Return places (k, 3) east, north, up of the middle in ECEF."""
    return geodetic_to_ecef(LAT, LON, 0.0) + enu @ enu_axes(LAT, LON)


class Feed:
    """Flyers (n, 6) in a plane, seen by all kinds of sites in turn."""

    def __init__(self, flyers, sites, *, scans, step=1.0, clutter=3.0, heights=False):
        self.flyers, self.sites, self.step = np.asarray(flyers, float), sites, step
        self.rng = np.random.default_rng(1)
        n = len(sites)
        self.at = np.round(np.arange(scans) * step * NS).astype(np.int64)
        self.sensor = (np.arange(scans) % n).astype(np.int32)
        kinds = site_rows(sites)[:, KIND]
        rows = [self._scan(k, kinds[self.sensor[k]], clutter, heights) for k in range(scans)]
        self.start = np.r_[0, np.cumsum([len(r) for r in rows])].astype(np.int64)
        self.rows = np.concatenate(rows)

    def place(self, k):
        enu = self.flyers[:, :3] + k * self.step * self.flyers[:, 3:]
        return in_frame(enu)

    def velocity(self):
        return self.flyers[:, 3:] @ enu_axes(LAT, LON)

    def _scan(self, k, kind, clutter, heights):
        """Return (m, 6): range, azimuth, elevation, height, address, error of a place."""
        s, sites, rng = self.sensor[k], self.sites, self.rng
        there = self.place(k)
        seen = rng.uniform(size=len(there)) < 0.95
        doubt = np.nan
        if sites.place_sigma is not None and np.isfinite(sites.place_sigma[s]):
            doubt = sites.place_sigma[s] * rng.choice([0.5, 3.0])
            there = there + doubt * rng.normal(size=there.shape)
        d = (there - sites.origin[s]) @ sites.axes[s].T
        z = np.full((len(d), 6), np.nan)
        z[:, 0] = np.linalg.norm(d, axis=1)
        z[:, 1] = np.arctan2(d[:, 0], d[:, 1])
        z[:, 2] = np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1]))
        sigma = sites.sigma[s, :3]
        z[:, :3] += np.nan_to_num(sigma) * rng.normal(size=(len(d), 3))
        if np.isnan(doubt):
            z[:, :3] = np.where(np.isnan(sigma), np.nan, z[:, :3])
        z[:, 4], z[:, 5] = -1.0, doubt
        if heights:
            true = ecef_to_geodetic(there)[2]
            z[:, 3] = true + 30.0 * rng.normal(size=len(d))
        if heights or np.isfinite(doubt):
            z[:, 4] = 1000 + np.arange(len(d))
        z = z[seen]
        false = np.full((rng.poisson(clutter) if np.isnan(doubt) else 0, 6), np.nan)
        false[:, 0] = rng.uniform(2e3, sites.reach[s, 1], len(false))
        false[:, 1] = rng.uniform(-np.pi, np.pi, len(false))
        false[:, 2] = rng.uniform(0.0, 0.5, len(false))
        false[:, :3] = np.where(np.isnan(sigma), np.nan, false[:, :3])
        false[:, 4] = -1.0
        return rng.permutation(np.r_[z, false])

    def recording(self, **columns):
        m = len(self.rows)
        given = {
            "at": self.at,
            "sensor": self.sensor,
            "start": self.start,
            "volume": np.ones(len(self.at), bool),
            "range_m": self.rows[:, 0].copy(),
            "azimuth_rad": self.rows[:, 1].copy(),
            "elevation_rad": self.rows[:, 2].copy(),
            "range_rate_m_s": np.full(m, np.nan),
            "snr_db": np.full(m, np.nan, np.float32),
            "address": self.rows[:, 4].astype(np.int32),
            "height_m": self.rows[:, 3].copy(),
            "place_sigma_m": self.rows[:, 5].copy(),
        }
        return Recording(**{**given, **columns})


def straight(n, seed=0, spread=50e3):
    rng = np.random.default_rng(seed)
    a = rng.uniform(-np.pi, np.pi, n)
    place = np.c_[rng.uniform(-spread, spread, (n, 2)), rng.uniform(3e3, 11e3, n)]
    return np.c_[place, 200.0 * np.cos(a), 200.0 * np.sin(a), np.zeros(n)]


def errors(history, feed, scan):
    """Return the distance of each flyer to the nearest track after a scan, m."""
    told = history.state[history.scan == scan]
    if not len(told):
        return np.full(len(feed.flyers), np.inf)
    return np.linalg.norm(feed.place(scan)[:, None] - told[None, :, :3], axis=2).min(axis=1)


LEVEL = [25.0, 0.0026, np.nan, np.nan]
THREE = [[0, -40e3, 100], [40e3, 30e3, 50], [-40e3, 30e3, 10]]
