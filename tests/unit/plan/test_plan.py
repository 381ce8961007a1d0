"""Reading a plan: defaults, conversion, and errors for people."""

import pytest

from tdome.kernel.errors import ConfigError
from tdome.messages.codes import WeaponControl
from tdome.plan.plan import read_plan

SMALL = """
name = "small"
threats = ["srbm"]

[beliefs.effectors.gun]
rounds = 5

[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 24.0
lon_deg = 121.0

[[fire_units]]
name = "one"
type = "gun"
lat_deg = 24.0
lon_deg = 121.0

[[fire_units]]
name = "two"
type = "gun"
lat_deg = 24.0
lon_deg = 121.0
weapon_control = "hold"

[[assets]]
name = "town"
lat_deg = 24.0
lon_deg = 121.0
radius_km = 2.0
value = 1.0
"""


def test_small_plan_has_defaults_and_beliefs():
    plan = read_plan(SMALL, "small.toml")
    assert plan.units.rounds.tolist() == [5, 5]
    assert plan.weapon_control == (WeaponControl.TIGHT, WeaponControl.HOLD)
    assert plan.doctrine.firing == "shoot-look-shoot"
    assert plan.authority.time_out_s > 0.0
    assert len(plan.zones) == 0


def test_weapon_control_of_the_doctrine_is_the_default_of_the_units():
    plan = read_plan(SMALL + '\n[doctrine]\nweapon_control = "free"\n', "small.toml")
    assert plan.weapon_control == (WeaponControl.FREE, WeaponControl.HOLD)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("radius_km = 2.0", "radius_m = 2.0", "radius_km"),
        ("radius_km = 2.0", "radius_km = -2.0", "> 0"),
        ("radius_km = 2.0", 'radius_km = "2 km"', "a number"),
        ("value = 1.0", "value = inf", "got inf"),
        ('weapon_control = "hold"', 'weapon_control = "held"', "hold"),
        ('type = "multifunction"', 'type = "multi-function"', "multifunction"),
        ("rounds = 5", "ronds = 5", "rounds"),
        ('threats = ["srbm"]', 'threats = ["srmb"]', "srbm"),
    ],
)
def test_mistakes_are_told_with_line_and_cure(old, new, said):
    assert SMALL.count(old) == 1
    line = SMALL[: SMALL.index(old)].count("\n") + 1
    with pytest.raises(ConfigError) as caught:
        read_plan(SMALL.replace(old, new), "small.toml")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"small.toml:{line}: ")
    assert said in str(caught.value)
