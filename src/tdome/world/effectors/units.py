"""Fire units of the simulated world: the only code in tdome that accepts an order to fire.

A round is a point that flies straight at the predicted intercept point (PIP), as fast as its
class's true fly-out table says (earth.flyout) for the elevation of the PIP. It is timed to be there
at the intercept time; an update moves PIP and time in flight, and the round goes on from where it
is. The rounds of a salvo leave, and arrive, ``spacing`` apart: the unit carries the PIP of the
later ones along with the target. A beam stays at its launcher until its dwell is over. There is no
guidance law and no energy loss in turns: what a round can not reach, it misses; what it reaches is
left to the referee. Channels are held from acceptance to the last round's end; an order to cease
frees the channel at once and gives up the rounds in flight, which nobody guides any more.

An order is refused for: a unit that is down, no rounds, no free channel, more engagements in their
terminal phase (or in flight) than there are illuminators (or uplinks), PIP out of the envelope or
of the table's reach, or a launch that would be too late to be there in time (it takes ``reaction``
seconds from the receipt of an order to the launch).
"""

import math

import numpy as np

from tdome.earth.ballistics import height1
from tdome.earth.flyout import reach1, sine1
from tdome.kernel.clock import nanoseconds, seconds
from tdome.messages.base import Floats
from tdome.messages.codes import Reason
from tdome.plan.books.units import UnitBook
from tdome.world.effectors.deeds import Engagement, Intercept, Obey, Redirect, Round

ENVELOPE_MARGIN = 0.05  # by which a PIP may lie outside the envelope before a unit refuses


class Units:
    """The fire units of a book, with magazines and open engagements.

    ``rounds_left`` counts what lies in the magazine, ``claimed`` what of it an order waits to
    fire, ``fired`` all that ever left; ``channels`` those that work; ``down`` why a unit does not
    operate, by name (none: it does); ``place``, ``height`` where it stands, ECEF, m.
    """

    def __init__(self, book: UnitBook) -> None:
        units = len(book.names)
        self.book = book
        self.rounds_left = [int(rounds) for rounds in book.rounds]
        self.claimed = [0] * units
        self.fired = [0] * units
        self.channels = [int(channels) for channels in book.channels]
        self.down: list[set[str]] = [set() for _ in range(units)]
        self.site = [0] * units
        self.place: list[Floats] = list(book.ecef.reshape(-1, 3))
        self.height = [float(height) for height in book.height]
        self.of_unit: list[dict[int, Engagement]] = [{} for _ in range(units)]
        self.open: dict[int, Engagement] = {}
        self._free_at = [0] * units
        self._seen: set[int] = set()

    def obey(self, order: Obey, now: int) -> Reason:
        """Accept (CHOSEN) or refuse an order to engage; its rounds are claimed at once."""
        unit = order.unit
        if order.engagement in self._seen:
            return Reason.ALREADY_ENGAGED
        short = self._short_of(unit)
        if short != Reason.CHOSEN or order.rounds < 1:
            return short or Reason.NO_ROUNDS
        ready = now + nanoseconds(float(self.book.reaction[unit]))
        made = Engagement(
            order.engagement,
            unit,
            min(order.rounds, self.ready(unit)),
            max(order.launch_at, ready, self._free_at[unit]),
            order.intercept_at,
            np.array(order.pip),
        )
        self._aim(made)
        reason = self._objection(made)
        if reason == Reason.CHOSEN:
            self._free_at[unit] = made.launch_at + made.rounds * self.spacing(unit)
            self.claimed[unit] += made.rounds
            self._seen.add(made.number)
            self.open[made.number] = self.of_unit[unit][made.number] = made
        return reason

    def cease(self, number: int) -> Engagement | None:
        """Stop an engagement and free its channel; rounds in flight are given up."""
        engagement = self.open.pop(number, None)
        if engagement is not None:
            del self.of_unit[engagement.unit][number]
            if not engagement.fired:
                self.claimed[engagement.unit] -= engagement.rounds
        return engagement

    def ready(self, unit: int) -> int:
        """Return how many rounds of a unit no order has claimed."""
        return self.rounds_left[unit] - self.claimed[unit]

    def fire(self, number: int) -> list[Intercept]:
        """Let the salvo of an engagement go; nothing where it was ceased."""
        engagement = self.open.get(number)
        if engagement is None:
            return []
        unit = engagement.unit
        self.rounds_left[unit] -= engagement.rounds
        self.claimed[unit] -= engagement.rounds
        self.fired[unit] += engagement.rounds
        place, gap = self.place[unit], self.spacing(unit)
        for k in range(engagement.rounds):
            left_at = engagement.launch_at + k * gap
            engagement.fired.append(Round(k, left_at, place, left_at))
        return self._due(engagement)

    def redirect(self, update: Redirect, now: int) -> list[Intercept]:
        """Move PIP and time of an engagement whose first round has not arrived yet."""
        engagement = self.open.get(update.engagement)
        if engagement is None or any(shot.done for shot in engagement.fired):
            return []
        for shot in engagement.fired:
            shot.place, shot.placed_at = (
                self._place(engagement, shot, now),
                max(now, shot.placed_at),
            )
        engagement.pip = np.array(update.pip)
        engagement.intercept_at = max(update.intercept_at, now)
        self._aim(engagement)
        return self._due(engagement)

    def arriving(self, action: Intercept) -> tuple[Engagement, Round] | None:
        """Return engagement and round of an intercept, or None if it was redirected since."""
        engagement = self.open.get(action.engagement)
        if engagement is None:
            return None
        shot = engagement.fired[action.round]
        if shot.done or self.due_at(engagement, shot) != action.due:
            return None
        return engagement, shot

    def gets_there(self, engagement: Engagement, shot: Round, pip: Floats) -> bool:
        """Tell whether a round could fly from its last place to a PIP by its intercept time."""
        due, unit = self.due_at(engagement, shot), engagement.unit
        missing = _norm(pip - shot.place) - self._flown(engagement, shot, due)
        farthest = self.book.max_range[unit] * (1.0 + ENVELOPE_MARGIN)
        in_range = _norm(pip - self.place[unit]) <= farthest
        return bool(in_range and missing <= self.book.basket[unit])

    def ended(self, engagement: Engagement, shot: Round) -> bool:
        """Close a round; True (and the channel is free) if it was the last of its engagement."""
        shot.done = True
        if not all(other.done for other in engagement.fired):
            return False
        self.cease(engagement.number)
        return True

    def due_at(self, engagement: Engagement, shot: Round) -> int:
        """Return when a round is due at its target, int ns UTC."""
        return engagement.intercept_at + shot.number * self.spacing(engagement.unit)

    def spacing(self, unit: int) -> int:
        """Return the time between two rounds of a salvo, ns."""
        return nanoseconds(float(self.book.spacing[unit]))

    def reach(self, unit: int, flight: float, sine: float) -> float:
        """Return how far (m) a round flies in ``flight`` s at a sine of elevation."""
        return float(reach1(self.book.fly_out[unit], flight, sine))

    def _short_of(self, unit: int) -> Reason:
        """Tell what a unit lacks for one more engagement; CHOSEN if nothing."""
        if self.down[unit]:
            return Reason.UNIT_DOWN
        if self.ready(unit) < 1:
            return Reason.NO_ROUNDS
        busy = len(self.of_unit[unit])
        return Reason.NO_CHANNEL if busy >= self.channels[unit] else Reason.CHOSEN

    def _objection(self, made: Engagement) -> Reason:
        """Tell why an engagement can not be had; CHOSEN if it can."""
        unit = made.unit
        distance = _norm(made.pip - self.place[unit])
        if not self._in_envelope(made, distance):
            return Reason.OUT_OF_ENVELOPE
        flight = seconds(made.intercept_at - made.launch_at)
        if self.reach(unit, flight, made.sine) < distance - self.book.basket[unit]:
            return Reason.LAUNCH_TIME_PASSED
        return Reason.NO_CHANNEL if self._crowded(made) else Reason.CHOSEN

    def _crowded(self, made: Engagement) -> bool:
        """Tell whether a unit can not guide one more engagement: illuminators and uplinks."""
        illuminators, uplinks = self.book.illuminators[made.unit], self.book.uplinks[made.unit]
        if not illuminators and not uplinks:
            return False
        terminal = nanoseconds(float(self.book.terminal[made.unit]))
        begin, end = made.intercept_at, self._last(made)
        others = self.of_unit[made.unit].values()
        lit = sum(
            o.intercept_at - terminal < end and self._last(o) > begin - terminal for o in others
        )
        flying = sum(o.launch_at < end and self._last(o) > made.launch_at for o in others)
        return bool(0 < illuminators <= lit or 0 < uplinks <= flying)

    def _last(self, engagement: Engagement) -> int:
        """Return when the last round of an engagement is due, int ns UTC."""
        return engagement.intercept_at + (engagement.rounds - 1) * self.spacing(engagement.unit)

    def _aim(self, engagement: Engagement) -> None:
        """Note the elevation of the PIP from the launcher."""
        unit, pip = engagement.unit, engagement.pip
        climb = height1(pip[0], pip[1], pip[2]) - self.height[unit]
        engagement.sine = sine1(_norm(pip - self.place[unit]), climb)

    def _due(self, engagement: Engagement) -> list[Intercept]:
        dues = [(shot.number, self.due_at(engagement, shot)) for shot in engagement.fired]
        return [Intercept(engagement.number, number, due) for number, due in dues]

    def _flown(self, engagement: Engagement, shot: Round, until: int) -> float:
        """Path that a round can fly between its last place and a time, m."""
        unit, sine = engagement.unit, engagement.sine
        begin = self.reach(unit, seconds(shot.placed_at - shot.launched_at), sine)
        return self.reach(unit, seconds(until - shot.launched_at), sine) - begin

    def _place(self, engagement: Engagement, shot: Round, now: int) -> Floats:
        """Where a round is on the line to its PIP: timed to arrive when due, if it can."""
        if now <= shot.placed_at:
            return shot.place
        able = self._flown(engagement, shot, self.due_at(engagement, shot))
        offset = engagement.pip - shot.place
        share = self._flown(engagement, shot, now) / max(able, _norm(offset), 1.0)
        return shot.place + offset * min(share, 1.0)

    def _in_envelope(self, made: Engagement, distance: float) -> bool:
        book, unit, pip = self.book, made.unit, made.pip
        height = height1(pip[0], pip[1], pip[2])
        more, less = 1.0 + ENVELOPE_MARGIN, 1.0 - ENVELOPE_MARGIN
        # A few metres are within the error of any track.
        floor = book.min_altitude[unit] * less - book.basket[unit]
        farthest = min(float(book.max_range[unit]), self.reach(unit, math.inf, made.sine)) * more
        return bool(
            book.min_range[unit] * less <= distance <= farthest
            and floor <= height <= book.max_altitude[unit] * more
        )


def _norm(vector: Floats) -> float:
    x, y, z = vector.tolist()
    return math.sqrt(x * x + y * y + z * z)
