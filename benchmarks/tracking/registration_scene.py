"""A scene for the registration: radars that disagree, and targets that several of them see."""

import math
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes, enu_to_ecef, geodetic_to_ecef
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import PLOT_COLUMNS, Recording
from tdome.plan.books.sites import SiteBook

SCAN = 4.0
SEEN = 0.9
HALF = 0.5
SITE_COLUMNS = (
    "origin", "axes", "sigma", "detection", "false_plots", "reach", "elevation", "period",
)  # fmt: skip


class Scene(NamedTuple):
    """What is seen, whose each plot is (m,), the biases (S, 4), and true states at plots (m, 6)."""

    recording: Recording
    target: Longs
    bias: Floats
    truth: Floats


def ring(
    count: int = 4, sigma: tuple[float, float, float] = (50.0, 0.002, 0.002), radius: float = 80e3
) -> SiteBook:
    """Return radars on a circle, in a flat frame."""
    angle = np.arange(count) * 2 * np.pi / count
    return SiteBook(
        names=tuple(f"r{k}" for k in range(count)),
        flat=True,
        origin=np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.zeros(count)]),
        axes=np.tile(np.eye(3), (count, 1, 1)),
        sigma=np.tile([*sigma, np.nan], (count, 1)),
        detection=np.full(count, 0.9),
        false_plots=np.zeros(count),
        reach=np.tile([0.0, 400e3], (count, 1)),
        elevation=np.tile([-1.0, 1.5], (count, 1)),
        period=np.full(count, SCAN),
    )


def on_earth(sites: SiteBook, lat: float = 24.0, lon: float = 121.0) -> SiteBook:
    """Return the same ring in ECEF about a place, degrees, each site with axes of its own."""
    middle = geodetic_to_ecef(math.radians(lat), math.radians(lon), 0.0)
    there = enu_to_ecef(sites.origin, middle, enu_axes(math.radians(lat), math.radians(lon)))
    at = ecef_to_geodetic(there)
    axes = [enu_axes(float(a), float(o)) for a, o in zip(at[0], at[1], strict=True)]
    ground = geodetic_to_ecef(at[0], at[1], 50.0)
    return msgspec.structs.replace(sites, flat=False, origin=ground, axes=np.array(axes))


def polar(place: Floats, sites: SiteBook, sensor: int) -> Floats:
    """Return range, azimuth, elevation of places (n, 3)."""
    east, north, up = sites.axes[sensor] @ (place - sites.origin[sensor]).T
    return np.column_stack(
        [
            np.sqrt(east**2 + north**2 + up**2),
            np.arctan2(east, north),
            np.arctan2(up, np.hypot(east, north)),
        ]
    )


def drawn_bias(sites: SiteBook, rng: np.random.Generator, late: float) -> Floats:
    """Return biases (S, 4) of 1-3 sigma, of stamps up to ``late`` s."""
    count = len(sites)
    bias = np.zeros((count, 4))
    size = rng.uniform(1, 3, (count, 3)) * np.where(rng.uniform(size=(count, 3)) < HALF, -1, 1)
    bias[:, :3] = size * np.nan_to_num(sites.sigma[:, :3])
    bias[:, 3] = rng.uniform(-late, late, count)
    return bias


def scene(  # noqa: PLR0913, PLR0917 - knobs of a benchmark
    sites: SiteBook,
    seed: int = 0,
    targets: int = 50,
    duration: float = 60.0,
    late: float = 0.0,
    noise: float = 1.0,
    given: Floats | None = None,
) -> Scene:
    """Fly targets with white acceleration over 160 km and plot them; Pd 0.9; biases as drawn."""
    rng = np.random.default_rng(seed)
    count = len(sites)
    place = rng.uniform([-80e3, -80e3, 3e3], [80e3, 80e3, 11e3], (targets, 3))
    course, speed = rng.uniform(0, 2 * np.pi, targets), rng.uniform(150, 280, targets)
    velocity = np.column_stack([speed * np.cos(course), speed * np.sin(course), 0 * speed])
    if not sites.flat:
        up = sites.axes[:, 2].mean(axis=0)
        axes = np.linalg.qr(np.array([up, sites.axes[0, 0], sites.axes[0, 1]]).T)[0].T
        axes = np.array([axes[1], axes[2], up / np.linalg.norm(up)])
        place, velocity = sites.origin.mean(axis=0) + place @ axes, velocity @ axes
    bias = drawn_bias(sites, rng, late) if given is None else given
    scans = int(duration / SCAN)
    visits = sorted((SCAN * (k + s / count), s) for k in range(scans) for s in range(count))
    now, rows = 0.0, []
    for at, sensor in visits:
        dt, now = at - now, at
        q = noise * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]]) + 1e-12 * np.eye(2)
        push = np.einsum("ij,njk->nik", np.linalg.cholesky(q), rng.normal(size=(targets, 2, 3)))
        place, velocity = place + dt * velocity + push[:, 0], velocity + push[:, 1]
        z = polar(place - bias[sensor, 3] * velocity, sites, sensor)
        z += bias[sensor, :3] + rng.normal(size=z.shape) * sites.sigma[sensor, :3]
        seen = np.flatnonzero(rng.uniform(size=targets) < SEEN)
        rows.append((round(at * 1e9), sensor, seen, z[seen], np.hstack([place, velocity])[seen]))
    z = np.concatenate([row[3] for row in rows])
    blank = np.full(len(z), np.nan)
    recording = Recording(
        at=np.array([row[0] for row in rows]),
        sensor=np.array([row[1] for row in rows], np.int32),
        start=np.concatenate([[0], np.cumsum([len(row[2]) for row in rows])]),
        volume=np.ones(len(rows), np.bool_),
        range_m=z[:, 0].copy(),
        azimuth_rad=np.mod(z[:, 1], 2 * np.pi),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=blank,
        snr_db=np.full(len(z), 20.0, np.float32),
        address=np.full(len(z), -1, np.int32),
        height_m=blank,
    )
    target = np.concatenate([row[2] for row in rows])
    return Scene(recording, target, bias, np.concatenate([row[4] for row in rows]))


def telling(
    flown: Scene, sites: SiteBook, tellers: int, error: float = 10.0
) -> tuple[Scene, SiteBook]:
    """Return the scene and sites with one more, that passes on the places of the first targets.

    After each scan those of its targets tell where they are, with error m along each axis.
    """
    raw, one = flown.recording, len(sites)
    rng = np.random.default_rng(1)
    columns: dict[str, list[Floats | Longs]] = {name: [] for name in PLOT_COLUMNS}
    target, truth, count = [], [], []
    for k in range(len(raw)):
        rows = np.arange(raw.start[k], raw.start[k + 1])
        mine = rows[flown.target[rows] < tellers]
        place = flown.truth[mine, :3] + error * rng.normal(size=(len(mine), 3))
        z, blank = polar(place, sites, 0), np.full(len(mine), np.nan)
        said = {
            "range_m": z[:, 0],
            "azimuth_rad": np.mod(z[:, 1], 2 * np.pi),
            "elevation_rad": z[:, 2],
        }
        said |= {"place_sigma_m": blank + error, "address": flown.target[mine]}
        for name, column in columns.items():
            column += [getattr(raw, name)[rows], said.get(name, blank)]
        target += [flown.target[rows], flown.target[mine]]
        truth += [flown.truth[rows], flown.truth[mine]]
        count += [len(rows), len(mine)]
    made = {
        name: np.concatenate(column).astype(getattr(raw, name).dtype)
        for name, column in columns.items()
    }
    recording = Recording(
        at=np.repeat(raw.at, 2),
        sensor=np.column_stack([raw.sensor, np.full(len(raw), one)]).reshape(-1).astype(np.int32),
        start=np.concatenate([[0], np.cumsum(count)]),
        volume=np.tile([True, False], len(raw)),
        **made,
    )
    grown = {
        name: np.concatenate([getattr(sites, name), getattr(sites, name)[:1]])
        for name in SITE_COLUMNS
    }
    grown["sigma"][one] = np.nan
    place_sigma = np.append(np.full(one, np.nan), error)
    book = msgspec.structs.replace(
        sites, names=(*sites.names, "stations"), place_sigma=place_sigma, **grown
    )
    bias = np.vstack([flown.bias, np.zeros(4)])
    return Scene(recording, np.concatenate(target), bias, np.concatenate(truth)), book
