"""``value-v1``: looks where the expected loss falls most.

Each pair of a track that deserves a look and a radar that is believed to see it has a gain
(gain.py): how much less error, risk of losing the track and doubt about a kill are worth, times the
value at risk. The best pair is taken, then the next, each track once in a slot, until no radar can
be asked any more: greedy over two capacities, and so at least half of the best (Fisher, Nemhauser
and Wolsey, Mathematical Programming Study 8, 1978).
Places that cues, crossing directions (search.py) and single directions (sweep.py) suggest come
last, by the nearest radar. Sights, slots and allowances are those of priority-v1.

Engaged tracks count with the highest value at risk of the picture: their rounds are on the way.
"""

import math

import numpy as np

from tdome.command.sensing.base import ALL_WELL, Senses
from tdome.command.sensing.coverage import seen_distances
from tdome.command.sensing.gain import ahead, detection, gains
from tdome.command.sensing.priority import (
    ANY_RCS,
    IN_FLIGHT,
    WORTH_A_LOOK,
    Asked,
    PriorityManager,
    Slot,
    expected,
)
from tdome.command.sensing.search import places
from tdome.command.sensing.sweep import along
from tdome.kernel.ids import among, rows_of
from tdome.messages.base import Floats, Header, Ints, Longs
from tdome.messages.codes import EngagementState, TrackStatus, Verdict, code_set
from tdome.messages.fire import Engagements
from tdome.messages.sensing import SensorTasks
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks, unpack_covariance

_AWAITED = code_set(EngagementState.TERMINAL, EngagementState.ASSESSED)
_NS = 1e9


class ValueManager(PriorityManager):
    """Sensor management by what a look is worth; without state."""

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
        rows, value, doubt = _worth(tracks, threats, engagements)
        rcs_dbsm = np.nan_to_num(tracks.rcs_dbsm[rows].astype(np.float64), nan=ANY_RCS)
        rcs = 10.0 ** (rcs_dbsm / 10.0)
        covariance = unpack_covariance(tracks.covariance[rows])
        sought = np.concatenate(
            [
                places(self.plan, senses, tracks, now + step),
                along(self.plan, senses, tracks, now // step),
            ]
        )
        left, unsought, unseen = np.arange(len(rows)), np.arange(len(sought)), np.arange(len(rows))
        parts: list[Asked] = []
        for n in range(slots):
            length = step // slots
            slot = Slot((now // step) * slots + n, length, now + step + n * length)
            point = expected(tracks, threats, rows, slot.look_at)
            lead = (slot.look_at - tracks.header.valid_at) / _NS
            worth = (value[left], (slot.look_at - tracks.updated_at[rows[left]]) / _NS, doubt[left])
            grown = ahead(covariance[left], np.full(len(left), lead))
            radars, spare = self._working(slot, senses)
            taken, by = self._best(
                (point[left], rcs[left], grown),
                worth,
                tracks.track_number[rows[left]],
                (radars, spare, slot),
            )
            spare = spare - np.bincount(by, minlength=len(spare))
            found, through = self._nearest(sought[unsought], radars, spare, slot)
            seen, sight = self.given(self.sights, point[unseen], np.ones(len(unseen)), slot, senses)
            number, place = tracks.track_number[rows], sought[unsought[found]]
            who = np.full(len(found), -1, np.int32)
            who = np.concatenate([number[left[taken]], who, number[unseen[seen]]])
            where = np.concatenate([point[left[taken]], place, point[unseen[seen]]])
            by_whom = np.concatenate([radars[by], radars[through], sight])
            at = np.full(len(who), slot.look_at, np.int64)
            parts.append(Asked(by_whom, who, at, where))
            left, unsought = np.delete(left, taken), np.delete(unsought, found)
            unseen = np.delete(unseen, seen)
        every = Asked(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        return SensorTasks(
            header=Header("sensing", now // step, now, now),
            sensor=every.sensor.astype(np.int32),
            track_number=every.track_number,
            look_at=every.look_at,
            ecef=every.ecef,
        )

    def _working(self, slot: Slot, senses: Senses) -> tuple[Longs, Longs]:
        """Return the radars that work, and how often each can be asked in a slot."""
        names = self.plan.sensors.names
        works = [senses.operating.get(names[row], True) for row in self.radars.tolist()]
        radars = self.radars[np.array(works, np.bool_)]
        return radars, self.allowance(radars, slot)

    def _best(
        self,
        seen: tuple[Floats, Floats, Floats],
        worth: tuple[Floats, Floats, Floats],
        number: Ints,
        radars: tuple[Longs, Longs, Slot],
    ) -> tuple[Longs, Longs]:
        """Take the pairs of highest gain: (rows, positions of the radars), the best first."""
        point, rcs, covariance = seen
        rows, spare, slot = radars
        none = np.zeros(0, np.int64)
        if not len(rows) or not len(point):
            return none, none
        book = self.plan.sensors.at(slot.look_at)
        chance = detection(seen_distances(point, rcs, rows, book), rcs, rows, book)
        gain = gains(covariance, point, worth, chance, (rows, book))
        track, radar = np.nonzero(gain > 0.0)
        # Ties go to the lower track number, whatever the order of rows, then to the first radar.
        order = np.lexsort((radar, number[track], -gain[track, radar]))
        remaining, done = spare.tolist(), np.zeros(len(point), np.bool_)
        taken: list[int] = []
        by: list[int] = []
        for k, r in zip(track[order].tolist(), radar[order].tolist(), strict=True):
            if not done[k] and remaining[r] > 0:
                remaining[r] -= 1
                done[k] = True
                taken.append(k)
                by.append(r)
        return np.array(taken, np.int64), np.array(by, np.int64)

    def _nearest(
        self, point: Floats, radars: Longs, spare: Longs, slot: Slot
    ) -> tuple[Longs, Longs]:
        """Give places to the nearest radar with looks left: (rows, positions of the radars)."""
        if not len(point) or not len(radars):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        book = self.plan.sensors.at(slot.look_at)
        return self._shared_out(seen_distances(point, np.ones(len(point)), radars, book), spare)


def _worth(
    tracks: SystemTracks, threats: Threats, engagements: Engagements
) -> tuple[Longs, Floats, Floats]:
    """Return the rows of the tracks that deserve a look, their value and the doubt of a verdict."""
    open_still = _AWAITED[engagements.state] & (engagements.verdict == Verdict.UNDETERMINED)
    fought = open_still | IN_FLIGHT[engagements.state]
    engaged = among(tracks.track_number, engagements.track_number[fought])
    wanted = WORTH_A_LOOK[threats.identity] & (threats.harmless == 0) & (threats.priority > 0.0)
    wanted = (wanted | engaged) & (tracks.status != TrackStatus.DROPPED)
    doubt = np.zeros(len(tracks))
    row = rows_of(tracks.track_number, engagements.track_number[open_still])
    pk = engagements.pk[open_still].astype(np.float64)
    np.maximum.at(doubt, row[row >= 0], (4.0 * pk * (1.0 - pk))[row >= 0])
    value = np.where(engaged, max(float(threats.priority.max(initial=0.0)), 1.0), threats.priority)
    rows = np.flatnonzero(wanted)
    return rows, value[rows], doubt[rows]
