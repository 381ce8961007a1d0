"""What of a recording is let in: every scan and plot that is refused is counted, by its reason.

Data never make the tracker raise. A scan is refused if its site is unknown or unusable, if it
repeats the last one of its site, if it is older than what was folded already (late scans belong to
:mod:`tdome.command.tracking.fusion`), or if its clock jumps ahead. After three scans in a row that
agree with one another the new time is believed (a time in the past: after five minutes of it), so
that a broken feed recovers. A plot is refused if its range or direction is no number, or none that
the site can give.
"""

import math
from typing import Final

from tdome.command.tracking.engine.layout import (
    ALTITUDE,
    AZIMUTH,
    CHANCE,
    DENSITY,
    ELEVATION,
    EXTRA,
    FAR,
    HEIGHT_VARIANCE,
    HIGH,
    NEAR,
    ORIGIN,
    RANGE,
    RATE,
    VARIANCE,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs

REASONS: Final = (
    "",
    "unknown_site",
    "unusable_site",
    "repeated_scan",
    "late_scan",
    "clock_jump",
    "no_range",
    "no_azimuth",
    "bad_range",
    "bad_elevation",
)
(
    UNKNOWN_SITE,
    UNUSABLE_SITE,
    REPEATED,
    LATE,
    JUMP,
    NO_RANGE,
    NO_AZIMUTH,
    BAD_RANGE,
    BAD_ELEVATION,
) = range(1, 10)
TASKED: Final = -1  # in the place of a reason: a scan that is no look at the whole coverage
# Places in the gate's clock (int64), ahead of the last time of each site.
NOW, STRANGE_AT, STRANGE_RUN, STRANGE_FROM, STARTED, SITES = 0, 1, 2, 3, 4, 5

_JUMP = 30_000_000_000  # ns that the feed may pause: beyond the slowest scan (12 s) by far
_BELIEVED = 3  # scans in a row that agree to _JUMP, and a pause is believed
_SET_BACK = 300_000_000_000  # ns that a feed goes on in the past before its new time is believed:
# longer than any burst of stored scans, which must not move the tracks back
_STRETCH = 1.2  # of the greatest range: what lies farther is no plot of this site
_EARTH = 6_371_000.0
_HEIGHT_SIGMA = 60.0  # of a height told by a transponder, m: pressure, and steps of 25 to 100 ft
_TURN = 2.0 * math.pi


@kernel_bare
def usable(sites: Floats, s: int) -> bool:
    """Tell whether a site's pose, errors and chance of detection are numbers to work with."""
    total = sites[s, CHANCE] + sites[s, DENSITY]
    for f in range(ORIGIN, VARIANCE + 2):
        total += sites[s, f]
    for f in range(NEAR, HIGH + 1):
        total += sites[s, f]
    return bool(math.isfinite(total) and sites[s, VARIANCE] * sites[s, VARIANCE + 1] > 0.0)


@kernel_bare
def timely(seen: Longs, s: int, t: int) -> int:
    """Return why a scan of site s at t comes at a wrong time, or 0; moves the gate's clock."""
    if t == seen[SITES + s]:
        return REPEATED
    ahead = t - seen[NOW]
    if ahead < 0 or ahead > _JUMP:
        if seen[STRANGE_RUN] == 0 or not 0 <= t - seen[STRANGE_AT] <= _JUMP:
            seen[STRANGE_RUN], seen[STRANGE_FROM] = 0, t
        seen[STRANGE_RUN] += 1
        seen[STRANGE_AT] = t
        if ahead > 0 and seen[STRANGE_RUN] < _BELIEVED:
            return JUMP
        if ahead < 0 and t - seen[STRANGE_FROM] < _SET_BACK:
            return LATE
    seen[STRANGE_RUN] = 0
    seen[NOW] = t
    seen[SITES + s] = t
    return 0


@kernel_bare
def admit_scans(at: Longs, sensor: Ints, sites: Floats, seen: Longs, refused: Codes) -> None:
    """Write the reason (0: none) for which each scan is refused.

    seen (5 + S,): the clock of the gate, kept between calls, zeros at first.
    """
    for n in range(len(at)):
        s = int(sensor[n])
        if s < 0 or s >= len(sites):
            refused[n] = UNKNOWN_SITE
        elif not usable(sites, s):
            refused[n] = UNUSABLE_SITE
        else:
            if seen[STARTED] == 0:
                seen[STARTED], seen[NOW] = 1, at[n]
                seen[SITES:] = at[n] - 1
            refused[n] = timely(seen, s, at[n])


@kernel_bare
def admit_plots(  # noqa: C901, PLR0913, PLR0917 - flat columns
    sensor: Ints,
    refused: Codes,
    start: Longs,
    range_m: Floats,
    azimuth: Floats,
    elevation: Floats,
    rate: Floats,
    height: Floats,
    sites: Floats,
    flat: bool,
    first: int,
    begins: Longs,
    raw: Floats,
    source: Longs,
    tally: Longs,
) -> int:
    """Copy the plots that are let in, scan by scan; count the others in tally[reason].

    begins (scans + 1,), raw (m, Z), source (m,): written. first: row of the first plot in the
    whole feed. A transponder's height stands in for an elevation that is not measured.
    """
    end = 0
    for n in range(len(sensor)):
        begins[n] = end
        if refused[n] != 0:
            tally[refused[n]] += 1
            continue
        s = int(sensor[n])
        three = sites[s, VARIANCE + 2] > 0.0
        farthest = sites[s, FAR] * _STRETCH
        for j in range(start[n], start[n + 1]):
            r, a, e = range_m[j], azimuth[j], elevation[j]
            if math.isnan(r):
                tally[NO_RANGE] += 1
                continue
            if not math.isfinite(a):
                tally[NO_AZIMUTH] += 1
                continue
            if not 0.0 < r <= farthest:
                tally[BAD_RANGE] += 1
                continue
            other = 0.0
            if not three or math.isnan(e):
                e, other = 0.0, -1.0
                h = height[j]
                if math.isfinite(h) and abs(h) < r:
                    below = 0.0 if flat else r * r / (2.0 * _EARTH)
                    sine = (h - sites[s, ALTITUDE] - below) / r
                    if abs(sine) < 1.0:
                        e, other = math.asin(sine), (_HEIGHT_SIGMA / r) ** 2
            elif not abs(e) <= 0.25 * _TURN:
                tally[BAD_ELEVATION] += 1
                continue
            raw[end, RANGE] = r
            raw[end, AZIMUTH] = a - _TURN * math.floor(a / _TURN + 0.5)
            raw[end, ELEVATION] = e
            raw[end, HEIGHT_VARIANCE] = other
            raw[end, RATE] = rate[j]
            raw[end, EXTRA] = 0.0
            source[end] = first + j
            end += 1
    begins[len(sensor)] = end
    return end
