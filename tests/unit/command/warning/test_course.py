"""Where level tracks come down: closed forms by scipy, sampling, and limits."""

import numpy as np
import pytest
from msgspec import structs
from scipy.stats import truncnorm

from tdome.command.warning.course import (
    _positive,
    dive_landing,
    diving,
    heading_for,
    motion,
)
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import enu_axes

from .conftest import NOW, sky


def flying(plan, place, velocity, asset=0):
    """One level track at a place (east, north, up of asset 0, m) with a velocity, m/s."""
    tracks, threats = sky(NOW, [{"number": 1, "lat": 25.0, "lon": 121.5, "ballistic": 0}])
    axes = enu_axes(plan.assets.lat[0], plan.assets.lon[0])
    state = np.zeros((1, 6))
    state[0, :3] = plan.assets.ecef[0] + np.array(place) @ axes
    state[0, 3:] = np.array(velocity) @ axes
    threats = structs.replace(threats, asset=np.array([asset], np.int32))
    return motion(structs.replace(tracks, state=state), np.arange(1)), threats


@pytest.mark.parametrize("mean", [-40.0, -8.0, -1.0, 0.0, 0.5, 3.0, 50.0])
def test_the_cut_normal_law_is_that_of_scipy(mean):
    sigma = 2.0
    found = _positive(np.array([mean]), np.array([sigma]))
    law = truncnorm(-mean / sigma, np.inf, loc=mean, scale=sigma)
    assert found[0][0] == pytest.approx(law.mean(), rel=1e-6)
    assert found[1][0] == pytest.approx(law.var(), rel=2e-2)


def test_far_out_the_ellipse_is_that_of_the_disc(plan):
    moved, threats = flying(plan, (-80_000.0, 0.0, 3_000.0), (60.0, 0.0, 0.0))
    landing = heading_for(moved, threats, np.arange(1), plan.assets, NOW)
    half = 0.5 * plan.assets.radius[0]
    assert landing.impact[0, 2] == pytest.approx(half**2 + 200.0**2, rel=0.02)
    assert landing.impact[0, 4] < half**2
    assert (landing.at[0] - NOW) / 1e9 == pytest.approx(80_000.0 / 60.0, rel=0.02)


def test_the_course_tells_more_the_nearer_it_is(plan):
    across = []
    for away in (40_000.0, 10_000.0, 2_000.0):
        moved, threats = flying(plan, (-away, 0.0, 900.0), (60.0, 0.0, 0.0))
        landing = heading_for(moved, threats, np.arange(1), plan.assets, NOW)
        across.append(landing.impact[0, 4])
    assert across == sorted(across, reverse=True)


def test_what_lies_behind_is_no_aim_any_more(plan):
    """Past the middle of the disc the place stays ahead of the track, and so does the hour."""
    for away in (3_000.0, 0.0, -3_000.0, -30_000.0):
        moved, threats = flying(plan, (-away, 0.0, 900.0), (60.0, 0.0, 0.0))
        landing = heading_for(moved, threats, np.arange(1), plan.assets, NOW)
        assert landing.impact[0, 1] >= moved.lon[0]
        assert landing.at[0] >= NOW


def test_who_stands_still_counts_as_evenly_spread(plan):
    moved, threats = flying(plan, (-1_000.0, 0.0, 900.0), (0.0, 0.0, 0.0))
    landing = heading_for(moved, threats, np.arange(1), plan.assets, NOW)
    assert np.isfinite(landing.impact).all()


def test_a_dive_ends_where_its_line_meets_the_ground(plan):
    moved, _ = flying(plan, (-2_000.0, 500.0, 1_000.0), (80.0, -20.0, -40.0))
    landing = dive_landing(moved, NOW)
    lat, lon = landing.impact[0, :2]
    assert (landing.at[0] - NOW) / 1e9 == pytest.approx(25.0, rel=0.01)
    off = great_circle_distance(lat, lon, plan.assets.lat[0], plan.assets.lon[0])
    assert off < 30.0


def test_steeper_is_more_of_a_dive(plan):
    sinks = np.linspace(-20.0, 120.0, 29)
    said = [
        diving(flying(plan, (0.0, 0.0, 2_000.0), (60.0, 0.0, -sink))[0])[0]
        for sink in sinks.tolist()
    ]
    assert said == sorted(said)
    assert said[0] == pytest.approx(0.0, abs=1e-9)
    assert said[4] < 0.05  # level
    assert said[-1] > 0.99


def test_an_uncertain_sink_is_little_evidence(plan):
    moved, _ = flying(plan, (0.0, 0.0, 2_000.0), (60.0, 0.0, -25.0))
    vague = moved._replace(path_sigma=np.array([1.0]))
    assert diving(vague)[0] < 0.5 < diving(moved)[0]


def test_ellipses_are_proper(plan):
    rng = np.random.default_rng(3)
    for _ in range(50):
        place = rng.normal(0.0, 8_000.0, 3) * (1.0, 1.0, 0.0) + (0.0, 0.0, 1_500.0)
        moved, threats = flying(plan, place, rng.normal(0.0, 60.0, 3))
        for landing in (
            heading_for(moved, threats, np.arange(1), plan.assets, NOW),
            dive_landing(moved, NOW),
        ):
            ee, en, nn = landing.impact[0, 2:]
            assert ee > 0.0
            assert ee * nn - en * en > 0.0
            assert landing.early[0] <= landing.at[0]
