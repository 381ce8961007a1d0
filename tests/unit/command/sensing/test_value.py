"""value-v1: looks go where they are worth most, within the same promises."""

import numpy as np
import pytest
from msgspec import structs

from tdome.command.sensing.base import Senses
from tdome.command.sensing.check import check_sensor_manager
from tdome.command.sensing.gain import ahead, detection, sharpened, spoiled
from tdome.command.sensing.sweep import ANSWERED, along
from tdome.command.sensing.value import ValueManager
from tdome.messages.base import Header
from tdome.messages.codes import Emission, EngagementState
from tdome.messages.sensing import Bearings
from tdome.messages.tracks import pack_covariance

NOW = 1_800_000_000 * 10**9
S = 10**9


def errors(picture, place, speed):
    """The picture with errors of place (m) and velocity (m/s), (n,) each."""
    tracks, threats, engagements = picture
    full = np.zeros((len(tracks), 6, 6))
    for axis in range(3):
        full[:, axis, axis] = np.square(place)
        full[:, axis + 3, axis + 3] = np.square(speed)
    return structs.replace(tracks, covariance=pack_covariance(full)), threats, engagements


def numbers(plan, picture, senses=None):
    tasks = ValueManager(plan).task(*picture, NOW, senses or Senses())
    return tasks.track_number.tolist()


def test_the_valuable_comes_first(plan_of, make):
    picture = make(NOW, [{"number": k, "priority": float(k)} for k in range(1, 9)])
    picture = errors(picture, np.full(8, 300.0), np.full(8, 20.0))
    assert set(numbers(plan_of(rate=3.0), picture)) == {8, 7, 6, 5, 4, 3}


def test_the_uncertain_comes_before_the_certain(plan_of, make):
    picture = make(NOW, [{"number": 1}, {"number": 2}])
    picture = errors(picture, np.array([20.0, 400.0]), np.array([1.0, 20.0]))
    assert numbers(plan_of(), picture)[0] == 2


def test_a_track_that_may_be_lost_comes_first(plan_of, make):
    tracks, threats, engagements = errors(
        make(NOW, [{"number": 1}, {"number": 2}]), np.full(2, 100.0), np.full(2, 5.0)
    )
    old = structs.replace(tracks, updated_at=np.array([NOW, NOW - 12 * S]))
    assert numbers(plan_of(), (old, threats, engagements))[0] == 2


def test_a_verdict_that_is_due_is_worth_a_look(plan_of, make):
    objects = [{"number": 1, "priority": 1.0}, {"number": 2, "priority": 0.5}]
    objects[1]["state"] = EngagementState.TERMINAL
    tracks, threats, engagements = errors(make(NOW, objects), np.full(2, 50.0), np.full(2, 5.0))
    due = structs.replace(engagements, pk=np.full(len(engagements), 0.5, np.float32))
    assert numbers(plan_of(), (tracks, threats, due))[0] == 2


def test_promises_hold(plan_of, make):
    rng = np.random.default_rng(5)
    pictures = []
    for step in range(6):
        objects = [
            {
                "number": k + 1,
                "lat": 24.0 + rng.uniform(0.0, 1.5),
                "lon": 120.5 + rng.uniform(0.0, 1.2),
                "priority": rng.uniform(0.0, 5.0),
                "velocity": tuple(rng.normal(0.0, 100.0, 3)),
            }
            for k in range(12)
        ]
        objects[0]["state"] = EngagementState.TERMINAL
        pictures.append(errors(make(NOW + step * S, objects), np.full(12, 200.0), np.full(12, 9.0)))
    check_sensor_manager(ValueManager(plan_of(rate=2.5)), plan_of(rate=2.5), pictures)


@pytest.fixture(scope="module")
def look(plan_of):
    book = plan_of().sensors
    point = book.ecef[1] + np.array([[30e3, 0.0, 40e3], [0.0, 50e3, 30e3]])
    full = np.zeros((2, 6, 6))
    full[:] = np.diag([400.0**2] * 3 + [30.0**2] * 3)
    full[:, :3, 3:] = full[:, 3:, :3] = 2_000.0 * np.eye(3)
    return book, point, full


def test_a_look_sharpens_as_the_information_form_says(look):
    """Oracle: P'^-1 = P^-1 + H' R^-1 H."""
    book, point, full = look
    sensors = np.array([0, 1, 2])
    after = sharpened(full, point, sensors, book)
    for k in range(2):
        for j in range(3):
            offset = point[k] - book.ecef[j]
            away = np.linalg.norm(offset)
            line = offset / away
            side = np.cross(book.axes[j, 2], line)
            side /= np.linalg.norm(side)
            frame = np.stack([line, side, np.cross(line, side)])
            sigma = np.array([1.0, away, away]) * book.sigma[j]
            told = np.zeros((6, 6))
            told[:3, :3] = frame.T @ np.diag(sigma**-2.0) @ frame
            oracle = np.linalg.inv(np.linalg.inv(full[k]) + told)
            assert after[k, j] == pytest.approx(oracle, rel=1e-6, abs=1e-6)


def test_looks_never_spoil_and_waiting_never_helps(look):
    book, point, full = look
    before = spoiled(full)
    assert (spoiled(sharpened(full, point, np.array([0, 1]), book)) <= before[:, None]).all()
    later = [spoiled(ahead(full, np.full(2, lead)))[0] for lead in (0.0, 1.0, 5.0, 20.0)]
    assert later == sorted(later)
    assert ((before >= 0.0) & (before <= 1.0)).all()


def test_detection_is_one_half_at_the_reference_range(look):
    book = look[0]
    away = book.reference_range[None, [1, 2]]
    chance = detection(away, np.ones(1), np.array([1, 2]), book)
    assert chance == pytest.approx(np.full((1, 2), 0.5))
    assert detection(np.full((1, 1), np.inf), np.ones(1), np.array([1]), book)[0, 0] == 0.0


def _heard(azimuth):
    return Bearings(
        header=Header("north", 1, NOW, NOW),
        sensor="north",
        volume=True,
        azimuth_rad=np.array([azimuth]),
        elevation_rad=np.full(1, np.nan),
        snr_db=np.full(1, 20.0, np.float32),
        emission=np.full(1, Emission.ACOUSTIC, np.int8),
    )


def test_a_direction_is_swept_until_a_track_answers_it(plan_of, make):
    plan = plan_of()
    nobody = make(NOW, [])[0]
    senses = Senses(bearings=(_heard(1.0),))
    swept = np.concatenate([along(plan, senses, nobody, step) for step in range(6)])
    away = np.linalg.norm(swept - plan.sensors.ecef[1], axis=1)
    assert len(np.unique(np.round(away))) == 6
    line = (swept[2] - plan.sensors.ecef[1]) @ plan.sensors.axes[1].T
    assert np.arctan2(line[0], line[1]) == pytest.approx(1.0, abs=ANSWERED)
    found = structs.replace(
        make(NOW, [{"number": 1}])[0], state=np.pad(swept[2:3], ((0, 0), (0, 3)))
    )
    assert len(along(plan, senses, found, 0)) == 0
