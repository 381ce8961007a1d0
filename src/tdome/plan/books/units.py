"""Fire units in SI columns."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from tdome.earth.flyout import beam_table, missile_table
from tdome.earth.transmission import extinction
from tdome.earth.wgs84 import geodetic_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Codes, Floats, Ints
from tdome.plan.books.columns import column, look_up, places, ranges
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.effectors import BEAMS, Effect, EffectorClass
from tdome.plan.schema import FireUnitSite, Move

MAX_ROUND = 10_000
CLEAR = extinction(23e3, 0.0)
"""Extinction (1/m) of the usual clear day, visibility 23 km: what a plan counts on."""

_FAMILIES = ("sspk_ballistic", "sspk_cruise", "sspk_drone", "sspk_aircraft", "sspk_glide")


class UnitBook(msgspec.Struct, frozen=True, eq=False):
    """Fire units, one row each. ``sspk`` has one column per Family.

    sspk_by_class: by threat class, where it differs; sspk_limits (2, u, f) and
    sspk_limits_by_class: low and high of both. height: m over the ellipsoid. fly_out:
    (u, RAYS, KNOTS + 2), see :mod:`tdome.earth.flyout`. stations: (u, m, 4) ECEF and height of the
    first site and planned moves, of which a unit has ``sites``; leaves: (u, m) s after the start
    at which it leaves for them (nan for the first). rounds: what the launchers hold; stock: rounds
    to fill them up again. cools: 1 where an idle unit recovers its shots. own_sensor: name of the
    radar that must see what the unit fires at, empty for none.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    layers: tuple[str, ...]
    effects: tuple[Effect, ...]
    lat: Floats
    lon: Floats
    height: Floats
    ecef: Floats
    stations: Floats
    leaves: Floats
    sites: Ints
    min_range: Floats
    max_range: Floats
    min_altitude: Floats
    max_altitude: Floats
    fly_out: Floats
    reaction: Floats
    spacing: Floats
    channels: Ints
    illuminators: Ints
    uplinks: Ints
    terminal: Floats
    rounds: Ints
    stock: Ints
    reload: Floats
    cools: Codes
    pack: Floats
    unpack: Floats
    road_speed: Floats
    own_sensor: tuple[str, ...]
    cost: Floats
    basket: Floats
    sspk: Floats
    sspk_by_class: tuple[Mapping[str, float], ...]
    sspk_limits: Floats
    sspk_limits_by_class: tuple[Mapping[str, tuple[float, float]], ...]
    crossing: Floats
    edge: Floats
    manoeuvre: Floats
    jamming: Floats

    def sspk_against(self, names: Sequence[str], families: Sequence[int] | Codes) -> Floats:
        """Nominal SSPK against threat classes of names and families, shape (u, c)."""
        out = self.sspk[:, np.asarray(families, np.intp)].copy()
        for u, own in enumerate(self.sspk_by_class):
            for c, name in enumerate(names):
                out[u, c] = own.get(name, out[u, c])
        return out

    def sspk_limits_against(self, names: Sequence[str], families: Sequence[int] | Codes) -> Floats:
        """Low and high of the same, shape (2, u, c)."""
        out = self.sspk_limits[:, :, np.asarray(families, np.intp)].copy()
        for u, own in enumerate(self.sspk_limits_by_class):
            for c, name in enumerate(names):
                out[:, u, c] = own.get(name, out[:, u, c])
        return out


def unit_book(
    sites: Sequence[FireUnitSite], catalogue: Catalogue, file: str, weather: float = CLEAR
) -> UnitBook:
    """Return the fire units of ``sites`` with their classes' performance in ``catalogue``.

    ``weather``: extinction of a beam, 1/m.
    """
    known = dict(catalogue.effectors)
    classes = [
        look_up(known, site.type, f"fire_units[{i}].type", file) for i, site in enumerate(sites)
    ]
    lat, lon = places(sites)
    height = np.array([site.height_m for site in sites], dtype=np.float64)
    rounds = _magazines(sites, classes)
    stations, leaves = _stations(sites)
    reload = column(classes, "reload_s")
    beams = np.array([entry.effect in BEAMS for entry in classes], np.int8)
    return UnitBook(
        names=tuple(site.name for site in sites),
        types=tuple(site.type for site in sites),
        layers=tuple(entry.layer for entry in classes),
        effects=tuple(entry.effect for entry in classes),
        lat=lat,
        lon=lon,
        height=height,
        ecef=geodetic_to_ecef(lat, lon, height),
        stations=stations,
        leaves=leaves,
        sites=np.array([1 + len(site.moves) for site in sites], np.int32),
        min_range=column(classes, "min_range_km", 1e3),
        max_range=column(classes, "max_range_km", 1e3),
        min_altitude=column(classes, "min_altitude_km", 1e3),
        max_altitude=column(classes, "max_altitude_km", 1e3),
        fly_out=_fly_out(classes, weather),
        reaction=column(classes, "reaction_s"),
        spacing=column(classes, "salvo_spacing_s"),
        channels=column(classes, "channels").astype(np.int32),
        illuminators=column(classes, "illuminators").astype(np.int32),
        uplinks=column(classes, "uplinks").astype(np.int32),
        terminal=column(classes, "terminal_s"),
        rounds=rounds,
        stock=np.array([s.reloads for s in sites], np.int32) * rounds,
        reload=np.where(beams > 0, column(classes, "cooling_s"), reload),
        cools=beams,
        pack=column(classes, "pack_s"),
        unpack=column(classes, "unpack_s"),
        road_speed=column(classes, "road_speed_m_s"),
        own_sensor=_own_sensors(sites, classes, file),
        cost=column(classes, "round_cost_usd"),
        basket=column(classes, "basket_m"),
        sspk=np.stack([column(classes, key) for key in _FAMILIES], axis=1),
        sspk_by_class=tuple(_nominal_by_class(entry) for entry in classes),
        sspk_limits=np.stack([ranges(classes, key) for key in _FAMILIES]).T,
        sspk_limits_by_class=tuple(_limits_by_class(entry) for entry in classes),
        crossing=column(classes, "crossing_factor"),
        edge=column(classes, "edge_factor"),
        manoeuvre=column(classes, "manoeuvre_factor"),
        jamming=column(classes, "jamming_factor"),
    )


def _nominal_by_class(entry: EffectorClass) -> dict[str, float]:
    return {name: share.nominal for name, share in entry.sspk_by_class.items()}


def _limits_by_class(entry: EffectorClass) -> dict[str, tuple[float, float]]:
    return {name: (share.low, share.high) for name, share in entry.sspk_by_class.items()}


def _magazines(sites: Sequence[FireUnitSite], classes: Sequence[EffectorClass]) -> Ints:
    """Return the ready rounds of units. A beam has as many shots as heat allows."""
    rounds, heat = column(classes, "rounds"), column(classes, "shots_before_cooling")
    for i, site in enumerate(sites):
        if site.rounds is not None:
            rounds[i] = min(site.rounds, MAX_ROUND)
    return np.fmin(rounds, heat).astype(np.int32)


def _fly_out(classes: Sequence[EffectorClass], weather: float) -> Floats:
    """Stack the fly-out tables of all units, shape (u, RAYS, KNOTS + 2)."""
    tables = []
    far, ceiling = column(classes, "max_range_km", 1e3), column(classes, "max_altitude_km", 1e3)
    beta = np.nan_to_num(column(classes, "ballistic_coefficient_kg_m2"))
    dwell = column(classes, "dwell_s")
    speed, boost = column(classes, "speed_m_s"), column(classes, "boost_s")
    for i, entry in enumerate(classes):
        if entry.effect in BEAMS:
            air = weather if entry.effect == "directed-energy" else 0.0
            tables.append(beam_table(float(dwell[i]), air, float(far[i])))
        else:
            numbers = (speed[i], boost[i], beta[i], far[i], ceiling[i])
            tables.append(missile_table(*(float(x) for x in numbers)))
    return np.stack(tables) if tables else np.empty((0, 2, 3))


def _stations(sites: Sequence[FireUnitSite]) -> tuple[Floats, Floats]:
    """Where units stand one after the other, and when they leave for there."""
    most = 1 + max((len(site.moves) for site in sites), default=0)
    stations, leaves = np.full((len(sites), most, 4), np.nan), np.full((len(sites), most), np.nan)
    for u, site in enumerate(sites):
        stands: list[FireUnitSite | Move] = [site, *site.moves]
        for k, place in enumerate(stands):
            at = np.radians(place.lat_deg), np.radians(place.lon_deg)
            stations[u, k, :3] = geodetic_to_ecef(*at, place.height_m)
            stations[u, k, 3] = place.height_m
        leaves[u, 1 : 1 + len(site.moves)] = [move.at_s for move in site.moves]
    return stations, leaves


def _own_sensors(
    sites: Sequence[FireUnitSite], classes: Sequence[EffectorClass], file: str
) -> tuple[str, ...]:
    """Names of the radars that must see what units fire at. Raises ConfigError where none is."""
    names = []
    for i, (site, entry) in enumerate(zip(sites, classes, strict=True)):
        bound = entry.needs_own_sensor.nominal > 0.0 and not site.engage_on_remote
        if bound and site.sensor is None:
            key = f"fire_units[{i}].sensor"
            problem = f"key {key!r}: {site.type!r} needs its own sensor and {site.name!r} has none"
            hint = "name one of the sensors, or set engage_on_remote = true"
            raise ConfigError(file, None, key, problem, hint)
        names.append(site.sensor or "" if bound else "")
    return tuple(names)
