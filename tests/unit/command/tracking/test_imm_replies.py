"""Replies of transponders in the tracker "imm-v1"."""

import numpy as np

from tdome.command.tracking.imm import ImmTracker

from .watching import alive, confirmed, flyers, watch

CIVIL = 0x780001


def test_civil_replies_never_feed_a_track_that_has_none(side, rng):
    plan = side.plan()
    where, state = confirmed(side, plan, rng)
    messages = [
        side.scan(plan, where(t), t, rng, seq=int(t), address=[CIVIL])
        for t in np.arange(24.0, 48.0, 4.0)
    ]
    _, answers = side.run(ImmTracker(plan), messages, state)
    for tracks, used in answers:
        assert 1 not in used.track_number
        assert all(
            a == -1 for n, a in zip(tracks.track_number, tracks.address, strict=True) if n == 1
        )
    last = answers[-1][0]
    assert last.address[last.track_number == 2].tolist() == [CIVIL]


def test_a_civil_track_takes_plots_without_reply_and_keeps_its_address(side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 9e3]], [[0, -230, 0]])
    messages = [
        side.scan(
            plan, where(4.0 * k), 4.0 * k, rng, seq=k, address=[-1 if k in (0, 4, 7) else CIVIL]
        )
        for k in range(12)
    ]
    _, answers = side.run(ImmTracker(plan), messages)
    assert {n for tracks, _ in answers for n in alive(tracks)} == {1}
    assert answers[-1][0].address.tolist() == [CIVIL]
    assert answers[-1][0].hits.tolist() == [12]


def test_own_forces_are_marked_by_their_reply(side, rng):
    plan = side.plan()
    where = flyers(side, plan, [[0, 60e3, 9e3]], [[0, -230, 0]])
    messages = watch(side, plan, where, np.arange(0, 20, 4.0), rng, friend=[1])
    _, answers = side.run(ImmTracker(plan), messages)
    assert answers[-1][0].friend.tolist() == [1]
