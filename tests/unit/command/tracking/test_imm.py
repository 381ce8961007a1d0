"""Life of tracks in the tracker "imm-v1": born, confirmed, crossed, merged, lost."""

from time import perf_counter

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.check import check_tracker
from tdome.command.tracking.imm import ImmTracker
from tdome.messages.codes import TrackStatus

from .watching import alive, confirmed, flyers, watch


def test_the_tracker_keeps_its_contract(side):
    check_tracker(ImmTracker, side.plan())
    check_tracker(ImmTracker, side.plan(radars=3))


def test_the_check_finds_a_state_that_is_written_to(side):
    class Writing(ImmTracker):
        def start(self):
            return [super().start()]

        def update(self, state, plots, now):
            state[0], tracks, used = super().update(state[0], plots, now)
            return state, tracks, used

    with pytest.raises(AssertionError, match="another result"):
        check_tracker(Writing, side.plan())


def test_the_check_finds_numbers_used_twice(side):
    class Forgetful(ImmTracker):
        def update(self, state, plots, now):
            fresh = state.updates == 7
            state, tracks, used = super().update(self.start() if fresh else state, plots, now)
            return state, tracks, used

    with pytest.raises(AssertionError, match="used twice"):
        check_tracker(Forgetful, side.plan(radars=2))


def test_the_third_plot_confirms_and_tells_the_first_two(side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 5e3]], [[0, -200, 0]])
    messages = watch(side, plan, where, [0.5, 4.5, 8.5, 12.5], rng)
    tracker = ImmTracker(plan)
    _, answers = side.run(tracker, messages, every=4.0, until=16.0)
    assert [len(tracks) for tracks, _ in answers] == [0, 0, 1, 1]
    told = [np.column_stack([u.track_number, u.sensor, u.scan, u.row]).tolist() for _, u in answers]
    assert told[2] == [[1, 0, 0, 0], [1, 0, 1, 0], [1, 0, 2, 0]]
    assert told[3] == [[1, 0, 3, 0]]
    tracks = answers[3][0]
    assert (tracks.hits[0], tracks.first_at[0]) == (4, side.at(0.5))
    assert tracks.updated_at[0] == side.at(12.5)
    assert tracks.ballistic[0] == 0
    error = tracks.state[0, :3] - where(16.0)[0]
    full = side.covariance(tracks.covariance)[0]
    assert error @ np.linalg.solve(full[:3, :3], error) < 16.0


def test_one_plot_or_two_are_no_track(side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 5e3]], [[0, -200, 0]])
    messages = watch(side, plan, where, [0.5, 4.5], rng)
    messages += [side.scan(plan, [], t, seq=9) for t in (8.5, 12.5)]
    state, answers = side.run(ImmTracker(plan), messages, until=20.0)
    assert sum(len(tracks) + len(used) for tracks, used in answers) == 0
    assert len(state.tracks) == 0


def test_tentative_tracks_end_by_time_without_scans(side):
    plan = side.plan()
    state, _ = side.run(ImmTracker(plan), [side.scan(plan, side.place(plan, [0, 6e4, 5e3]), 1.0)])
    assert len(state.tracks) == 1
    state, _, _ = ImmTracker(plan).update(state, [], side.at(13.1))
    assert len(state.tracks) == 0


def test_silence_of_whole_scans_coasts_then_drops_once(side, rng):
    plan = side.plan()
    _, state = confirmed(side, plan, rng)
    empty = [side.scan(plan, [], t, seq=50 + k) for k, t in enumerate(np.arange(24.0, 60.0, 4.0))]
    state, answers = side.run(ImmTracker(plan), empty, state, every=1.0)
    seen = [t for t, _ in answers if len(t)]
    status = [int(t.status[0]) for t in seen if t.header.valid_at > side.at(23.5)]
    assert TrackStatus.COASTING in status
    assert status.count(TrackStatus.DROPPED) == 1
    assert status[-1] == TrackStatus.DROPPED
    last = seen[-1]
    assert last.missed[0] == 5
    assert last.missed_weight[0] > 7.0
    assert len(state.tracks) == 0


def test_looks_that_could_not_see_it_say_nothing(side, rng):
    plan = side.plan(radars=2)
    _, state = confirmed(side, plan, rng)
    tasked = [side.scan(plan, [], 24.0 + t, volume=False, seq=50 + t) for t in range(8)]
    _, answers = side.run(ImmTracker(plan), tasked, state, until=33.0)
    assert answers[-1][0].missed[0] == 0
    near_sighted = side.plan(radars=2, max_range_km=40.0)
    volume = [side.scan(near_sighted, [], 24.0 + t, seq=50 + t) for t in range(8)]
    _, answers = side.run(ImmTracker(near_sighted), volume, state, until=33.0)
    assert answers[-1][0].missed[0] == 0
    assert alive(answers[-1][0]) == [1]


def test_thirty_seconds_without_a_plot_end_a_track(side, rng):
    plan = side.plan()
    _, state = confirmed(side, plan, rng)
    tracker = ImmTracker(plan)
    state, tracks, _ = tracker.update(state, [], side.at(49.0))
    assert tracks.status.tolist() == [TrackStatus.COASTING]
    state, tracks, _ = tracker.update(state, [], side.at(50.6))
    assert tracks.status.tolist() == [TrackStatus.DROPPED]
    assert len(tracker.update(state, [], side.at(51.0))[1]) == 0


def test_crossing_flyers_keep_their_numbers(side, rng):
    plan = side.plan(radars=2)
    starts = [[-6e3, 60e3, 5e3], [6e3, 60e3, 5e3]]
    where = flyers(side, plan, starts, [[200, -50, 0], [-200, -50, 0]])
    _, answers = side.run(ImmTracker(plan), watch(side, plan, where, np.arange(0, 60, 2.0), rng))
    for tracks, _ in answers[12:]:
        assert alive(tracks) == [1, 2]
    first, last = answers[12][0].state, answers[-1][0].state
    truth = side.turn(plan, [[200, -50, 0], [-200, -50, 0]])
    for state in (first, last):
        own = np.linalg.norm(state[:, None, 3:] - truth[None], axis=2).argmin(axis=1)
        assert own.tolist() == np.linalg.norm(first[:, None, 3:] - truth, axis=2).argmin(1).tolist()
    assert np.linalg.norm(last[:, 3:], axis=1) == pytest.approx(206.0, abs=40.0)


def test_clutter_and_missed_plots_make_no_tracks_and_break_none(side, rng):
    plan = side.plan(radars=2)
    n = 20
    starts = np.c_[rng.uniform(-8e4, 8e4, n), rng.uniform(4e4, 12e4, n), rng.uniform(2e3, 9e3, n)]
    heading = rng.uniform(0, 2 * np.pi, n)
    where = flyers(side, plan, starts, 200 * np.c_[np.sin(heading), np.cos(heading), 0 * heading])
    messages = []
    for k, t in enumerate(np.arange(0.0, 100.0, 2.0)):
        low, high = [-15e4, -15e4, 1e3], [15e4, 15e4, 15e3]
        false = side.place(plan, rng.uniform(low, high, (10, 3)))
        plots = np.concatenate([where(t)[rng.random(n) < 0.9], false])
        messages.append(side.scan(plan, plots, t, rng, sensor=k % 2, seq=k))
    _, answers = side.run(ImmTracker(plan), messages)
    numbers = {number for tracks, _ in answers for number in tracks.track_number.tolist()}
    counts = [len(alive(tracks)) for tracks, _ in answers[20:]]
    assert min(counts) >= n
    assert max(counts) <= n + 2
    assert len(numbers) <= n + 3


@pytest.mark.parametrize("later", [0, 1])
def test_a_second_track_of_one_target_is_merged_into_the_older(side, rng, later):
    plan = side.plan()
    _, state = confirmed(side, plan, rng)
    tracks = state.tracks.copied()
    tracks.number[:] = 2
    tracks.first_at[:] += 1
    tracks.updated_at[:] += later
    tracks.rcs[:] = 33.0
    tracks.scans[:] += 1000  # fed by other scans than the first
    doubled = msgspec.structs.replace(state, tracks=state.tracks.joined(tracks), last_number=2)
    plots = [side.scan(plan, [], 24.0, volume=False)]
    state, answer, _ = ImmTracker(plan).update(doubled, plots, side.at(24.0))
    assert answer.track_number.tolist() == [1, 2]
    assert answer.status.tolist() == [TrackStatus.CONFIRMED, TrackStatus.DROPPED]
    assert answer.hits[0] == 12
    assert state.tracks.number.tolist() == [1]
    assert state.tracks.first_at.tolist() == [side.at(0.0)]
    assert state.tracks.rcs.tolist() == [33.0 if later else doubled.tracks.rcs[0]]


def test_a_plot_ends_a_silence(side, rng):
    plan = side.plan()
    where, state = confirmed(side, plan, rng)
    messages = [side.scan(plan, [], t, seq=50) for t in (24.0, 28.0)]
    messages.append(side.scan(plan, where(32.0), 32.0, rng, seq=51))
    _, answers = side.run(ImmTracker(plan), messages, state, every=4.0)
    status = [int(tracks.status[0]) for tracks, _ in answers]
    assert status[-2:] == [TrackStatus.COASTING, TrackStatus.CONFIRMED]
    assert answers[-2][0].missed[0] == 2
    assert answers[-1][0].missed[0] == answers[-1][0].missed_weight[0] == 0


def test_a_close_formation_is_not_merged(side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 5e3], [0, 60.15e3, 5e3]], [[0, -200, 0]] * 2)
    _, answers = side.run(ImmTracker(plan), watch(side, plan, where, np.arange(0, 80, 4.0), rng))
    assert {len(alive(tracks)) for tracks, _ in answers[12:]} == {2}


def test_a_late_scan_is_used_where_it_belongs(side):
    plan = side.plan(radars=2)
    where = flyers(side, plan, [[10e3, 60e3, 5e3]], [[0, -250, 0]])
    tracker = ImmTracker(plan)
    state = tracker.start()
    for k in range(10):
        now = 4.0 * k
        state, _, _ = tracker.update(state, [side.scan(plan, where(now), now, seq=k)], side.at(now))
    late = side.scan(plan, where(34.5), 34.5, sensor=1, seq=1)
    state, tracks, used = tracker.update(state, [late], side.at(36.0))
    assert used.track_number.tolist() == [1]
    assert np.linalg.norm(tracks.state[0, :3] - where(36.0)[0]) < 10.0
    too_late = side.scan(plan, where(20.0), 20.0, sensor=1, seq=0)
    state, _, used = tracker.update(state, [too_late], side.at(36.0))
    assert len(used) == 0
    assert sum(tracker.unused(state).values()) == 1


def test_plots_from_after_now_are_an_error(side):
    plan = side.plan()
    with pytest.raises(ValueError, match="from after now"):
        ImmTracker(plan).update(ImmTracker(plan).start(), [side.scan(plan, [], 5.0)], side.at(4.0))


def test_quality_and_cross_section_follow_the_plots(side, rng):
    good, poor = side.plan(), side.plan(sigma_azimuth_deg=1.0, sigma_elevation_deg=1.0)
    found = []
    for plan in (good, poor):
        where = flyers(side, plan, [[0, 60e3, 5e3]], [[0, -200, 0]])
        messages = watch(side, plan, where, np.arange(0, 40, 4.0), rng, snr_db=[30.0])
        found.append(side.run(ImmTracker(plan), messages)[1][-1][0])
    assert found[0].quality[0] > found[1].quality[0] + 3
    snr0 = 10 * np.log10(np.log(1e-6) / np.log(0.5) - 1)
    expected = 30.0 - snr0 - 40 * np.log10(300.0 / 57.0)
    assert found[0].rcs_dbsm[0] == pytest.approx(expected, abs=1.5)


def test_a_gap_of_years_ends_all_tracks_at_once(side):
    plan = side.plan()
    tracker = ImmTracker(plan)
    high = [[0, 60e3, 60e3]]  # ballistic: predicted in small steps
    where = flyers(side, plan, high, [[0, -200, 0]])
    state, _ = side.run(tracker, watch(side, plan, where, [0.5, 4.5, 8.5, 12.5]), until=13.0)
    later = side.at(30 * 365 * 86_400.0)
    begun = perf_counter()
    _, tracks, _ = tracker.update(state, [], later)
    scan = side.scan(plan, where(20.0), 30 * 365 * 86_400.0, seq=9)
    after, again, _ = tracker.update(state, [scan], later)
    assert perf_counter() - begun < 1.0
    for said in (tracks, again):
        assert len(alive(said)) == 0
        assert len(said) == 1, "it is told that it is dropped"
        assert np.isfinite(said.state).all()
    assert len(after.tracks) == 1, "the new plot begins a track"
