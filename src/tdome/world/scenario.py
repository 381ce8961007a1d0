"""A scenario, read and checked once: what IS, with the true parameters."""

import datetime

import msgspec

from tdome.kernel.config import faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.books import ThreatBook, threat_book
from tdome.plan.catalogue import Catalogue, bundled_catalogue, overridden
from tdome.world.schema import Place, ScenarioFile

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Scenario(msgspec.Struct, frozen=True, eq=False):
    """What is: the file, its start (int ns UTC), duration (s), and the TRUE parameters.

    ``threats`` holds the classes that salvos use, in order of first use. ``source`` names the
    file in errors.
    """

    file: ScenarioFile
    start: int
    duration: float
    threats: ThreatBook
    catalogue: Catalogue
    places: dict[str, Place]
    source: str


def read_scenario(text: str, source: str) -> Scenario:
    """Read a scenario from TOML text; ``source`` names the file in errors. Raises ConfigError."""
    with faults_located(text):
        return build_scenario(parse_toml(text, ScenarioFile, source), source)


def build_scenario(file: ScenarioFile, source: str) -> Scenario:
    """Check a scenario file and look up the true parameters. Raises ConfigError."""
    if file.start.tzinfo is None:
        raise ConfigError(
            file=source,
            line=None,
            key="start",
            problem="key 'start': the time has no zone",
            hint=f"write {file.start.isoformat()}Z for UTC",
        )
    catalogue = overridden(bundled_catalogue(), file.truth, source, "truth")
    _refuse_doubles([place.name for place in file.places], "places", source)
    _refuse_doubles([raid.name for raid in file.raids], "raids", source)
    _refuse_doubles([flights.name for flights in file.flights], "flights", source)
    places = {place.name: place for place in file.places}
    classes: dict[str, None] = {}  # a dict keeps the order of first use
    for r, raid in enumerate(file.raids):
        for s, salvo in enumerate(raid.salvos):
            key = f"raids[{r}].salvos[{s}]"
            _known(salvo.type, list(catalogue.threats), f"{key}.type", source)
            for target in salvo.targets:
                _known(target, list(places), f"{key}.targets", source)
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


def _refuse_doubles(names: list[str], key: str, source: str) -> None:
    """Names key the random draws, so two of the same name would share their luck."""
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ConfigError(
                file=source,
                line=None,
                key=f"{key}[{i}].name",
                problem=f"key '{key}[{i}].name': {name!r} is given twice",
                hint="give each its own name",
            )
