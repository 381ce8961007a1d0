"""What of a recording is let in: every scan and plot that is refused is counted, by its reason.

Data never make the tracker raise. A scan is refused if its site is unknown or unusable, if it
repeats the last one of its site, if it is older than what was folded already (late scans belong to
:mod:`tdome.command.tracking.fusion`), or if its clock jumps ahead. After three scans in a row that
agree with one another the new time is believed (a time in the past: after five minutes of it), so
that a broken feed recovers. A plot is refused if its range or direction is no number, or none that
the site can give. Of a plot that is let in, a range rate, height or address that can not be meant
is left out and counted.

A transponder's height h stands for an elevation that is not measured, and joins one that is (their
weighted mean, if they agree): see :func:`..filters.polar.sine_of_height`. Sites of places that
flyers tell (cooperative) bring each its own error, the same along all axes.
"""

import math
from typing import Final

import numpy as np

from tdome.command.tracking.engine.filters.polar import sine_of_height
from tdome.command.tracking.engine.layout import (
    ANGLES,
    AZIMUTH,
    BEARING,
    CHANCE,
    COOPERATIVE,
    DENSITY,
    ELEVATION,
    EXTRA,
    FAR,
    FRIENDLY,
    HEIGHT_VARIANCE,
    HIGH,
    KIND,
    LOW,
    NAMES,
    NEAR,
    ORIGIN,
    PLACE,
    RADAR_2D,
    RANGE,
    RATE,
    RATES,
    SAID,
    VARIANCE,
    Z_CROSS,
    Z_SPREAD,
    Z,
)
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.recording import Flags, Recording

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
    "bad_azimuth",
    "bad_place",
    "bad_rate",
    "bad_height",
    "bad_address",
    "unclear_direction",
    "lone_direction",
    "crowded_direction",
    "unused_crossing",
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
    BAD_AZIMUTH,
    BAD_PLACE,
    BAD_RATE,
    BAD_HEIGHT,
    BAD_ADDRESS,
    UNCLEAR,
    LONE,
    CROWDED_OUT,
    UNUSED_CROSSING,
) = range(1, 19)
# Places in the gate's clock (int64), ahead of the last time of each site.
NOW, STRANGE_AT, STRANGE_RUN, STRANGE_FROM, STARTED, SITES = 0, 1, 2, 3, 4, 5

_JUMP = 30_000_000_000  # ns that the feed may pause: beyond the slowest scan (12 s) by far
_BELIEVED = 3  # scans in a row that agree to _JUMP, and a pause is believed
_SET_BACK = 300_000_000_000  # ns that a feed goes on in the past before its new time is believed:
# longer than any burst of stored scans, which must not move the tracks back
_STRETCH = 1.2  # of the greatest range: what lies farther is no plot of this site
_FASTEST = 20_000.0  # m/s: a range rate beyond it can not be meant
_LOWEST, _HIGHEST = -1_000.0, 100_000.0  # m: heights that a transponder may tell
_WORST_PLACE = 10_000.0  # m: standard error of a place that is of no use
_LAST_ADDRESS = 0xFFFFFF
_AGREES = 25.0  # squared errors between a height that is measured and one that is told
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
def admit_scans(
    at: Longs, sensor: Ints, volume: Flags, sites: Floats, seen: Longs, refused: Codes
) -> None:
    """Write the reason (0: none) for which each scan is refused.

    -1 is for scans that are let in, but whose silence says nothing: looks at a part of the
    coverage, and all looks of sites that wait for what flyers say or emit. seen (5 + S,): the clock
    of the gate, kept between calls, zeros at first.
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
            if refused[n] == 0 and (not volume[n] or sites[s, KIND] >= ANGLES):
                refused[n] = -1


@kernel_bare
def place_fault(  # noqa: PLR0911 - one reason after the other
    r: float, a: float, e: float, sites: Floats, s: int, place: float
) -> int:
    """Return why a plot of site s can not be used, or 0. place: its own standard error, m."""
    kind = sites[s, KIND]
    directions = kind == ANGLES or kind == BEARING  # noqa: PLR1714 - compiled
    level = kind == BEARING or kind == RADAR_2D  # noqa: PLR1714
    if not directions:
        if math.isnan(r):
            return NO_RANGE
        if not 0.0 < r <= sites[s, FAR] * _STRETCH:
            return BAD_RANGE
    if not math.isfinite(a):
        return NO_AZIMUTH
    if abs(a) > 2.0 * _TURN:
        return BAD_AZIMUTH
    if not level and not (math.isnan(e) or abs(e) <= 0.25 * _TURN):
        return BAD_ELEVATION
    if kind == COOPERATIVE and (math.isnan(e) or place <= 0.0 or place > _WORST_PLACE):
        return BAD_PLACE
    return 0


@kernel_bare
def add_height(raw: Floats, end: int, sites: Floats, s: int, h: float) -> int:
    """Put a height that a transponder tells into an admitted plot; return BAD_HEIGHT or 0."""
    if math.isnan(h):
        return 0
    r = raw[end, RANGE]
    sine = sine_of_height(sites, s, r, raw[end, AZIMUTH], h)
    if not (_LOWEST <= h <= _HIGHEST and abs(sine) < 1.0):
        return BAD_HEIGHT
    e = math.asin(sine)
    level = r * math.cos(e)
    own = (_HEIGHT_SIGMA / max(level, _HEIGHT_SIGMA)) ** 2
    if raw[end, HEIGHT_VARIANCE] == 0.0:
        other = sites[s, VARIANCE + 2]
        off = raw[end, ELEVATION] - e
        if off * off > _AGREES * (own + other):
            return BAD_HEIGHT
        share = other / (own + other)
        raw[end, ELEVATION] -= share * off
        raw[end, HEIGHT_VARIANCE] = share * own
        return 0
    raw[end, ELEVATION], raw[end, HEIGHT_VARIANCE] = e, own
    if sites[s, KIND] == RADAR_2D:  # its false plots lie in a ring; with heights, in a band
        raw[end, EXTRA] -= 2.0 * math.log(max(sites[s, HIGH] - sites[s, LOW], 1e-3))
    else:
        raw[end, EXTRA] = 0.0
    return 0


@kernel_bare
def add_measured(  # noqa: PLR0913, PLR0917 - the numbers of one plot
    raw: Floats, end: int, sites: Floats, s: int, r: float, a: float, e: float, place: float
) -> None:
    """Put the place or direction of a plot into row ``end``, and how well it is known."""
    kind = sites[s, KIND]
    directions = kind == ANGLES or kind == BEARING  # noqa: PLR1714 - compiled
    level = kind == BEARING or kind == RADAR_2D  # noqa: PLR1714
    raw[end, RANGE] = math.nan if directions else r
    raw[end, AZIMUTH] = a - _TURN * math.floor(a / _TURN + 0.5)
    raw[end, EXTRA] = 0.0
    raw[end, PLACE] = place * place if kind == COOPERATIVE else 0.0
    lacks = level or math.isnan(e)
    raw[end, ELEVATION] = 0.0 if lacks else e
    raw[end, HEIGHT_VARIANCE] = -1.0 if lacks else 0.0
    if lacks and not level:  # false plots in a band, but this one in a ring
        raw[end, EXTRA] = 2.0 * math.log(max(sites[s, HIGH] - sites[s, LOW], 1e-3))


@kernel_bare
def add_told(  # noqa: PLR0913, PLR0917 - the numbers of one plot
    raw: Floats, end: int, sites: Floats, s: int, rate: float, address: int, tally: Longs
) -> None:
    """Put range rate and transponder address into row ``end``, if they can be meant."""
    if not (math.isnan(rate) or math.isnan(sites[s, VARIANCE + 3])):
        if abs(rate) <= _FASTEST:
            raw[end, RATE], sites[s, RATES] = rate, 1.0
        else:
            tally[BAD_RATE] += 1
    if address != -1:
        if 0 <= address <= _LAST_ADDRESS:
            raw[end, SAID], sites[s, NAMES] = address + 1.0, 1.0
        else:
            tally[BAD_ADDRESS] += 1


@kernel_bare
def admit_plots(  # noqa: PLR0913, PLR0917 - flat columns
    sensor: Ints,
    refused: Codes,
    start: Longs,
    range_m: Floats,
    azimuth: Floats,
    elevation: Floats,
    rate: Floats,
    height: Floats,
    address: Longs,
    places: Floats,
    sites: Floats,
    first: int,
    begins: Longs,
    raw: Floats,
    source: Longs,
    tally: Longs,
) -> int:
    """Copy the plots that are let in, scan by scan; count the others in tally[reason].

    begins (scans + 1,), raw (m, Z), source (m,): written; RATES and NAMES of sites: set. first:
    row of the first plot in the whole feed. places: standard errors of places that flyers tell, m,
    (m,), or (0,) for none.
    """
    end = 0
    for n in range(len(sensor)):
        begins[n] = end
        if refused[n] > 0:
            tally[refused[n]] += 1
            continue
        s = int(sensor[n])
        own = math.sqrt(sites[s, VARIANCE])
        for j in range(start[n], start[n + 1]):
            place = own if len(places) == 0 or math.isnan(places[j]) else places[j]
            r, a, e = range_m[j], azimuth[j], elevation[j]
            fault = place_fault(r, a, e, sites, s, place)
            if fault != 0:
                tally[fault] += 1
                continue
            add_measured(raw, end, sites, s, r, a, e, place)
            raw[end, RATE], raw[end, SAID] = math.nan, 0.0
            raw[end, FRIENDLY] = raw[end, Z_CROSS] = raw[end, Z_SPREAD] = 0.0
            if not math.isnan(height[j]) and sites[s, KIND] < ANGLES:
                tally[add_height(raw, end, sites, s, height[j])] += 1
            if address[j] != -1 or not math.isnan(rate[j]):
                add_told(raw, end, sites, s, rate[j], address[j], tally)
            source[end] = first + j
            end += 1
    begins[len(sensor)] = end
    tally[0] = 0
    return end


def admit(
    recording: Recording, sites: Floats, seen: Longs, tally: Longs, first: int
) -> tuple[Longs, Ints, Flags, Codes, Longs, Floats, Longs]:
    """Return at, sensor, volume and refused of the scans, and begins, raw, source of their plots.

    See :func:`admit_scans` and :func:`admit_plots`; seen and tally are written.
    """
    scans = len(recording)
    sensor = np.ascontiguousarray(recording.sensor, np.int32)
    at = np.ascontiguousarray(recording.at, np.int64)
    refused = np.zeros(scans, np.int8)
    volume = np.ascontiguousarray(recording.volume, np.bool_)
    admit_scans(at, sensor, volume, sites, seen, refused)
    begins = np.empty(scans + 1, np.int64)
    raw, source = np.empty((recording.plots, Z)), np.empty(recording.plots, np.int64)
    admit_plots(
        sensor, refused, np.ascontiguousarray(recording.start, np.int64),
        _floats(recording.range_m), _floats(recording.azimuth_rad),
        _floats(recording.elevation_rad), _floats(recording.range_rate_m_s),
        _floats(recording.height_m), np.ascontiguousarray(recording.address, np.int64),
        _places(recording), sites, first, begins, raw, source, tally,
    )  # fmt: skip
    return at, sensor, volume, refused, begins, raw, source


def _places(recording: Recording) -> Floats:
    """Return the standard errors of places that were told, m; none where nobody tells any."""
    told = recording.place_sigma_m
    return np.empty(0) if told.strides[0] == 0 else _floats(told)


def _floats(column: Floats) -> Floats:
    return np.ascontiguousarray(column, np.float64)
