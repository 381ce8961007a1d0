"""A plan, read and converted once: the book from which command believes."""

from functools import cached_property

import msgspec
import numpy as np

from tdome.kernel.config import faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.messages.codes import WeaponControl
from tdome.plan.books.assets import AssetBook, asset_book
from tdome.plan.books.fire_zones import FireZoneBook, fire_zone_book
from tdome.plan.books.nodes import NodeBook, node_book
from tdome.plan.books.sensors import SensorBook, sensor_book
from tdome.plan.books.threats import ThreatBook, threat_book
from tdome.plan.books.units import UnitBook, unit_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.names import refuse_doubles
from tdome.plan.schema import Authority, Clocking, Doctrine, PlanFile, Site, Traffic, WarningRules
from tdome.plan.zones import ZoneBook, refuse_off_the_map, zone_book

NO_CLASS = "none"  # in ``expected``: what is none of the plan's classes
NONE_SHARE = 0.2  # of tracks, where the plan says nothing; our own choice


class Plan(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What we believe, in SI columns. ``weapon_control`` has one WeaponControl per fire unit."""

    name: str
    file: PlanFile
    sensors: SensorBook
    units: UnitBook
    assets: AssetBook
    threats: ThreatBook
    weapon_control: tuple[WeaponControl, ...]
    source: str

    @property
    def doctrine(self) -> Doctrine:
        """Firing doctrine and rules."""
        return self.file.doctrine

    @property
    def authority(self) -> Authority:
        """Who decides, and in what time."""
        return self.file.authority

    @property
    def clock(self) -> Clocking:
        """Rates of deciding and recording."""
        return self.file.clock

    @property
    def traffic(self) -> Traffic:
        """Filed civil traffic."""
        return self.file.traffic

    @property
    def prior(self) -> Floats:
        """Probability of each class and, last, of none of them, before anything is seen."""
        told = self.file.expected
        share = np.array([told.get(name, 1.0) for name in self.file.threats])
        usual = float(share.sum()) * NONE_SHARE / (1.0 - NONE_SHARE)
        share = np.append(share, told.get(NO_CLASS, usual))
        return np.asarray(share / share.sum())

    @property
    def warning(self) -> WarningRules:
        """Rules for civil warnings."""
        return self.file.warning

    @cached_property
    def zones(self) -> ZoneBook:
        """Warning zones; read when first asked for, since a study may need none."""
        return zone_book(self.file.zones, self.source)

    @cached_property
    def fire_zones(self) -> FireZoneBook:
        """Where no intercept may be, and where alone one may be."""
        return fire_zone_book(self.file.fire_zones, self.units, self.source)

    @cached_property
    def nodes(self) -> NodeBook:
        """Who shares a picture, and who shares a plan of fire."""
        return node_book(self.file, self.source)


def read_plan(text: str, source: str) -> Plan:
    """Read a plan from TOML text; ``source`` names the file in errors. Raises ConfigError."""
    with faults_located(text):
        plan = build_plan(parse_toml(text, PlanFile, source), source)
        if plan.file.zones.geojson is not None or plan.file.zones.populations:
            _ = plan.zones  # a user's file, a user's codes: their faults are told before the run
        return plan


def build_plan(file: PlanFile, source: str) -> Plan:
    """Convert a plan file to SI columns with the believed performance. Raises ConfigError."""
    _check(file, source)
    believed = overridden(bundled_catalogue(), file.beliefs, source, "beliefs")
    default = file.doctrine.weapon_control
    plan = Plan(
        name=file.name,
        file=file,
        sensors=sensor_book(file.sensors, believed, source),
        units=unit_book(file.fire_units, believed, source),
        assets=asset_book(file.assets),
        threats=threat_book(file.threats, believed, source),
        weapon_control=tuple(
            WeaponControl[(site.weapon_control or default).upper()] for site in file.fire_units
        ),
        source=source,
    )
    _ = plan.fire_zones, plan.nodes  # their faults are told now
    return plan


def _check(file: PlanFile, source: str) -> None:
    """Refuse what can be read but can not be meant. Raises ConfigError."""
    refuse_doubles(file.threats, "threats", "", source)
    refuse_doubles([site.name for site in file.sensors], "sensors", "name", source)
    refuse_doubles([site.name for site in file.fire_units], "fire_units", "name", source)
    refuse_doubles([asset.name for asset in file.assets], "assets", "name", source)
    _check_command(file, source)
    _check_sites(file, source)
    refuse_doubles([zone.code for zone in file.zones.circles], "zones.circles", "code", source)
    refuse_off_the_map(file.zones.circles, source)
    _check_properties(file, source)
    _check_units(file, source)
    for name in file.expected:
        if name not in {*file.threats, NO_CLASS}:
            known = [*file.threats, NO_CLASS]
            raise ConfigError.unknown(file=source, key="expected", name=name, valid=known)
    for i, (first, last) in enumerate(file.traffic.civil_addresses):
        if first > last:
            key = f"traffic.civil_addresses[{i}]"
            problem = f"key {key!r}: the first address ({first}) is above the last ({last})"
            raise ConfigError(source, None, key, problem, f"write [{last}, {first}]")


def _check_sites(file: PlanFile, source: str) -> None:
    """Refuse two sites of one name: links, losses and draws are told apart by it."""
    seen: set[str] = set()
    lists: list[tuple[str, list[Site]]] = [
        ("sensors", [*file.sensors]),
        ("fire_units", [*file.fire_units]),
        ("command_posts", [*file.command_posts]),
    ]
    for kind, sites in lists:
        for i, site in enumerate(sites):
            if site.name in seen:
                key = f"{kind}[{i}].name"
                problem = f"key {key!r}: {site.name!r} is the name of another site"
                raise ConfigError(source, None, key, problem, "give each its own name")
        seen |= {site.name for site in sites}


def _check_properties(file: PlanFile, source: str) -> None:
    """Refuse names of GeoJSON properties where there is no GeoJSON."""
    for name in ("geojson_code", "geojson_name", "geojson_population"):
        if file.zones.geojson is None and getattr(file.zones, name) is not None:
            key = f"zones.{name}"
            problem = f"key {key!r}: there is no zones.geojson to look it up in"
            raise ConfigError(source, None, key, problem, 'add geojson = "FILE"')


def _check_units(file: PlanFile, source: str) -> None:
    """Refuse own sensors that do not exist, and moves that are not in the order of time."""
    sensors = [sensor.name for sensor in file.sensors]
    for i, site in enumerate(file.fire_units):
        if site.sensor is not None and site.sensor not in sensors:
            key = f"fire_units[{i}].sensor"
            raise ConfigError.unknown(file=source, key=key, name=site.sensor, valid=sensors)
        times = [move.at_s for move in site.moves]
        for k in range(1, len(times)):
            if times[k] <= times[k - 1]:
                key = f"fire_units[{i}].moves[{k}].at_s"
                problem = f"key {key!r}: {times[k]:g} s is not after the move before it"
                raise ConfigError(source, None, key, problem, "write moves in order of time")


def _check_command(file: PlanFile, source: str) -> None:
    """Refuse zones of no command post, and an operator who always answers too late."""
    refuse_doubles([post.name for post in file.command_posts], "command_posts", "name", source)
    posts = [post.name for post in file.command_posts]
    zones = [(f"sensors[{i}]", site.command_post) for i, site in enumerate(file.sensors)]
    zones += [(f"fire_units[{i}]", site.command_post) for i, site in enumerate(file.fire_units)]
    for place, post in zones:
        if post is not None and post not in posts:
            key = f"{place}.command_post"
            raise ConfigError.unknown(file=source, key=key, name=post, valid=posts)
    answer, limit = file.authority.answer_time_s, file.authority.time_out_s
    if answer > limit:
        key = "authority.answer_time_s"
        problem = f"key {key!r}: the answer comes after {answer:g} s, the time-out is {limit:g} s"
        hint = "nothing would ever be approved: lower it or raise authority.time_out_s"
        raise ConfigError(source, None, key, problem, hint)
