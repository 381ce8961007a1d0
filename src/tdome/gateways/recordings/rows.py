"""Rows of plots as they stand in files, judged one by one and put together to scans.

A door repairs no measurement: a row that can not be meant is refused with its reason. Rows may
stand in any order; they are put into the order of time, which changes no datum.
"""

import msgspec
import numpy as np

from tdome.gateways.bounds import FARTHEST, FASTEST, LAST_ADDRESS
from tdome.gateways.recordings.refusals import Refusals
from tdome.messages.base import Floats, Ints, Longs, Singles
from tdome.messages.recording import PLOT_COLUMNS, Flags, Recording
from tdome.plan.books.sites import SiteBook

TURN = 2.0 * np.pi
_DAY_NS, _MINUTE_NS = 86_400_000_000_000, 60_000_000_000
_WORST_PLACE = 10_000.0  # m
_SOME = 10  # scans, of which some order can be told
_UNORDERED = 0.25  # of steps that go back: half do so in a file that is in no order
_FEW = 0.1  # of the rows that are together in time
_UNSAID = -9e9  # stands for a nan where rows are compared: two of these are equal
_EARLIEST, _LATEST = -(2**62), 2**62  # ns: an overflow or a missing time lies beyond


_NO_SIGMA: Floats = np.full((), np.nan)


class Rows(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Plots of one source, one row each, in its own order, SI.

    source: name of the file. at: (m,) int ns. sensor: (m,) row in the sites, -1 for one that they
    do not know. The other columns as in Recording; azimuths may be of any turn within 2 pi of zero.
    received_at: (m,) int ns when a plot came in; None where it is not told.
    """

    source: str
    at: Longs
    sensor: Ints
    range_m: Floats
    azimuth_rad: Floats
    elevation_rad: Floats
    range_rate_m_s: Floats
    snr_db: Singles
    address: Ints
    height_m: Floats
    place_sigma_m: Floats = _NO_SIGMA
    received_at: Longs | None = None

    def __post_init__(self) -> None:
        """Fill in the errors of places where none are told."""
        if self.place_sigma_m.ndim == 0:
            untold = np.broadcast_to(self.place_sigma_m, self.at.shape)
            msgspec.structs.force_setattr(self, "place_sigma_m", untold)


class Scans(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Scans that are known to have been made, also those without a plot; ordered (time, sensor)."""

    at: Longs
    sensor: Ints
    volume: Flags


def assemble(
    parts: list[Rows], sites: SiteBook, refused: Refusals, scans: Scans | None = None
) -> Recording:
    """Return the recording of all good rows; refuse the others.

    Rows of one sensor at one time are one scan. Without ``scans`` a scan counts as a look at the
    whole coverage where at least half the sensor's period passed since its last one. Where it is
    told when plots came in, scans are in the order in which their last plots did.
    """
    kept = [_good(part, sites, refused) for part in parts]
    kept = [_in_turn(rows, where, refused) for rows, where in kept]
    kept = _near_the_others(kept, refused)
    kept = _without_doubles(kept, refused)
    at, sensor = (
        np.concatenate([getattr(rows, name)[where] for rows, where in kept])
        for name in ("at", "sensor")
    )
    order = np.lexsort((sensor, at))
    at, sensor = at[order], sensor[order]
    columns = {
        name: np.concatenate([getattr(rows, name)[where] for rows, where in kept])[order]
        for name in PLOT_COLUMNS
    }
    columns["azimuth_rad"] = np.mod(columns["azimuth_rad"], TURN)
    scans = scans if scans is not None else _scans_of(at, sensor, sites)
    key = _ranks(scans, at, sensor)
    start = np.searchsorted(key, np.arange(len(scans.at) + 1)).astype(np.int64)
    made = Recording(at=scans.at, sensor=scans.sensor, volume=scans.volume, start=start, **columns)
    if all(rows.received_at is None for rows, _ in kept):
        return made
    told = [rows.at if rows.received_at is None else rows.received_at for rows, _ in kept]
    came = np.concatenate([column[where] for column, (_, where) in zip(told, kept, strict=True)])
    return _as_it_came(made, key, came[order])


def _as_it_came(recording: Recording, scan: Longs, came: Longs) -> Recording:
    """Return scans in the order in which the last plot of each came; one without came at once."""
    last = np.full(len(recording), np.iinfo(np.int64).min)
    np.maximum.at(last, scan, came)
    last = np.where(np.diff(recording.start) > 0, last, recording.at)
    return recording.taken(np.lexsort((recording.sensor, recording.at, last)))[0]


def _good(rows: Rows, sites: SiteBook, refused: Refusals) -> tuple[Rows, Longs]:
    """Return the rows with the places of those that pass on their own; refuse the others."""
    left = np.arange(len(rows.at))
    for reason, bad in _faults(rows, sites):
        fault = bad[left]
        if fault.any():
            refused.refuse(rows.source, reason, left[fault])
            left = left[~fault]
    return rows, left


def _faults(rows: Rows, sites: SiteBook) -> list[tuple[str, Flags]]:
    """Return the reasons for refusal, and for each which rows it meets; the first one counts."""
    known = (rows.sensor >= 0) & (rows.sensor < len(sites))
    sensor = np.where(known, rows.sensor, 0)
    measures = np.isfinite(sites.sigma[sensor])
    far, up = rows.range_m, rows.elevation_rad
    told = np.zeros(len(sensor), np.bool_)
    if sites.place_sigma is not None:
        told = np.isfinite(sites.place_sigma[sensor])
    doubt = rows.place_sigma_m
    with np.errstate(invalid="ignore"):
        return [
            ("sensor is not in the sites", ~known),
            ("time is missing", (rows.at < _EARLIEST) | (rows.at > _LATEST)),
            ("place is not a number", told & ~np.isfinite(far + rows.azimuth_rad + up)),
            (
                "error of the place is out of bounds",
                told & ((doubt <= 0.0) | (doubt > _WORST_PLACE)),
            ),
            ("azimuth is not a number", ~np.isfinite(rows.azimuth_rad)),
            ("azimuth out of bounds", np.abs(rows.azimuth_rad) > TURN + 1e-9),
            ("range is not a number", ~np.isfinite(far) & measures[:, 0]),
            ("range is not positive", far <= 0.0),
            ("range out of bounds", far > FARTHEST),
            ("elevation is not a number", ~np.isfinite(up) & measures[:, 2]),
            ("elevation out of bounds", np.abs(up) > 0.5 * np.pi),
            ("range rate out of bounds", np.abs(rows.range_rate_m_s) > FASTEST),
            (
                "transponder address out of bounds",
                (rows.address < -1) | (rows.address > LAST_ADDRESS),
            ),
        ]


def _in_turn(rows: Rows, where: Longs, refused: Refusals) -> tuple[Rows, Longs]:
    """Refuse scans out of time order by minutes, in a file that is in order of time otherwise.

    Such a scan stands more than a minute away from the scans of its sensor before and behind it in
    the file, though these two are near each other: its clock was wrong, or it came late.
    """
    stray = np.zeros(len(where), np.bool_)
    for sensor in np.unique(rows.sensor[where]):
        mine = np.flatnonzero(rows.sensor[where] == sensor)
        at = rows.at[where[mine]]
        first = np.flatnonzero(np.diff(at, prepend=at[0] - 1) != 0)
        time = at[first]
        step = np.diff(time)
        if len(time) < _SOME or (step < 0).mean() > _UNORDERED:
            continue
        far = np.abs(step) > _MINUTE_NS
        alone = np.zeros(len(time), np.bool_)
        alone[1:-1] = far[:-1] & far[1:] & (np.abs(time[2:] - time[:-2]) <= _MINUTE_NS)
        stray[mine] = np.repeat(alone, np.diff(np.append(first, len(at))))
    refused.refuse(rows.source, "time is out of order by more than a minute", where[stray])
    return rows, where[~stray]


def _near_the_others(kept: list[tuple[Rows, Longs]], refused: Refusals) -> list[tuple[Rows, Longs]]:
    """Refuse rows of a clock that jumped: few, with more than a day between them and the others."""
    times = np.concatenate([rows.at[where] for rows, where in kept])
    order = np.argsort(times, kind="stable")
    group = np.zeros(len(times), np.int64)
    group[order[1:]] = np.cumsum(np.diff(times[order]) > _DAY_NS)
    sizes = np.bincount(group, minlength=1)
    jumped = (sizes < _FEW * sizes.max())[group]
    out = []
    for rows, where in kept:
        mine, jumped = jumped[: len(where)], jumped[len(where) :]
        refused.refuse(rows.source, "time is more than a day from the other rows", where[mine])
        out.append((rows, where[~mine]))
    return out


def _without_doubles(kept: list[tuple[Rows, Longs]], refused: Refusals) -> list[tuple[Rows, Longs]]:
    """Refuse rows that say again what a row before them said: a scan that came twice."""
    names = ("sensor", "at", "range_m", "elevation_rad", "azimuth_rad")
    said = [
        np.concatenate([getattr(rows, name)[where] for rows, where in kept]).astype(np.float64)
        if name != "at"
        else np.concatenate([rows.at[where] for rows, where in kept])
        for name in names
    ]
    said = [np.nan_to_num(column, nan=_UNSAID) for column in said]
    # Most azimuths occur once: only of those that do not is the rest looked at.
    order = np.argsort(said[-1], kind="stable")
    same = said[-1][order][1:] == said[-1][order][:-1]
    double = np.zeros(len(order), np.bool_)
    some = np.zeros(len(order), np.bool_)
    some[1:] |= same
    some[:-1] |= same
    few = np.sort(order[some])
    few = few[np.lexsort((few, *(column[few] for column in said)))]
    again = np.ones(max(len(few) - 1, 0), np.bool_)
    for column in said:
        again &= column[few][1:] == column[few][:-1]
    double[few[1:][again]] = True
    out = []
    for rows, where in kept:
        mine, double = double[: len(where)], double[len(where) :]
        refused.refuse(rows.source, "the same plot came before", where[mine])
        out.append((rows, where[~mine]))
    return out


def _scans_of(at: Longs, sensor: Ints, sites: SiteBook) -> Scans:
    new = np.ones(len(at), np.bool_)
    new[1:] = (at[1:] != at[:-1]) | (sensor[1:] != sensor[:-1])
    at, sensor = at[new], sensor[new]
    volume = np.ones(len(at), np.bool_)
    for row in range(len(sites)):
        mine = np.flatnonzero(sensor == row)
        pause = np.diff(at[mine]) * 1e-9
        if np.isfinite(sites.period[row]) and len(pause):
            volume[mine[1:]] = pause >= 0.5 * sites.period[row]
            volume[mine[0]] = bool(np.median(pause) >= 0.5 * sites.period[row])
    return Scans(at=at, sensor=sensor, volume=volume)


def _ranks(scans: Scans, at: Longs, sensor: Ints) -> Longs:
    """Return which scan each row belongs to; rows and scans are in order of (time, sensor)."""
    moments, when = np.unique(scans.at, return_inverse=True)
    sensors = int(max(scans.sensor.max(initial=0), sensor.max(initial=0))) + 1
    key = when * sensors + scans.sensor
    return np.searchsorted(key, np.searchsorted(moments, at) * sensors + sensor).astype(np.int64)
