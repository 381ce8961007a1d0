"""The baseline sensor manager ``priority-v1``: extra looks where they pay most.

First come threats with an engagement in flight or waiting for its assessment, then hostile and
suspect threats that are not harmless; within each by priority times how poor the track is. Each
gets one look from the nearest radar that can still be asked and is believed to see it when the look
is due, one decision step from now. A radar is asked for no more than it is believed to take: its
rate, and within a second its channels for tracks. A step longer than a second is cut into slots of
at most one, for what a radar does not use it can not save. What is left of a whole look in a slot
is spread by the count of slots since the epoch, so that no state is needed.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.command.sensing.coverage import seen_distances
from tdome.earth.motion import extrapolate
from tdome.messages.base import Floats, Header, Ints, Longs
from tdome.messages.codes import EngagementState, Identity, TrackStatus, Verdict, code_set
from tdome.messages.fire import Engagements
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

BEST_QUALITY = 15
_NS = 1e9
_LEAST_NEED = 0.1  # of the priority, for a track that can not get better
_ANY_RCS = -10.0  # dBsm, where the tracker has no estimate
_IN_FLIGHT = code_set(EngagementState.LAUNCHED, EngagementState.IN_FLIGHT, EngagementState.TERMINAL)
_WORTH_A_LOOK = code_set(Identity.HOSTILE, Identity.SUSPECT)


class Asked(NamedTuple):
    """Looks of one slot, in columns."""

    sensor: Longs
    track_number: Ints
    look_at: Longs
    ecef: Floats


class PriorityManager:
    """Sensor management by priority, quality and engagement; without state."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sensors = np.flatnonzero(plan.sensors.task_rate > 0.0)

    def task(
        self, tracks: SystemTracks, threats: Threats, engagements: Engagements, now: int
    ) -> SensorTasks:
        """Return the extra looks wanted after ``now`` (int ns UTC); see :class:`SensorManager`."""
        step = round(self.plan.clock.decide_s * _NS)
        slots = math.ceil(self.plan.clock.decide_s)
        slot = step // slots
        rows = self._wanted(tracks, threats, engagements)
        parts: list[Asked] = []
        for n in range(slots):
            look_at = now + step + n * slot
            left = self._allowance((now // step) * slots + n, slot)
            where = _expected(tracks, threats, rows, look_at)
            rcs_dbsm = np.nan_to_num(tracks.rcs_dbsm[rows].astype(np.float64), nan=_ANY_RCS)
            away = seen_distances(where, 10.0 ** (rcs_dbsm / 10.0), self.sensors, self.plan.sensors)
            taken, by = self._shared_out(away, left)
            at = np.full(len(taken), look_at, np.int64)
            parts.append(Asked(by, tracks.track_number[rows[taken]], at, where[taken]))
            rows = np.delete(rows, taken)
            if not len(rows):
                break
        asked = Asked(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        return SensorTasks(
            header=Header("sensing", now // step, now, now),
            sensor=self.sensors[asked.sensor].astype(np.int32),
            track_number=asked.track_number,
            look_at=asked.look_at,
            ecef=asked.ecef,
        )

    def _allowance(self, number: int, slot: int) -> Longs:
        """Return the looks that each radar can be asked for in a slot (ns), spread evenly."""
        book = self.plan.sensors
        channels = book.track_channels[self.sensors]
        rate = np.minimum(book.task_rate[self.sensors], np.where(channels > 0, channels, np.inf))
        per_slot = rate * (slot / _NS)
        whole = np.floor(per_slot)
        share = per_slot - whole
        extra = [math.floor((number + 1) * s) - math.floor(number * s) for s in share.tolist()]
        return np.asarray(whole + extra, dtype=np.int64)

    @staticmethod
    def _wanted(tracks: SystemTracks, threats: Threats, engagements: Engagements) -> Longs:
        """Rows of the tracks that deserve a look, the most deserving first."""
        waits = (engagements.state == EngagementState.ASSESSED) & (
            engagements.verdict == Verdict.UNDETERMINED
        )
        waits |= _IN_FLIGHT[engagements.state]
        engaged = np.isin(tracks.track_number, engagements.track_number[waits])
        hostile = _WORTH_A_LOOK[threats.identity]
        wanted = engaged | (hostile & (threats.harmless == 0) & (threats.priority > 0.0))
        wanted &= tracks.status != TrackStatus.DROPPED
        need = _LEAST_NEED + (BEST_QUALITY - tracks.quality.astype(np.float64)) / BEST_QUALITY
        rows = np.flatnonzero(wanted)
        # Ties go to the lower track number, whatever the order of rows.
        order = np.lexsort(
            (tracks.track_number[rows], -(threats.priority * need)[rows], ~engaged[rows])
        )
        return rows[order]

    @staticmethod
    def _shared_out(away: Floats, left: Longs) -> tuple[Longs, Longs]:
        """Give each row in turn to the nearest radar with looks left: (rows taken, radars)."""
        taken: list[int] = []
        by: list[int] = []
        remaining = left.tolist()
        for row, distances in enumerate(away.tolist()):
            nearest, least = -1, math.inf
            for radar, distance in enumerate(distances):
                if distance < least and remaining[radar] > 0:
                    nearest, least = radar, distance
            if nearest >= 0:
                remaining[nearest] -= 1
                taken.append(row)
                by.append(nearest)
                if not any(remaining):
                    break
        return np.array(taken, dtype=np.int64), np.array(by, dtype=np.int64)


def _expected(tracks: SystemTracks, threats: Threats, rows: Longs, look_at: int) -> Floats:
    """Return where tracks will be at a time (int ns), (k, 3) ECEF, m."""
    where = np.empty((len(rows), 6))
    lead = np.full(len(rows), (look_at - tracks.header.valid_at) * 1e-9)
    extrapolate(tracks.state[rows], tracks.ballistic[rows], threats.inv_beta[rows], lead, where)
    return where[:, :3]
