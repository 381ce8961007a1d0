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


def as_entry(table, **changes):
    """Return a further list entry: that of the small plan, with changes."""
    entries = {
        "sensors": {"name": '"radar"', "type": '"multifunction"', "lat_deg": 24, "lon_deg": 121},
        "fire_units": {"name": '"one"', "type": '"gun"', "lat_deg": 24, "lon_deg": 121},
        "assets": {"name": '"town"', "lat_deg": 24, "lon_deg": 121, "radius_km": 1, "value": 1},
        "zones.circles": {"code": '"z"', "name": '"z"', "lat_deg": 24, "lon_deg": 121}
        | {"radius_km": 1},
    }
    keys = entries[table] | changes
    return f"\n[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        (as_entry("sensors"), "sensors[1].name", "'radar' is given twice"),
        (as_entry("fire_units"), "fire_units[2].name", "'one' is given twice"),
        (as_entry("assets"), "assets[1].name", "'town' is given twice"),
        (as_entry("zones.circles") * 2, "zones.circles[1].code", "'z' is given twice"),
        (as_entry("zones.circles", lat_deg=90), "zones.circles[0]", "latitude"),
        (as_entry("zones.circles", lon_deg=-180), "zones.circles[0]", "180th meridian"),
        (as_entry("zones.circles", radius_km=1e6), "zones.circles[0].radius_km", "<= 1000"),
        (as_entry("assets", population=2**70), "assets[1].population", "<= "),
        (as_entry("assets", value=1e300), "assets[1].value", "<= "),
        (as_entry("fire_units", rounds=2**40), "fire_units[2].rounds", "<= 10000"),
        (as_entry("sensors", height_m=1e9), "sensors[1].height_m", "<= 30000"),
        (as_entry("sensors", name=r'"a\u001b[2J"'), "sensors[1].name", "regex"),
        ("\n[clock]\ndecide_s = 1e-9\n", "clock.decide_s", ">= 0.01"),
        ("\n[clock]\npicture_s = 1e300\n", "clock.picture_s", "<= 86400"),
        ("\n[authority]\ntime_out_s = 1e300\n", "authority.time_out_s", "<= 86400"),
        ("\n[authority]\nanswer_time_s = 20\n", "authority.answer_time_s", "20 s"),
        ("\n[warning]\nlead_limit_s = 1e300\n", "warning.lead_limit_s", "<= 86400"),
        ("\n[traffic]\ncivil_addresses = [[9, 3]]\n", "traffic.civil_addresses[0]", "[3, 9]"),
        ("\n[traffic]\ncivil_addresses = [[-5, 3]]\n", "traffic.civil_addresses[0][0]", ">= 0"),
    ],
)
def test_what_can_not_be_meant_is_refused(more, key, said):
    with pytest.raises(ConfigError) as caught:
        read_plan(SMALL + more, "small.toml")
    assert caught.value.key == key
    assert said in str(caught.value)
    assert caught.value.line > SMALL.count("\n") - 1


def test_a_class_is_expected_once():
    text = SMALL.replace('["srbm"]', '["srbm", "drone", "srbm"]')
    with pytest.raises(
        ConfigError, match=r"small\.toml:3: key 'threats\[2\]': 'srbm' is given twice"
    ):
        read_plan(text, "small.toml")


def test_a_zone_needs_its_post():
    text = SMALL.replace(
        "[[sensors]]",
        '[[command_posts]]\nname = "HQ"\nlat_deg = 24\n'
        'lon_deg = 121\n[[sensors]]\ncommand_post = "HG"',
        1,
    )
    with pytest.raises(ConfigError) as caught:
        read_plan(text, "small.toml")
    assert caught.value.key == "sensors[0].command_post"
    assert "'HQ'" in str(caught.value)
    assert read_plan(text.replace('"HG"', '"HQ"'), "small.toml").file.command_posts[0].rank == 1
