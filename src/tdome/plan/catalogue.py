"""The catalogue: generic threat, sensor and effector classes with nominal, low, high.

Source and status.

Two books are read from it (DESIGN.md, lock 7): the plan's beliefs (nominal values, overridden by
the plan) and the scenario's truth (nominal values, overridden by the scenario). Laws are shared,
parameters never.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TypeVar

import msgspec

from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.bounds import fault_of_pairs, fault_of_value
from tdome.plan.classes.effectors import EffectorClass
from tdome.plan.classes.quantity import Quantity
from tdome.plan.classes.sensors import SensorClass
from tdome.plan.classes.threats import ThreatClass

T = TypeVar("T")


class Catalogue(msgspec.Struct, frozen=True):
    """All classes by id."""

    threats: Mapping[str, ThreatClass]
    sensors: Mapping[str, SensorClass]
    effectors: Mapping[str, EffectorClass]


Overrides = dict[str, dict[str, dict[str, float]]]
"""Kind (threats, sensors, effectors) -> class -> key -> nominal value."""

_KINDS: dict[str, type] = {
    "threats": ThreatClass,
    "sensors": SensorClass,
    "effectors": EffectorClass,
}


def catalogue_text(kind: str) -> str:
    """Return the bundled TOML of one kind (threats, sensors or effectors)."""
    return resources.files("tdome").joinpath("catalogue", f"{kind}.toml").read_text("utf-8")


@cache
def bundled_catalogue() -> Catalogue:
    """Read the catalogue that is shipped inside the package."""
    books = {
        kind: parse_toml(catalogue_text(kind), dict[str, of], f"catalogue/{kind}.toml")  # type: ignore[valid-type]
        for kind, of in _KINDS.items()
    }
    return Catalogue(**books)


def overridden(catalogue: Catalogue, overrides: Overrides, file: str, table: str) -> Catalogue:
    """Return the catalogue with nominal values replaced; low and high widen to hold the new value.

    ``table`` is the table of ``file`` that holds the overrides, for errors.

    Raises ConfigError for a kind, class or key that does not exist, with the nearest valid name,
    and for a value that is physically impossible.
    """
    books: dict[str, dict[str, msgspec.Struct]] = {}
    for kind in _KINDS:
        book: dict[str, msgspec.Struct] = dict(getattr(catalogue, kind))
        for class_id, changes in overrides.get(kind, {}).items():
            entry = _known(book, class_id, f"{table}.{kind}.{class_id}", file)
            place = f"{table}.{kind}.{class_id}"
            book[class_id] = _changed(entry, changes, place, file)
            _refuse_impossible(kind, book[class_id], list(changes), place, file)
        books[kind] = book
    for kind in overrides:
        _known(dict.fromkeys(_KINDS), kind, f"{table}.{kind}", file)
    return Catalogue(**books)  # type: ignore[arg-type]


def _refuse_impossible(
    kind: str, entry: msgspec.Struct, changed: list[str], path: str, file: str
) -> None:
    quantities = {key: getattr(entry, key) for key in entry.__struct_fields__}
    values = {key: q.nominal for key, q in quantities.items() if isinstance(q, Quantity)}
    for key in changed:
        fault = fault_of_value(kind, key, values[key]) or fault_of_pairs(kind, values, key)
        if fault:
            problem = f"key {f'{path}.{key}'!r}: {fault}"
            raise ConfigError(file, None, f"{path}.{key}", problem)


def _known(book: Mapping[str, T], name: str, path: str, file: str) -> T:
    if name not in book:
        raise ConfigError.unknown(file=file, key=path, name=name, valid=list(book))
    return book[name]


def _changed(
    entry: msgspec.Struct, changes: dict[str, float], path: str, file: str
) -> msgspec.Struct:
    new: dict[str, Quantity] = {}
    for key, value in changes.items():
        quantities = {
            f: q for f in entry.__struct_fields__ if isinstance(q := getattr(entry, f), Quantity)
        }
        old = _known(quantities, key, f"{path}.{key}", file)
        new[key] = msgspec.structs.replace(
            old,
            nominal=value,
            low=min(old.low, value),
            high=max(old.high, value),
            source=f"{file}: override",
            status="notional",
        )
    return msgspec.structs.replace(entry, **new)
