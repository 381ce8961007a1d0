"""greedy-v1: doctrine, gates, reasons, price; and the check catches broken assigners."""

import msgspec
import numpy as np
import pytest

from tdome.command.assignment.check import check_assigner, check_fire_plan
from tdome.command.assignment.greedy import GreedyAssigner
from tdome.command.assignment.sample import (
    EPOCH,
    engagements_of,
    full_magazines,
    no_engagements,
    sample_plan,
    sample_raid,
)
from tdome.earth.motion import extrapolate
from tdome.messages.codes import EngagementState, Identity, Reason, TrackStatus, Verdict
from tdome.messages.fire import FirePlan
from tdome.plan.plan import build_plan

SECOND = 10**9


def assign(plan, raid, *, engagements=None, magazines=None, now=EPOCH) -> FirePlan:
    return GreedyAssigner(plan).assign(
        *raid, engagements or no_engagements(), magazines or full_magazines(plan), now
    )


def only(raid, *rows: int):
    """The raid with these rows only."""
    picked = []
    for message in raid:
        names = [n for n in message.__struct_fields__ if n != "header"]
        columns = {name: getattr(message, name)[list(rows)] for name in names}
        picked.append(msgspec.structs.replace(message, **columns))
    return tuple(picked)


def changed(raid, **columns):
    """The raid with columns of its threats replaced by one value each."""
    tracks, threats = raid
    full = {name: np.full_like(getattr(threats, name), value) for name, value in columns.items()}
    return tracks, msgspec.structs.replace(threats, **full)


def reasons(fire_plan: FirePlan) -> list[Reason]:
    return [Reason(code) for code in fire_plan.reason]


def drones(count: int = 12):
    return only(sample_raid(4 * count), *range(2, 4 * count, 4))


def chosen_row(fire_plan: FirePlan) -> int:
    rows = np.flatnonzero(fire_plan.reason == Reason.CHOSEN)
    assert len(rows) == 1
    return int(rows[0])


def test_it_keeps_its_promises():
    check_assigner(GreedyAssigner)


def test_an_empty_sky_gives_an_empty_plan():
    assert len(assign(sample_plan(), sample_raid(0))) == 0


def test_without_fire_units_every_threat_has_its_reason():
    fire_plan = assign(sample_plan(0), sample_raid(4))
    assert set(reasons(fire_plan)) == {Reason.UNIT_NOT_SUITED}
    assert len(fire_plan) == 4


def test_one_shot_while_another_is_possible_else_the_last_chance():
    plan = sample_plan(1, types=("short-range",))
    slow = assign(plan, drones(1))
    assert slow.rounds[chosen_row(slow)] == 1
    # The same drone, with so little time left that nothing could follow a miss.
    near = changed(drones(1), impact_at=slow.intercept_at[chosen_row(slow)] + SECOND)
    hasty = assign(plan, near)
    assert hasty.rounds[chosen_row(hasty)] == plan.doctrine.last_chance_rounds
    assert hasty.pk[chosen_row(hasty)] == pytest.approx(1.0 - 0.3**2, abs=0.1)


def test_a_salvo_doctrine_fires_its_salvo():
    plan = sample_plan(1, doctrine='firing = "salvo"\nsalvo_rounds = 3', types=("short-range",))
    fire_plan = assign(plan, drones(1))
    assert fire_plan.rounds[chosen_row(fire_plan)] == 3


def test_of_equal_layers_the_cheaper_one_fires():
    plan = sample_plan(2, types=("medium-range", "short-range"))
    # A drone both can reach at once, with the same SSPK.
    raid = changed(drones(1), value_at_risk=1.0)
    fire_plan = assign(plan, raid)
    assert plan.units.types[fire_plan.unit[chosen_row(fire_plan)]] == "short-range"
    assert Reason.BETTER_OPTION in reasons(fire_plan)


def test_a_target_not_worth_a_round_is_left():
    plan = sample_plan(1, doctrine="round_price = 5.0", types=("short-range",))
    assert reasons(assign(plan, drones(1))) == [Reason.LOW_RETURN]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"identity": Identity.FRIEND}, Reason.IDENTITY_PROTECTED),
        ({"identity": Identity.NEUTRAL}, Reason.IDENTITY_PROTECTED),
        ({"identity": Identity.SUSPECT}, Reason.IDENTITY_NOT_HOSTILE),
        ({"harmless": 1}, Reason.HARMLESS),
        ({"value_at_risk": 0.0}, Reason.HARMLESS),
        ({"value_at_risk": np.nan}, Reason.HARMLESS),
        ({"impact_at": EPOCH + 4 * SECOND}, Reason.OUT_OF_ENVELOPE),
    ],
)
def test_what_may_not_or_can_not_be_engaged_says_why(change, reason):
    fire_plan = assign(sample_plan(1, types=("gun",)), changed(drones(3), **change))
    assert set(reasons(fire_plan)) == {reason}
    assert (fire_plan.unit == -1).all()


def test_a_suspect_is_engaged_when_weapons_are_free():
    plan = sample_plan(4, doctrine='weapon_control = "free"')
    assert Reason.CHOSEN in reasons(assign(plan, changed(drones(2), identity=Identity.SUSPECT)))


def test_weapons_on_hold_say_so():
    plan = sample_plan(4, doctrine='weapon_control = "hold"')
    assert set(reasons(assign(plan, drones(3)))) == {Reason.WEAPONS_HOLD}


def test_a_dropped_track_is_not_engaged():
    tracks, threats = drones(1)
    dropped = msgspec.structs.replace(tracks, status=np.array([TrackStatus.DROPPED], np.int8))
    assert reasons(assign(sample_plan(), (dropped, threats))) == [Reason.TRACK_LOST]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("rounds_left", 0, Reason.NO_ROUNDS),
        ("channels_busy", 99, Reason.NO_CHANNEL),
        ("next_launch_at", EPOCH + 3600 * SECOND, Reason.NO_LAUNCH_WINDOW),
    ],
)
def test_a_unit_without_means_says_which(column, value, reason):
    plan = sample_plan(1, types=("short-range",))
    magazines = full_magazines(plan)
    full = np.full_like(getattr(magazines, column), value)
    magazines = msgspec.structs.replace(magazines, **{column: full})
    assert reasons(assign(plan, drones(1), magazines=magazines)) == [reason]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (EngagementState.RECOMMENDED, Reason.ALREADY_ENGAGED),
        (EngagementState.IN_FLIGHT, Reason.ALREADY_ENGAGED),
        (EngagementState.TERMINAL, Reason.AWAITING_ASSESSMENT),
        (EngagementState.ASSESSED, Reason.AWAITING_ASSESSMENT),
    ],
)
def test_an_open_engagement_is_waited_for(state, reason):
    plan, raid = sample_plan(), drones(1)
    under_way = engagements_of(assign(plan, raid), state)
    assert reasons(assign(plan, raid, engagements=under_way)) == [reason]


def test_a_track_judged_killed_is_engaged_again_only_after_a_new_plot():
    plan, raid = sample_plan(), drones(1)
    closed = engagements_of(assign(plan, raid), EngagementState.CLOSED)
    killed = msgspec.structs.replace(closed, verdict=np.array([Verdict.KILL], np.int8))
    assert reasons(assign(plan, raid, engagements=killed)) == [Reason.ASSESSED_KILLED]
    # The same verdict, a while before the newest plot of the track: it lives on.
    risen = msgspec.structs.replace(killed, state_at=killed.state_at - 60 * SECOND)
    assert Reason.CHOSEN in reasons(assign(plan, raid, engagements=risen))


def test_shots_are_limited_and_counted_in_rounds():
    plan = sample_plan(1, doctrine="max_shots_per_threat = 2", types=("short-range",))
    missed = engagements_of(assign(plan, drones(1)), EngagementState.CLOSED)
    second = assign(plan, drones(1), engagements=missed)
    assert second.rounds[chosen_row(second)] == 1
    twice = msgspec.structs.replace(missed, rounds=np.array([2], np.int32))
    assert reasons(assign(plan, drones(1), engagements=twice)) == [Reason.SHOT_LIMIT]


@pytest.mark.parametrize(
    ("why", "holds"), [(Reason.OPERATOR_DENIED, 60), (Reason.UNIT_REFUSED, 20)]
)
def test_who_said_no_is_not_asked_again_at_once(why, holds):
    plan, raid = sample_plan(1, types=("short-range",)), drones(1)
    no = engagements_of(assign(plan, raid), EngagementState.REFUSED)
    no = msgspec.structs.replace(no, reason=np.array([why], np.int8))
    assert reasons(assign(plan, raid, engagements=no)) == [why]
    earlier = msgspec.structs.replace(no, state_at=no.state_at - (holds + 1) * SECOND)
    assert Reason.CHOSEN in reasons(assign(plan, raid, engagements=earlier))


def test_launches_of_one_unit_keep_its_spacing():
    plan = sample_plan(1, types=("short-range",))
    raid = drones(8)
    fire_plan = assign(plan, raid)
    launches = np.sort(fire_plan.launch_at[fire_plan.reason == Reason.CHOSEN])
    assert len(launches) >= 2
    assert (np.diff(launches) >= round(plan.units.spacing[0] * 1e9)).all()
    check_fire_plan(fire_plan, plan, raid[1], full_magazines(plan))


def test_the_operator_and_the_unit_get_their_time():
    plan = sample_plan(6)
    fire_plan = assign(plan, sample_raid(20))
    taken = fire_plan.reason == Reason.CHOSEN
    needed = plan.authority.answer_time_s + plan.units.reaction[fire_plan.unit[taken]]
    assert (fire_plan.launch_at[taken] - EPOCH >= needed * 1e9).all()


def test_intercept_points_lie_on_the_path_and_in_the_envelope():
    plan = sample_plan(12)
    tracks, threats = sample_raid(40)
    fire_plan = assign(plan, (tracks, threats))
    taken = np.flatnonzero(fire_plan.reason == Reason.CHOSEN)
    rows = fire_plan.track_number[taken] - 1
    out = np.empty((len(rows), 6))
    ahead = (fire_plan.intercept_at[taken] - EPOCH) / 1e9
    extrapolate(tracks.state[rows], threats.falls[rows], threats.inv_beta[rows], ahead, out)
    assert np.abs(out[:, :3] - fire_plan.intercept_ecef[taken]).max() < 1.0
    units = fire_plan.unit[taken]
    far = np.linalg.norm(out[:, :3] - plan.units.ecef[units], axis=1)
    assert (far <= plan.units.max_range[units] + 50.0).all()
    # The other options are interpolated: within the law's curvature between knots.
    better = fire_plan.reason == Reason.BETTER_OPTION
    assert np.isfinite(fire_plan.intercept_ecef[better]).all()


class Reckless:
    """An assigner that gives whatever is asked all rounds of unit 0, friend or not."""

    def __init__(self, plan):
        self.good = GreedyAssigner(msgspec.structs.replace(plan, weapon_control=(2,) * 12))

    def assign(self, tracks, threats, engagements, magazines, now):
        full = np.full(len(threats), Identity.HOSTILE, np.int8)
        blind = msgspec.structs.replace(threats, identity=full)
        return self.good.assign(tracks, blind, engagements, magazines, now)


class Forgetful(GreedyAssigner):
    """An assigner that does not look at what is under way."""

    def assign(self, tracks, threats, engagements, magazines, now):
        return super().assign(tracks, threats, no_engagements(), magazines, now)


class Ordered(GreedyAssigner):
    """An assigner that prefers the first rows."""

    def assign(self, tracks, threats, engagements, magazines, now):
        first = threats.value_at_risk * (10.0 - 0.1 * np.arange(len(threats)))
        biased = msgspec.structs.replace(threats, value_at_risk=first)
        return super().assign(tracks, biased, engagements, magazines, now)


class Unfenced(GreedyAssigner):
    """An assigner that does not read the plan's fire zones."""

    def __init__(self, plan):
        file = msgspec.structs.replace(plan.file, fire_zones=[])
        super().__init__(build_plan(file, plan.source))


@pytest.mark.parametrize("broken", [Reckless, Forgetful, Ordered, Unfenced])
def test_the_check_catches_a_broken_assigner(broken):
    with pytest.raises(AssertionError):
        check_assigner(broken)
