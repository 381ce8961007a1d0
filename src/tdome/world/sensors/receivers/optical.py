"""Electro-optical sights: precise directions of what a cue leads them to, by day, night and haze.

SNR = SNR0 * outline * (R_ref * light / R)^2 * exp(-3.912 R / V): the light of a small target falls
with the square of range, and contrast with haze (Bouguer, Lambert and Beer; V the meteorological
visibility at which a contrast of 2 % is left: Koschmieder, 1924). Pd = 0.5 at R_ref on 1 m^2 of
outline where V is infinite. ``light`` is 1 by day and the class's night_factor from the end of
civil twilight on (sun 6 degrees down). Assumptions and limits: outline by family, notional, alike
from all sides; no clouds, no glint, no search: it looks within FIELD of the places it is sent to.
"""

import math

import numpy as np

from tdome.earth.sun import sun_elevation
from tdome.messages.codes import Emission, Family
from tdome.world.bodies.table import Bodies
from tdome.world.sensors.receivers.bearings import anchor_snr, report
from tdome.world.sensors.receivers.reach import Moment, Post, Report, in_reach

FIELD = math.radians(1.0)  # half angle of the field of view
TWILIGHT = math.radians(-6.0)
KOSCHMIEDER = 3.912  # -ln 0.02
OUTLINE = {
    Family.BALLISTIC: 0.6,
    Family.CRUISE: 0.5,
    Family.DRONE: 1.0,
    Family.AIRCRAFT: 20.0,
    Family.GLIDE: 1.0,
}  # m^2, notional
_OUTLINE = np.array([OUTLINE[family] for family in Family])


def light(post: Post, t: float) -> float:
    """Return the share of its range that a sight keeps at this time of day."""
    at = post.scenario.start + round(t * 1e9)
    sun = sun_elevation(at, float(post.book.lat[post.row]), float(post.book.lon[post.row]))
    day = min(max((sun - TWILIGHT) / -TWILIGHT, 0.0), 1.0)
    return day + (1.0 - day) * float(post.book.night_factor[post.row])


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Look at the places of a task, or nowhere."""
    reach = in_reach(post, bodies, moment.t, wrecks=True)
    places = np.empty((0, 3)) if moment.toward is None else moment.toward
    lines = places - post.site
    lines = lines / np.sqrt(np.square(lines).sum(axis=1, keepdims=True))
    along = (reach.states[:, :3] - post.site) / reach.polar[:, :1] @ lines.T
    reach = reach.only((along >= math.cos(FIELD)).any(axis=1))
    distance = reach.polar[:, 0]
    clear = post.book.reference_range[post.row] * light(post, moment.t)
    visibility = 1e3 * post.scenario.file.weather.visibility_km
    snr = anchor_snr(post) * _OUTLINE[bodies.family[reach.rows]] * (clear / distance) ** 2
    snr *= np.exp(-KOSCHMIEDER * distance / visibility)
    emission = np.full(len(reach.rows), Emission.OPTICAL, np.int8)
    return report(post, bodies.key[reach.rows], moment, reach, snr, emission)
