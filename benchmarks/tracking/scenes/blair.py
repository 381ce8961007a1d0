"""The six Blair-Watson benchmark trajectories, re-created from the published description.

The problem: W. D. Blair, G. A. Watson, T. Kirubarajan, Y. Bar-Shalom, "Benchmark for radar
allocation and tracking in ECM", IEEE T-AES 34 (4), 1998. What each number rests on:

- read in a public summary of the paper (a reader's notes, github; July 2023): lateral acceleration
  at most 7 g, along at most 2 g, range 10-100 km, trajectories at 20 Hz, one radar, beamwidth 2.4
  degrees, range gate 1,575 m, a track is lost when it is off by more than one beamwidth or 1.5
  range gates, at most 4 % of the tracks may be lost, initiation is not part of it;
- speeds, heights, load factors and the order of manoeuvres of each aircraft (FLIGHTS): the prose of
  the paper as the literature repeats it, from memory: no copy of the paper could be read here;
- OURS, for want of the data file: where each starts, its course, the side of each turn, and the
  angle of a turn and the length of a leg where the prose tells none. Climbs and dives are so long
  that they begin and end with about 1 g up or down.

So these are the same kinds of flight, not the same points. The radar is the standard scenes' (not
the benchmark's phased array): a fixed revisit, Pd, false plots over its whole coverage.
"""

from dataclasses import dataclass

import numpy as np
from benchmarks.tracking.scenes.scene import Floats, Scene
from numpy.random import default_rng

G, STEP_S = 9.80665, 0.05
BEAM_RAD, GATE_M = np.deg2rad(2.4), 1.5 * 1575.0
SIGMA = np.array([25.0, np.deg2rad(0.15), np.deg2rad(0.2)])
REACH_M, TOP_RAD = (3e3, 110e3), np.deg2rad(40.0)
REVISIT_S, DETECTION, FALSE_PLOTS = 2.0, 0.9, 30.0


@dataclass(frozen=True)
class Leg:
    """A leg of a flight: a turn of some degrees at some g, or straight for some seconds."""

    seconds: float = 0.0
    degrees: float = 0.0  # to the left positive
    pull_g: float = 0.0
    to_speed: float = 0.0  # at `along_g`; 0: constant speed
    along_g: float = 0.5
    to_height: float = 0.0  # reached at the end of the leg; 0: level


@dataclass(frozen=True)
class Flight:
    """Start: place east, north, up, m; speed m/s; course degrees from east, to the left."""

    east: float
    north: float
    height: float
    speed: float
    course: float
    legs: tuple[Leg, ...]


# fmt: off
FLIGHTS: tuple[Flight, ...] = (
    # 1 large aircraft: 290 m/s at 1.26 km, 60 s; 2 g; 30 s; 3 g, then away from the radar.
    Flight(73e3, 29e3, 1260.0, 290.0, 206.0, (
        Leg(60.0), Leg(degrees=45.0, pull_g=2.0), Leg(30.0), Leg(degrees=-150.0, pull_g=3.0),
        Leg(40.0))),
    # 2 small jet: 305 m/s at 4.57 km; 2.5 g through 90 degrees; down to 3.1 km; 4 g; level.
    Flight(38e3, -28e3, 4570.0, 305.0, 140.0, (
        Leg(30.0), Leg(degrees=90.0, pull_g=2.5), Leg(30.0, to_height=3100.0),
        Leg(degrees=-90.0, pull_g=4.0), Leg(50.0))),
    # 3 medium bomber: 457 m/s at 3.0 km, 30 s; 4 g through 45 degrees; 30 s while slowing to
    # 274 m/s; 4 g through 90 degrees; level.
    Flight(-60e3, 40e3, 3000.0, 457.0, -20.0, (
        Leg(30.0), Leg(degrees=-45.0, pull_g=4.0), Leg(30.0, to_speed=274.0, along_g=-0.65),
        Leg(degrees=90.0, pull_g=4.0), Leg(60.0))),
    # 4 medium bomber: 251 m/s at 2.29 km, 30 s; 4 g through 45 degrees; 30 s; 6 g with full
    # thrust; up to 4.57 km; level.
    Flight(-25e3, -45e3, 2290.0, 251.0, 70.0, (
        Leg(30.0), Leg(degrees=45.0, pull_g=4.0), Leg(30.0),
        Leg(degrees=-90.0, pull_g=6.0, to_speed=350.0, along_g=1.0),
        Leg(40.0, to_height=4570.0, to_speed=400.0), Leg(50.0))),
    # 5 fighter: accelerates at 1.5 km, 30 s; 5 g; 20 s; 7 g; 30 s; 6 g with a climb to 4.45 km;
    # 30 s and more level.
    Flight(10e3, 55e3, 1500.0, 300.0, -100.0, (
        Leg(30.0, to_speed=420.0), Leg(degrees=-70.0, pull_g=5.0), Leg(20.0),
        Leg(degrees=120.0, pull_g=7.0), Leg(30.0), Leg(degrees=-90.0, pull_g=6.0),
        Leg(45.0, to_height=4450.0), Leg(30.0))),
    # 6 fighter: 426 m/s at 1.55 km, 30 s; 7 g; 30 s; 6 g slowing, dive to 0.79 km; 30 s; 6 g with
    # full thrust; 7 g; level.
    Flight(-15e3, 60e3, 1550.0, 426.0, -70.0, (
        Leg(30.0), Leg(degrees=80.0, pull_g=7.0), Leg(30.0),
        Leg(degrees=-90.0, pull_g=6.0, to_speed=330.0, along_g=-0.8),
        Leg(20.0, to_height=790.0), Leg(30.0),
        Leg(degrees=60.0, pull_g=6.0, to_speed=400.0, along_g=1.0), Leg(5.0),
        Leg(degrees=-100.0, pull_g=7.0), Leg(30.0))),
)
# fmt: on


def fly(flight: Flight) -> Floats:
    """Return the flight at 20 Hz, (n, 6) x, vx, y, vy, z, vz, and stay within its own limits."""
    place = np.array([flight.east, flight.north, flight.height])
    speed, course = flight.speed, np.deg2rad(flight.course)
    rows = []
    for leg in flight.legs:
        turned, passed, base = 0.0, 0.0, place[2]
        while passed < leg.seconds - 1e-9 or turned < np.deg2rad(abs(leg.degrees)) - 1e-9:
            rate = leg.pull_g * G / speed * np.sign(leg.degrees)
            course += rate * STEP_S
            turned += abs(rate) * STEP_S
            passed += STEP_S
            if leg.to_speed and (leg.to_speed - speed) * leg.along_g > 0:
                speed += leg.along_g * G * STEP_S
            sink = 0.0
            if leg.to_height:  # a smooth step: no jump in the rate of climb
                part = min(passed / leg.seconds, 1.0)
                sink = (leg.to_height - base) * 6 * part * (1 - part) / leg.seconds
            level = np.sqrt(max(speed**2 - sink**2, 1.0))
            velocity = np.array([level * np.cos(course), level * np.sin(course), sink])
            place = place + velocity * STEP_S
            rows.append(np.stack([place, velocity], axis=1).ravel())
    return np.array(rows)


def make(which: int, seed: int, revisit_s: float = REVISIT_S) -> Scene:
    """Return flight `which` (1 to 6) as a radar sees it, alone among false plots."""
    rng = default_rng([which, seed])
    every = fly(FLIGHTS[which - 1])
    pace = round(revisit_s / STEP_S)
    truth = every[int(rng.integers(pace)) :: pace]  # the radar comes by at its own moment
    scans = len(truth)
    place = truth[:, 0::2]
    away = np.linalg.norm(place, axis=1)
    exact = np.c_[away, np.arctan2(place[:, 1], place[:, 0]), np.arcsin(place[:, 2] / away)]
    seen = np.flatnonzero(rng.uniform(size=scans) < DETECTION)
    own = exact[seen] + rng.normal(size=(len(seen), 3)) * SIGMA
    extra = rng.poisson(FALSE_PLOTS, scans)
    count = int(extra.sum())
    around = rng.uniform(*REACH_M, count), rng.uniform(-np.pi, np.pi, count)
    low = np.minimum(rng.exponential(np.deg2rad(4.0), count), TOP_RAD)
    scan = np.r_[seen, np.repeat(np.arange(scans), extra)]
    order = np.lexsort((rng.uniform(size=len(scan)), scan))
    return Scene(
        name=f"blair_{which}_{seed}",
        t=np.arange(scans) * revisit_s,
        scan_radar=np.zeros(scans, np.int32),
        truth=truth[:, None],
        truth_scan=np.arange(scans, dtype=np.int32),
        plot_scan=scan[order].astype(np.int32),
        plot_radar=np.zeros(len(scan), np.int32),
        polar=np.r_[own, np.c_[(*around, low)]][order],
        source=np.r_[np.zeros(len(seen), int), np.full(count, -1)][order].astype(np.int32),
        radar_pos=np.zeros((1, 3)),
        variances=SIGMA[None] ** 2,
        detection=np.array([DETECTION]),
        false_plots=np.array([FALSE_PLOTS]),
        period=np.array([revisit_s]),
        bounds=np.array([*REACH_M, -np.pi, np.pi, 0.0, TOP_RAD]),
    )
