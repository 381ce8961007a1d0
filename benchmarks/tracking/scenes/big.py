"""Big skies: ten thousand and a hundred thousand flyers under ten asynchronous radars.

Ten radars on a ring and in the middle, reach 250 km, each with a period of its own between 4 and
12 s and a phase of its own. Flyers within 300 km of the middle, 80-320 m/s, heights 0.5-15 km, 10 %
of them in a turn of 0.5-2 g at any time; a tenth is born within the scene, a twentieth dies in it.
Pd 0.9, false plots as stated, 40 m, 0.10 and 0.15 degrees.
"""

import numpy as np
from benchmarks.tracking.scenes.scene import Floats, Scene, Whole
from numpy.random import Generator, default_rng

G, STEP_S = 9.81, 0.5
RADARS, RING_M, SKY_M = 10, 180e3, 300e3
REACH_M, TOP_RAD, LOW_RAD = (3e3, 250e3), np.deg2rad(40.0), np.deg2rad(4.0)
SIGMA = np.array([40.0, np.deg2rad(0.10), np.deg2rad(0.15)])
DETECTION, BORN, DYING, TURNING, TURN_S = 0.9, 0.10, 0.05, 0.10, 20.0
LOWEST_M, HIGHEST_M = 500.0, 15000.0


def _radars(rng: Generator) -> tuple[Floats, Floats, Floats]:
    angle = np.linspace(0, 2 * np.pi, RADARS - 1, endpoint=False)
    ring = np.c_[RING_M * np.cos(angle), RING_M * np.sin(angle), np.full(RADARS - 1, 100.0)]
    period = np.round(np.linspace(4.0, 12.0, RADARS), 2)
    return np.r_[[[0.0, 0.0, 100.0]], ring], period, rng.uniform(0, period)


def _turn(rng: Generator, rate: Floats, speed: Floats) -> Floats:
    """Let some begin to turn and some end, so that a steady share turns."""
    ends = rng.uniform(size=len(rate)) < STEP_S / TURN_S
    begins = rng.uniform(size=len(rate)) < STEP_S / TURN_S * TURNING / (1 - TURNING)
    pull = rng.uniform(0.5, 2.0, len(rate)) * rng.choice([-1, 1], len(rate)) * G / speed
    rate = np.where((rate != 0) & ends, 0.0, rate)
    return np.where((rate == 0) & begins, pull, rate)


def _look(
    rng: Generator, place: Floats, alive: Whole, radar: Floats, false_plots: float
) -> tuple[Floats, Whole]:
    apart = place[alive] - radar
    away = np.sqrt((apart**2).sum(axis=1))
    up = np.arcsin(apart[:, 2] / away)
    seen = (away > REACH_M[0]) & (away < REACH_M[1]) & (up > 0) & (up < TOP_RAD)
    seen &= rng.uniform(size=len(alive)) < DETECTION
    exact = np.c_[away, np.arctan2(apart[:, 1], apart[:, 0]), up][seen]
    own = exact + rng.normal(size=exact.shape) * SIGMA
    extra = int(rng.poisson(false_plots))
    low = np.minimum(rng.exponential(LOW_RAD, extra), TOP_RAD)
    false = np.c_[rng.uniform(*REACH_M, extra), rng.uniform(-np.pi, np.pi, extra), low]
    both, source = np.r_[own, false], np.r_[alive[seen], np.full(extra, -1)]
    order = rng.permutation(len(both))
    return both[order], source[order].astype(np.int32)


def make(
    targets: int, seed: int, *, seconds: float = 120.0, false_plots: float = 300.0, every: int = 10
) -> Scene:
    """Return the scene; its truth tells of one scan in `every`."""
    rng = default_rng(seed)
    radars, period, phase = _radars(rng)
    away, angle = SKY_M * np.sqrt(rng.uniform(size=targets)), rng.uniform(-np.pi, np.pi, targets)
    up = rng.uniform(LOWEST_M, HIGHEST_M, targets)
    place = np.c_[away * np.cos(angle), away * np.sin(angle), up]
    heading, speed = rng.uniform(-np.pi, np.pi, targets), rng.uniform(80, 320, targets)
    climb = rng.normal(0, 3.0, targets)
    birth = np.where(rng.uniform(size=targets) < BORN, rng.uniform(0, seconds, targets), -1.0)
    dying = rng.uniform(size=targets) < DYING
    death = np.where(dying, rng.uniform(0, seconds, targets), np.inf)
    rate = np.where(rng.uniform(size=targets) < TURNING, rng.uniform(0.5, 2, targets), 0.0)
    rate *= G / speed * rng.choice([-1, 1], targets)
    visits = sorted((float(t), r) for r in range(RADARS) for t in _times(phase, period, r, seconds))
    at, radar = np.array([t for t, _ in visits]), np.array([r for _, r in visits], np.int32)
    parts: list[tuple[Floats, Whole]] = []
    truth, told = [], []
    now = 0.0
    for k, (when, r) in enumerate(visits):
        while now + STEP_S <= when:
            velocity = np.c_[speed * np.cos(heading), speed * np.sin(heading), climb]
            place = place + velocity * STEP_S
            climb = np.where(place[:, 2] < LOWEST_M, np.abs(climb), climb)
            climb = np.where(place[:, 2] > HIGHEST_M, -np.abs(climb), climb)
            rate = _turn(rng, rate, speed)
            heading = heading + rate * STEP_S
            now += STEP_S
        velocity = np.c_[speed * np.cos(heading), speed * np.sin(heading), climb]
        here = place + velocity * (when - now)
        alive = np.flatnonzero((birth <= when) & (when < death)).astype(np.int32)
        parts.append(_look(rng, here, alive, radars[r], false_plots))
        if k % every == every - 1 or k == len(visits) - 1:
            state = np.full((targets, 6), np.nan)
            state[alive, 0::2], state[alive, 1::2] = here[alive], velocity[alive]
            truth.append(state)
            told.append(k)
    plot_scan = np.repeat(np.arange(len(visits)), [len(own) for own, _ in parts]).astype(np.int32)
    return Scene(
        name=f"big_{targets}_{seed}",
        t=at,
        scan_radar=radar,
        truth=np.stack(truth),
        truth_scan=np.array(told, np.int32),
        plot_scan=plot_scan,
        plot_radar=radar[plot_scan],
        polar=np.concatenate([own for own, _ in parts]),
        source=np.concatenate([own for _, own in parts]),
        radar_pos=radars,
        variances=np.broadcast_to(SIGMA**2, (RADARS, 3)).copy(),
        detection=np.full(RADARS, DETECTION),
        false_plots=np.full(RADARS, false_plots),
        period=period,
        bounds=np.array([*REACH_M, -np.pi, np.pi, 0.0, TOP_RAD]),
    )


def _times(phase: Floats, period: Floats, radar: int, seconds: float) -> Floats:
    return np.arange(phase[radar], seconds, period[radar])
