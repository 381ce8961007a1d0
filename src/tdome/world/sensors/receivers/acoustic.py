"""Microphone arrays: directions of what hums, late by the time that sound takes.

Level L = NOISE - 20 log10(R / 1 m) - ABSORPTION * R (spherical spreading and absorption in air:
ISO 9613-1 and -2, 1996, 2.8 dB/km for 500 Hz at 20 degrees C and 70 % humidity); SNR = SNR0 *
10^((L - heard_above) / 10), so that Pd = 0.5 at the level ``heard_above_db``. Direction and level
are those of the place where the sound came from. NOISE is notional, by family: a two-stroke engine
with propeller, a small turbojet, an airliner; what is faster than sound, or without an engine, is
not heard. Limits: no wind and no temperature gradient bends the sound, nothing but terrain hides
it; a body that is shot down falls silent at once; jet drones hum like piston drones.
"""

import numpy as np

from tdome.messages.codes import Emission, Family
from tdome.world.bodies.table import Bodies
from tdome.world.sensors.receivers.bearings import anchor_snr, report
from tdome.world.sensors.receivers.reach import Moment, Post, Report, in_reach

ABSORPTION = 2.8e-3  # dB/m
NOISE = {Family.DRONE: 110.0, Family.CRUISE: 130.0, Family.AIRCRAFT: 140.0}  # dB at 1 m, notional
_NOISE = np.array([NOISE.get(family, -np.inf) for family in Family])


def level(noise: float, distance: float) -> float:
    """Return the sound pressure level, dB, at a distance, m, from a source of ``noise`` dB."""
    return float(noise - 20.0 * np.log10(distance) - ABSORPTION * distance)


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Listen all round once."""
    reach = in_reach(post, bodies, moment.t, heard=True)
    noise, distance = _NOISE[bodies.family[reach.rows]], reach.polar[:, 0]
    heard = noise - 20.0 * np.log10(distance) - ABSORPTION * distance
    snr = anchor_snr(post) * 10.0 ** ((heard - post.book.heard_above[post.row]) / 10.0)
    emission = np.full(len(reach.rows), Emission.ACOUSTIC, np.int8)
    return report(post, bodies.key[reach.rows], moment, reach, snr, emission)
