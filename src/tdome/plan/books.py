"""The plan in SI columns: sites, performance.

Assets and classes as flat arrays that kernels take as they are.

The same builders make the world's true books from the same sites and another catalogue (other
parameters). Angles rad, lengths m, times s, positions ECEF WGS-84.
"""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import numpy as np

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.codes import Family
from tdome.plan.catalogue import Catalogue, Quantity, ThreatClass
from tdome.plan.schema import Asset, FireUnitSite, SensorSite

T = TypeVar("T")

MAX_ROUND = 10_000


class SensorBook(msgspec.Struct, frozen=True, eq=False):
    """Radars, one row each. ``ecef`` is the antenna (ground + antenna height).

    ``axes`` its ENU unit vectors.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    lat: Floats
    lon: Floats
    height: Floats
    ecef: Floats
    axes: Floats
    reference_range: Floats
    max_range: Floats
    min_elevation: Floats
    max_elevation: Floats
    period: Floats
    sigma: Floats  # (n, 3) range m, azimuth rad, elevation rad
    false_alarm: Floats
    false_plots: Floats
    latency: Floats
    task_rate: Floats


class UnitBook(msgspec.Struct, frozen=True, eq=False):
    """Fire units, one row each. ``sspk`` has one column per Family."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    layers: tuple[str, ...]
    lat: Floats
    lon: Floats
    ecef: Floats
    min_range: Floats
    max_range: Floats
    min_altitude: Floats
    max_altitude: Floats
    speed: Floats
    boost: Floats
    reaction: Floats
    spacing: Floats
    channels: Ints
    rounds: Ints
    cost: Floats
    basket: Floats
    sspk: Floats


class AssetBook(msgspec.Struct, frozen=True, eq=False):
    """Defended assets, one row each."""

    names: tuple[str, ...]
    lat: Floats
    lon: Floats
    ecef: Floats
    radius: Floats
    value: Floats
    population: Floats


class ThreatBook(msgspec.Struct, frozen=True, eq=False):
    """Threat classes, one row each: nominal, and (n, 2) low-high for what varies.

    Nan where a class has no such key.
    """

    names: tuple[str, ...]
    family: Codes
    decoy: Codes
    speed: Floats
    speed_range: Floats
    altitude: Floats
    altitude_range: Floats
    rcs: Floats
    rcs_range: Floats
    range: Floats
    cost: Floats
    cep: Floats
    damage_radius: Floats
    damage_fraction: Floats
    flight_path_angle: Floats
    beta: Floats
    beta_range: Floats
    burnout_altitude: Floats


def _column(entries: Sequence[msgspec.Struct], key: str, scale: float = 1.0) -> Floats:
    return np.array([_nominal(getattr(entry, key)) * scale for entry in entries], dtype=np.float64)


def _nominal(quantity: Quantity | None) -> float:
    return float("nan") if quantity is None else quantity.nominal


def _ranges(entries: Sequence[msgspec.Struct], key: str) -> Floats:
    rows = [getattr(entry, key) for entry in entries]
    pairs = [(np.nan, np.nan) if q is None else (q.low, q.high) for q in rows]
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)


def _look_up(book: dict[str, T], name: str, key: str, file: str) -> T:
    if name not in book:
        raise ConfigError.unknown(file=file, key=key, name=name, valid=list(book))
    return book[name]


def _places(sites: Sequence[SensorSite | FireUnitSite | Asset]) -> tuple[Floats, Floats]:
    lat = np.radians(np.array([site.lat_deg for site in sites], dtype=np.float64))
    lon = np.radians(np.array([site.lon_deg for site in sites], dtype=np.float64))
    return lat, lon


def sensor_book(sites: Sequence[SensorSite], catalogue: Catalogue, file: str) -> SensorBook:
    """Return the radars of ``sites`` with their classes' performance in ``catalogue``."""
    known = dict(catalogue.sensors)
    classes = [
        _look_up(known, site.type, f"sensors[{i}].type", file) for i, site in enumerate(sites)
    ]
    lat, lon = _places(sites)
    ground = np.array([site.height_m for site in sites], dtype=np.float64)
    height = ground + _column(classes, "antenna_height_m")
    sigma = np.stack(
        [
            _column(classes, "sigma_range_m"),
            np.radians(_column(classes, "sigma_azimuth_deg")),
            np.radians(_column(classes, "sigma_elevation_deg")),
        ],
        axis=1,
    )
    return SensorBook(
        names=tuple(site.name for site in sites),
        types=tuple(site.type for site in sites),
        lat=lat,
        lon=lon,
        height=height,
        ecef=geodetic_to_ecef(lat, lon, height),
        axes=np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)]),
        reference_range=_column(classes, "reference_range_km", 1e3),
        max_range=_column(classes, "max_range_km", 1e3),
        min_elevation=np.radians(_column(classes, "min_elevation_deg")),
        max_elevation=np.radians(_column(classes, "max_elevation_deg")),
        period=_column(classes, "period_s"),
        sigma=sigma,
        false_alarm=_column(classes, "false_alarm_probability"),
        false_plots=_column(classes, "false_plots_per_scan"),
        latency=_column(classes, "latency_s"),
        task_rate=_column(classes, "tasks_per_s"),
    )


def unit_book(sites: Sequence[FireUnitSite], catalogue: Catalogue, file: str) -> UnitBook:
    """Return the fire units of ``sites`` with their classes' performance in ``catalogue``."""
    known = dict(catalogue.effectors)
    classes = [
        _look_up(known, site.type, f"fire_units[{i}].type", file) for i, site in enumerate(sites)
    ]
    lat, lon = _places(sites)
    height = np.array([site.height_m for site in sites], dtype=np.float64)
    rounds = _column(classes, "rounds").astype(np.int32)
    for i, site in enumerate(sites):
        if site.rounds is not None:
            rounds[i] = min(site.rounds, MAX_ROUND)
    families = ("sspk_ballistic", "sspk_cruise", "sspk_drone", "sspk_aircraft")
    return UnitBook(
        names=tuple(site.name for site in sites),
        types=tuple(site.type for site in sites),
        layers=tuple(entry.layer for entry in classes),
        lat=lat,
        lon=lon,
        ecef=geodetic_to_ecef(lat, lon, height),
        min_range=_column(classes, "min_range_km", 1e3),
        max_range=_column(classes, "max_range_km", 1e3),
        min_altitude=_column(classes, "min_altitude_km", 1e3),
        max_altitude=_column(classes, "max_altitude_km", 1e3),
        speed=_column(classes, "speed_m_s"),
        boost=_column(classes, "boost_s"),
        reaction=_column(classes, "reaction_s"),
        spacing=_column(classes, "salvo_spacing_s"),
        channels=_column(classes, "channels").astype(np.int32),
        rounds=rounds,
        cost=_column(classes, "round_cost_usd"),
        basket=_column(classes, "basket_m"),
        sspk=np.stack([_column(classes, key) for key in families], axis=1),
    )


def asset_book(assets: Sequence[Asset]) -> AssetBook:
    """Return the defended assets in SI columns."""
    lat, lon = _places(assets)
    return AssetBook(
        names=tuple(asset.name for asset in assets),
        lat=lat,
        lon=lon,
        ecef=geodetic_to_ecef(lat, lon, np.zeros(len(lat))),
        radius=np.array([asset.radius_km * 1e3 for asset in assets]),
        value=np.array([asset.value for asset in assets]),
        population=np.array([float(asset.population) for asset in assets]),
    )


def threat_book(names: Sequence[str], catalogue: Catalogue, file: str) -> ThreatBook:
    """Return the classes called ``names`` in SI columns."""
    known: dict[str, ThreatClass] = dict(catalogue.threats)
    classes = [_look_up(known, name, f"threats[{i}]", file) for i, name in enumerate(names)]
    return ThreatBook(
        names=tuple(names),
        family=np.array([Family[entry.family.upper()] for entry in classes], dtype=np.int8),
        decoy=np.array([entry.decoy for entry in classes], dtype=np.int8),
        speed=_column(classes, "speed_m_s"),
        speed_range=_ranges(classes, "speed_m_s"),
        altitude=_column(classes, "altitude_m"),
        altitude_range=_ranges(classes, "altitude_m"),
        rcs=_column(classes, "rcs_m2"),
        rcs_range=_ranges(classes, "rcs_m2"),
        range=_column(classes, "range_km", 1e3),
        cost=_column(classes, "unit_cost_usd"),
        cep=_column(classes, "cep_m"),
        damage_radius=_column(classes, "damage_radius_m"),
        damage_fraction=_column(classes, "damage_fraction"),
        flight_path_angle=np.radians(_column(classes, "flight_path_angle_deg")),
        beta=_column(classes, "ballistic_coefficient_kg_m2"),
        beta_range=_ranges(classes, "ballistic_coefficient_kg_m2"),
        burnout_altitude=_column(classes, "burnout_altitude_km", 1e3),
    )
