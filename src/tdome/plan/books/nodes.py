"""Levels of integration: which sites share a picture, and which units share a plan of fire."""

import msgspec
import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Ints
from tdome.plan.schema import FireUnitSite, PlanFile, SensorSite

WIDTH = ("own", "zone", "integrated")
"""Levels of integration from the narrowest to the widest."""


class NodeBook(msgspec.Struct, frozen=True, eq=False):
    """Who knows what of whom.

    pictures: name of each picture: of its sensor, of its command post, or of the plan.
    picture_of_sensor (s,), picture_of_unit (u,): row in ``pictures``. fire_of_unit (u,): units of
    the same number know one another's engagements, others do not.
    """

    pictures: tuple[str, ...]
    picture_of_sensor: Ints
    picture_of_unit: Ints
    fire_of_unit: Ints


def node_book(file: PlanFile, source: str) -> NodeBook:
    """Return who shares what by a plan; raises ConfigError where it can not be so."""
    picture, fire = file.coordination.picture, file.coordination.fire
    if WIDTH.index(fire) > WIDTH.index(picture):
        key = "coordination.fire"
        problem = f"key {key!r}: {fire!r} fire needs a picture as wide, and it is {picture!r}"
        hint = f"write fire = {picture!r}, or a wider coordination.picture"
        raise ConfigError(source, None, key, problem, hint)
    for name, level in (("picture", picture), ("fire", fire)):
        if level == "zone" and not file.command_posts:
            key = f"coordination.{name}"
            problem = f"key {key!r}: the plan has no command posts whose zones these would be"
            hint = "add [[command_posts]] and name them in sensors and fire units"
            raise ConfigError(source, None, key, problem, hint)
    pictures, of_sensor, of_unit = _pictures(file, source)
    rows = {
        "integrated": [0] * len(file.fire_units),
        "zone": _zones(file, file.fire_units),
        "own": list(range(len(file.fire_units))),
    }
    return NodeBook(pictures, _column(of_sensor), _column(of_unit), _column(rows[fire]))


def _pictures(file: PlanFile, source: str) -> tuple[tuple[str, ...], list[int], list[int]]:
    """Return the pictures, and the row of that of each sensor and of each fire unit."""
    level = file.coordination.picture
    if level == "integrated":
        return (file.name,), [0] * len(file.sensors), [0] * len(file.fire_units)
    if level == "zone":
        posts = tuple(post.name for post in file.command_posts)
        return posts, _zones(file, file.sensors), _zones(file, file.fire_units)
    names = tuple(site.name for site in file.sensors)
    for i, unit in enumerate(file.fire_units):
        if unit.sensor not in names:
            key = f"fire_units[{i}].sensor"
            problem = f"key {key!r}: {unit.name!r} has no sensor of its own to see by"
            hint = 'name one of the sensors, or write coordination.picture = "zone"'
            raise ConfigError(source, None, key, problem, hint)
    rows = {name: row for row, name in enumerate(names)}
    of_unit = [rows[unit.sensor] for unit in file.fire_units if unit.sensor is not None]
    return names, list(range(len(names))), of_unit


def _zones(file: PlanFile, sites: list[SensorSite] | list[FireUnitSite]) -> list[int]:
    """Return the row of the command post of each site: the first by rank where none is named."""
    if not file.command_posts:
        return [0] * len(sites)
    rows = {post.name: row for row, post in enumerate(file.command_posts)}
    senior = min(rows.values(), key=lambda row: (file.command_posts[row].rank, row))
    return [senior if site.command_post is None else rows[site.command_post] for site in sites]


def _column(rows: list[int]) -> Ints:
    return np.array(rows, np.int32)
