"""A scenario, read and checked once: what IS, with the true parameters."""

import datetime

import msgspec

from tdome.earth.terrain import SYNTHETIC
from tdome.kernel.config import faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.books.threats import ThreatBook, threat_book
from tdome.plan.catalogue import Catalogue, bundled_catalogue, overridden
from tdome.plan.names import refuse_doubles
from tdome.world.hiding import Hiding
from tdome.world.salvo_checks import check_birds, check_salvo
from tdome.world.schema.conditions import Resupply
from tdome.world.schema.jammers import Jammer
from tdome.world.schema.raids import Place, Raid
from tdome.world.schema.scenario import ScenarioFile
from tdome.world.schema.traffic import Flights

_FIRST_YEAR, _LAST_YEAR = 1970, 2200  # int64 ns since the epoch end in 2262
_LAST_ADDRESS = 0xFFFFFF  # 24-bit transponder addresses
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Scenario(msgspec.Struct, frozen=True, eq=False):
    """What is: the file, its start (int ns UTC), duration (s), and the TRUE parameters.

    ``threats`` holds the classes that salvos use, in order of first use. ``source`` names the
    file in errors. ``hidden``: how the sites of the plan hide that places stand for, by place.
    """

    file: ScenarioFile
    start: int
    duration: float
    threats: ThreatBook
    catalogue: Catalogue
    places: dict[str, Place]
    source: str
    hidden: dict[str, Hiding] = {}


def read_scenario(text: str, source: str) -> Scenario:
    """Read a scenario from TOML text; ``source`` names the file in errors. Raises ConfigError."""
    with faults_located(text):
        return build_scenario(parse_toml(text, ScenarioFile, source), source)


def build_scenario(file: ScenarioFile, source: str) -> Scenario:
    """Check a scenario file and look up the true parameters. Raises ConfigError."""
    _check_start(file.start, source)
    refuse_doubles([place.name for place in file.places], "places", "name", source)
    refuse_doubles([raid.name for raid in file.raids], "raids", "name", source)
    refuse_doubles([flights.name for flights in file.flights], "flights", "name", source)
    refuse_doubles([birds.name for birds in file.birds], "birds", "name", source)
    check_birds(file.birds, source)
    refuse_doubles([jammer.name for jammer in file.jammers], "jammers", "name", source)
    _check_jammers(file.jammers, source)
    for r, raid in enumerate(file.raids):
        _check_times(r, raid, file.duration_s, source)
    _check_resupply(file.resupply, file.duration_s, source)
    _check_ground(file, source)
    _check_addresses(file.flights, source)
    catalogue = overridden(bundled_catalogue(), file.truth, source, "truth")
    places = {place.name: place for place in file.places}
    classes: dict[str, None] = {}  # a dict keeps the order of first use
    for r, raid in enumerate(file.raids):
        for s, salvo in enumerate(raid.salvos):
            key = f"raids[{r}].salvos[{s}]"
            _known(salvo.type, list(catalogue.threats), f"{key}.type", source)
            for target in salvo.targets:
                _known(target, list(places), f"{key}.targets", source)
            check_salvo(salvo, catalogue.threats[salvo.type], key, source)
            classes[salvo.type] = None
    return Scenario(
        file=file,
        start=(file.start - _EPOCH) // datetime.timedelta(microseconds=1) * 1000,
        duration=file.duration_s,
        threats=threat_book(list(classes), catalogue, source),
        catalogue=catalogue,
        places=places,
        source=source,
    )


def _known(name: str, valid: list[str], key: str, source: str) -> None:
    if name not in valid:
        raise ConfigError.unknown(file=source, key=key, name=name, valid=valid)


def _check_start(start: datetime.datetime, source: str) -> None:
    problem, hint = "", ""
    if start.tzinfo is None:
        problem, hint = "the time has no zone", f"write {start.isoformat()}Z for UTC"
    elif not _FIRST_YEAR < start.year < _LAST_YEAR:
        problem = f"the year {start.year} is not between {_FIRST_YEAR} and {_LAST_YEAR}"
    if problem:
        raise ConfigError(source, None, "start", f"key 'start': {problem}", hint)


def _check_times(r: int, raid: Raid, duration: float, source: str) -> None:
    """Refuse a salvo of which nothing would ever fly."""
    for s, salvo in enumerate(raid.salvos):
        first = raid.start_s + salvo.first_s
        if first < duration:
            continue
        key = (
            f"raids[{r}].start_s" if raid.start_s >= duration else f"raids[{r}].salvos[{s}].first_s"
        )
        problem = (
            f"key {key!r}: the first {salvo.type} of raid {raid.name!r} starts at {first:g} s, "
            f"but the scenario ends at {duration:g} s"
        )
        raise ConfigError(source, None, key, problem, "start it earlier or raise duration_s")


def _check_resupply(supplies: list[Resupply], duration: float, source: str) -> None:
    """Refuse rounds that would arrive when all is over."""
    for i, supply in enumerate(supplies):
        if supply.at_s >= duration:
            key = f"resupply[{i}].at_s"
            problem = (
                f"key {key!r}: the rounds for {supply.unit!r} arrive at {supply.at_s:g} s, "
                f"but the scenario ends at {duration:g} s"
            )
            raise ConfigError(source, None, key, problem, "send them earlier or raise duration_s")


def _check_ground(file: ScenarioFile, source: str) -> None:
    """Refuse a seed of a ground that is not made by one."""
    if file.terrain_seed and file.terrain != SYNTHETIC:
        key = "terrain_seed"
        problem = f"key {key!r}: only synthetic ground has a seed"
        raise ConfigError(source, None, key, problem, f'write terrain = "{SYNTHETIC}"')


def _check_jammers(jammers: list[Jammer], source: str) -> None:
    """Refuse a jammer that ends before it starts."""
    for i, one in enumerate(jammers):
        if one.end_s <= one.start_s:
            key = f"jammers[{i}].end_s"
            problem = f"key {key!r}: {one.name!r} ends at {one.end_s:g} s, before it starts"
            raise ConfigError(source, None, key, problem, f"start_s is {one.start_s:g}")


def _check_addresses(flights: list[Flights], source: str) -> None:
    """Refuse addresses beyond 24 bits, and two flights that answer with the same one."""
    for i, one in enumerate(flights):
        last = one.first_address + one.count - 1
        key = f"flights[{i}].first_address"
        if last > _LAST_ADDRESS:
            problem = (
                f"key {key!r}: {one.count} flights from {one.first_address} on end beyond the last "
                f"24-bit address, {_LAST_ADDRESS}"
            )
            raise ConfigError(source, None, key, problem)
        for other in flights[:i]:
            if (
                one.first_address < other.first_address + other.count
                and other.first_address <= last
            ):
                problem = f"key {key!r}: {one.name!r} shares addresses with {other.name!r}"
                hint = f"{other.name!r} uses {other.first_address} to "
                hint += f"{other.first_address + other.count - 1}"
                raise ConfigError(source, None, key, problem, hint)
