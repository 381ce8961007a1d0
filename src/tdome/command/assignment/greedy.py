"""``greedy-v1``: marginal-return greedy over the firing solutions of the moment."""

from typing import NamedTuple

import numpy as np

from tdome.command.assignment.choice import LOOK, choose
from tdome.command.assignment.doctrine.base import Chances, Wishes
from tdome.command.assignment.doctrine.named import doctrine_of
from tdome.command.assignment.firing_solution import (
    REACH_SHARE,
    REACH_TIME,
    Geometry,
    fenced,
    solve_all,
)
from tdome.command.assignment.gates import (
    Flags,
    gates,
    pair_obstacles,
    unseen,
)
from tdome.command.assignment.guidance import held_guidance
from tdome.command.assignment.kills import Kills
from tdome.command.assignment.options import Options, Places, fire_plan, hold_back
from tdome.earth.flyout import longest_times
from tdome.earth.motion import tabulate_paths
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.codes import Reason, code_set
from tdome.messages.fire import Engagements, FirePlan, Magazines
from tdome.messages.threats import Threats
from tdome.messages.tracks import SystemTracks
from tdome.plan.plan import Plan

KNOTS = 96  # of a tabulated path, its start included
SHORTEST_STEP_S = 0.25  # between knots
LINK_S = 1.0  # s kept for links and for the rhythm of deciding, on top of decide_s
WAIT_S = 3.0  # s by which a launch must be free to wait, on top of a decision, to be put off
READY_PERIODS = 2.0  # decisions for which a launch may have to wait and still be taken now
_UNSOLVED = code_set(Reason.OUT_OF_ENVELOPE, Reason.NO_LAUNCH_WINDOW)


class Solved(NamedTuple):
    """What pairs are solved with, and what there is to gain.

    earliest (u,) launch, s; allowed (n, u); value (n,) at risk; spent (n,) rounds on it so far.
    """

    geometry: Geometry
    earliest: Floats
    allowed: Codes
    value: Floats
    spent: Ints


class GreedyAssigner:
    """Weapon assignment by the greatest marginal return, one engagement per threat and step.

    A candidate is a threat that no gate holds back (:mod:`.gates`). For each unit that may fire
    at it, the earliest intercept on its predicted path is found (:mod:`.firing_solution`), with
    launch no sooner than an operator's answer, a decision and the unit's reaction allow. Rounds
    follow the doctrine that the plan names (:mod:`.doctrine.base`): ``shoot-look-shoot`` fires 1
    where some unit could shoot again after a miss is known, else last_chance_rounds. The return of
    a pair is

        value_at_risk (1 - (1 - s)^rounds) - round_price rounds cost / median cost   [value]

    with s the SSPK against what would do harm (:meth:`.kills.Kills.saving`), less what the doctrine
    puts on top,

    and the greatest is taken first (:mod:`.choice`). Layers in depth come of themselves: whoever
    can shoot first does, inner layers get what leaks.

    Assumptions: shots are independent; a second chance counts wherever it exists, however small
    its SSPK; rounds of a salvo meet the threat at one time. A launch that
    has to wait, for its window or for the unit, longer than READY_PERIODS decisions and one spacing
    is left for later (NO_LAUNCH_WINDOW). So is one at a falling threat that hits an asset less
    probably than ``sure_of_hit``, while launching later loses no chance to fire, or one that is
    worth less than the rounds that it would cost (:func:`.choice.waiting_pays1`; UNDECIDED): most
    of what may miss shows it in time, and its rounds are kept. A pair that only
    the plan's fire zones leave without a solution is FIRE_ZONE.
    Errors raised: none beyond those of malformed columns.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        units, doctrine = plan.units, plan.doctrine
        answer = plan.authority.answer_time_s + plan.clock.decide_s + LINK_S
        self._lead: Floats = answer + units.reaction
        self._envelope: Floats = np.column_stack(
            [units.min_range, units.max_range, units.min_altitude, units.max_altitude]
        )
        self._fly_out: Floats = units.fly_out
        paid = units.cost[units.cost > 0.0]
        self._price: Floats = (
            doctrine.round_price * units.cost / (np.median(paid) if len(paid) else 1.0)
        )
        self._rules: Floats = np.array(
            [
                READY_PERIODS * plan.clock.decide_s,
                doctrine.assessment_delay_s,
                plan.clock.decide_s + WAIT_S,
            ]
        )
        self._doctrine = doctrine_of(plan)
        self._kills = Kills(plan)
        reach = longest_times(units.fly_out, units.max_range)
        self._shot: Floats = self._lead + REACH_SHARE * reach + REACH_TIME

    def assign(
        self,
        tracks: SystemTracks,
        threats: Threats,
        engagements: Engagements,
        magazines: Magazines,
        now: int,
    ) -> FirePlan:
        """Return the options considered at ``now`` (int ns UTC), the chosen ones marked."""
        gate = gates(self.plan, tracks, threats, engagements, now)
        rows = _in_order(tracks, threats)
        rows = rows[gate.reason[rows] == Reason.CHOSEN]
        options = self._options(rows, tracks, threats, gate.refused, magazines.channels, now)
        if (options.code == Reason.CHOSEN).any():
            value, spent = threats.value_at_risk[rows], gate.shots[rows]
            solved = self._solve(options, value, spent, magazines, now)
            lost = fenced(solved.geometry, solved.earliest, solved.allowed, options.intercept)
            self._choose(options, solved, engagements, magazines, now)
            options.code[lost & _UNSOLVED[options.code]] = Reason.FIRE_ZONE
            hold_back(options, self.plan.fire_zones, tracks, threats)
        return fire_plan(options, gate.reason, tracks, threats, self._kills, magazines, now)

    def _options(
        self,
        rows: Places,
        tracks: SystemTracks,
        threats: Threats,
        refused: Flags,
        channels: Ints,
        now: int,
    ) -> Options:
        """Tabulate where the candidates will be; say which pairs need no geometry, and why."""
        to_impact = (threats.impact_at[rows] - now) / 1e9
        ends = np.where(threats.impact_at[rows] > 0, to_impact, np.inf)
        sspk = self._kills.believed(threats)[rows]
        saves = self._kills.saving(threats)[rows]
        code = pair_obstacles(self.plan, threats.identity[rows], sspk, refused[rows], channels)
        unseen(self.plan, tracks, rows, code)
        # Two shots and a look: farther into the future nothing can change today's choice.
        reach = np.where(code == Reason.CHOSEN, self._shot, 0.0).max(axis=1, initial=0.0)
        span = np.clip(ends, 0.0, 2.0 * reach + self.plan.doctrine.assessment_delay_s)
        steps = np.maximum(span / (KNOTS - 1), SHORTEST_STEP_S)
        state, falls = tracks.state[rows], threats.falls[rows]
        inv_beta = threats.inv_beta[rows]
        paths = np.full((len(rows), KNOTS, 3), np.nan)
        aimed = np.flatnonzero(reach > 0.0)  # whom nobody may fire at needs no path
        later = np.empty((len(aimed), KNOTS - 1, 3))
        tabulate_paths(state[aimed], falls[aimed], inv_beta[aimed], steps[aimed], later)
        paths[aimed, 0], paths[aimed, 1:] = state[aimed, :3], later
        return Options(
            rows=rows,
            ends=ends,
            steps=steps,
            paths=paths,
            sspk=sspk,
            saves=saves,
            code=code,
            rounds=np.zeros(sspk.shape, np.int32),
            intercept=np.full(sspk.shape, np.nan),
            launch=np.full(sspk.shape, np.nan),
            last=np.full(sspk.shape, -np.inf),
            gain=np.zeros(sspk.shape),
            hit=self._hit(threats, rows),
        )

    def _solve(
        self, options: Options, value: Floats, spent: Ints, magazines: Magazines, now: int
    ) -> Solved:
        """Find the firing solutions, in place."""
        zones = self.plan.fire_zones
        earliest = np.maximum(self._lead, (magazines.next_launch_at - now) / 1e9)
        allowed = (options.code == Reason.CHOSEN).astype(np.int8)
        stations = self.plan.units.stations[np.arange(len(magazines.site)), magazines.site]
        geometry = Geometry(
            paths=options.paths,
            heights=np.empty(options.paths.shape[:2]),
            masks=np.zeros(options.paths.shape[:2], np.int64),
            steps=options.steps,
            ends=options.ends,
            units=np.column_stack([stations.reshape(-1, 4), self._envelope]),
            fly_out=self._fly_out,
            barred=zones.barred,
            volumes=zones.volumes,
        )
        solve_all(*geometry, earliest, allowed, options.intercept, options.launch, options.last)
        return Solved(geometry, earliest, allowed, value, spent)

    def _hit(self, threats: Threats, rows: Places) -> Floats:
        """Return P(hits an asset), (n,), of those of which that is still open; 1 of the others."""
        falls = (threats.falls[rows] != 0) & (threats.impact_at[rows] > 0)
        hit = threats.hit_probability[rows]
        unsure = falls & (hit < self.plan.doctrine.sure_of_hit)
        return np.asarray(np.where(unsure, hit, 1.0))

    def _choose(
        self,
        options: Options,
        solved: Solved,
        engagements: Engagements,
        magazines: Magazines,
        now: int,
    ) -> None:
        """Choose, in place."""
        held = held_guidance(self.plan.units, engagements, now)
        shots = self.plan.doctrine.max_shots_per_threat - solved.spent
        wishes = self._wishes(options, solved, magazines)
        choose(
            *solved.geometry,
            solved.allowed,
            options.intercept,
            options.launch,
            options.last,
            solved.earliest,
            self._lead,
            self.plan.units.spacing,
            options.saves,
            solved.value,
            wishes.price,
            magazines.rounds_left.copy(),
            magazines.channels - magazines.channels_busy,
            shots,
            held.spans,
            held.used,
            held.limits,
            self._rules,
            wishes.early,
            wishes.late,
            wishes.keep,
            wishes.curve,
            options.hit,
            options.rounds,
            options.gain,
            options.code,
        )

    def _wishes(self, options: Options, solved: Solved, magazines: Magazines) -> Wishes:
        """Ask the doctrine what it wants from the solutions of ``options``."""
        return self._doctrine.wishes(
            Chances(
                value=solved.value,
                spent=solved.spent,
                shots=self.plan.doctrine.max_shots_per_threat - solved.spent,
                allowed=solved.allowed,
                sspk=options.saves,
                intercept=options.intercept,
                last=options.last,
                lead=self._lead,
                look=float(self._rules[LOOK]),
                left=magazines.rounds_left,
                price=self._price,
            )
        )


def _in_order(tracks: SystemTracks, threats: Threats) -> Places:
    """Rows by value at risk, the dearest first; ties by what is seen, and last by track number.

    So two threats that differ in anything but their label are told apart without it.
    """
    x, y, z = tracks.state[:, 0], tracks.state[:, 1], tracks.state[:, 2]
    keys = (threats.track_number, z, y, x, threats.impact_at, -threats.value_at_risk)
    return np.lexsort(keys)
