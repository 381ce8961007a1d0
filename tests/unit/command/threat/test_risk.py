"""What it would cost."""

import numpy as np
import pytest
from scipy.integrate import dblquad

from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.command.threat.risk import disc_mass1
from tdome.earth.wgs84 import geodetic_to_ecef

NOW = 1_800_000_000 * 10**9


def _judge(plan, tracks):
    evaluator = KinematicEvaluator(plan)
    return evaluator.evaluate(evaluator.start(), tracks, tracks.header.valid_at)[1]


@pytest.mark.parametrize(
    ("east", "north", "radius", "ee", "en", "nn"),
    [
        (0.0, 0.0, 1.0, 1.0, 0.0, 1.0),
        (0.5, -1.2, 2.0, 1.5, 0.7, 0.8),
        (3.0, 1.0, 1.0, 2.0, -0.9, 1.0),
        (0.2, 0.1, 5.0, 1.0, 0.3, 0.5),
        (0.0, 1.0, 3.0, 9.0, 0.0, 0.1),
        (0.1, 5.8, 6.0, 1.0, 0.0, 0.01),
    ],
)
def test_mass_in_a_disc_matches_adaptive_quadrature(east, north, radius, ee, en, nn):
    inverse = np.linalg.inv([[ee, en], [en, nn]])
    norm = np.sqrt(np.linalg.det(inverse)) / (2.0 * np.pi)

    def density(r, turn):
        p = np.array([east + r * np.cos(turn), north + r * np.sin(turn)])
        return r * norm * np.exp(-0.5 * p @ inverse @ p)

    wanted, _ = dblquad(density, 0.0, 2.0 * np.pi, 0.0, radius, epsabs=1e-7)
    assert disc_mass1(east, north, radius, ee, en, nn) == pytest.approx(wanted, abs=2e-5)


def _aimed(plan, make, fly_class, lat_shift=0.0):
    """A falling SRBM moved so that it comes down on the city, shifted north by some degrees."""
    path = fly_class("srbm")
    state = path[int(0.7 * len(path)), 1:]
    here = _judge(plan, make(state, ballistic=1))
    turn = plan.assets.lon[0] - here.impact_lon[0]
    c, s = np.cos(turn), np.sin(turn)
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    state = np.concatenate([matrix @ state[:3], matrix @ state[3:]])
    north = plan.assets.lat[0] + np.radians(lat_shift) - here.impact_lat[0]
    p0 = geodetic_to_ecef(here.impact_lat[0], plan.assets.lon[0], 0.0)
    p1 = geodetic_to_ecef(here.impact_lat[0] + north, plan.assets.lon[0], 0.0)
    state[:3] += (p1 - p0).reshape(3)
    return _judge(plan, make(state, ballistic=1))


def test_a_missile_on_the_city_puts_the_city_at_risk(plan, make, fly_class):
    threats = _aimed(plan, make, fly_class)
    assert threats.asset[0] == 0
    assert threats.hit_probability[0] > 0.9
    fraction = plan.threats.damage_fraction[plan.threats.names.index("srbm")]
    assert threats.value_at_risk[0] == pytest.approx(100.0 * fraction, rel=0.35)
    assert threats.harmless[0] == 0


def test_a_missile_on_the_open_sea_is_harmless(plan, make, fly_class):
    threats = _aimed(plan, make, fly_class, lat_shift=1.0)
    assert threats.hit_probability[0] < 1e-3
    assert threats.harmless[0] == 1


def test_what_is_not_known_well_is_not_harmless(plan, make, fly_class):
    path = fly_class("srbm")
    state = path[int(0.6 * len(path)), 1:]
    wide = np.zeros((1, 21), np.float32)
    wide[0, [0, 6, 11, 15, 18, 20]] = [1e6] * 3 + [2e4] * 3
    assert _judge(plan, make(state, ballistic=1, covariance=wide)).harmless[0] == 0


def test_course_decides_which_asset_a_cruise_missile_threatens(plan, make, at):
    north = _judge(plan, make(at(23.8, 121.0, 80.0, (100.0, 220.0, 0.0))))
    south = _judge(plan, make(at(23.8, 121.0, 80.0, (-120.0, -220.0, 0.0))))
    assert (north.asset[0], south.asset[0]) == (0, 1)
    assert north.impact_lat[0] == plan.assets.lat[0]
    distance = np.hypot(1.2 * 111e3, 0.5 * 101e3) - 5e3
    assert (north.impact_at[0] - NOW) * 1e-9 == pytest.approx(distance / 241.7, rel=0.03)


def test_a_drone_flying_away_threatens_little(plan, make, at):
    towards = _judge(plan, make(at(24.5, 120.5, 600.0, (50.0, 25.0, 0.0))))
    away = _judge(plan, make(at(24.5, 120.5, 600.0, (-50.0, -25.0, 0.0))))
    assert away.value_at_risk[0] < 0.02 * towards.value_at_risk[0]


def test_half_of_the_value_is_discounted_for_a_decoy_share_of_half(plan, make, at):
    threats = _judge(plan, make(at(25.0, 120.8, 600.0, (51.0, 0.0, 0.0))))
    fraction = plan.threats.damage_fraction[plan.threats.names.index("drone")]
    whole = threats.hit_probability[0] * 100.0 * fraction
    assert threats.value_at_risk[0] == pytest.approx(0.5 * whole, rel=0.1)


def test_priority_grows_with_urgency(plan, make, at):
    near = at(25.0, 121.2, 80.0, (240.0, 0.0, 0.0))
    far = at(25.0, 119.5, 80.0, (240.0, 0.0, 0.0))
    threats = _judge(plan, make(np.stack([near, far])))
    ratio = threats.priority / threats.value_at_risk
    assert ratio[0] > 2.0 * ratio[1]


def test_an_impact_long_past_endangers_nothing(plan, make, fly_class):
    path = fly_class("srbm")
    tracks = make(path[-3, 1:], ballistic=1)
    evaluator = KinematicEvaluator(plan)
    state, _ = evaluator.evaluate(evaluator.start(), tracks, NOW)
    late = make(path[-1, 1:], NOW + 20 * 10**9, ballistic=1, updated_at=NOW)
    threats = evaluator.evaluate(state, late, NOW + 20 * 10**9)[1]
    assert threats.value_at_risk[0] == 0.0
    assert threats.hit_probability[0] == 0.0
