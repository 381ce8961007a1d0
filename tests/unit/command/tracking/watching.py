"""Flyers, scans of them, and tracks of them: what the tests of trackers share."""

import numpy as np

from tdome.command.tracking.imm import ImmTracker
from tdome.messages.codes import TrackStatus


def flyers(side, plan, starts, velocities):
    """Straight flyers: a function of time to ECEF positions."""
    starts, velocities = np.asarray(starts, float), np.asarray(velocities, float)
    return lambda t: side.place(plan, starts + velocities * t)


def watch(side, plan, where, times, rng=None, **columns):
    """One scan of each time, with the radars in turn."""
    count = len(plan.sensors.names)
    return [
        side.scan(plan, where(t), t, rng, sensor=k % count, seq=k, **columns)
        for k, t in enumerate(times)
    ]


def falling(side, plan, rng):
    """Return the flight (n, 7: s, state) of a rocket to the ground, and scans of it."""
    flight = side.arc(plan, [0, 120e3, 60e3], [0, -900, 200])
    times = np.arange(0.0, flight[-1, 0] - 4.0, 4.0)
    scans = [side.scan(plan, flight[int(t), 1:4], t, rng, seq=k) for k, t in enumerate(times)]
    return flight, scans


def alive(tracks):
    return tracks.track_number[tracks.status != TrackStatus.DROPPED].tolist()


def confirmed(side, plan, rng, velocity=(0.0, -100.0, 0.0), start=(0.0, 60e3, 5e3), until=24.0):
    where = flyers(side, plan, [start], [velocity])
    times = np.arange(0.0, until, 4.0)
    state, answers = side.run(ImmTracker(plan), watch(side, plan, where, times, rng), until=until)
    assert alive(answers[-1][0]) == [1]
    return where, state
