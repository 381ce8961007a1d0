"""``price-v1``: the whole plan over launch windows, of which only what is due is recommended."""

import numpy as np

from tdome.command.assignment.choice import undecided
from tdome.command.assignment.doctrine.base import Wishes
from tdome.command.assignment.firing_solution import Geometry, solve1
from tdome.command.assignment.gates import Flags
from tdome.command.assignment.greedy import READY_PERIODS, GreedyAssigner, Solved
from tdome.command.assignment.guidance import Held, crowded1, held_guidance, hold1
from tdome.command.assignment.options import Options
from tdome.command.assignment.timed.planner import Effort, plan
from tdome.command.assignment.timed.problem import Plan as TimedPlan
from tdome.command.assignment.timed.snapshot import (
    Reading,
    in_flight,
    slot_length,
    timed_problem,
)
from tdome.messages.base import Floats, Ints
from tdome.messages.codes import Reason
from tdome.messages.fire import Engagements, Magazines
from tdome.plan.plan import Plan

EFFORT = Effort(passes=24, steps=60)


class PriceAssigner(GreedyAssigner):
    """Weapon assignment by a plan over launch windows with prices of scarce rounds.

    At each decision all candidates, units and windows are planned to the horizon (:mod:`.planner`):
    magazines, channels, spacing, shot limits and rounds in flight are kept. A shot of the plan is
    recommended if it is due (its launch waits no longer than READY_PERIODS decisions and a
    spacing); the others keep their rounds, that is why a threat may be left to an inner layer. How
    many rounds leave at once, at what price and which are kept is the doctrine's, as in
    ``greedy-v1``; only its curve of prices for the last rounds is not read: here prices are found
    from the plan itself. Units, threats and gates are as in ``greedy-v1``. What would pay now and
    is left is RESERVED.

    Assumptions: those of the timed problem; threats under way are not planned for again until they
    have been judged. No memory: prices are found anew at every decision.
    """

    def _choose(
        self,
        options: Options,
        solved: Solved,
        engagements: Engagements,
        magazines: Magazines,
        now: int,
    ) -> None:
        """Plan and mark what is due, in place."""
        units, geometry = self.plan.units, solved.geometry
        shots = self.plan.doctrine.max_shots_per_threat - solved.spent
        slot_s = slot_length(geometry, self.plan.clock.decide_s)
        reading = Reading(
            solved.allowed, solved.value, shots, self._price, solved.earliest, units.spacing,
            units.uplinks,
        )  # fmt: skip
        flying = in_flight(engagements, slot_s, now)
        problem = timed_problem(options, geometry, reading, magazines, flying, slot_s)
        wanted = plan(problem, EFFORT)
        wishes = self._wishes(options, solved, magazines)
        due = _Due(self.plan, self._lead, options, geometry, wishes, reading, magazines)
        due.held = held_guidance(units, engagements, now)
        due.appraise(self._rules)
        due.choose(wanted)


class _Due:
    """Which planned shots leave now; writes code, rounds, gain, intercept and launch of options."""

    held: Held

    def __init__(  # noqa: PLR0913, PLR0917  (what the assigner has at hand)
        self,
        plan: Plan,
        lead: Floats,
        options: Options,
        geometry: Geometry,
        wishes: Wishes,
        reading: Reading,
        magazines: Magazines,
    ) -> None:
        self.plan, self.lead, self.options = plan, lead, options
        self.geometry, self.wishes, self.reading = geometry, wishes, reading
        self.left: Ints = magazines.rounds_left.copy()
        self.free: Ints = magazines.channels - magazines.channels_busy
        self.earliest = reading.earliest.copy()

    def appraise(self, rules: Floats) -> None:
        """Fill in rounds and return of every pair; say why what has none has none."""
        o, units = self.options, self.plan.units
        wishes = self.wishes
        many = np.where(self._another_chance(), wishes.early, wishes.late)
        may_touch = np.minimum(self.left[None, :] - wishes.keep, self.reading.shots[:, None])
        o.rounds[:] = np.where(np.isfinite(wishes.price), np.clip(many, 0, may_touch.clip(0)), 0)
        price = np.where(o.rounds > 0, wishes.price, 0.0)
        saved = self.reading.value[:, None] * (1.0 - (1.0 - o.saves) ** o.rounds)
        o.gain[:] = saved - price * o.rounds
        wait = self.lead + units.spacing + READY_PERIODS * self.plan.clock.decide_s
        code = np.where(o.gain > 0.0, Reason.BETTER_OPTION, Reason.LOW_RETURN).astype(np.int8)
        waits = undecided(
            o.intercept, o.last, self.reading.earliest, self.lead, self.left, self.reading.shots,
            self.reading.value, o.hit, o.saves, wishes.price, wishes.late, rules,
        )  # fmt: skip
        code[waits != 0] = Reason.UNDECIDED
        code[o.launch > wait] = Reason.NO_LAUNCH_WINDOW
        code[:, self.free <= 0] = Reason.NO_CHANNEL
        code[:, self.left <= 0] = Reason.NO_ROUNDS
        none = np.isnan(o.intercept)
        code[none] = Reason.NO_LAUNCH_WINDOW
        code[none & (o.last == -np.inf)] = Reason.OUT_OF_ENVELOPE
        may = self.reading.allowed != 0
        o.code[may] = code[may]

    def _another_chance(self) -> Flags:
        """(n, u) whether some unit could shoot at a threat again once a miss of u is known."""
        o = self.options
        done = o.intercept + self.plan.doctrine.assessment_delay_s
        out = np.zeros(o.sspk.shape, np.bool_)
        for v in range(o.sspk.shape[1]):
            again = o.last[:, v, None] >= done + self.lead[v]
            spare = np.full(o.sspk.shape[1], self.left[v])
            spare[v] -= 1
            out |= again & (spare > 0)
        return out & (self.reading.shots[:, None] >= 2)  # noqa: PLR2004

    def choose(self, wanted: TimedPlan) -> None:
        """Take planned shots that are due; then others that pay the price of a scarce round.

        The greatest return at guide prices first. Without the second part a threat would wait for
        a better unit while one is idle.
        """
        o = self.options
        net = o.gain - wanted.guide * o.rounds
        planned = np.zeros(net.shape, np.bool_)
        planned[wanted.threat, wanted.unit] = True
        taken = np.zeros(len(o.rows), np.bool_)
        for which in (planned, ~planned & (net > 0.0)):
            threat, unit = np.nonzero(which & (o.code == Reason.BETTER_OPTION))
            order = np.lexsort((unit, threat, -net[threat, unit]))
            for i, u in zip(threat[order].tolist(), unit[order].tolist(), strict=True):
                if not taken[i]:
                    taken[i] = self._take(i, u)
        # What would pay now and is not taken is kept for a threat that pays more, or for later.
        kept = (o.code == Reason.BETTER_OPTION) & ~taken[:, None]
        o.code[kept] = Reason.RESERVED

    def _take(self, i: int, u: int) -> bool:
        """Give threat i rounds of unit u if it is still possible; tell whether."""
        o, spacing = self.options, float(self.plan.units.spacing[u])
        if o.launch[i, u] < self.earliest[u]:
            g = self.geometry
            o.intercept[i, u], o.launch[i, u], _ = solve1(
                g.paths[i], g.heights[i], g.masks[i], g.steps[i], g.ends[i], g.units[u],
                g.fly_out[u], g.barred[u], g.volumes, self.earliest[u],
            )  # fmt: skip
        wait = self.lead[u] + spacing + READY_PERIODS * self.plan.clock.decide_s
        rounds = min(int(o.rounds[i, u]), int(self.left[u]))
        obstacle = Reason.BETTER_OPTION
        if self.left[u] <= 0:
            obstacle = Reason.NO_ROUNDS
        elif self.free[u] <= 0:
            obstacle = Reason.NO_CHANNEL
        elif not o.launch[i, u] <= wait:
            obstacle = Reason.NO_LAUNCH_WINDOW
        launch, first = float(o.launch[i, u]), float(o.intercept[i, u])
        end = first + spacing * (rounds - 1)
        spans, used, limits = self.held
        if obstacle == Reason.BETTER_OPTION and crowded1(
            u, launch, first, end, spans, used, limits
        ):
            obstacle = Reason.NO_CHANNEL
        o.code[i, u] = obstacle
        if obstacle != Reason.BETTER_OPTION:
            return False
        o.code[i, u] = Reason.CHOSEN
        if rounds < o.rounds[i, u]:  # others took the rest
            o.rounds[i, u] = rounds
            saved = self.reading.value[i] * (1.0 - (1.0 - o.saves[i, u]) ** rounds)
            o.gain[i, u] = saved - self.wishes.price[i, u] * rounds
        hold1(u, launch, first, end, spans, used, limits)
        self.left[u] -= rounds
        self.free[u] -= 1
        self.earliest[u] = launch + spacing * rounds
        return True
