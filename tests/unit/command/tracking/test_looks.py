"""Messages to directions and back: three finders and a jammer, on the Earth."""

import math

import numpy as np
import pytest

from tdome.command.tracking.check import seen_from
from tdome.command.tracking.partial.looks import JAMMER_REACH, directions_of
from tdome.command.tracking.partial.triangulation import triangulate
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings
from tdome.plan.plan import read_plan

NS = 10**9
SITE = '[[sensors]]\nname = "{0}"\ntype = "{1}"\nlat_deg = {2}\nlon_deg = {3}\n'
PLAN = f"""
name = "listening"
threats = ["drone"]
{SITE.format("north", "passive-rf", 24.6, 121.0)}
{SITE.format("south", "passive-rf", 23.6, 121.0)}
{SITE.format("radar", "long-range-3d", 24.1, 120.6)}
{SITE.format("ears", "acoustic-node", 24.1, 121.0)}
[[assets]]
name = "town"
lat_deg = 24.0
lon_deg = 121.0
radius_km = 1.0
value = 1.0
"""
JAMMER = geodetic_to_ecef(math.radians(24.2), math.radians(122.0), 6_000.0)
TWO = np.stack([JAMMER, JAMMER])


@pytest.fixture(scope="module")
def book():
    return read_plan(PLAN, "plan.toml").sensors


def look(book, name, t, emission, places, rng):
    row = book.names.index(name)
    polar = seen_from(book, row, places)
    m = len(places)
    return Bearings(
        header=Header(name, round(t), round(t * NS), round(t * NS)),
        sensor=name,
        volume=True,
        azimuth_rad=(polar[:, 1] + book.sigma[row, 1] * rng.normal(size=m)) % math.tau,
        elevation_rad=np.full(m, np.nan),
        snr_db=np.full(m, 15.0, np.float32),
        emission=np.array(emission, np.int8),
    )


def test_three_who_hear_a_jammer_place_it(book):
    rng = np.random.default_rng(0)
    jam = [Emission.JAMMER]
    heard = [
        look(book, "south", 100.0, [Emission.OPTICAL, Emission.JAMMER], TWO, rng),
        look(book, "radar", 100.5, jam, JAMMER[None], rng),
        look(book, "north", 100.2, jam, JAMMER[None], rng),
        look(book, "ears", 100.0, [Emission.ACOUSTIC], JAMMER[None], rng),
    ]
    directions, name = directions_of(heard, book)
    assert directions.sensor.tolist() == [0, 1, 2, 3]
    assert name.tolist() == [[2, 0], [0, 1], [1, 0], [3, 0]]
    assert directions.sound.tolist() == [0, 0, 0, 1]
    assert (directions.reach[:3] >= JAMMER_REACH).all()
    found = triangulate(directions).sure()
    assert found.sensors.tolist() == [3]
    off = found.place[0] - JAMMER
    assert off @ np.linalg.solve(found.covariance[0], off) < 16.3
    assert found.rows[0, :4].tolist() == [0, 1, 2, -1]


def test_the_last_word_of_a_sensor_counts(book):
    rng = np.random.default_rng(1)
    jam = [Emission.JAMMER]
    heard = [look(book, "north", t, jam, JAMMER[None], rng) for t in (100.0, 101.0)]
    directions, name = directions_of(heard, book)
    assert directions.at.tolist() == [101 * NS]
    assert name.tolist() == [[1, 0]]


def test_nothing_heard(book):
    directions, name = directions_of([], book)
    assert name.shape == (0, 2)
    assert len(triangulate(directions)) == 0
