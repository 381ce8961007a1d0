"""The tracker core behind the chain's contract: each versioned id keeps the same promises."""

from importlib.metadata import entry_points

import numpy as np
import pytest

from tdome.command.tracking.check import check_tracker
from tdome.command.tracking.imm import NO_TRACK, TOO_LATE
from tdome.command.tracking.live.ids import CoreEkf, CoreImm, CoreJpda, CoreLmb
from tdome.command.tracking.live.tracker import NO_DIRECTIONS
from tdome.messages.base import Header
from tdome.messages.codes import TrackStatus
from tdome.messages.sensing import Bearings, Cooperative

from .watching import alive, falling, flyers, watch

IDS = {"core-imm-v1": CoreImm, "jpda-v1": CoreJpda, "lmb-v1": CoreLmb, "gnn-ekf-v1": CoreEkf}
CIVIL = 0x780001
pytestmark = pytest.mark.parametrize("tracker_of", IDS.values(), ids=IDS.keys())


def lone(side, plan, tracker, rng, until=40.0, **columns):
    """One flyer, seen every 4 s: where it is, the state, and the answers."""
    where = flyers(side, plan, [[0.0, 60e3, 5e3]], [[0.0, -150.0, 0.0]])
    messages = watch(side, plan, where, np.arange(0.5, until, 4.0), rng, **columns)
    state, answers = side.run(tracker, messages, until=until)
    assert len(alive(answers[-1][0])) == 1
    return where, state, answers


def test_the_contract(tracker_of, side):
    check_tracker(tracker_of, side.plan())
    check_tracker(tracker_of, side.plan(radars=3))


def test_a_plan_can_name_it(tracker_of):
    name = next(key for key, kind in IDS.items() if kind is tracker_of)
    (entry,) = entry_points(group="tdome.tracking", name=name)
    assert entry.load() is tracker_of


def test_its_story_has_a_start_and_every_plot_once(tracker_of, side, rng):
    plan = side.plan()
    where, _, answers = lone(side, plan, tracker_of(plan), rng)
    told = [
        (number, int(scan))
        for _, used in answers
        for number, scan in zip(used.track_number.tolist(), used.scan, strict=True)
    ]
    assert told == [(1, k) for k in range(10)]
    tracks = answers[-1][0]
    assert tracks.hits.tolist() == [10]
    assert tracks.first_at.tolist() == [side.at(0.5)]
    assert tracks.updated_at.tolist() == [side.at(36.5)]
    error = tracks.state[0, :3] - where(40.0)[0]
    full = side.covariance(tracks.covariance)[0]
    assert error @ np.linalg.solve(full[:3, :3], error) < 16.0


def test_the_old_state_is_not_written_to(tracker_of, side, rng):
    plan = side.plan(radars=2)
    tracker = tracker_of(plan)
    where, state, _ = lone(side, plan, tracker, rng)

    def bits(state):
        engines = [state.newest, *(one.engine for one in state.past)]
        arrays = [v for one in engines for v in vars(one).values() if isinstance(v, np.ndarray)]
        arrays += [getattr(state.table, name) for name in state.table.__struct_fields__]
        return [array.tobytes() for array in arrays]

    before = bits(state)
    late = [side.scan(plan, where(t), t, rng, seq=90 + int(t)) for t in (33.0, 39.0, 41.0)]
    tracker.update(state, late, side.at(42.0))
    assert bits(state) == before


def test_late_scans_end_where_they_belong(tracker_of, side, rng):
    plan = side.plan(radars=2)
    starts = [[-6e3, 60e3, 5e3], [6e3, 60e3, 5e3], [0.0, 80e3, 7e3]]
    where = flyers(side, plan, starts, [[200, -50, 0], [-200, -50, 0], [0, -220, 0]])
    scans = watch(side, plan, where, np.arange(0.0, 60.0, 2.0), rng)
    tracker = tracker_of(plan)
    ends = []
    for lateness in (0.0, 7.0):
        state, numbers = tracker.start(), []
        arrive = [m.header.valid_at / side.NS + lateness * (k % 2) for k, m in enumerate(scans)]
        for now in np.arange(1.0, 70.0, 1.0) + side.T0 / side.NS:
            due = [m for m, t in zip(scans, arrive, strict=True) if now - 1.0 < t <= now]
            state, tracks, _ = tracker.update(state, due, round(now) * side.NS)
            numbers += alive(tracks)
        ends.append(tracks)
        assert set(numbers) == {1, 2, 3}
        assert tracker.unused(state) == {}
    np.testing.assert_array_equal(np.sort(ends[0].hits), np.sort(ends[1].hits))
    order = [one.state[:, 0].argsort() for one in ends]
    np.testing.assert_allclose(
        ends[0].state[order[0]], ends[1].state[order[1]], rtol=1e-9, atol=1e-3
    )


def test_what_comes_too_late_or_as_a_direction_is_counted(tracker_of, side, rng):
    plan = side.plan()
    tracker = tracker_of(plan)
    where, state, _ = lone(side, plan, tracker, rng)
    late = side.scan(plan, where(20.0), 20.0, seq=70)
    one = np.zeros(1)
    heard = Bearings(
        header=Header("radar-0", 71, side.at(40.0), side.at(40.0)), sensor="radar-0", volume=True,
        azimuth_rad=one, elevation_rad=one, snr_db=one.astype(np.float32),
        emission=one.astype(np.int8),
    )  # fmt: skip
    state, _, used = tracker.update(state, [late, heard], side.at(41.0))
    assert len(used) == 0
    noted = {reason: count for (_, reason), count in tracker.unused(state).items()}
    assert noted == {TOO_LATE: 1, NO_DIRECTIONS: 1}
    with pytest.raises(ValueError, match="from after now"):
        tracker.update(state, [side.scan(plan, [], 50.0)], side.at(49.0))


def test_civil_replies_never_feed_a_track_that_has_none(tracker_of, side, rng):
    plan = side.plan()
    tracker = tracker_of(plan)
    where, state, _ = lone(side, plan, tracker, rng)
    times = np.arange(40.5, 68.0, 4.0)
    replies = [
        side.scan(plan, where(t), t, rng, seq=100 + k, address=[CIVIL]) for k, t in enumerate(times)
    ]
    _, answers = side.run(tracker, replies, state, until=70.0)
    for tracks, used in answers:
        assert not np.any((used.track_number == 1) & (used.scan >= 100))
        assert np.all(tracks.address[tracks.track_number == 1] == -1)
    last = answers[-1][0]
    assert last.address[last.track_number != 1].tolist() == [CIVIL]


def test_own_forces_and_civil_flights_stay_what_they_are(tracker_of, side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 9e3], [20e3, 60e3, 9e3]], [[0, -230, 0]] * 2)
    messages = [
        side.scan(
            plan, where(4.0 * k), 4.0 * k, rng, seq=k,
            address=[-1, -1 if k in {0, 4, 7} else CIVIL], friend=[k not in {1, 5, 6}, 0],
        )
        for k in range(12)
    ]  # fmt: skip
    _, answers = side.run(tracker_of(plan), messages)
    last = answers[-1][0]
    assert {n for tracks, _ in answers for n in alive(tracks)} == {1, 2}
    assert sorted(zip(last.address.tolist(), last.friend.tolist(), strict=True)) == [
        (-1, 1),
        (CIVIL, 0),
    ]


def test_a_report_names_the_track_and_the_name_lasts(tracker_of, side, rng):
    plan = side.plan()
    tracker = tracker_of(plan)
    where, state, _ = lone(side, plan, tracker, rng)
    velocity = where(41.0) - where(40.0)
    for k, place in enumerate((where(40.0), where(40.0) + 30e3)):
        said = Cooperative(
            header=Header("radar-0", 80 + k, side.at(40.0), side.at(40.0)), sensor="radar-0",
            address=np.array([CIVIL + k], np.int32), ecef=place, velocity=velocity,
            friend=np.zeros(1, np.int8), sigma_m=np.full(1, 30.0),
        )  # fmt: skip
        state, tracks, _ = tracker.update(state, [said], side.at(40.0))
        assert tracks.address.tolist() == [CIVIL]
    assert sum(n for (_, why), n in tracker.unused(state).items() if why == NO_TRACK) == 1
    more = [side.scan(plan, where(t), t, rng, seq=100 + int(t)) for t in (44.0, 48.0)]
    _, answers = side.run(tracker, more, state, until=52.0)
    assert answers[-1][0].address.tolist() == [CIVIL]
    assert answers[-1][0].hits.tolist() == [12]


def test_a_ballistic_arc_is_told_with_its_law_and_ends_at_the_ground(tracker_of, side, rng):
    plan = side.plan()
    flight, messages = falling(side, plan, rng)
    landing = flight[-1, 0]
    tracker = tracker_of(plan)
    state, answers = side.run(tracker, messages)
    tracks = answers[-1][0]
    if tracker_of in {CoreLmb, CoreEkf}:  # their tracks do not fall
        assert not any(tracks.ballistic.any() for tracks, _ in answers)
        return
    assert alive(tracks) == [1]
    assert tracks.ballistic.tolist() == [1]
    now = round((tracks.header.valid_at - side.T0) / side.NS)
    full = side.covariance(tracks.covariance)[0]
    error = tracks.state[0] - flight[now, 1:]
    assert error @ np.linalg.solve(full, error) < 22.5  # chi-square, 6 degrees, 99.9 %
    assert 0.0 < tracks.ln_inv_beta_sigma[0] < 3.0
    assert np.isfinite(tracks.ln_inv_beta).all()
    joint = np.zeros((7, 7))
    joint[:6, :6], joint[6, 6] = full, tracks.ln_inv_beta_sigma[0] ** 2
    joint[6, :6] = joint[:6, 6] = tracks.drag_covariance[0]
    scale = np.sqrt(np.diag(joint))
    assert np.linalg.eigvalsh(joint / np.outer(scale, scale)).min() > -1e-5
    assert 0.0 <= tracks.powered[0] <= 1.0
    _, answers = side.run(tracker, [], state, until=now + 40)
    ends = [t for t, _ in answers if TrackStatus.DROPPED in t.status]
    assert len(ends) == 1
    assert ends[0].header.valid_at < side.at(landing + 12.0)


def test_level_flight_is_not_taken_for_a_fall(tracker_of, side, rng):
    plan = side.plan()
    starts = [[0, 100e3, 300.0], [20e3, 80e3, 11e3], [-30e3, 90e3, 3e3]]
    where = flyers(side, plan, starts, [[0, -250, 0], [-150, -200, 0], [0, -45, 0]])
    scans = watch(side, plan, where, np.arange(0, 80, 4.0), rng)
    _, answers = side.run(tracker_of(plan), scans)
    assert len(answers[-1][0]) == 3
    assert not any(tracks.ballistic.any() for tracks, _ in answers)


def test_silence_drops_once_and_looks_at_one_place_say_nothing(tracker_of, side, rng):
    plan = side.plan()
    tracker = tracker_of(plan)
    _, state, _ = lone(side, plan, tracker, rng)
    tasked = [side.scan(plan, [], 40.5 + t, volume=False, seq=150 + t) for t in range(8)]
    after, answers = side.run(tracker, tasked, state, until=49.0)
    assert answers[-1][0].missed.tolist() == [0]
    assert answers[-1][0].missed_weight.tolist() == [0.0]
    empty = [side.scan(plan, [], 49.0 + 4 * t, seq=160 + t) for t in range(8)]
    _, answers = side.run(tracker, empty, after, until=85.0)
    status = [int(s) for tracks, _ in answers for s in tracks.status]
    assert TrackStatus.COASTING in status
    assert status.count(TrackStatus.DROPPED) == 1
    assert status[-1] == TrackStatus.DROPPED


def test_a_gap_of_years_ends_all_tracks_and_no_number_comes_back(tracker_of, side, rng):
    plan = side.plan()
    tracker = tracker_of(plan)
    where, state, _ = lone(side, plan, tracker, rng)
    year = 365 * 86_400.0
    later = [
        side.scan(plan, where(t), year + t, rng, seq=200 + int(t)) for t in np.arange(0, 24.0, 4.0)
    ]
    seen = []
    for message in later:
        state, tracks, _ = tracker.update(state, [message], message.header.valid_at)
        assert np.isfinite(tracks.state).all()
        seen.append(dict(zip(tracks.track_number.tolist(), tracks.status.tolist(), strict=True)))
    assert seen[0] == {1: TrackStatus.DROPPED}
    assert list(seen[-1]) == [2]
