"""The sun's elevation against published digits."""

import datetime
import math

import pytest

from tdome.earth.sun import sun_elevation


def ns(*when: int) -> int:
    return round(datetime.datetime(*when, tzinfo=datetime.UTC).timestamp() * 1e9)


def test_the_worked_example_of_nrel():
    # Reda and Andreas, NREL/TP-560-34302 (2008), appendix A.5: zenith 50.11162 degrees with 0.01
    # degrees of refraction.
    found = sun_elevation(
        ns(2003, 10, 17, 19, 30, 30), math.radians(39.742476), math.radians(-105.1786)
    )
    assert math.degrees(found) == pytest.approx(90.0 - 50.11162 - 0.016, abs=0.02)


def test_noon_of_a_solstice_and_midnight_after_it():
    lat, lon = math.radians(23.4), math.radians(120.0)
    assert math.degrees(sun_elevation(ns(2030, 6, 21, 4), lat, lon)) == pytest.approx(90.0, abs=0.7)
    assert math.degrees(sun_elevation(ns(2030, 6, 21, 16), lat, lon)) < -40.0
