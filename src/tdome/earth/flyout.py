"""Fly-out: how long a generic round needs to a place, and how far it reaches, as small tables.

A round is a point mass that flies a straight ray at a constant elevation. Over the boost its speed
grows linearly to the burn-out speed; then it coasts against drag and gravity:

    d(v^2)/dr = -rho(h) v^2 / beta - 2 g(h) sin(e),    dt = dr / v

with rho of the U.S. Standard Atmosphere 1976, height h = r sin(e0) + r^2 cos^2(e0) / (2 R) over a
round Earth, sin(e) the local slope of the ray and beta the ballistic coefficient. It is spent where
its speed falls below SPENT_SHARE of the burn-out speed: its reach along that ray. Published is a
MEAN speed (domain.md 4.2), so the burn-out speed is the one with which the round needs
boost / 2 + range / mean speed to its greatest range at half its greatest altitude: there the law
agrees with a constant speed after the boost, nearer it is faster, lower it is slower. Without a
beta the round is powered all the way and keeps its mean speed. A beam (directed energy, soft kill)
has no flight: its table holds the dwell, which extinction sigma lengthens by exp(sigma r) up to
SPENT_DWELL times.

Source: point-mass kinematics (Zarchan, "Tactical and Strategic Missile Guidance", 6th ed., ch. 12);
US76 (earth.atmosphere). Assumptions: no lift, no loft, no turn, beta constant, launch at sea level
(a few hundred metres of ground change little). Limits: no guidance, no seeker, no end game.

Tables have the shape (c, RAYS, KNOTS + 2), one block for each class. Ray j has the sine of
elevation (j / (RAYS - 1))^2, which is fine where the air makes a difference; knot i stands at the
slant range span (i / (KNOTS - 1))^2, in which time is nearly linear through the boost. Row: the
times (s) to the knots, the reach (m), the span (m). Between rays and knots it is linear: within
1 % of a fine integration in time (tests). Errors raised: none.
"""

import math
from functools import cache

import numpy as np

from tdome.earth.atmosphere import density1
from tdome.earth.geodesy import MEAN_RADIUS
from tdome.earth.wgs84 import Floats
from tdome.kernel.jit import kernel

RAYS, KNOTS = 13, 65
REACH, SPAN = KNOTS, KNOTS + 1  # columns of a row after its times
SPENT_SHARE = 0.3  # of the burn-out speed, below which a round can not follow a target; notional
SPENT_DWELL = 3.0  # times the nominal dwell, after which a beam gives up; notional
SPAN_SHARE = 1.1  # of the greatest range that a table covers
_SUBSTEPS = 4  # of an integration between two knots
_HALVINGS = 30
_FASTEST = 8.0  # times the mean speed, that a burn-out speed is looked for
_GRAVITY = 9.80665  # m/s^2 (US76 table 2)


@kernel
def sine1(distance: float, climb: float) -> float:
    """Sine of the elevation at which a ray of ``distance`` m climbs ``climb`` m over a round Earth.

    Held within [0, 1].
    """
    sine = climb / max(distance, 1.0) - 0.5 * distance / MEAN_RADIUS
    return min(max(sine, 0.0), 1.0)


@kernel
def fly1(speed: float, boost: float, inv_beta: float, sine: float, row: Floats) -> None:
    """Fill times and reach of one row, whose SPAN is set, for a burn-out speed; see the module."""
    burnt, slowest = 0.5 * speed * boost, SPENT_SHARE * speed
    square, time, at, reach = speed * speed, boost, burnt, -1.0
    for i in range(KNOTS):
        place = row[SPAN] * (i / (KNOTS - 1.0)) ** 2
        if place <= burnt:
            row[i] = math.sqrt(2.0 * boost * place / speed)
            continue
        step = (place - at) / _SUBSTEPS
        for _ in range(_SUBSTEPS):
            middle = at + 0.5 * step
            height = middle * sine + 0.5 * middle * middle * (1.0 - sine * sine) / MEAN_RADIUS
            slope = min(sine + middle * (1.0 - sine * sine) / MEAN_RADIUS, 1.0)
            pull = 2.0 * _GRAVITY * slope * (MEAN_RADIUS / (MEAN_RADIUS + height)) ** 2
            half = math.exp(-0.5 * step * inv_beta * density1(height))
            before = square
            square = square * half * half - pull * step * half
            if square <= slowest * slowest:
                if reach < 0.0:
                    reach = at + step * (before - slowest * slowest) / (before - square)
                square = slowest * slowest
            # Mean speed of the step, by Simpson's rule on 1 / v.
            halfway = max(before * half - 0.5 * pull * step, slowest * slowest)
            slowness = 1.0 / math.sqrt(before) + 4.0 / math.sqrt(halfway) + 1.0 / math.sqrt(square)
            time += step * slowness / 6.0
            at += step
        row[i] = time
    row[REACH] = reach if reach >= 0.0 else row[SPAN]


@kernel
def burnout_speed1(mean: float, boost: float, inv_beta: float, far: float, sine: float) -> float:
    """Burn-out speed in m/s with which a round needs boost / 2 + far / mean s to ``far`` m."""
    row = np.empty(KNOTS + 2)
    row[SPAN] = far
    low, high = mean, _FASTEST * mean
    for _ in range(_HALVINGS):
        speed = 0.5 * (low + high)
        fly1(speed, boost, inv_beta, sine, row)
        if row[KNOTS - 1] > 0.5 * boost + far / mean:
            low = speed
        else:
            high = speed
    return high


@cache
def missile_table(mean: float, boost: float, beta: float, far: float, ceiling: float) -> Floats:
    """Table (RAYS, KNOTS + 2) of rounds: mean speed m/s, boost s, beta kg/m^2 (0: powered).

    ``far`` and ``ceiling``: greatest slant range and altitude, m.
    """
    table = np.empty((RAYS, KNOTS + 2))
    table[:, SPAN] = SPAN_SHARE * far
    if beta == 0.0:
        place = SPAN_SHARE * far * (np.arange(KNOTS) / (KNOTS - 1.0)) ** 2
        coast = np.maximum(0.5 * boost + place / mean, boost)
        in_boost = place <= 0.5 * mean * boost
        table[:, :KNOTS] = np.where(in_boost, np.sqrt(2.0 * boost * place / mean), coast)
        table[:, REACH] = table[:, SPAN]
    else:
        speed = burnout_speed1(mean, boost, 1.0 / beta, far, sine1(far, 0.5 * ceiling))
        for j in range(RAYS):
            fly1(speed, boost, 1.0 / beta, (j / (RAYS - 1.0)) ** 2, table[j])
    table.setflags(write=False)
    return table


@cache
def beam_table(dwell: float, extinction: float, far: float) -> Floats:
    """Table (RAYS, KNOTS + 2) of a beam: dwell s in clear air, extinction 1/m; see the module."""
    table = np.empty((RAYS, KNOTS + 2))
    span = SPAN_SHARE * far
    place = span * (np.arange(KNOTS) / (KNOTS - 1.0)) ** 2
    table[:, :KNOTS] = dwell * np.exp(np.minimum(extinction * place, 50.0))
    thick = math.log(SPENT_DWELL) / extinction if extinction > 0.0 else math.inf
    table[:, REACH], table[:, SPAN] = min(span, thick), span
    table.setflags(write=False)
    return table


@kernel
def _ray1(sine: float) -> tuple[int, float]:
    """Return the ray below a sine, and the share of the one above it."""
    place = math.sqrt(min(max(sine, 0.0), 1.0)) * (RAYS - 1.0)
    j = min(int(place), RAYS - 2)
    low, high = (j / (RAYS - 1.0)) ** 2, ((j + 1) / (RAYS - 1.0)) ** 2
    return j, (min(max(sine, 0.0), 1.0) - low) / (high - low)


@kernel
def time1(table: Floats, distance: float, sine: float) -> float:
    """Time in s from launch to a slant range in m along a ray; inf beyond the reach."""
    j, up = _ray1(sine)
    if distance > table[j, REACH] + up * (table[j + 1, REACH] - table[j, REACH]):
        return math.inf
    place = math.sqrt(distance / table[j, SPAN]) * (KNOTS - 1.0)
    i = min(int(place), KNOTS - 2)
    f = place - i
    below = table[j, i] + f * (table[j, i + 1] - table[j, i])
    above = table[j + 1, i] + f * (table[j + 1, i + 1] - table[j + 1, i])
    return float(below + up * (above - below))


@kernel
def reach1(table: Floats, time: float, sine: float) -> float:
    """Slant range in m that a round has flown along a ray, ``time`` s after its launch.

    It goes no farther than its reach; a beam is there at once when its dwell is over.
    """
    j, up = _ray1(sine)
    farthest = table[j, REACH] + up * (table[j + 1, REACH] - table[j, REACH])
    first = table[j, 0] + up * (table[j + 1, 0] - table[j, 0])
    if time < first or time <= 0.0:
        return 0.0
    low, high = 0, KNOTS - 1
    if time >= table[j, high] + up * (table[j + 1, high] - table[j, high]):
        return float(farthest)
    while high - low > 1:
        middle = (low + high) // 2
        if table[j, middle] + up * (table[j + 1, middle] - table[j, middle]) <= time:
            low = middle
        else:
            high = middle
    begin = table[j, low] + up * (table[j + 1, low] - table[j, low])
    end = table[j, high] + up * (table[j + 1, high] - table[j, high])
    share = (time - begin) / (end - begin) if end > begin else 1.0
    place = (low + share) / (KNOTS - 1.0)
    return float(min(table[j, SPAN] * place * place, farthest))


def longest_times(tables: Floats, far: Floats) -> Floats:
    """Longest time of flight in s of each class, shape (c,), within a range (c,) in m."""
    longest = np.zeros(len(tables))
    for c, table in enumerate(tables):
        for j in range(RAYS):
            reach = min(float(far[c]), float(table[j, REACH]))
            longest[c] = max(longest[c], time1(table, reach, (j / (RAYS - 1.0)) ** 2))
    return longest
