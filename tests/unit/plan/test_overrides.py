"""Overriding catalogue values: beliefs of a plan, truth of a scenario."""

import pytest

from tdome.kernel.errors import ConfigError
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.classes.quantity import Quantity

CATALOGUE = bundled_catalogue()


def test_override_replaces_the_nominal_value_and_says_so():
    changes = {"effectors": {"terminal-ballistic": {"sspk_ballistic": 0.5}}}
    quantity = (
        overridden(CATALOGUE, changes, "mine.toml", "beliefs")
        .effectors["terminal-ballistic"]
        .sspk_ballistic
    )
    before = CATALOGUE.effectors["terminal-ballistic"].sspk_ballistic
    assert quantity.nominal == 0.5
    assert (quantity.low, quantity.high) == (before.low, before.high)
    assert "mine.toml" in quantity.source


def test_override_outside_the_range_widens_it():
    changes = {"threats": {"drone": {"speed_m_s": 90.0}}}
    speed = overridden(CATALOGUE, changes, "f", "truth").threats["drone"].speed_m_s
    assert (speed.low, speed.high) == (CATALOGUE.threats["drone"].speed_m_s.low, 90.0)


def test_override_leaves_the_given_catalogue_and_all_else_alone():
    before = CATALOGUE.threats["drone"].speed_m_s.nominal
    after = overridden(CATALOGUE, {"threats": {"drone": {"speed_m_s": 55.0}}}, "f", "truth")
    assert CATALOGUE.threats["drone"].speed_m_s.nominal == before != 55.0
    assert after.sensors == CATALOGUE.sensors
    assert after.threats["srbm"] == CATALOGUE.threats["srbm"]


@pytest.mark.parametrize(
    ("changes", "key", "nearest"),
    [
        ({"threat": {}}, "beliefs.threat", "threats"),
        ({"threats": {"drones": {}}}, "beliefs.threats.drones", "drone"),
        ({"threats": {"drone": {"speed": 1.0}}}, "beliefs.threats.drone.speed", "speed_m_s"),
        ({"threats": {"drone": {"title": 1.0}}}, "beliefs.threats.drone.title", "altitude_m"),
    ],
)
def test_unknown_names_are_refused_with_place_and_valid_names(changes, key, nearest):
    with pytest.raises(ConfigError) as caught:
        overridden(CATALOGUE, changes, "mine.toml", "beliefs")
    assert caught.value.file == "mine.toml"
    assert caught.value.key == key
    assert nearest in str(caught.value)


def test_quantity_refuses_a_nominal_value_outside_its_range():
    with pytest.raises(ValueError, match="low <= nominal <= high"):
        Quantity(nominal=3.0, low=1.0, high=2.0, source="none", status="notional")
