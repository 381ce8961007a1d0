"""Who is warned, when, and for how long."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.warning.check import check_warning_policy
from tdome.command.warning.zones import ZoneWarner
from tdome.messages.codes import Identity, TrackStatus, WarningKind, WarningStatus
from tdome.plan.plan import build_plan
from tdome.plan.schema import Zones

NOW = 1_800_000_000 * 10**9
S = 10**9
NORTH = {"number": 7, "lat": 25.0, "lon": 121.5, "sigma": 3000.0}


def _tell(plan, make, story):
    """Run a story [(seconds, objects)]; return [(seconds, zone, kind, warning)] and messages."""
    warner = ZoneWarner(plan)
    state, said, messages = warner.start(), [], []
    for second, objects in story:
        now = NOW + round(second * S)
        state, message = warner.warn(state, *make(now, objects), now)
        messages.append(message)
        said += [
            (second, int(z), WarningKind(int(k)), int(w))
            for z, k, w in zip(message.zone, message.kind, message.warning, strict=True)
        ]
    return said, messages


def test_alert_then_silence_then_all_clear(plan, make):
    story = [(k, [{**NORTH, "at": 60 - k}]) for k in range(61)]
    story += [(k, []) for k in range(61, 120)]
    said, messages = _tell(plan, make, story)
    assert said == [(0, 0, WarningKind.ALERT, 1), (90, 0, WarningKind.ALL_CLEAR, 1)]
    first = messages[0]
    assert first.certainty[0] > 0.9
    assert first.track_number[0] == 7
    assert NOW + 50 * S < first.onset_at[0] < NOW + 60 * S
    assert messages[90].track_number[0] == -1


def test_people_are_warned_of_what_is_harmless_to_assets(plan, make):
    middle = {"number": 1, "lat": 24.0, "lon": 121.0}  # `make` says harmless, no asset
    assert _tell(plan, make, [(0, [middle])])[0] == [(0, 1, WarningKind.ALERT, 1)]


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": Identity.NEUTRAL},
        {"identity": Identity.FRIEND},
        {"identity": Identity.UNKNOWN},
        {"status": TrackStatus.DROPPED},
        {"at": 700.0},
        {"lat": 20.0},
        {"sigma": 100_000.0},
        {"ballistic": 0, "hit": 0.04},
    ],
)
def test_nobody_is_warned_without_need(plan, make, changed):
    assert _tell(plan, make, [(0, [{**NORTH, **changed}])])[0] == []


def test_a_level_track_warns_by_its_hit_probability(plan, make):
    drone = {**NORTH, "ballistic": 0, "hit": 0.5, "speed": 50.0}
    _, messages = _tell(plan, make, [(0, [drone])])
    assert messages[0].certainty[0] == pytest.approx(0.5, abs=0.02)


def test_small_chances_of_many_add_up(plan, make):
    drones = [{**NORTH, "number": k + 1, "ballistic": 0, "hit": 0.06, "at": 80.0} for k in range(5)]
    assert _tell(plan, make, [(0, drones[:1])])[0] == []
    _, messages = _tell(plan, make, [(0, drones)])
    assert messages[0].certainty[0] == pytest.approx(1.0 - 0.94**5, abs=5e-3)


def test_an_onset_that_moves_is_told_once_in_a_while(plan, make):
    story = [(k, [{**NORTH, "at": 100.0 + 20.0 * k}]) for k in range(25)]
    said, _ = _tell(plan, make, story)
    updates = [second for second, _, kind, _ in said if kind == WarningKind.UPDATE]
    assert len(updates) == 2
    assert min(np.diff([0, *updates])) >= 10


def test_a_steady_threat_is_not_told_again(plan, make):
    said, _ = _tell(plan, make, [(k, [{**NORTH, "at": 300.0 - k}]) for k in range(100)])
    assert len(said) == 1


def test_a_value_at_the_limit_does_not_stutter(plan, make):
    level = {**NORTH, "ballistic": 0, "sigma": 1000.0}
    story = [
        (9 * k, [{**level, "hit": 0.12 if k % 2 else 0.2, "at": 80.0 - 9.0 * k}]) for k in range(8)
    ]
    assert [kind for _, _, kind, _ in _tell(plan, make, story)[0]] == [WarningKind.ALERT]


def test_a_new_raid_gets_a_new_number(plan, make):
    story = [(0, [NORTH]), (110, []), (120, [NORTH]), (230, [])]
    assert [(kind, number) for _, _, kind, number in _tell(plan, make, story)[0]] == [
        (WarningKind.ALERT, 1),
        (WarningKind.ALL_CLEAR, 1),
        (WarningKind.ALERT, 2),
        (WarningKind.ALL_CLEAR, 2),
    ]


def test_the_most_pressing_track_is_named(plan, make):
    weak = {**NORTH, "number": 3, "sigma": 12_000.0}
    _, messages = _tell(plan, make, [(0, [weak, NORTH])])
    assert messages[0].track_number[0] == 7


def test_order_of_rows_does_not_matter(plan, make):
    objects = [{**NORTH, "number": k, "lat": 25.0 + 0.03 * k, "at": 90.0 + k} for k in range(6)]
    forward = _tell(plan, make, [(0, objects), (5, objects)])[1]
    backward = _tell(plan, make, [(0, objects[::-1]), (5, objects[::-1])])[1]
    assert forward[0].onset_at.tolist() == backward[0].onset_at.tolist()
    assert forward[0].certainty[0] == pytest.approx(backward[0].certainty[0], rel=1e-6)


def test_a_plan_without_zones_warns_nobody(plan, make):
    bare = build_plan(structs.replace(plan.file, zones=Zones()), "bare")
    assert _tell(bare, make, [(0, [NORTH])])[0] == []


def _raid(make):
    story = []
    for k in range(0, 200, 5):
        objects = [
            {**NORTH, "at": 80.0 - k},
            {**NORTH, "number": 8, "lat": 24.0, "lon": 121.0 + 0.002 * k, "at": 120.0 - 0.7 * k},
            {**NORTH, "number": 9, "identity": Identity.NEUTRAL, "lat": 22.6, "lon": 120.3},
        ]
        story.append(make(NOW + k * S, objects if k < 130 else objects[2:]))
    return story


def test_zones_keeps_the_promises(plan, make):
    check_warning_policy(ZoneWarner(plan), _raid(make))


class _Broken(ZoneWarner):
    def __init__(self, plan, fault):
        super().__init__(plan)
        self.fault = fault

    def warn(self, state, tracks, threats, now):
        after, message = super().warn(state, tracks, threats, now)
        if len(message):
            message = self.fault(structs.replace, message)
        return after, message


FAULTS = [
    (lambda put, m: put(m, status=np.full(len(m), 2, np.int8)), "status"),
    (lambda put, m: put(m, kind=np.full(len(m), WarningKind.UPDATE, np.int8)), "without its alert"),
    (lambda put, m: put(m, kind=np.full(len(m), WarningKind.ALERT, np.int8)), "used twice"),
    (lambda put, m: put(m, track_number=np.full(len(m), 9, np.int32)), "protected"),
    (lambda put, m: put(m, warning=m.warning + 1000 * m.kind.astype(np.int32)), "without its"),
]


@pytest.mark.parametrize(("fault", "complaint"), FAULTS)
def test_the_check_finds_a_broken_promise(plan, make, fault, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check_warning_policy(_Broken(plan, fault), _raid(make))


def test_the_check_finds_a_missing_all_clear(plan, make):
    with pytest.raises(AssertionError, match="without an all-clear"):
        check_warning_policy(ZoneWarner(plan), _raid(make)[:20])


def test_no_status_but_exercise_and_test_exists():
    assert {status.name for status in WarningStatus} == {"EXERCISE", "TEST"}


@pytest.mark.parametrize(("ballistic", "clear_at"), [(1, 60), (0, 39)])
def test_no_all_clear_before_what_was_lost_was_to_come_down(plan, make, ballistic, clear_at):
    """The track is lost at 10 s: what falls comes down all the same, what flew level does not."""
    gone = {**NORTH, "ballistic": ballistic, "hit": 0.9}
    story = [(k, [{**gone, "at": 60 - k}]) for k in range(10)] + [(k, []) for k in range(10, 90)]
    said, _ = _tell(plan, make, story)
    assert said == [
        (0, 0, WarningKind.ALERT, 1),
        (clear_at, 0, WarningKind.ALL_CLEAR, 1),
    ]


def test_a_wreck_that_falls_later_keeps_the_warning(plan, make):
    """Broken up, it is slower: the hour is that of the wreck as last believed."""
    story = [(k, [{**NORTH, "at": 60 - k}]) for k in range(10)]
    story += [(k, [{**NORTH, "at": 150 - k}]) for k in range(10, 20)]
    story += [(k, []) for k in range(20, 200)]
    said, _ = _tell(plan, make, story)
    assert said[-1] == (150, 0, WarningKind.ALL_CLEAR, 1)


def test_a_doubtful_alert_waits_until_people_need_it(plan, make):
    """30 % of the ellipse: not told 300 s ahead, told when 90 s are left, ellipse or not."""
    rules = plan.warning
    wide = {**NORTH, "sigma": 12_000.0}  # its share of the zone is 0.29
    story = [(k, [{**wide, "at": 300.0 - k}]) for k in range(0, 300, 5)]
    said, messages = _tell(plan, make, story)
    (second, _, kind, _), told = said[0], next(m for m in messages if len(m))
    assert kind == WarningKind.ALERT
    assert rules.min_probability < told.certainty[0] < rules.early_probability
    # 12 sqrt(2) km at 1 km/s: one standard deviation earlier than the middle of the ellipse.
    assert 300.0 - second == pytest.approx(rules.near_s + 17.0, abs=5.0)


def test_a_sure_alert_does_not_wait(plan, make):
    said, _ = _tell(plan, make, [(0, [{**NORTH, "at": 500.0}])])
    assert said == [(0, 0, WarningKind.ALERT, 1)]


def test_an_ellipse_that_moves_on_is_told_all_clear_soon(plan, make):
    """The track is still seen, and comes down elsewhere: nobody waits for its arrival."""
    story = [(k, [{**NORTH, "at": 400.0 - k}]) for k in range(0, 20, 5)]
    story += [
        (k, [{**NORTH, "lat": 24.0, "lon": 121.0, "at": 400.0 - k}]) for k in range(20, 80, 5)
    ]
    said, _ = _tell(plan, make, story)
    patience = plan.warning.all_clear_after_s
    assert [row for row in said if row[1] == 0] == [
        (0, 0, WarningKind.ALERT, 1),
        (15 + patience, 0, WarningKind.ALL_CLEAR, 1),
    ]
    assert (20, 1, WarningKind.ALERT, 2) in said


def test_wreckage_raises_no_alert_and_keeps_one(plan, make):
    def seen(k, number, broken):
        tracks, threats = make(NOW + k * S, [{**NORTH, "number": number, "at": 60.0 - k}])
        pmf = np.array([[0.0, 0.0, 1.0]] if broken else [[1.0, 0.0, 0.0]], np.float32)
        return tracks, structs.replace(threats, class_probability=pmf)

    warner = ZoneWarner(plan)
    for broken_at, wanted in ((0, []), (10, [(0, WarningKind.ALERT), (84, WarningKind.ALL_CLEAR)])):
        state, said = warner.start(), []
        for k in range(90):
            picture = seen(k, 7, k >= broken_at) if k < 55 else make(NOW + k * S, [])
            state, message = warner.warn(state, *picture, NOW + k * S)
            said += [(k, WarningKind(int(kind))) for kind in message.kind]
        assert said == wanted
