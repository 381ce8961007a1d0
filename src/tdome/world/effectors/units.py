"""Fire units of the simulated world: the only code in tdome that accepts an order to fire.

A round is a point that flies straight at the predicted intercept point (PIP), with speed
growing linearly over ``boost`` seconds and constant after. It is timed to be there at the
intercept time; an update moves PIP and time in flight, and the round goes on from where it is.
The rounds of a salvo leave, and arrive, ``spacing`` apart: the unit carries the PIP of the
later ones along with the target. There is no guidance law and no energy loss in turns: what a
round can not reach, it misses; what it reaches is left to the referee. Channels are held from
acceptance to the last round's end; an order to cease frees the channel at once and gives up the
rounds in flight, which nobody guides any more.

An order is refused for: no rounds, no free channel, PIP out of the envelope, or a launch that
would be too late to be there in time (it takes ``reaction`` seconds from the receipt of an
order to the launch).
"""

import math
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
import numpy as np

from tdome.earth.ballistics import height1
from tdome.kernel.clock import nanoseconds, seconds
from tdome.messages.base import Floats
from tdome.messages.codes import OrderKind, Reason
from tdome.plan.books.units import UnitBook

ENVELOPE_MARGIN = 0.05  # by which a PIP may lie outside the envelope before a unit refuses

Ecef = tuple[float, float, float]


class Obey(msgspec.Struct, frozen=True):
    """Action: an order reaches its unit. Times int ns UTC."""

    engagement: int
    unit: int
    rounds: int
    kind: OrderKind
    launch_at: int
    intercept_at: int
    pip: Ecef


class Redirect(msgspec.Struct, frozen=True):
    """Action: an in-flight update reaches its unit."""

    engagement: int
    intercept_at: int
    pip: Ecef


class Fire(msgspec.Struct, frozen=True):
    """Action: the salvo of an engagement leaves, first round now."""

    engagement: int


class Intercept(msgspec.Struct, frozen=True):
    """Action: a round is due at its target, unless it was redirected since."""

    engagement: int
    round: int
    due: int


class Announce(msgspec.Struct, frozen=True):
    """Action: a unit tells its state."""

    unit: int


Deed: TypeAlias = Announce | Obey | Redirect | Fire | Intercept
"""Actions of fire units."""


@dataclass(slots=True)
class Round:
    """One interceptor: where it was at the last update, and when it left (int ns)."""

    number: int
    launched_at: int
    place: Floats
    placed_at: int
    done: bool = False


@dataclass(slots=True)
class Engagement:
    """One accepted order. ``carried``: the body row that it flies at, and PIP minus its place."""

    number: int
    unit: int
    rounds: int
    launch_at: int
    intercept_at: int
    pip: Floats
    fired: list[Round] = field(default_factory=list)
    carried: tuple[int, Floats] | None = None


class Units:
    """The fire units of a book, with magazines and open engagements.

    ``rounds_left`` counts what lies in the magazine, ``ready`` what of it no order has claimed;
    ``channels`` those that work; ``down`` why a unit does not operate, by name (none: it does).
    """

    def __init__(self, book: UnitBook) -> None:
        self.book = book
        self.rounds_left = [int(rounds) for rounds in book.rounds]
        self.channels = [int(channels) for channels in book.channels]
        self.down: list[set[str]] = [set() for _ in book.names]
        self._free_at = [0] * len(book.names)
        self.open: dict[int, Engagement] = {}
        self._seen: set[int] = set()

    def obey(self, order: Obey, now: int) -> Reason:
        """Accept (CHOSEN) or refuse an order to engage; its rounds are claimed at once."""
        unit = order.unit
        if order.engagement in self._seen:
            return Reason.ALREADY_ENGAGED
        short = self._short_of(unit)
        if short != Reason.CHOSEN or order.rounds < 1:
            return short or Reason.NO_ROUNDS
        pip = np.array(order.pip)
        if not self._in_envelope(unit, pip):
            return Reason.OUT_OF_ENVELOPE
        ready = now + nanoseconds(float(self.book.reaction[unit]))
        launch_at = max(order.launch_at, ready, self._free_at[unit])
        distance = _norm(pip - self.book.ecef[unit])
        flight = seconds(order.intercept_at - launch_at)
        if self.reach(unit, flight) < distance - self.book.basket[unit]:
            return Reason.LAUNCH_TIME_PASSED
        rounds = min(order.rounds, self.ready(unit))
        self._free_at[unit] = launch_at + rounds * self.spacing(unit)
        self._seen.add(order.engagement)
        self.open[order.engagement] = Engagement(
            order.engagement, unit, rounds, launch_at, order.intercept_at, pip
        )
        return Reason.CHOSEN

    def _short_of(self, unit: int) -> Reason:
        """Tell what a unit lacks for one more engagement; CHOSEN if nothing."""
        if self.down[unit]:
            return Reason.UNIT_DOWN
        if self.ready(unit) < 1:
            return Reason.NO_ROUNDS
        busy = sum(1 for engagement in self.open.values() if engagement.unit == unit)
        return Reason.NO_CHANNEL if busy >= self.channels[unit] else Reason.CHOSEN

    def cease(self, number: int) -> Engagement | None:
        """Stop an engagement and free its channel; rounds in flight are given up."""
        return self.open.pop(number, None)

    def ready(self, unit: int) -> int:
        """Return how many rounds of a unit no order has claimed."""
        waiting = (e.rounds for e in self.open.values() if e.unit == unit and not e.fired)
        return self.rounds_left[unit] - sum(waiting)

    def fire(self, number: int) -> list[Intercept]:
        """Let the salvo of an engagement go; nothing where it was ceased."""
        engagement = self.open.get(number)
        if engagement is None:
            return []
        self.rounds_left[engagement.unit] -= engagement.rounds
        place, gap = self.book.ecef[engagement.unit], self.spacing(engagement.unit)
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
        due = self.due_at(engagement, shot)
        missing = _norm(pip - shot.place) - self._flown(engagement.unit, shot, due)
        in_range = _norm(pip - self.book.ecef[engagement.unit]) <= self.book.max_range[
            engagement.unit
        ] * (1.0 + ENVELOPE_MARGIN)
        return bool(in_range and missing <= self.book.basket[engagement.unit])

    def ended(self, engagement: Engagement, shot: Round) -> bool:
        """Close a round; True (and the channel is free) if it was the last of its engagement."""
        shot.done = True
        if not all(other.done for other in engagement.fired):
            return False
        del self.open[engagement.number]
        return True

    def due_at(self, engagement: Engagement, shot: Round) -> int:
        """Return when a round is due at its target, int ns UTC."""
        return engagement.intercept_at + shot.number * self.spacing(engagement.unit)

    def spacing(self, unit: int) -> int:
        """Return the time between two rounds of a salvo, ns."""
        return nanoseconds(float(self.book.spacing[unit]))

    def reach(self, unit: int, flight: float) -> float:
        """Return how far (m) a round flies in ``flight`` seconds after its launch."""
        flight = max(flight, 0.0)
        speed, boost = float(self.book.speed[unit]), float(self.book.boost[unit])
        if flight < boost:
            return 0.5 * speed * flight * flight / boost
        return speed * (flight - 0.5 * boost)

    def _due(self, engagement: Engagement) -> list[Intercept]:
        dues = [(shot.number, self.due_at(engagement, shot)) for shot in engagement.fired]
        return [Intercept(engagement.number, number, due) for number, due in dues]

    def _flown(self, unit: int, shot: Round, until: int) -> float:
        """Path that a round can fly between its last place and a time, m."""
        begin = self.reach(unit, seconds(shot.placed_at - shot.launched_at))
        return self.reach(unit, seconds(until - shot.launched_at)) - begin

    def _place(self, engagement: Engagement, shot: Round, now: int) -> Floats:
        """Where a round is on the line to its PIP: timed to arrive when due, if it can."""
        if now <= shot.placed_at:
            return shot.place
        able = self._flown(engagement.unit, shot, self.due_at(engagement, shot))
        offset = engagement.pip - shot.place
        share = self._flown(engagement.unit, shot, now) / max(able, _norm(offset), 1.0)
        return shot.place + offset * min(share, 1.0)

    def _in_envelope(self, unit: int, pip: Floats) -> bool:
        distance = _norm(pip - self.book.ecef[unit])
        height = height1(pip[0], pip[1], pip[2])
        more, less = 1.0 + ENVELOPE_MARGIN, 1.0 - ENVELOPE_MARGIN
        # A few metres are within the error of any track.
        floor = self.book.min_altitude[unit] * less - self.book.basket[unit]
        return bool(
            self.book.min_range[unit] * less <= distance <= self.book.max_range[unit] * more
            and floor <= height <= self.book.max_altitude[unit] * more
        )


def _norm(vector: Floats) -> float:
    x, y, z = vector.tolist()
    return math.sqrt(x * x + y * y + z * z)
