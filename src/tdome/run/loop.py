"""The loop: one event queue, one clock.

The world on one side of the glass and the chain on the other.

Order of one instant: MOVE < EMIT < RECEIVE < DECIDE < ACT. The world's events make messages; a
link delay later the door admits them (RECEIVE) into the inbox; every ``decide_s`` the chain takes
the inbox (DECIDE) and what it says is written down and carried to the world and to the operator's
seat (ACT).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from tdome.command.federation import Command
from tdome.gateways.simulated import SimulatedDoor
from tdome.kernel.clock import SimClock, nanoseconds
from tdome.kernel.queue import EventQueue, Phase
from tdome.messages.base import Message
from tdome.messages.fire import EngagementOrders, InterceptUpdates, Recommendations
from tdome.messages.sensing import SensorTasks
from tdome.run.operator import Operator, decisions_of
from tdome.run.tape import NoTape, Tape
from tdome.world.events import Action, Event
from tdome.world.world import World

ACCEPTED_BY_WORLD = (EngagementOrders, InterceptUpdates, SensorTasks)
QUIET_AFTER_S = (
    40.0  # s of deciding after the last threat, so that assessments and all-clears are on record
)


class Deliver(NamedTuple):
    """A message reaches the command post."""

    message: Message


class Decide(NamedTuple):
    """The chain takes a step."""


Payload = Action | Deliver | Decide


class Loop:
    """One simulated run. ``progress(simulated seconds.

    Hostile objects left)`` is called at every step.
    """

    def __init__(  # noqa: PLR0913  (the composition root plugs everything together)
        self,
        *,
        world: World,
        chain: Command,
        door: SimulatedDoor,
        tape: Tape | NoTape,
        operator: Operator,
        start: int,
        limit: int,
        progress: Callable[[float, int], None] | None = None,
    ) -> None:
        self.world, self.chain, self.door, self.tape = world, chain, door, tape
        self.operator, self.start, self.limit, self.progress = operator, start, limit, progress
        self.clock = SimClock(start)
        self.picture = chain.open(start)
        self.queue: EventQueue[Payload] = EventQueue()
        self.inbox: list[Message] = []
        self.steps = 0
        self.jumps: list[tuple[int, int]] = []  # (step, its time): quiet was jumped over before it
        self._asked = 0
        self._phase = Phase.MOVE
        self._quiet_since: int | None = None

    def run(self) -> Any:  # noqa: ANN401  (one picture or several)
        """Run until the world is quiet or the time is over; return the last picture."""
        self.go_on()
        return self.picture

    def go_on(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Go on until ``until()`` holds after a decision (False), or the run is over (True)."""
        if not self.steps and not len(self.queue):
            self._schedule(self.world.first_events())
            self.queue.push(self.start, Phase.DECIDE, Decide())
        while len(self.queue):
            event = self.queue.pop()
            self.clock.advance_to(event.time)
            self._phase = event.phase
            match event.payload:
                case Deliver(message):
                    self._receive(message)
                case Decide():
                    self._decide()
                    if self._over():
                        break
                    self.queue.push(self._next_step(event.time), Phase.DECIDE, Decide())
                    if until():
                        return False
                case action:
                    self._happen(action)
        return True

    def _happen(self, action: Action) -> None:
        happening = self.world.handle(action, self.clock.now())
        for arrival, message in happening.messages:
            self._push(arrival, Phase.RECEIVE, Deliver(message))
        self._schedule(happening.events)

    def _schedule(self, events: list[Event]) -> None:
        for event in events:
            self._push(event.at, event.phase, event.action)

    def _push(self, at: int, phase: Phase, payload: Payload) -> None:
        """Queue an event; what is due at once but in a phase that is over comes 1 ns later."""
        over = at == self.clock.now() and phase < self._phase
        self.queue.push(at + 1 if over else at, phase, payload)

    def _receive(self, message: Message) -> None:
        admitted = self.door.admit(message, self.clock.now())
        if admitted is not None:
            self.inbox.append(admitted)
            self.tape.record(admitted)

    def _decide(self) -> None:
        now = self.clock.now()
        self.picture, outbox = self.chain.step(self.picture, self.inbox, now)
        self.inbox = []
        self.steps += 1
        for message in self.tape.record_all(outbox):
            if isinstance(message, ACCEPTED_BY_WORLD):
                self._schedule(self.world.accept(message, now))
            elif isinstance(message, Recommendations):
                self._ask(message)
        if self.progress is not None:
            self.progress((now - self.start) / 1e9, self.world.hostile_left())

    def _ask(self, asked: Recommendations) -> None:
        self._asked += 1
        authority = self.chain.plan.authority
        for person in range(1, authority.persons + 1):
            decisions = decisions_of(self.operator, asked, self._asked, person)
            if decisions is not None:
                due = self.clock.now() + nanoseconds(authority.answer_time_s)
                self._push(due, Phase.RECEIVE, Deliver(decisions))

    def _next_step(self, now: int) -> int:
        """Return when to decide next: a period later, or when the world wakes from a quiet time."""
        following = now + nanoseconds(self.chain.plan.clock.decide_s)
        wake = self.world.sleep(now) if self._settled(now) else now
        if wake <= following:
            return following
        self.jumps.append((self.steps, wake))
        return wake

    def _over(self) -> bool:
        now = self.clock.now()
        if now >= self.limit:
            return True
        if not self.world.quiet(now):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        return self._settled(now) and self.world.next_start(now) is None

    def _settled(self, now: int) -> bool:
        """Whether all has been quiet for long enough to have everything on record."""
        quiet = self._quiet_since
        return quiet is not None and now - quiet >= nanoseconds(QUIET_AFTER_S)
