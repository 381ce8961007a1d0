"""Who gets an extra look, from which radar."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.sensing.base import ALL_WELL, Senses
from tdome.command.sensing.check import check_sensor_manager
from tdome.command.sensing.coverage import seen_distances
from tdome.command.sensing.priority import PriorityManager
from tdome.earth.wgs84 import ecef_to_geodetic, geodetic_to_ecef
from tdome.messages.codes import EngagementState, Identity, TrackStatus

NOW = 1_800_000_000 * 10**9
S = 10**9
NORTH, SOUTH = 1, 2


def _ask(plan, make, objects, now=NOW):
    return PriorityManager(plan).task(*make(now, objects), now)


def _numbers(tasks):
    return tasks.track_number.tolist()


def test_the_highest_priority_is_looked_at_first(plan_of, make):
    objects = [{"number": k, "priority": float(k)} for k in range(1, 9)]
    tasks = _ask(plan_of(rate=3.0), make, objects)
    # Three from the nearer radar, three from the other one, which sees them too.
    assert _numbers(tasks) == [8, 7, 6, 5, 4, 3]
    assert tasks.sensor.tolist() == [NORTH] * 3 + [SOUTH] * 3
    assert set(tasks.look_at.tolist()) == {NOW + S}


def test_poor_quality_comes_before_good_quality(plan_of, make):
    objects = [{"number": 1, "quality": 15}, {"number": 2, "quality": 3}]
    assert _numbers(_ask(plan_of(), make, objects)) == [2, 1]


@pytest.mark.parametrize(
    "state",
    [
        EngagementState.LAUNCHED,
        EngagementState.IN_FLIGHT,
        EngagementState.TERMINAL,
        EngagementState.ASSESSED,
    ],
)
def test_an_engaged_track_comes_first(plan_of, make, state):
    objects = [{"number": 1, "priority": 99.0}, {"number": 2, "priority": 0.1, "state": state}]
    assert _numbers(_ask(plan_of(), make, objects)) == [2, 1]


def test_a_closed_engagement_gives_no_precedence(plan_of, make):
    closed = {"number": 2, "priority": 0.1, "state": EngagementState.CLOSED}
    assert _numbers(_ask(plan_of(), make, [{"number": 1, "priority": 99.0}, closed])) == [1, 2]


@pytest.mark.parametrize(
    "changed",
    [
        {"identity": Identity.NEUTRAL},
        {"identity": Identity.FRIEND},
        {"identity": Identity.UNKNOWN},
        {"harmless": 1},
        {"priority": 0.0},
        {"status": TrackStatus.DROPPED},
        {"lon": 127.0},
        {"rcs": -40.0, "lat": 25.9},
        {"height": 20.0, "lat": 25.6},
    ],
)
def test_no_look_is_wasted(plan_of, make, changed):
    assert len(_ask(plan_of(), make, [{"number": 1}])) == 1
    assert len(_ask(plan_of(), make, [{"number": 1, **changed}])) == 0


def test_a_harmless_track_with_an_interceptor_in_flight_is_looked_at(plan_of, make):
    objects = [{"number": 1, "harmless": 1, "state": EngagementState.IN_FLIGHT}]
    assert _numbers(_ask(plan_of(), make, objects)) == [1]


def test_the_nearest_radar_looks(plan_of, make):
    objects = [{"number": 1, "lat": 24.9}, {"number": 2, "lat": 24.1, "lon": 120.7}]
    tasks = _ask(plan_of(), make, objects)
    assert dict(zip(_numbers(tasks), tasks.sensor.tolist(), strict=True)) == {1: NORTH, 2: SOUTH}


def test_the_look_goes_where_the_track_will_be(plan_of, make):
    tasks = _ask(plan_of(decide=4.0), make, [{"number": 1, "velocity": (250.0, 0.0, 0.0)}])
    lat, lon, height = ecef_to_geodetic(tasks.ecef[0])
    ahead = np.degrees(lon) - 121.0
    assert ahead * 111_320.0 * np.cos(lat) == pytest.approx(1000.0, rel=0.01)
    assert height == pytest.approx(10_000.0, abs=5.0)


@pytest.mark.parametrize(("rate", "decide", "most"), [(0.4, 1.0, 1), (2.5, 1.0, 3), (2.0, 2.0, 4)])
def test_the_believed_rate_is_kept_in_the_long_run(plan_of, make, rate, decide, most):
    plan = plan_of(rate=rate, decide=decide)
    # Seen by the northern radar alone.
    objects = [{"number": k, "lat": 25.8, "lon": 122.2} for k in range(1, 30)]
    steps = round(100.0 / decide)
    counts = [len(_ask(plan, make, objects, NOW + round(k * decide * S))) for k in range(steps)]
    assert max(counts) <= most
    assert sum(counts) == pytest.approx(rate * 100.0, abs=1.0)


def test_range_grows_with_the_fourth_root_of_the_cross_section(plan_of):
    book = plan_of().sensors
    reach = book.reference_range[NORTH]
    up = book.ecef[NORTH] + np.outer([0.55 * reach, 0.57 * reach], book.axes[NORTH, 2] * 0.7)
    points = up + np.outer([0.55 * reach, 0.57 * reach], book.axes[NORTH, 0] * 0.714)
    away = seen_distances(points, np.full(2, 0.1), np.array([NORTH]), book)
    assert np.isfinite(away).ravel().tolist() == [True, False]  # 0.1^(1/4) = 0.5623


def test_elevation_limits_are_kept(plan_of):
    book = plan_of().sensors
    above = geodetic_to_ecef(book.lat[NORTH], book.lon[NORTH], 20_000.0).reshape(1, 3)
    assert np.isinf(seen_distances(above, np.ones(1), np.array([NORTH]), book)).all()


def _story(make):
    rng = np.random.default_rng(3)
    story = []
    for k in range(12):
        objects = [
            {
                "number": n,
                "lat": 24.0 + rng.uniform(0.0, 2.0),
                "lon": 120.0 + rng.uniform(0.0, 3.0),
                "height": rng.uniform(50.0, 30_000.0),
                "priority": rng.uniform(0.0, 5.0),
                "quality": int(rng.integers(0, 16)),
                "velocity": tuple(rng.normal(0.0, 200.0, 3)),
                "rcs": rng.uniform(-30.0, 10.0),
                **({"state": EngagementState.IN_FLIGHT} if n % 7 == 0 else {}),
            }
            for n in range(1, 40)
        ]
        story.append(make(NOW + k * S, objects))
    return story


@pytest.mark.parametrize("rate", [0.0, 0.3, 2.5, 15.0])
def test_priority_keeps_the_promises(plan_of, make, rate):
    plan = plan_of(rate=rate)
    check_sensor_manager(PriorityManager(plan), plan, _story(make))


def test_an_empty_picture_asks_for_nothing(plan_of, make):
    assert len(_ask(plan_of(), make, [])) == 0


def test_a_sensor_that_does_not_operate_is_asked_for_nothing(plan_of, make):
    picture = make(NOW, [{"number": k} for k in range(1, 9)])
    manager = PriorityManager(plan_of(rate=3.0))
    for silent, left in ((("north",), {SOUTH}), (("south",), {NORTH}), (("north", "south"), set())):
        senses = Senses(operating=dict.fromkeys(silent, False))
        assert set(manager.task(*picture, NOW, senses).sensor.tolist()) == left
    well = Senses(operating={"north": True, "rotator": False})
    assert set(manager.task(*picture, NOW, well).sensor.tolist()) == {NORTH, SOUTH}


class _Broken(PriorityManager):
    def __init__(self, plan, fault):
        super().__init__(plan)
        self.fault = fault

    def task(self, tracks, threats, engagements, now, senses=ALL_WELL):
        return self.fault(super().task(tracks, threats, engagements, now, senses))


def _twice(tasks):
    columns = {
        name: np.concatenate([getattr(tasks, name)] * 2)
        for name in tasks.__struct_fields__
        if name != "header"
    }
    return structs.replace(tasks, **columns)


FAULTS = [
    (lambda t: structs.replace(t, look_at=t.look_at - 2 * S), "past"),
    (lambda t: structs.replace(t, ecef=t.ecef * 1.2), "coverage"),
    (lambda t: structs.replace(t, track_number=t.track_number + 900), "no track"),
    (_twice, "more looks"),
]


@pytest.mark.parametrize(("fault", "complaint"), FAULTS)
def test_the_check_finds_a_broken_promise(plan_of, make, fault, complaint):
    plan = plan_of()
    with pytest.raises(AssertionError, match=complaint):
        check_sensor_manager(_Broken(plan, fault), plan, _story(make))


def test_the_check_finds_a_manager_that_is_deaf_to_status(plan_of, make):
    class Deaf(PriorityManager):
        def task(self, tracks, threats, engagements, now, senses=ALL_WELL):
            return super().task(tracks, threats, engagements, now)

    plan = plan_of()
    with pytest.raises(AssertionError, match="not operate"):
        check_sensor_manager(Deaf(plan), plan, _story(make))


def test_who_is_outside_the_sector_is_not_seen(plan_of):
    book = plan_of().sensors
    to_the_north = structs.replace(
        book, bearing=np.zeros(len(book.names)), half_sector=np.full(len(book.names), np.pi / 3)
    )
    axes, origin = book.axes[NORTH], book.ecef[NORTH]
    points = np.array([origin + 5e4 * (axes[k] * sign + 0.1 * axes[2])
                       for k, sign in ((1, 1.0), (1, -1.0), (0, 1.0))])  # fmt: skip
    seen = [
        np.isfinite(seen_distances(points, np.ones(3), np.array([NORTH]), of)).ravel().tolist()
        for of in (book, to_the_north)
    ]
    assert seen == [[True, True, True], [True, False, False]]


def test_channels_limit_the_tracks_that_are_asked_for(plan_of, make):
    plan = plan_of(rate=5.0)
    few = structs.replace(plan.sensors, track_channels=np.full(len(plan.sensors.names), 2))
    objects = [{"number": k, "lat": 25.8, "lon": 122.2} for k in range(1, 9)]
    assert len(_ask(plan, make, objects)) == 5
    assert len(_ask(structs.replace(plan, sensors=few), make, objects)) == 2


def test_a_long_step_is_served_second_by_second(plan_of, make):
    objects = [{"number": k, "lat": 25.8, "lon": 122.2} for k in range(1, 9)]
    tasks = _ask(plan_of(rate=2.0, decide=3.0), make, objects)
    assert (tasks.look_at - NOW).tolist() == [3 * S] * 2 + [4 * S] * 2 + [5 * S] * 2
    assert len(set(_numbers(tasks))) == 6
