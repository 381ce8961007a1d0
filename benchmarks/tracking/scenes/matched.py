"""Lone targets that fly exactly as a filter believes: the filter's errors must be as it tells.

One radar in a plane, 4 s, 25 m, 0.15 and 0.20 degrees, Pd 0.9, no false plots; one target in each
recording, so that no plot is ever another's. The first velocity is drawn from the filter's own, the
motion has the filter's own noise; with three modes, the mode of each step is drawn from the
filter's own switching matrix. For the mean and covariance of the exact posterior the expected NEES
is 6, whatever its shape: E[e' P^-1 e] = tr(P^-1 E[e e']) = 6.
"""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator, default_rng

from tdome.command.tracking.engine import Settings
from tdome.messages.base import Floats
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

STEP_S, SCANS, DETECTION = 4.0, 30, 0.9
SIGMA = (25.0, float(np.deg2rad(0.15)), float(np.deg2rad(0.2)))
AWAY_M, HEIGHT_M = (40e3, 90e3), (4e3, 12e3)
_CALM, _HARD, _TURN = range(3)


def sites(rate_sigma: float = np.nan) -> SiteBook:
    """Return the one radar; it sees everything there is. rate_sigma: of range rates, m/s."""
    return SiteBook(
        names=("radar",),
        flat=True,
        origin=np.zeros((1, 3)),
        axes=np.eye(3)[None],
        sigma=np.array([[*SIGMA, rate_sigma]]),
        detection=np.array([DETECTION]),
        false_plots=np.array([1e-3]),
        reach=np.array([[0.0, 1e6]]),
        elevation=np.array([[-1.5, 1.5]]),
        period=np.array([STEP_S]),
    )


def flights(
    count: int, settings: Settings, seed: int, rate_sigma: float = np.nan
) -> Iterator[tuple[Recording, Floats]]:
    """Yield recordings of one target each, and its true state (6,) at the last scan.

    rate_sigma: m/s, of the range rates that are measured; nan: none are.
    """
    for child in np.random.SeedSequence(seed).spawn(count):
        rng = default_rng(child)
        path = _fly(rng, settings)
        yield _recording(rng, path, rate_sigma), path[-1]


def _fly(rng: Generator, settings: Settings) -> Floats:
    """Return the states of a target at the scans, (SCANS, 6)."""
    away, angle = rng.uniform(*AWAY_M), rng.uniform(-np.pi, np.pi)
    place = [away * np.cos(angle), away * np.sin(angle), rng.uniform(*HEIGHT_M)]
    level, climb = settings.speed
    state = np.array([*place, *rng.normal(0.0, level, 2), rng.normal(0.0, climb)])
    mode = rng.choice(3, p=settings.weight)
    rate = rng.normal(0.0, settings.rate)
    path = [state]
    for _ in range(SCANS - 1):
        if settings.filter == "imm":
            before, mode = mode, _switch(rng, mode, settings)
            if mode == _TURN and before != _TURN:
                rate = rng.normal(0.0, settings.rate)
            noise = (settings.calm, settings.hard, settings.turn)[mode]
            turn = rate if mode == _TURN else 0.0
            rate += rng.normal(0.0, np.sqrt(settings.rate_noise * STEP_S))
        else:
            noise, turn = settings.acceleration, 0.0
        state = _step(rng, state, turn, noise)
        path.append(state)
    return np.array(path)


def _switch(rng: Generator, mode: int, settings: Settings) -> int:
    stay = np.exp(-STEP_S / settings.stay[mode])
    return mode if rng.uniform() < stay else int(rng.choice([m for m in range(3) if m != mode]))


def _step(rng: Generator, state: Floats, rate: float, noise: tuple[float, float]) -> Floats:
    """Return a state one step on: a turn at a rate (0: straight on), and white acceleration."""
    t = STEP_S
    x, y, z, vx, vy, vz = state
    wt = rate * t
    along, across = (t, 0.0) if rate == 0.0 else (np.sin(wt) / rate, (1 - np.cos(wt)) / rate)
    c, s = np.cos(wt), np.sin(wt)
    moved = np.array([
        x + along * vx - across * vy, y + across * vx + along * vy, z + t * vz,
        c * vx - s * vy, s * vx + c * vy, vz,
    ])  # fmt: skip
    root = np.linalg.cholesky(np.array([[t**3 / 3.0, t**2 / 2.0], [t**2 / 2.0, t]]))
    for axis, density in enumerate((noise[0], noise[0], noise[1])):
        moved[[axis, axis + 3]] += np.sqrt(density) * (root @ rng.normal(size=2))
    return moved


def _recording(rng: Generator, path: Floats, rate_sigma: float) -> Recording:
    """Return what the radar measures; the first look always sees the target."""
    seen = rng.uniform(size=SCANS) < DETECTION
    seen[0] = True
    x, y, z = path[seen, 0], path[seen, 1], path[seen, 2]
    level, count = np.hypot(x, y), int(seen.sum())
    true = np.stack([np.hypot(level, z), np.arctan2(x, y), np.arctan2(z, level)], axis=1)
    polar = true + rng.normal(size=(count, 3)) * SIGMA
    unknown = np.full(count, np.nan)
    rate = (path[seen, :3] * path[seen, 3:]).sum(axis=1) / true[:, 0]
    if np.isfinite(rate_sigma):
        rate += rate_sigma * rng.normal(size=count)
    else:
        rate = unknown
    return Recording(
        at=(np.arange(SCANS) * STEP_S * 1e9).astype(np.int64),
        sensor=np.zeros(SCANS, np.int32),
        start=np.concatenate([[0], np.cumsum(seen)]).astype(np.int64),
        volume=np.ones(SCANS, np.bool_),
        range_m=polar[:, 0],
        azimuth_rad=polar[:, 1] % (2 * np.pi),
        elevation_rad=polar[:, 2],
        range_rate_m_s=rate,
        snr_db=unknown.astype(np.float32),
        address=np.full(count, -1, np.int32),
        height_m=unknown,
    )
