"""What the tracker says: tracks and the plots that fed them, as messages."""

import msgspec
import numpy as np

from tdome.command.tracking.laws.lines import BELIEVED_INV_BETA
from tdome.command.tracking.life import SILENCE
from tdome.command.tracking.live.feed import named
from tdome.command.tracking.live.table import Rows, Table
from tdome.command.tracking.report import quality
from tdome.kernel.ids import among
from tdome.messages.base import Header, Longs, Singles
from tdome.messages.codes import TrackStatus
from tdome.messages.recording import LAW_COLUMNS
from tdome.messages.tracks import Associations, SystemTracks, believed_drag, pack_covariance

_SOURCE = "tracking"
_COASTING_MISSES = 2
_COASTING_SILENCE = 15_000_000_000  # ns
_EXPECTED_NIS = 3.0  # the core keeps one of the fall alone
_LEAST_RCS = 1e-9  # m^2
_DROPPED_NOISE = 20.0  # m^2/s^3, of the motion of a track since it was told last
_REMEMBERED = 2 * SILENCE  # a plot that was told may turn up in another track for so long, ns


class Told(msgspec.Struct, frozen=True, eq=False):
    """Names of plots that were told of, ascending, and when, (n,) each."""

    name: Longs
    at: Longs


def nothing_told() -> Told:
    """Return the memory of one who has told of no plot."""
    return Told(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _moved(table: Table, dt: float) -> Table:
    """Return tracks dt s later, in straight flight."""
    state, p = table.state.copy(), table.covariance.copy()
    step = np.eye(6)
    step[:3, 3:] = dt * np.eye(3)
    noise = np.kron([[dt**3 / 3.0, dt**2 / 2.0], [dt**2 / 2.0, dt]], np.eye(3)) * _DROPPED_NOISE
    state[:, :3] += dt * state[:, 3:]
    return msgspec.structs.replace(table, state=state, covariance=step @ p @ step.T + noise)


def _drag(table: Table) -> dict[str, Singles]:
    """Return the columns of drag and thrust: estimated by the fall where it is in force."""
    said = believed_drag(len(table), BELIEVED_INV_BETA)
    rows = np.flatnonzero(table.law[:, 0] > 0.0)
    for column, name in enumerate(LAW_COLUMNS[1:], 1):
        said[name][rows] = table.law[rows, column]
    said["drag_covariance"][rows] = table.drag[rows]
    return said


def system_tracks(table: Table, gone: Table, since: int, updates: int, now: int) -> SystemTracks:
    """Return tracks at ``now``, and those that are gone, told at ``since`` for the last time."""
    dt = max((now - since) * 1e-9, 0.0)
    both, dropped = table, np.zeros(len(table), np.bool_)
    if len(gone):
        both = joined(table, _moved(gone, dt))
        order = np.argsort(both.number)
        both, dropped = both.take(order), order >= len(table)
    silence = now - both.updated_at
    coasting = (both.missed >= _COASTING_MISSES) | (silence > _COASTING_SILENCE) | both.doubted
    status = np.where(coasting, TrackStatus.COASTING, TrackStatus.CONFIRMED)
    status[dropped] = TrackStatus.DROPPED
    return SystemTracks(
        header=Header(_SOURCE, updates, now, now),
        track_number=both.number,
        state=both.state,
        covariance=pack_covariance(both.covariance),
        ballistic=both.law[:, 0].astype(np.int8),
        status=status.astype(np.int8),
        first_at=both.first_at,
        updated_at=both.updated_at,
        hits=both.hits.astype(np.int32),
        missed=both.missed.astype(np.int32),
        missed_weight=both.silence.astype(np.float32),
        quality=quality(both.covariance),
        nis=np.where(np.isnan(both.strain), _EXPECTED_NIS, both.strain).astype(np.float32),
        rcs_dbsm=(10.0 * np.log10(np.maximum(both.cross, _LEAST_RCS))).astype(np.float32),
        doppler_spread_m_s=np.where(both.spread > 0.0, both.spread, np.nan).astype(np.float32),
        **_drag(both),
        address=both.address,
        friend=both.friend,
    )


def joined(first: Table, second: Table) -> Table:
    """Return the rows of two tables."""
    columns = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in Table.__struct_fields__
    }
    return Table(**columns)


def associations(
    table: Table, before: Table, told: Told, updates: int, now: int
) -> tuple[Told, Associations]:
    """Return the plots that feed tracks and were not told yet, and the memory of all told.

    By track number, then in the order of sensor, scan and row. A plot is told once: for the first
    track that it is seen in. before: the tracks as told last, whose plots all were told.
    """
    names = np.sort(table.story, axis=1).ravel()
    number = np.repeat(table.number, table.story.shape[1])
    new = (names >= 0) & ~among(names, before.story)
    names, number = names[new], number[new]
    new = ~among(names, told.name)
    new[new] = _first(names[new])
    names, number = names[new], number[new]
    recent = told.at > now - _REMEMBERED
    every = np.concatenate([told.name[recent], names])
    order = np.argsort(every)
    times = np.concatenate([told.at[recent], np.full(len(names), now)])[order]
    sensor, scan, row = named(names)
    return Told(every[order], times), Associations(
        header=Header(_SOURCE, updates, now, now),
        track_number=number.astype(np.int32),
        sensor=sensor,
        scan=scan,
        row=row,
    )


def _first(names: Longs) -> Rows:
    """Tell which names come for the first time."""
    first: Rows = np.zeros(len(names), np.bool_)
    order = names.argsort(kind="stable")
    ordered = names[order]
    first[order[:1]] = True
    first[order[1:]] = ordered[1:] != ordered[:-1]
    return first
