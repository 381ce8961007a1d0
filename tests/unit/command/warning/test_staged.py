"""staged-v1: stages, the declared cost, hysteresis; and the fault of drones inside their disc."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.warning.check import check_warning_policy
from tdome.command.warning.staged import KEPT, MOST_PATIENCE, StagedWarner
from tdome.command.warning.zones import ZoneWarner
from tdome.earth.wgs84 import enu_axes
from tdome.messages.codes import Identity, WarningKind, WarningStage, WarningStatus
from tdome.plan.plan import build_plan, read_plan

from .conftest import NOW, PLAN, sky

S = 10**9
ALERT, UPDATE, CLEAR = WarningKind.ALERT, WarningKind.UPDATE, WarningKind.ALL_CLEAR
EARLY, SHELTER, OVER = WarningStage.EARLY, WarningStage.TAKE_SHELTER, WarningStage.ALL_CLEAR
NORTH = {"number": 7, "lat": 25.0, "lon": 121.5, "sigma": 3000.0}
STILL = {**NORTH, "ballistic": 0, "sigma": 500.0, "speed": 0.0}
WIDE = {**NORTH, "sigma": 7_000.0}  # its share of the zone is 0.64


def ruled(plan, **rules):
    warning = structs.replace(plan.file.warning, **rules)
    return build_plan(structs.replace(plan.file, warning=warning), "staged")


def tell(plan, story, policy=StagedWarner):
    """Run a story [(seconds, (tracks, threats) or objects)]; return (s, zone, kind, stage)."""
    warner = policy(plan)
    state, said, messages = warner.start(), [], []
    for second, seen in story:
        now = NOW + round(second * S)
        tracks, threats = sky(now, seen) if isinstance(seen, list) else seen
        state, message = warner.warn(state, tracks, threats, now)
        messages.append(message)
        said += [
            (second, int(zone), int(kind), int(stage))
            for zone, kind, stage in zip(message.zone, message.kind, message.stage, strict=True)
        ]
    return said, messages


def test_early_then_shelter_then_all_clear(plan):
    story = [(k, [{**WIDE, "at": 300.0 - k}]) for k in range(301)]
    story += [(k, []) for k in range(301, 400)]
    said, messages = tell(plan, story)
    assert [row[1:] for row in said if row[2:] != (UPDATE, EARLY)] == [
        (0, ALERT, EARLY),
        (0, UPDATE, SHELTER),
        (0, CLEAR, OVER),
    ]
    # 7 sqrt(2) km at 1 km/s: one standard deviation earlier than the middle of the ellipse.
    risen = next(second for second, _, _, stage in said if stage == SHELTER)
    assert 300.0 - risen == pytest.approx(plan.warning.near_s + 9.9, abs=1.5)
    assert {int(n) for m in messages for n in m.warning} == {1}


def test_what_is_sure_is_told_to_take_shelter_at_once(plan):
    assert tell(plan, [(0, [{**NORTH, "at": 500.0}])])[0] == [(0, 0, ALERT, SHELTER)]


@pytest.mark.parametrize(("cost", "told"), [(1.0, False), (5.0, True), (50.0, True)])
def test_the_declared_cost_sets_the_threshold(plan, cost, told):
    """A share of 0.29 within the time that people need: told if it is above 1 / (1 + cost)."""
    rules = ruled(plan, miss_cost=cost)
    assert rules.warning.least == pytest.approx(1.0 / (1.0 + cost))
    said, _ = tell(rules, [(0, [{**NORTH, "sigma": 12_000.0, "at": 60.0}])])
    assert bool(said) == told


def test_without_a_cost_the_probability_counts(plan):
    assert plan.warning.least == plan.warning.min_probability


def test_a_higher_cost_of_misses_never_tells_later(plan):
    """Monotone: who fears misses more is told no later, at every moment."""
    story = [(k, [{**NORTH, "sigma": 14_000.0 - 60.0 * k, "at": 200.0 - k}]) for k in range(200)]
    first = [
        next((row[0] for row in tell(ruled(plan, miss_cost=cost), story)[0]), 1_000)
        for cost in (0.5, 2.0, 5.0, 20.0)
    ]
    assert first == sorted(first, reverse=True)


def test_a_warning_stands_its_least_time(plan):
    """The ellipse has moved on after 5 s; people are told not before min_hold_s."""
    rules = ruled(plan, min_hold_s=80.0)
    story = [(k, [{**NORTH, "at": 400.0 - k}]) for k in range(0, 10, 5)]
    story += [(k, [{**NORTH, "lat": 24.0, "lon": 121.0, "at": 400.0}]) for k in range(10, 150, 5)]
    cleared = [row[0] for row in tell(rules, story)[0] if row[1] == 0 and row[2] == CLEAR]
    assert cleared == [80]


def test_noise_about_the_threshold_does_not_flap(plan):
    """Certainty jumps about the limit each second, by KEPT of it at most: one alert, no end."""
    rng = np.random.default_rng(7)
    level = plan.warning.least * rng.uniform(1.1 * KEPT, 1.5, 90)
    story = [(k, [{**STILL, "hit": float(p), "at": 80.0}]) for k, p in enumerate(level)]
    kinds = [row[2] for row in tell(plan, story)[0]]
    assert kinds.count(ALERT) == 1
    assert CLEAR not in kinds


def test_a_zone_that_is_told_again_soon_is_held_longer(plan):
    patience = plan.warning.all_clear_after_s
    story, at = [], 0
    for _ in range(3):
        story += [(at + k, [{**NORTH, "at": 200.0}]) for k in range(35)]
        story += [(at + 35 + k, [{**NORTH, "lat": 20.0, "at": 200.0}]) for k in range(165)]
        at += 200
    said, _ = tell(plan, story)
    alerts = [row[0] for row in said if row[2] == ALERT]
    clears = [row[0] for row in said if row[2] == CLEAR]
    lasted = [b - a - 34 for a, b in zip(alerts, clears, strict=True)]
    assert alerts == [0, 200, 400]
    assert lasted == [patience, 2 * patience, MOST_PATIENCE * patience]


def _disc_plan():
    """A city of 5 km radius whose middle is a zone of its own."""
    middle = '{ code = "C", name = "centre", lat_deg = 25.0, lon_deg = 121.5, radius_km = 2.2 },'
    return read_plan(PLAN.replace("circles = [", f"circles = [\n  {middle}"), "disc.toml")


def _drone(plan, seconds, height, sink, asset=0, away=4_000.0):
    """A drone from the west at 50 m/s that passes over the middle of the city."""
    now = NOW + round(seconds * S)
    tracks, threats = sky(now, [{**NORTH, "ballistic": 0, "hit": 0.9, "at": 0.0, "sigma": 5_000.0}])
    lat, lon = plan.assets.lat[0], plan.assets.lon[0]
    axes = enu_axes(lat, lon)
    state = np.zeros((1, 6))
    place = np.array([50.0 * seconds - away, 0.0, height])
    state[0, :3] = plan.assets.ecef[0] + place @ axes
    state[0, 3:] = np.array([50.0, 0.0, -sink]) @ axes
    threats = structs.replace(threats, asset=np.array([asset], np.int32))
    return structs.replace(tracks, state=state), threats


def test_a_drone_inside_its_disc_is_spread_evenly_there():
    """The fault: its radius taken for a standard deviation, a zone in the middle had 9 %."""
    plan = _disc_plan()
    story = [(k, _drone(plan, k, 900.0, 0.0)) for k in range(60)]
    assert [row for row in tell(plan, story, ZoneWarner)[0] if row[1] == 0] == []
    said, _ = tell(plan, story)
    assert (0, 0, ALERT, SHELTER) in said


def test_a_dive_warns_whatever_the_track_was_said_to_head_for():
    """The fault: a drone in its dive that was told to head for a city an hour further on."""
    plan = _disc_plan()

    def picture(k):
        tracks, threats = _drone(plan, k, 2_400.0 - 30.0 * k, 30.0)
        far = np.array([NOW + 3_600 * S])
        return tracks, structs.replace(threats, asset=np.array([-1], np.int32), impact_at=far)

    story = [(k, picture(k)) for k in range(80)]
    assert tell(plan, story, ZoneWarner)[0] == []
    told = [row for row in tell(plan, story)[0] if row[1] == 0]
    assert told[0][0] < 5
    assert told[0][2:] == (ALERT, SHELTER)


def test_a_dive_counts_on_when_its_track_is_lost():
    plan = _disc_plan()
    story = [(k, _drone(plan, k, 2_400.0 - 30.0 * k, 30.0)) for k in range(40)]
    story += [(k, []) for k in range(40, 200)]
    cleared = [row[0] for row in tell(plan, story)[0] if row[1] == 0 and row[2] == CLEAR]
    assert len(cleared) == 1
    assert cleared[0] >= 80


def _raid():
    story = []
    for k in range(0, 260, 5):
        objects = [
            {**NORTH, "at": 80.0 - k},
            {**WIDE, "number": 8, "lat": 24.0, "lon": 121.0 + 0.002 * k, "at": 150.0 - 0.7 * k},
            {**NORTH, "number": 9, "identity": Identity.NEUTRAL, "lat": 22.6, "lon": 120.3},
        ]
        story.append(sky(NOW + k * S, objects if k < 130 else objects[2:]))
    return story


def test_staged_keeps_the_promises(plan):
    check_warning_policy(StagedWarner(plan), _raid())


def test_order_of_rows_does_not_matter(plan):
    objects = [{**WIDE, "number": k, "lat": 25.0 + 0.03 * k, "at": 90.0 + k} for k in range(6)]
    objects += [{**STILL, "number": 9, "hit": 0.4, "at": 60.0}]
    forward, backward = (tell(plan, [(0, o), (5, o)])[1][0] for o in (objects, objects[::-1]))
    assert forward.onset_at.tolist() == backward.onset_at.tolist()
    assert forward.certainty == pytest.approx(backward.certainty, rel=1e-6)


class _Broken(StagedWarner):
    def __init__(self, plan, fault):
        super().__init__(plan)
        self.fault = fault

    def warn(self, state, tracks, threats, now):
        after, message = super().warn(state, tracks, threats, now)
        return after, self.fault(message) if len(message) else message


def _actual(message):
    return structs.replace(message, status=np.full(len(message), 2, np.int8))


def _falling(message):
    lower = np.where(message.kind == UPDATE, EARLY, message.stage).astype(np.int8)
    raised = np.where(message.kind == ALERT, SHELTER, lower).astype(np.int8)
    return structs.replace(message, stage=raised)


def _early_clear(message):
    return structs.replace(message, stage=np.full(len(message), EARLY, np.int8))


@pytest.mark.parametrize(
    ("fault", "complaint"), [(_actual, "status"), (_falling, "fell"), (_early_clear, "all clear")]
)
def test_the_check_finds_a_broken_promise(plan, fault, complaint):
    with pytest.raises(AssertionError, match=complaint):
        check_warning_policy(_Broken(plan, fault), _raid())


def test_every_message_is_an_exercise(plan):
    for message in tell(plan, [(0, [NORTH]), (200, [])])[1]:
        assert (message.status == WarningStatus.EXERCISE).all()
