"""Laws of motion in the tracker "imm-v1": arcs, level flight, turns, honest errors."""

import numpy as np

from tdome.command.tracking.engine.settings import K_CALM_CLIMB
from tdome.command.tracking.imm import ImmTracker
from tdome.command.tracking.trial import air
from tdome.messages.codes import TrackStatus

from .watching import alive, confirmed, falling, flyers, watch


def test_a_ballistic_arc_is_known_as_one_and_ends_at_the_ground(side, rng):
    plan = side.plan()
    flight, messages = falling(side, plan, rng)
    landing = flight[-1, 0]
    tracker = ImmTracker(plan)
    state, answers = side.run(tracker, messages)
    tracks = answers[-1][0]
    assert alive(tracks) == [1]
    assert tracks.ballistic[0] == 1
    now = round((tracks.header.valid_at - side.T0) / side.NS)
    full = side.covariance(tracks.covariance)[0]
    error = tracks.state[0] - flight[now, 1:]
    assert error @ np.linalg.solve(full, error) < 22.5  # chi-square, 6 degrees, 99.9 %
    _, answers = side.run(tracker, [], state, until=now + 40)
    ends = [t for t, _ in answers if TrackStatus.DROPPED in t.status]
    assert len(ends) == 1
    assert ends[0].header.valid_at < side.at(landing + 12.0)


def test_level_flight_is_not_taken_for_a_fall(side, rng):
    plan = side.plan()
    starts = [[0, 100e3, 300.0], [20e3, 80e3, 11e3], [-30e3, 90e3, 3e3]]
    where = flyers(side, plan, starts, [[0, -250, 0], [-150, -200, 0], [0, -45, 0]])
    _, answers = side.run(ImmTracker(plan), watch(side, plan, where, np.arange(0, 80, 4.0), rng))
    assert len(answers[-1][0]) == 3
    assert not any(tracks.ballistic.any() for tracks, _ in answers)


def test_errors_are_as_large_as_the_covariance_says(side):
    """NEES of calm flyers: not overconfident; the other modes make it cautious, not useless."""
    rng = np.random.default_rng(3)
    plan = side.plan()
    n, dt = 60, 4.0
    starts = np.c_[
        np.arange(n) * 12e3 % 144e3 - 72e3,
        50e3 + 12e3 * (np.arange(n) // 12),
        5e3 + 0 * np.arange(n),
    ]
    x = np.hstack(
        [side.place(plan, starts), side.turn(plan, rng.normal(0, 60, (n, 3)) * [1, 1, 0])]
    )
    spread = np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
    noise = np.linalg.cholesky(air.NUMBERS[K_CALM_CLIMB] * spread)
    tracker, nees = ImmTracker(plan), []
    state = tracker.start()
    for k in range(16):
        state, tracks, _ = tracker.update(
            state, [side.scan(plan, x[:, :3], k * dt, rng, seq=k)], side.at(k * dt)
        )
        if k >= 11:
            near = np.linalg.norm(tracks.state[:, None, :3] - x[:, :3], axis=2).argmin(axis=1)
            error = tracks.state - x[near]
            full = side.covariance(tracks.covariance)
            nees.append(np.einsum("ni,nij,nj->n", error, np.linalg.inv(full), error))
        push = np.einsum("ab,bnc->nac", noise, rng.normal(size=(2, n, 3)))
        x = np.hstack([x[:, :3] + dt * x[:, 3:] + push[:, 0], x[:, 3:] + push[:, 1]])
    mean = np.concatenate(nees).mean()
    # Rows of one track are correlated in time, so the band is that of n tracks and not of 5 n.
    assert 2.0 < mean < 6.0 + 3.3 * np.sqrt(12.0 / n)
    assert len(tracks) == n


def test_a_sharp_turn_keeps_the_number(side, rng):
    plan = side.plan()
    legs = [np.array([0.0, -250.0, 0.0]), np.array([250.0, 0.0, 0.0])]
    corner = np.array([0.0, 50e3, 5e3])

    def where(t):
        return side.place(plan, corner + legs[0 if t < 30 else 1] * (t - 30.0))

    _, answers = side.run(ImmTracker(plan), watch(side, plan, where, np.arange(0, 70, 4.0), rng))
    assert {n for tracks, _ in answers for n in alive(tracks)} == {1}
    tracks = answers[-1][0]
    assert np.linalg.norm(tracks.state[0, 3:] - side.turn(plan, legs[1])[0]) < 60.0


def test_a_low_rocket_is_found_to_be_ballistic(side, rng):
    plan = side.plan()
    flight = side.arc(plan, [0, 45e3, 3e3], [0, -400, 350])
    messages = [side.scan(plan, flight[t, 1:4], t, rng, seq=t) for t in range(0, 52, 4)]
    tracker = ImmTracker(plan)
    state, _, _ = tracker.update(tracker.start(), messages[:1], side.at(0.0))
    assert state.tracks.ballistic.tolist() == [0]
    _, answers = side.run(tracker, messages[1:], state)
    assert alive(answers[-1][0]) == [1]
    assert answers[-1][0].ballistic.tolist() == [1]


def test_the_law_not_in_force_starts_anew_when_it_has_strayed(side, rng):
    plan = side.plan()
    where, state = confirmed(side, plan, rng)  # the last plot came at 20 s
    plots = side.scan(plan, where(42.0), 42.0, rng, volume=False)
    state, tracks, _ = ImmTracker(plan).update(state, [plots], side.at(42.0))
    assert tracks.ballistic.tolist() == [0]
    assert tracks.hits.tolist() == [7]
    # In 22 s the ballistic filter fell 2 km.
    np.testing.assert_allclose(state.tracks.x[0, 1], state.tracks.x[0, 0], rtol=1e-12)
    np.testing.assert_allclose(state.tracks.p[0, 1], state.tracks.p[0, 0], rtol=1e-9)
