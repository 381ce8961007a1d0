"""Fire in any situation: rounds, channels, identity, approval; the law of shoot-look-shoot."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.command.assessment.looks import LooksAssessor
from tdome.command.assignment.by_node import by_node
from tdome.command.assignment.check import check_fire_plan, reordered
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.command.engagement.authority import AuthorityController
from tdome.messages.base import Header
from tdome.messages.codes import Answer, Identity, OrderKind, Reason, Verdict, WeaponControl
from tdome.messages.codes import EngagementState as State
from tdome.messages.fire import EngagementReports, KillAssessments, OperatorDecisions
from tdome.messages.wire import encode
from tdome.plan.plan import build_plan
from tdome.plan.schema import CommandPost, Coordination

SECOND = 10**9
UNITS = 6
LEVELS = ("integrated", "zone", "own")
PLANS = {control: sample_plan(UNITS, doctrine=f'weapon_control = "{control}"')
         for control in ("hold", "tight", "free")}  # fmt: skip

POSTS = [CommandPost(name=name, lat_deg=24.0, lon_deg=120.5) for name in ("east", "west")]


def levelled(plan, fire):
    """Return a plan whose units share their fire so far; every second one is in the east."""
    replace = msgspec.structs.replace
    units = [
        replace(unit, command_post=POSTS[i % 2].name) for i, unit in enumerate(plan.file.fire_units)
    ]
    file = replace(
        plan.file, fire_units=units, command_posts=POSTS, coordination=Coordination(fire=fire)
    )
    return build_plan(file, plan.source)


LEVELLED = {(control, fire): levelled(plan, fire)
            for control, plan in PLANS.items() for fire in LEVELS}  # fmt: skip

identities = st.lists(st.sampled_from(list(Identity)), min_size=1, max_size=14)
stocks = st.lists(st.integers(0, 5), min_size=UNITS, max_size=UNITS)


@st.composite
def situations(draw):
    """Draw a plan, a raid of mixed identities, and magazines in any state."""
    plan = LEVELLED[draw(st.sampled_from(list(LEVELLED)))]
    mixed = tuple(draw(st.sampled_from(list(WeaponControl))) for _ in range(UNITS))
    plan = msgspec.structs.replace(plan, weapon_control=mixed) if draw(st.booleans()) else plan
    codes = draw(identities)
    tracks, threats = sample_raid(len(codes), shift=draw(st.floats(0.0, 6.0)))
    threats = msgspec.structs.replace(threats, identity=np.array(codes, np.int8))
    busy = np.array([draw(st.integers(0, c)) for c in plan.units.channels.tolist()], np.int32)
    later = [EPOCH + SECOND * s for s in draw(stocks)]
    magazines = msgspec.structs.replace(
        full_magazines(plan),
        rounds_left=np.array(draw(stocks), np.int32),
        channels_busy=busy,
        next_launch_at=np.array(later),
    )
    return plan, tracks, threats, magazines


def check_nodes(fire_plan, plan, threats, magazines):
    """Check a plan of fire as each node made it, and that it is whole and in order."""
    together = plan.nodes.fire_of_unit
    chosen = fire_plan.reason == Reason.CHOSEN
    whole = fire_plan.unit < 0
    spoken = np.concatenate(
        [np.unique(fire_plan.track_number[chosen]), fire_plan.track_number[whole]]
    )
    assert np.array_equal(np.sort(spoken), np.sort(threats.track_number))
    order = np.lexsort((fire_plan.unit, fire_plan.track_number))
    assert np.array_equal(order, np.arange(len(order)))
    for node in np.unique(together):
        own = chosen & (together[fire_plan.unit] == node)
        others = ~np.isin(threats.track_number, fire_plan.track_number[own])
        rows = np.flatnonzero(own)
        part = reordered(fire_plan, rows)
        known = reordered(threats, np.flatnonzero(~others))
        check_fire_plan(part, plan, known, magazines)


@settings(max_examples=80, deadline=None)
@given(situations(), st.randoms(use_true_random=False))
def test_no_plan_breaks_rounds_channels_identity_or_hold(situation, rng):
    plan, tracks, threats, magazines = situation
    assigner = by_node(GreedyAssigner(plan), plan)
    fire_plan = assigner.assign(tracks, threats, no_engagements(), magazines, EPOCH)
    check_nodes(fire_plan, plan, threats, magazines)
    rows = list(range(len(tracks)))
    rng.shuffle(rows)
    mixed = assigner.assign(
        reordered(tracks, rows), reordered(threats, rows), no_engagements(), magazines, EPOCH
    )
    assert encode(mixed) == encode(fire_plan)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.floats(0.0, 6.0), stocks)
def test_for_one_threat_the_greedy_choice_is_the_best_of_all(which, shift, rounds):
    plan = PLANS["tight"]
    raid = [reordered(message, [which]) for message in sample_raid(41, shift=shift)]
    left = np.array(rounds, np.int32)
    magazines = msgspec.structs.replace(full_magazines(plan), rounds_left=left)

    def best(limited) -> float:
        plan_of_fire = GreedyAssigner(plan).assign(*raid, no_engagements(), limited, EPOCH)
        taken = plan_of_fire.reason == Reason.CHOSEN
        return float(plan_of_fire.marginal_return[taken].max(initial=0.0))

    def alone(unit: int) -> float:
        """The return if only this unit may shoot now; the others keep their rounds for later."""
        busy = np.where(np.arange(UNITS) == unit, 0, plan.units.channels).astype(np.int32)
        return best(msgspec.structs.replace(magazines, channels_busy=busy))

    assert best(magazines) == max(alone(unit) for unit in range(UNITS))


class Rehearsal:
    """A chain of the three rooms without a world: units do what they are told."""

    def __init__(self, plan, raid, answer) -> None:
        self.plan, self.raid, self.answer = plan, raid, answer
        self.assigner, self.controller = (
            by_node(GreedyAssigner(plan), plan),
            AuthorityController(plan),
        )
        self.assessor = LooksAssessor(plan)
        self.seen = self.assessor.start()
        self.state = self.controller.start(EPOCH)
        self.stock = plan.units.rounds.astype(np.int64)
        self.asked: dict[int, Answer | None] = {}
        self.approved: set[int] = set()
        self.ordered: list[int] = []
        self.spent = 0
        self.shots: dict[int, tuple[int, int]] = {}
        self.inbox: list = []

    def assess(self, engagements, tracks, now):
        self.seen, said = self.assessor.assess(self.seen, engagements, tracks, now)
        return said

    def step(self, now: int, judge):
        """Take one step at ``now``; ``judge(engagements, now)`` gives the verdicts."""
        tracks, threats = self.raid(now)
        before = encode(self.state.engagements)
        decisions = [m for m in self.inbox if isinstance(m, OperatorDecisions)]
        reports = [m for m in self.inbox if isinstance(m, EngagementReports)]
        folded = self.controller.fold(
            self.state, decisions, reports, judge(self.state.engagements, tracks, now), now
        )
        fire_plan = self.assigner.assign(tracks, threats, folded.engagements, folded.magazines, now)
        check_nodes(fire_plan, self.plan, threats, folded.magazines)
        after, said = self.controller.advance(folded, fire_plan, tracks, threats, now)
        assert encode(self.state.engagements) == before
        self.state, self.inbox = after, []
        self._answer(said.recommendations, now)
        self._obey(said.orders, now)
        self._fly(now)
        return said

    def _answer(self, asked, now: int) -> None:
        for number in asked.engagement.tolist():
            answer = self.answer(number)
            self.asked[number] = answer
            if answer is not None:
                self.approved |= {number} if answer == Answer.APPROVE else set()
                self.inbox.append(
                    OperatorDecisions(
                        header=Header("operator", 0, now, now + SECOND),
                        operator="rule",
                        engagement=np.array([number], np.int32),
                        answer=np.array([answer], np.int8),
                    )
                )

    def _obey(self, orders, now: int) -> None:
        for k in np.flatnonzero(orders.kind == OrderKind.ENGAGE):
            number, unit = int(orders.engagement[k]), int(orders.unit[k])
            self.ordered.append(number)
            self.stock[unit] -= orders.rounds[k]
            assert self.stock[unit] >= 0
            self.spent += int(orders.rounds[k])
            self.shots[number] = (unit, int(orders.intercept_at[k]))
            self._report(number, State.LAUNCHED, int(orders.rounds[k]), now)

    def _fly(self, now: int) -> None:
        for number, (unit, intercept_at) in list(self.shots.items()):
            if intercept_at <= now and unit >= 0:
                self._report(number, State.TERMINAL, 0, now)
                self.shots[number] = (-1, intercept_at)

    def _report(self, number: int, state: State, rounds: int, now: int) -> None:
        unit = self.shots[number][0]
        self.inbox.append(
            EngagementReports(
                header=Header("unit", 0, now, now),
                engagement=np.array([number], np.int32),
                unit=np.array([unit], np.int32),
                state=np.array([state], np.int8),
                rounds=np.array([rounds], np.int32),
                rounds_left=np.array([self.stock[unit]], np.int32),
                reason=np.zeros(1, np.int8),
            )
        )


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([key for key in LEVELLED if key[0] != "hold"]),
    identities,
    st.lists(st.sampled_from([Answer.APPROVE, Answer.DENY, None]), min_size=5, max_size=5),
    st.integers(0, 60),
)
def test_no_story_breaks_the_promises_of_fire(level, codes, answers, friendly_from):
    """Answers of all kinds; one track turns out a friend on the way; fire shared by all or none."""
    plan = LEVELLED[level]

    def raid(now):
        tracks, threats = sample_raid(len(codes), now)
        identity = np.array(codes, np.int8)
        identity[0] = Identity.FRIEND if now >= EPOCH + friendly_from * SECOND else identity[0]
        return tracks, msgspec.structs.replace(threats, identity=identity)

    story = Rehearsal(plan, raid, lambda number: answers[number % 5])
    ended: set[int] = set()
    for second in range(70):
        now = EPOCH + second * SECOND
        said = story.step(now, story.assess)
        table, magazines = story.state.engagements, story.state.magazines
        assert (magazines.rounds_left >= 0).all()
        assert (magazines.rounds_left <= story.stock).all()
        assert (magazines.channels_busy <= plan.units.channels).all()
        done = np.isin(table.state, (State.REFUSED, State.CLOSED))
        assert not ended & set(table.engagement[~done].tolist())
        ended |= set(table.engagement[done].tolist())
        nodes = plan.nodes.fire_of_unit[table.unit[~done]].tolist()
        under_way = list(zip(nodes, table.track_number[~done].tolist(), strict=True))
        assert len(set(under_way)) == len(under_way)
        protected = [n for n in said.orders.track_number[said.orders.kind == OrderKind.ENGAGE]
                     if raid(now)[1].identity[n - 1] >= Identity.NEUTRAL]  # fmt: skip
        assert not protected
    assert len(set(story.ordered)) == len(story.ordered)
    assert set(story.ordered) <= story.approved
    silent = {number for number, answer in story.asked.items() if answer is None}
    assert not silent & set(story.ordered)


def test_a_rehearsal_goes_through_the_whole_story():
    story = Rehearsal(PLANS["tight"], lambda now: sample_raid(8, now), lambda _: Answer.APPROVE)
    seen: set[int] = set()
    for second in range(90):
        story.step(EPOCH + second * SECOND, story.assess)
        seen |= set(story.state.engagements.state.tolist())
    assert seen >= {State.RECOMMENDED, State.AUTHORISED, State.IN_FLIGHT, State.TERMINAL}
    assert State.CLOSED in seen
    # The tracks fly on for ever: every shot is judged a miss, until none is allowed any more.
    assert story.spent > len(set(story.state.engagements.track_number.tolist()))


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_shoot_look_shoot_spends_what_the_closed_form_says(limit):
    """Expected rounds (1 - (1 - k)^n) / k: domain.md 5.1, with a perfect assessor.

    Every outcome is played: the j-th round is the first to hit, for j to n, or none is.
    """
    plan = sample_plan(
        1,
        doctrine=f"max_shots_per_threat = {limit}\nassessment_delay_s = 1.0",
        types=("short-range",),
    )
    tracks, threats = (reordered(message, [2]) for message in sample_raid(3))

    def spent_if_hit_by(hit: int) -> int:
        def raid(now):
            # The drone stands on its path: time to shoot is not what is tested here.
            later = np.array([now + 400 * SECOND])
            header = Header("sample", 0, now, now)
            return (
                msgspec.structs.replace(tracks, header=header),
                msgspec.structs.replace(threats, header=header, impact_at=later),
            )

        story = Rehearsal(plan, raid, lambda _: Answer.APPROVE)

        def perfect(engagements, _tracks, now):
            ready = np.isin(engagements.state, (State.TERMINAL,))
            numbers = engagements.engagement[ready]
            verdict = np.where(story.spent >= hit, Verdict.KILL, Verdict.MISS)
            return KillAssessments(
                header=Header("assessment", 0, now, now),
                engagement=numbers,
                track_number=engagements.track_number[ready],
                kill_probability=np.zeros(len(numbers), np.float32),
                verdict=np.full(len(numbers), verdict, np.int8),
            )

        for second in range(400):
            if (story.state.engagements.verdict == Verdict.KILL).any():
                break
            story.step(EPOCH + second * SECOND, perfect)
        return story.spent

    k = 0.7
    chances = [k * (1.0 - k) ** j for j in range(limit)] + [(1.0 - k) ** limit]
    spent = [spent_if_hit_by(j + 1) for j in range(limit)] + [spent_if_hit_by(99)]
    expected = sum(p * s for p, s in zip(chances, spent, strict=True))
    assert expected == pytest.approx((1.0 - (1.0 - k) ** limit) / k, rel=1e-12)
