"""The catalogue: generic threat, sensor and effector classes with nominal, low, high.

Source and status.

Two books are read from it (DESIGN.md, lock 7): the plan's beliefs (nominal values, overridden by
the plan) and the scenario's truth (nominal values, overridden by the scenario). Laws are shared,
parameters never.
"""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Literal, TypeVar

import msgspec

from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.plan.bounds import fault_of_pairs, fault_of_value

T = TypeVar("T")

FamilyName = Literal["ballistic", "cruise", "drone", "aircraft"]
Status = Literal["notional", "published"]


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One catalogue number: its unit is in the key's name.

    Low and high are the range a study may vary.
    """

    nominal: float
    low: float
    high: float
    source: Annotated[str, msgspec.Meta(min_length=3)]
    status: Status

    def __post_init__(self) -> None:
        """Refuse a nominal value outside its own range."""
        if not self.low <= self.nominal <= self.high:
            raise ValueError(
                f"low <= nominal <= high expected, got {self.low}, {self.nominal}, {self.high}"
            )


class ThreatClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic threat class. Ballistic classes need the three ballistic keys.

    The others altitude_m.
    """

    title: str
    family: FamilyName
    decoy: bool = False
    speed_m_s: Quantity
    rcs_m2: Quantity
    range_km: Quantity
    unit_cost_usd: Quantity
    cep_m: Quantity
    damage_radius_m: Quantity
    damage_fraction: Quantity
    altitude_m: Quantity | None = None
    flight_path_angle_deg: Quantity | None = None
    ballistic_coefficient_kg_m2: Quantity | None = None
    burnout_altitude_km: Quantity | None = None


class SensorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic radar class: range law anchored where 1 m^2 is seen with probability one half.

    tasks_per_s is how many extra looks command may ask of it (0 for a rotator).
    """

    title: str
    reference_range_km: Quantity
    max_range_km: Quantity
    min_elevation_deg: Quantity
    max_elevation_deg: Quantity
    period_s: Quantity
    sigma_range_m: Quantity
    sigma_azimuth_deg: Quantity
    sigma_elevation_deg: Quantity
    false_alarm_probability: Quantity
    false_plots_per_scan: Quantity
    latency_s: Quantity
    antenna_height_m: Quantity
    tasks_per_s: Quantity


class EffectorClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A generic effector class: envelope, timing, magazine.

    Cost and SSPK by threat family (0 = not suited).
    """

    title: str
    layer: str
    min_range_km: Quantity
    max_range_km: Quantity
    min_altitude_km: Quantity
    max_altitude_km: Quantity
    speed_m_s: Quantity
    boost_s: Quantity
    reaction_s: Quantity
    salvo_spacing_s: Quantity
    channels: Quantity
    rounds: Quantity
    round_cost_usd: Quantity
    basket_m: Quantity
    sspk_ballistic: Quantity
    sspk_cruise: Quantity
    sspk_drone: Quantity
    sspk_aircraft: Quantity


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
