"""The baseline sensor manager ``priority-v1``: extra looks where they pay most.

First come threats with an engagement in flight or waiting for its assessment, then hostile and
suspect threats that are not harmless; within each by priority times how poor the track is; last
come the places that cues and crossing directions suggest (search.py). Each gets one look from the
nearest radar that can still be asked and is believed to see it when the look is due, one decision
step from now; a track gets one of a sight as well. Who said that he does not operate is asked for
nothing. A sensor is asked for no more than it is believed to take: its rate, and within a second
its channels for tracks. A step longer than a second is cut into slots of at most one, for what a
sensor does not use it can not save. What is left of a whole look in a slot is spread by the count
of slots since the epoch, so that no state is needed.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.command.sensing.base import ALL_WELL, Senses
from tdome.command.sensing.coverage import seen_distances
from tdome.command.sensing.search import places
from tdome.earth.motion import extrapolate
from tdome.kernel.ids import among
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
ANY_RCS = -10.0  # dBsm, where the tracker has no estimate
IN_FLIGHT = code_set(EngagementState.LAUNCHED, EngagementState.IN_FLIGHT, EngagementState.TERMINAL)
WORTH_A_LOOK = code_set(Identity.HOSTILE, Identity.SUSPECT)


class Slot(NamedTuple):
    """A part of a decision step: its number since the epoch, its length and time, ns."""

    number: int
    length: int
    look_at: int


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
        self.radars, self.sights = (
            rows[plan.sensors.task_rate[rows] > 0.0]
            for rows in (plan.sensors.of_kind("radar"), plan.sensors.of_kind("optical"))
        )

    def task(
        self,
        tracks: SystemTracks,
        threats: Threats,
        engagements: Engagements,
        now: int,
        senses: Senses = ALL_WELL,
    ) -> SensorTasks:
        """Return the extra looks wanted after ``now`` (int ns UTC); see :class:`SensorManager`."""
        step = round(self.plan.clock.decide_s * _NS)
        slots = math.ceil(self.plan.clock.decide_s)
        rows = self._wanted(tracks, threats, engagements)
        searched = places(self.plan, senses, tracks, now + step)
        number = np.append(tracks.track_number[rows], np.full(len(searched), -1, np.int32))
        rcs_dbsm = tracks.rcs_dbsm[rows].astype(np.float64)
        rcs_dbsm[np.isnan(rcs_dbsm)] = ANY_RCS
        rcs = np.append(10.0 ** (rcs_dbsm / 10.0), np.ones(len(searched)))
        for_radars, for_sights = np.arange(len(number)), np.arange(len(rows))
        parts: list[Asked] = []
        for n in range(slots):
            length = step // slots
            look_at = now + step + n * length
            slot = Slot((now // step) * slots + n, length, look_at)
            point = np.concatenate([expected(tracks, threats, rows, look_at), searched])
            near, strong = point[for_radars], rcs[for_radars]
            taken, by = self.given(self.radars, near, strong, slot, senses)
            near, plain = point[for_sights], np.ones(len(for_sights))
            seen, through = self.given(self.sights, near, plain, slot, senses)
            asked = np.append(for_radars[taken], for_sights[seen])
            at = np.full(len(asked), look_at, np.int64)
            parts.append(Asked(np.append(by, through), number[asked], at, point[asked]))
            for_radars, for_sights = np.delete(for_radars, taken), np.delete(for_sights, seen)
            if not len(for_radars) and not len(for_sights):
                break
        every = Asked(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        return SensorTasks(
            header=Header("sensing", now // step, now, now),
            sensor=every.sensor.astype(np.int32),
            track_number=every.track_number,
            look_at=every.look_at,
            ecef=every.ecef,
        )

    def given(
        self, sensors: Longs, point: Floats, rcs: Floats, slot: Slot, senses: Senses
    ) -> tuple[Longs, Longs]:
        """Give points, the most deserving first, to sensors that work: (points taken, sensors)."""
        if not len(point):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        names = self.plan.sensors.names
        works = [senses.operating.get(names[row], True) for row in sensors.tolist()]
        sensors = sensors[np.array(works, np.bool_)]
        if not len(sensors):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        away = seen_distances(point, rcs, sensors, self.plan.sensors.at(slot.look_at))
        taken, by = self._shared_out(away, self.allowance(sensors, slot))
        return taken, sensors[by]

    def allowance(self, sensors: Longs, slot: Slot) -> Longs:
        """Return the looks that each sensor can be asked for in a slot, spread evenly."""
        book = self.plan.sensors
        channels = book.track_channels[sensors]
        rate = np.minimum(book.task_rate[sensors], np.where(channels > 0, channels, np.inf))
        per_slot = rate * (slot.length / _NS)
        whole = np.floor(per_slot)
        share = (per_slot - whole).tolist()
        extra = [math.floor((slot.number + 1) * s) - math.floor(slot.number * s) for s in share]
        return np.asarray(whole + extra, dtype=np.int64)

    @staticmethod
    def _wanted(tracks: SystemTracks, threats: Threats, engagements: Engagements) -> Longs:
        """Rows of the tracks that deserve a look, the most deserving first."""
        waits = (engagements.state == EngagementState.ASSESSED) & (
            engagements.verdict == Verdict.UNDETERMINED
        )
        waits |= IN_FLIGHT[engagements.state]
        engaged = among(tracks.track_number, engagements.track_number[waits])
        hostile = WORTH_A_LOOK[threats.identity]
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


def expected(tracks: SystemTracks, threats: Threats, rows: Longs, look_at: int) -> Floats:
    """Return where tracks will be at a time (int ns), (k, 3) ECEF, m."""
    where = np.empty((len(rows), 6))
    lead = np.full(len(rows), (look_at - tracks.header.valid_at) * 1e-9)
    extrapolate(tracks.state[rows], threats.falls[rows], threats.inv_beta[rows], lead, where)
    return where[:, :3]
