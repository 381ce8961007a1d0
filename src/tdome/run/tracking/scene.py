"""Scenes for measuring: many flyers over one radar, with the plots that it reports.

A flat frame. Flyers of 80 to 320 m/s within 140 km of a surveillance radar (25 m, 0.15 deg,
0.2 deg, 4 s), three in ten of which turn with 1 to 4 g now and then; one plot in ten is missing,
and there are as many false plots as flyers in a scan, 100 at least. It is of the same kind as the
benchmark's ``std`` scenes (docs/concepts/tracking/formats.md), but not the same draw: figures that
are compared with other tools come from these.
"""

import numpy as np

from tdome.kernel.random import Streams
from tdome.messages.base import Floats
from tdome.messages.recording import Recording, TruthHistory
from tdome.plan.books.sites import SiteBook

PERIOD = 4.0  # s
SIGMA = (25.0, float(np.radians(0.15)), float(np.radians(0.2)))
DETECTION = 0.9
REACH = (3e3, 160e3)
_SUB = 8  # steps of motion in a scan
_TURNS = 0.3  # share of flyers that turn
_G = 9.81


def scene(flyers: int, scans: int = 50, seed: int = 1) -> tuple[Recording, SiteBook, TruthHistory]:
    """Return plots, site and truth of a scene; the same arguments give the same bits."""
    chance = Streams(seed)("bench", "tracking", flyers, scans).generator()
    truth = _paths(flyers, scans, chance)
    false = max(100.0, float(flyers))
    parts, counts = [], np.empty(scans, np.int64)
    for k in range(scans):
        z = _look(truth[k, :, :3], chance)
        z = np.vstack([z, _clutter(int(chance.poisson(false)), chance)])
        parts.append(z[np.lexsort((z[:, 1], z[:, 0]))])
        counts[k] = len(z)
    z = np.concatenate(parts)
    at = np.round(np.arange(scans) * PERIOD * 1e9).astype(np.int64)
    nothing = np.full(len(z), np.nan)
    recording = Recording(
        at=at,
        sensor=np.zeros(scans, np.int32),
        start=np.concatenate([[0], np.cumsum(counts)]),
        volume=np.ones(scans, np.bool_),
        range_m=z[:, 0].copy(),
        azimuth_rad=np.mod(z[:, 1], 2.0 * np.pi),
        elevation_rad=z[:, 2].copy(),
        range_rate_m_s=nothing,
        snr_db=nothing.astype(np.float32),
        address=np.full(len(z), -1, np.int32),
        height_m=nothing,
    )
    known = TruthHistory(
        at=np.repeat(at, flyers),
        flyer=np.tile(np.arange(flyers, dtype=np.int32), scans),
        state=truth.reshape(-1, 6),
    )
    return recording, _site(false), known


def _paths(flyers: int, scans: int, chance: np.random.Generator) -> Floats:
    """Return states (scans, flyers, 6): straight flight with a little noise, and turns."""
    far = np.sqrt(chance.uniform(15e3**2, 140e3**2, flyers))
    bearing, course = chance.uniform(0.0, 2.0 * np.pi, (2, flyers))
    speed, turns = chance.uniform(80.0, 320.0, flyers), chance.uniform(size=flyers) < _TURNS
    state = np.zeros((flyers, 6))
    state[:, 0], state[:, 1] = far * np.sin(bearing), far * np.cos(bearing)
    state[:, 2] = chance.uniform(500.0, 15e3, flyers)
    state[:, 3], state[:, 4] = speed * np.sin(course), speed * np.cos(course)
    dt, steps = PERIOD / _SUB, scans * _SUB
    begin = chance.integers(0, steps, (3, flyers))
    length = (chance.uniform(8.0, 30.0, (3, flyers)) / dt).astype(np.int64)
    rate = chance.uniform(1.0, 4.0, (3, flyers)) * chance.choice([-1.0, 1.0], (3, flyers)) * _G
    rate = np.where(turns, rate / speed, 0.0)
    out = np.empty((scans, flyers, 6))
    for step in range(steps):
        if step % _SUB == 0:
            out[step // _SUB] = state
        turning = (step >= begin) & (step < begin + length)
        angle = np.where(turning, rate, 0.0).sum(axis=0) * dt
        cos, sin = np.cos(angle), np.sin(angle)
        east, north = state[:, 3].copy(), state[:, 4].copy()
        state[:, 3], state[:, 4] = cos * east - sin * north, sin * east + cos * north
        state[:, 3:5] += chance.normal(0.0, np.sqrt(0.5 * dt), (flyers, 2))
        state[:, :3] += dt * state[:, 3:]
    return out


def _look(place: Floats, chance: np.random.Generator) -> Floats:
    """Return (range, azimuth, elevation) of those that a look finds, with errors."""
    far = np.linalg.norm(place, axis=1)
    found = (far > REACH[0]) & (far < REACH[1]) & (chance.uniform(size=len(far)) < DETECTION)
    place, far = place[found], far[found]
    z = np.column_stack([far, np.arctan2(place[:, 0], place[:, 1]), np.arcsin(place[:, 2] / far)])
    noisy: Floats = z + chance.normal(size=z.shape) * SIGMA
    return noisy


def _clutter(count: int, chance: np.random.Generator) -> Floats:
    return np.column_stack(
        [
            chance.uniform(*REACH, count),
            chance.uniform(0.0, 2.0 * np.pi, count),
            np.minimum(chance.exponential(np.radians(4.0), count), np.radians(40.0)),
        ]
    )


def _site(false: float) -> SiteBook:
    return SiteBook(
        names=("radar",),
        flat=True,
        origin=np.zeros((1, 3)),
        axes=np.eye(3)[None],
        sigma=np.array([[*SIGMA, np.nan]]),
        detection=np.array([DETECTION]),
        false_plots=np.array([false]),
        reach=np.array([REACH]),
        elevation=np.radians([[0.0, 40.0]]),
        period=np.array([PERIOD]),
    )
