"""The baseline sensor manager ``priority-v1``: extra looks where they pay most.

First come threats with an engagement in flight or waiting for its assessment, then hostile and
suspect threats that are not harmless; within each by priority times how poor the track is; last
come the places that cues and crossing directions suggest (search.py). Each gets one look from the
nearest radar that can still be asked and is believed to see it when the look is due, one decision
step from now; a track gets one of a sight as well. Who said that he does not operate is asked for
nothing. A sensor is asked for as many looks in a step as its believed
rate gives; a rate below one per step is spread over steps by the count of steps since the epoch, so
that no state is needed.
"""

import math

import numpy as np

from tdome.command.sensing.base import ALL_WELL, Senses
from tdome.command.sensing.coverage import seen_distances
from tdome.command.sensing.search import places
from tdome.earth.motion import extrapolate
from tdome.messages.base import Floats, Header, Longs
from tdome.messages.codes import EngagementState, Identity, TrackStatus, Verdict, code_set
from tdome.messages.fire import Engagements
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

BEST_QUALITY = 15
_LEAST_NEED = 0.1  # of the priority, for a track that can not get better
_ANY_RCS = -10.0  # dBsm, where the tracker has no estimate
_IN_FLIGHT = code_set(EngagementState.LAUNCHED, EngagementState.IN_FLIGHT, EngagementState.TERMINAL)
_WORTH_A_LOOK = code_set(Identity.HOSTILE, Identity.SUSPECT)


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
        step = round(self.plan.clock.decide_s * 1e9)
        look_at = now + step
        rows = self._wanted(tracks, threats, engagements)
        where = np.empty((len(rows), 6))
        lead = np.full(len(rows), (look_at - tracks.header.valid_at) * 1e-9)
        extrapolate(tracks.state[rows], tracks.ballistic[rows], threats.inv_beta[rows], lead, where)
        rcs_dbsm = np.nan_to_num(tracks.rcs_dbsm[rows].astype(np.float64), nan=_ANY_RCS)
        searched = places(self.plan, senses, tracks, look_at)
        point = np.concatenate([where[:, :3], searched])
        number = np.append(tracks.track_number[rows], np.full(len(searched), -1, np.int32))
        rcs = np.append(10.0 ** (rcs_dbsm / 10.0), np.ones(len(searched)))
        taken, by = self._given(self.radars, point, rcs, now // step, senses)
        seen, through = self._given(
            self.sights, where[:, :3], np.ones(len(rows)), now // step, senses
        )
        taken, by = np.append(taken, seen), np.append(by, through)
        return SensorTasks(
            header=Header("sensing", now // step, now, now),
            sensor=by.astype(np.int32),
            track_number=number[taken],
            look_at=np.full(len(taken), look_at, np.int64),
            ecef=point[taken],
        )

    def _given(
        self, sensors: Longs, point: Floats, rcs: Floats, step: int, senses: Senses
    ) -> tuple[Longs, Longs]:
        """Give points, the most deserving first, to sensors that work: (points taken, sensors)."""
        names = self.plan.sensors.names
        works = [senses.operating.get(names[row], True) for row in sensors.tolist()]
        sensors = sensors[np.array(works, np.bool_)]
        if not len(sensors):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        away = seen_distances(point, rcs, sensors, self.plan.sensors)
        taken, by = self._shared_out(away, self._allowance(sensors, step))
        return taken, sensors[by]

    def _allowance(self, sensors: Longs, step: int) -> Longs:
        """Return the looks that each sensor can be asked for in this step, spread evenly."""
        per_step = self.plan.sensors.task_rate[sensors] * self.plan.clock.decide_s
        whole = np.floor(per_step)
        share = per_step - whole
        extra = [math.floor((step + 1) * s) - math.floor(step * s) for s in share.tolist()]
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
