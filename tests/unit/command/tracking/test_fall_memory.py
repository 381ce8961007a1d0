"""What the fall has learnt in empty space it keeps, and its ellipse on the ground is honest."""

import numpy as np

from tdome.command.threat.landing.of_tracks import landings
from tdome.command.tracking.ballistic.settings import BOOST, FALL
from tdome.command.tracking.laws import fall
from tdome.command.tracking.live.ids import CoreImm
from tdome.earth.falling import PARTS
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.tracks import unpack_covariance

BODIES, SEEN_S, EVERY_S = 36, 60, 2.0


def test_a_burnt_out_body_is_not_forgotten(side):
    """Velocity known to 3 m/s, a minute in space: no motor is thought to start again.

    It was 74 m/s after it: the doubt of a boost that nobody saw was mixed into the fall.
    """
    plan = side.plan()
    state = np.concatenate(
        [side.place(plan, [0, 200e3, 150e3])[0], side.turn(plan, [0, -1e3, 500])[0]]
    )
    p = np.diag([100.0**2] * 3 + [3.0**2] * 3)
    x, spread, weight = np.zeros((2, PARTS)), np.zeros((2, PARTS, PARTS)), np.zeros(2)
    fall.start_fall1(x, spread, weight, state, p, fall.NUMBERS)
    for _ in range(15):
        fall.predict_fall1(x, spread, weight, 4.0, fall.NUMBERS, fall.scratch())
    assert weight[FALL] > 0.999 > weight[BOOST]
    assert np.sqrt(np.trace(spread[FALL, 3:6, 3:6])) < 5.5  # 5.2 to begin with


def test_ellipses_on_the_ground_are_as_large_as_the_misses(side, rng):
    """36 bodies from all sides: the NEES of two numbers is 2 in the mean, 1.3 here. It was 0.6."""
    plan, paths = side.plan(false_plots_per_scan=1.0), []
    for turn in np.linspace(0.0, 2.0 * np.pi, BODIES, endpoint=False):
        aside, ahead = np.sin(turn), np.cos(turn)
        start = [200e3 * aside, 200e3 * ahead, 60e3]
        going = [-1_100 * aside, -1_100 * ahead, 1_000]
        paths.append(side.arc(plan, start, going, inv_beta=1 / 9_000.0))
    scans = [
        side.scan(plan, [path[int(t), 1:4] for path in paths], t, rng, seq=k)
        for k, t in enumerate(np.arange(0.0, SEEN_S, EVERY_S))
    ]
    _, answers = side.run(CoreImm(plan), scans, until=float(SEEN_S), every=EVERY_S)
    tracks = answers[-1][0]
    assert len(tracks) == BODIES
    assert tracks.ballistic.all()
    told = landings(np.arange(BODIES), tracks, unpack_covariance(tracks.covariance))
    there, nees = np.array([path[SEEN_S, 1:4] for path in paths]), []
    for state, said in zip(tracks.state, told, strict=True):
        path = paths[int(np.linalg.norm(there - state[:3], axis=1).argmin())]
        lat, lon, _ = ecef_to_geodetic(path[-1, 1:4])
        east, north = 6.371e6 * np.array([(said[1] - lon) * np.cos(lat), said[0] - lat])
        ee, en, nn = said[3:6]
        nees.append((nn * east**2 - 2 * en * east * north + ee * north**2) / (ee * nn - en**2))
    assert 1.0 < np.mean(nees) < 2.8
