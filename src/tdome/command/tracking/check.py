"""The public check of the tracking contract: any tracker must keep the promises of ``base.py``."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tdome.command.tracking.base import Tracker
from tdome.earth.wgs84 import ecef_to_enu, enu_to_ecef, enu_to_polar
from tdome.messages.base import Floats, Header, Message
from tdome.messages.sensing import Plots
from tdome.messages.tracks import Associations, SystemTracks, unpack_covariance
from tdome.plan.books.sensors import SensorBook
from tdome.plan.plan import Plan

_NS = 1_000_000_000
_START = 1_700_000_000 * _NS
_ROUNDS = 14
_FLYERS = 6
_SNR_DB = 20.0
_TOLERANCE = 1e-5  # of single precision covariances, after scaling to correlations

Answer = tuple[SystemTracks, Associations]


def plots_of(book: SensorBook, sensor: int, seq: int, at: int, polar: Floats) -> Plots:
    """Return a scan of the whole coverage with plots at (range m, azimuth, elevation rad), (n, 3).

    ``at`` is int ns UTC; the replies carry neither address nor own-force identification.
    """
    count = len(polar)
    return Plots(
        header=Header(book.names[sensor], seq, at, at),
        sensor=book.names[sensor],
        volume=True,
        range_m=polar[:, 0].copy(),
        azimuth_rad=polar[:, 1] % (2.0 * np.pi),
        elevation_rad=polar[:, 2].copy(),
        range_rate_m_s=np.full(count, np.nan),
        doppler_spread_m_s=np.full(count, np.nan, np.float32),
        snr_db=np.full(count, _SNR_DB, np.float32),
        address=np.full(count, -1, np.int32),
        friend=np.zeros(count, np.int8),
    )


def seen_from(book: SensorBook, sensor: int, ecef: Floats) -> Floats:
    """Return range (m), azimuth and elevation (rad), shape (n, 3), of ECEF positions in m."""
    return enu_to_polar(ecef_to_enu(ecef, book.ecef[sensor], book.axes[sensor]))


def check_tracker(tracker_factory: Callable[[Plan], Tracker[Any]], plan: Plan) -> None:
    """Run a tracker on straight flyers; raise AssertionError if it breaks a promise.

    The promises: pure, deaf to the order of the messages, finite, covariances positive
    semi-definite, rows ordered by track number, a number that was dropped never used again, a
    plot told for at most one track.
    """
    rounds = [_round(plan.sensors, k) for k in range(_ROUNDS)]
    now = [_START + (k + 1) * 4 * _NS for k in range(_ROUNDS)]
    tracker = tracker_factory(plan)
    states, answers = [tracker.start()], list[Answer]()
    for plots, at in zip(rounds, now, strict=True):
        state, tracks, used = tracker.update(states[-1], plots, at)
        states.append(state)
        answers.append((tracks, used))
    other = tracker_factory(plan)
    for k, (plots, at) in enumerate(zip(rounds, now, strict=True)):
        # From the old states, after all the later updates: whoever writes to them is found out.
        _, *again = other.update(states[k], plots[::-1], at)
        for first, second in zip(answers[k], again, strict=True):
            _require(_same(first, second), "same state and plots, another result", k)
        _check_tracks(answers[k][0], at, k)
        _check_associations(answers[k][1], plots, plan.sensors, k)
    _check_numbers([tracks.track_number.tolist() for tracks, _ in answers])


def _round(book: SensorBook, k: int) -> list[Plots]:
    """Every radar looks once within 4 s, at flyers that pass it, with smooth errors of a sigma."""
    scans = []
    for sensor in book.of_kind("radar").tolist():
        at = _START + k * 4 * _NS + (sensor * _NS) // 2 % (4 * _NS)
        places = np.concatenate([_flyers(book, near, at) for near in range(len(book.names))])
        polar = seen_from(book, sensor, places)
        polar = polar[polar[:, 0] < book.max_range[sensor]]
        rows = np.arange(len(polar))[:, None]
        error = np.sin(1.7 * rows + np.array([0.0, 2.0, 4.0]) + 2.9 * k + sensor)
        scans.append(plots_of(book, sensor, k, at, polar + error * book.sigma[sensor]))
    return scans


def _flyers(book: SensorBook, sensor: int, at: int) -> Floats:
    t = (at - _START) / _NS
    lane = np.arange(_FLYERS)
    enu = np.stack([lane * 4_000.0, 20_000.0 - 200.0 * t + 0.0 * lane, 2_000.0 + 500.0 * lane], 1)
    return enu_to_ecef(enu, book.ecef[sensor], book.axes[sensor])


def _require(kept: bool, what: str, k: int) -> None:
    if not kept:
        raise AssertionError(f"{what}, in update {k}")


def _same(a: Message, b: Message) -> bool:
    names = a.__struct_fields__
    pairs = ((getattr(a, name), getattr(b, name)) for name in names)
    return all(a is b or np.array_equal(a, b, equal_nan=_may_be_nan(a)) for a, b in pairs)


def _may_be_nan(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _check_tracks(tracks: SystemTracks, now: int, k: int) -> None:
    number = tracks.track_number
    _require(tracks.header.valid_at == now, "tracks are not valid at now", k)
    _require(bool(np.all(np.diff(number) > 0)), "track numbers are not unique and ascending", k)
    for name in ("state", "covariance", "missed_weight", "nis", "rcs_dbsm"):
        _require(bool(np.all(np.isfinite(getattr(tracks, name)))), f"{name} is not finite", k)
    full = unpack_covariance(tracks.covariance)
    sigma = np.sqrt(np.maximum(np.einsum("nii->ni", full), 1e-12))
    lowest = np.linalg.eigvalsh(full / (sigma[:, :, None] * sigma[:, None, :])).min(initial=1.0)
    _require(bool(lowest >= -_TOLERANCE), f"a covariance has correlation eigenvalue {lowest}", k)


def _check_associations(
    used: Associations, plots: Sequence[Plots], book: SensorBook, k: int
) -> None:
    names = list(zip(used.sensor.tolist(), used.scan.tolist(), used.row.tolist(), strict=True))
    _require(len(set(names)) == len(names), "a plot is told for two tracks", k)
    sizes = {(book.names.index(p.sensor), p.header.seq): len(p) for p in plots}
    for sensor, scan, row in names:
        size = sizes.get((sensor, scan), row + 1)  # plots of the tentative time came earlier
        _require(0 <= row < size and scan <= k, "an association names a plot that is not there", k)


def _check_numbers(numbers: Sequence[Sequence[int]]) -> None:
    seen, standing = list[int](), list[int]()
    for k, now in enumerate(numbers):
        back = [number for number in now if number in seen and number not in standing]
        _require(not back, f"track numbers {back} are used twice", k)
        seen, standing = seen + [number for number in now if number not in seen], list(now)
    _require(len(seen) > 0, "no track of flyers in plain sight", len(numbers))
