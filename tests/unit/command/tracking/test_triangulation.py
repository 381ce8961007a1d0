"""Where directions meet: closed forms, ghosts told from bodies, sound that comes late."""

import math
from itertools import product

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.partial.crossing import SOUND
from tdome.command.tracking.partial.packing import packed
from tdome.command.tracking.partial.triangulation import Beliefs, Directions, triangulate
from tdome.earth.wgs84 import enu_axes, enu_to_ecef, geodetic_to_ecef

NS = 10**9
SIGMA = math.radians(0.5)


def directions(origin, sensor, azimuth, elevation=None, sigma=SIGMA, **more):
    m = len(sensor)
    sensor = np.asarray(sensor, np.int32)
    columns = {
        "at": np.full(m, 100 * NS),
        "kind": np.full(m, 3, np.int8),
        "elevation": np.full(m, np.nan) if elevation is None else np.asarray(elevation),
        "sigma": np.full((m, 2), sigma),
        "axes": np.tile(np.eye(3), (m, 1, 1)),
        "reach": np.full(m, 400e3),
        "sound": np.zeros(m, np.int8),
        "flat": True,
    }
    columns.update(more)
    return Directions(
        sensor=sensor,
        azimuth=np.asarray(azimuth, float),
        origin=np.asarray(origin)[sensor],
        **columns,
    )


def angles(places, origin):
    d = places - origin
    return np.arctan2(d[:, 0], d[:, 1]), np.arctan2(d[:, 2], np.hypot(d[:, 0], d[:, 1]))


def raid(rng, sensors, bodies, *, high=False, pd=0.9, false=0.02):
    """Directions of bodies among sensors on a ring, who each is of (-1: false), and the places."""
    turn = 2 * np.pi * np.arange(sensors) / sensors + 0.3
    origin = 60e3 * np.column_stack([np.cos(turn), np.sin(turn), 0 * turn])
    places = rng.uniform([-80e3, -80e3, 2e3], [80e3, 80e3, 9e3], (bodies, 3))
    columns = []
    for s in range(sensors):
        a, e = angles(places, origin[s])
        a, e = a + SIGMA * rng.normal(size=bodies), e + SIGMA * rng.normal(size=bodies)
        seen = np.flatnonzero(rng.uniform(size=bodies) < pd)
        count = rng.poisson(false * 2 * np.pi)
        wrong = rng.uniform(-np.pi, np.pi, count), rng.uniform(0.0, 0.2, count)
        columns.append(
            np.column_stack(
                [
                    np.full(len(seen) + count, s),
                    np.concatenate([a[seen], wrong[0]]),
                    np.concatenate([e[seen], wrong[1]]),
                    np.concatenate([seen, np.full(count, -1)]),
                ]
            )
        )
    sensor, azimuth, elevation, whose = np.concatenate(columns).T
    elevation = elevation.copy() if high else None
    return directions(origin, sensor, azimuth.copy(), elevation), whose.astype(int), places


def test_two_that_cross_at_a_right_angle():
    """Error across each line is R sigma: the covariance is diagonal, height is what was guessed."""
    origin = np.array([[0.0, 0, 0], [40e3, 30e3, 0]])
    found = triangulate(directions(origin, [0, 1], [0.0, -np.pi / 2]))
    assert len(found) == 1
    assert found.place[0] == pytest.approx([0.0, 30e3, 5e3], abs=1.0)
    sigma = np.sqrt(np.diag(found.covariance[0]))
    assert sigma == pytest.approx([30e3 * SIGMA, 40e3 * SIGMA, 4e3], rel=1e-3)
    assert found.rows[0, :3].tolist() == [0, 1, -1]
    assert found.margin[0] == pytest.approx(found.score[0])
    assert np.isnan(found.fit[0])


@pytest.mark.parametrize("azimuth", [[0.0, np.pi / 2], [0.0, 0.0], [np.pi, -np.pi / 2]])
def test_lines_that_do_not_meet_give_nothing(azimuth):
    origin = np.array([[0.0, 0, 0], [40e3, 30e3, 0]])
    assert len(triangulate(directions(origin, [0, 1], azimuth))) == 0


def test_other_emissions_and_one_sensor_do_not_cross():
    origin = np.array([[0.0, 0, 0], [40e3, 30e3, 0]])
    one = directions(origin, [0, 1], [0.0, -np.pi / 2])
    unlike = msgspec.structs.replace(one, kind=np.array([1, 3], np.int8))
    assert len(triangulate(unlike)) == 0
    assert len(triangulate(directions(origin, [0, 0], [0.0, -np.pi / 2]))) == 0
    assert len(triangulate(directions(origin, [], []))) == 0


def test_packing_is_the_best_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        rows = np.full((9, 8), -1, np.int32)
        for k in range(9):
            used = np.sort(rng.choice(10, rng.integers(2, 5), replace=False))
            rows[k, : len(used)] = used
        score = rng.uniform(0.5, 10.0, 9)

        def best(forbidden, rows=rows, score=score):
            top = 0.0
            for taken in product([0, 1], repeat=9):
                used = rows[np.flatnonzero(taken)]
                used = used[used >= 0]
                if len(np.unique(used)) == len(used) and not (forbidden >= 0 and taken[forbidden]):
                    top = max(top, float(score @ taken))
            return top

        chosen, margin = packed(rows, score)
        used = rows[chosen][rows[chosen] >= 0]
        assert len(np.unique(used)) == len(used)
        assert score[chosen].sum() == pytest.approx(best(-1))
        expected = [best(-1) - best(k) for k in chosen.tolist()]
        assert margin == pytest.approx(expected, abs=1e-6)


def test_two_sensors_know_that_they_do_not_know():
    """Four bodies, two sensors, no elevation: sixteen crossings, hardly one of them is sure."""
    sure = chosen = 0
    for seed in range(10):
        seen, _, _ = raid(np.random.default_rng(seed), 2, 4, pd=1.0, false=0.0)
        found = triangulate(seen)
        chosen += len(found)
        sure += len(found.sure())
    assert chosen >= 25
    assert sure < 0.35 * chosen


@pytest.mark.parametrize(("sensors", "high"), [(4, False), (4, True), (2, True)])
def test_sure_places_are_bodies(sensors, high):
    """Nineteen of twenty of those that are sure; places within their errors; many found."""
    sure = right = bodies = 0
    square = []
    for seed in range(12):
        seen, whose, places = raid(np.random.default_rng(seed), sensors, 5, high=high)
        found = triangulate(seen)
        bodies += len(places)
        for k in np.flatnonzero(found.margin >= 5.0):
            owners = set(whose[found.rows[k][found.rows[k] >= 0]].tolist())
            sure += 1
            if len(owners) == 1 and -1 not in owners:
                right += 1
                off = (found.place[k] - places[owners.pop()])[:2]
                square.append(off @ np.linalg.solve(found.covariance[k][:2, :2], off))
        assert (np.linalg.eigvalsh(found.covariance) > 0.0).all()
    assert right >= 0.95 * sure
    assert sure > (0.5 if sensors > 2 else 0.35) * bodies
    assert np.mean(square) == pytest.approx(2.0, abs=3.3 * 2.0 / np.sqrt(len(square)))


def test_no_direction_is_used_twice_and_order_changes_nothing():
    seen, _, _ = raid(np.random.default_rng(3), 4, 6)
    found = triangulate(seen)
    used = found.rows[found.rows >= 0]
    assert len(np.unique(used)) == len(used)
    order = np.concatenate([np.flatnonzero(seen.sensor == s)[::-1] for s in (2, 0, 3, 1)])
    columns = {n: getattr(seen, n) for n in seen.__struct_fields__ if n != "flat"}
    other = triangulate(Directions(flat=True, **{n: c[order] for n, c in columns.items()}))
    one = found.place[np.argsort(found.place[:, 0])]
    two = other.place[np.argsort(other.place[:, 0])]
    assert one == pytest.approx(two, abs=0.1)


def test_sound_is_of_the_time_when_it_was_made():
    """A drone of 50 m/s heard from 2, 3 and 4 km: the place is where it was, within its error."""
    origin = np.array([[0.0, -2e3, 0], [3e3, 0, 0], [-4e3, 0, 0]])
    start, velocity = np.array([0.0, 0.0, 300.0]), np.array([50.0, 0.0, 0.0])
    azimuth, elevation = [], []
    for site in origin:
        back = 0.0
        for _ in range(20):
            back = np.linalg.norm(start - back * velocity - site) / SOUND
        a, e = angles((start - back * velocity)[None], site)
        azimuth.append(a[0])
        elevation.append(e[0])
    sigma = math.radians(3.0)
    heard = directions(
        origin,
        [0, 1, 2],
        azimuth,
        elevation,
        sigma,
        sound=np.ones(3, np.int8),
        reach=np.full(3, 6e3),
    )
    found = triangulate(heard, Beliefs(height=500.0, height_error=1e3))
    assert found.sensors.tolist() == [3]
    age = (found.at[0] - 100 * NS) / NS
    assert age == pytest.approx(-3e3 / SOUND, abs=0.5)
    then = start + age * velocity
    off = found.place[0] - then
    assert off @ np.linalg.solve(found.covariance[0], off) < 11.3
    deaf = triangulate(msgspec.structs.replace(heard, sound=np.zeros(3, np.int8)))
    assert np.linalg.norm(deaf.place[0] - start) > np.linalg.norm(off)


def test_on_the_earth():
    lat, lon = np.radians([24.0, 24.5, 24.2]), np.radians([121.0, 121.0, 121.6])
    origin, place = geodetic_to_ecef(lat, lon, 100.0), geodetic_to_ecef(0.425, 2.118, 7e3)
    axes = np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)])
    local = [axes[k] @ (place - origin[k]) for k in range(3)]
    azimuth = [math.atan2(d[0], d[1]) for d in local]
    found = triangulate(directions(origin, [0, 1, 2], azimuth, axes=axes, flat=False))
    off = found.place[0] - place
    up = enu_to_ecef(np.array([[0.0, 0, 1]]), np.zeros(3), enu_axes(0.425, 2.118))[0]
    assert abs(off @ up) < 2_100.0  # height was guessed at 5 km
    assert np.linalg.norm(off - (off @ up) * up) < 200.0
    assert found.sensors.tolist() == [3]
