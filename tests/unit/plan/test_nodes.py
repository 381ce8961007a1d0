"""Levels of integration: who shares a picture, who shares a plan of fire, and what can not be."""

import pytest

from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan, read_plan


def plan_of(coordination: str = "", *, posts: bool = True, sensor: bool = True) -> Plan:
    """Two zones: a radar each, two guns each; the second post is the senior one."""
    place = "lat_deg = 24.0\nlon_deg = 121.0\n"
    text = f'name = "two"\nthreats = ["srbm"]\n[coordination]\n{coordination}\n'
    text += f'[[assets]]\nname = "town"\n{place}radius_km = 2.0\nvalue = 1.0\n'
    for zone, rank in (("a", 2), ("b", 1)):
        if posts:
            text += f'[[command_posts]]\nname = "{zone}"\nrank = {rank}\n{place}'
        post = f'command_post = "{zone}"\n' if posts and zone == "a" else ""
        text += f'[[sensors]]\nname = "radar {zone}"\ntype = "gap-filler"\n{place}{post}'
        for n in (1, 2):
            own = f'sensor = "radar {zone}"\n' if sensor else ""
            text += f'[[fire_units]]\nname = "gun {zone}{n}"\ntype = "gun"\n{place}{post}{own}'
    return read_plan(text, "two.toml")


@pytest.mark.parametrize(
    ("picture", "fire", "pictures", "sensors", "units", "together"),
    [
        ("integrated", "integrated", ("two",), [0, 0], [0, 0, 0, 0], [0, 0, 0, 0]),
        ("integrated", "own", ("two",), [0, 0], [0, 0, 0, 0], [0, 1, 2, 3]),
        ("zone", "zone", ("a", "b"), [0, 1], [0, 0, 1, 1], [0, 0, 1, 1]),
        ("own", "own", ("radar a", "radar b"), [0, 1], [0, 0, 1, 1], [0, 1, 2, 3]),
    ],
)
def test_who_shares_what(picture, fire, pictures, sensors, units, together):
    nodes = plan_of(f'picture = "{picture}"\nfire = "{fire}"').nodes
    assert nodes.pictures == pictures
    assert nodes.picture_of_sensor.tolist() == sensors
    assert nodes.picture_of_unit.tolist() == units  # without a post: the senior one's zone
    assert nodes.fire_of_unit.tolist() == together


def test_a_plan_that_says_nothing_is_integrated():
    nodes = plan_of().nodes
    assert len(nodes.pictures) == 1
    assert not nodes.fire_of_unit.any()


@pytest.mark.parametrize(
    ("coordination", "lacks", "said"),
    [
        ('picture = "zone"', {}, "two.toml:3: key 'coordination.fire': 'integrated' fire needs a"),
        ('fire = "zone"', {"posts": False}, "two.toml:4: key 'coordination.fire': the plan has no"),
        ('picture = "own"\nfire = "own"', {"sensor": False}, "'gun a1' has no sensor of its own"),
        ('picture = "zonal"', {}, "two.toml:4"),
    ],
)
def test_what_can_not_be_is_told(coordination, lacks, said):
    with pytest.raises(ConfigError) as fault:
        plan_of(coordination, **lacks)
    assert said in str(fault.value)
