"""Sensors in SI columns."""

from collections.abc import Sequence
from typing import Self

import msgspec
import numpy as np

from tdome.earth.orbit import on_circle
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.plan.books.columns import column, look_up, places
from tdome.plan.books.radars import RadarBook, radar_book
from tdome.plan.catalogue import Catalogue
from tdome.plan.classes.sensors import Kind, SensorClass
from tdome.plan.schema import SensorSite


class SensorBook(msgspec.Struct, frozen=True, eq=False):
    """Sensors, one row each; nan where a kind has no such number (``task_rate``: 0).

    ``ecef`` is the antenna (ground + antenna height), ``axes`` its ENU unit vectors; of what flies
    an orbit, the middle of it. Ask :meth:`at` for where it is.
    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    kinds: tuple[Kind, ...]
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
    track_channels: Longs  # 0 for any number
    bearing: Floats
    half_sector: Floats  # pi all round
    physics: RadarBook
    detection: Floats  # probability of detection in one look, in reach
    heard_above: Floats  # dB
    night_factor: Floats
    seen_after: Floats  # s
    sigma_place: Floats
    sigma_velocity: Floats
    orbit: Floats  # (n, 2) radius m, speed m/s
    moving: tuple[int, ...]  # rows of those that fly an orbit

    def at(self, now: int) -> Self:
        """Return the book with every antenna where it is at a time (int ns UTC)."""
        if not self.moving:
            return self
        rows = list(self.moving)
        lat, lon = self.lat.copy(), self.lon.copy()
        lat[rows], lon[rows] = on_circle(lat[rows], lon[rows], self.orbit[rows], now)
        ecef, axes = self.ecef.copy(), self.axes.copy()
        ecef[rows] = geodetic_to_ecef(lat[rows], lon[rows], self.height[rows])
        for row in rows:
            axes[row] = enu_axes(float(lat[row]), float(lon[row]))
        return msgspec.structs.replace(self, lat=lat, lon=lon, ecef=ecef, axes=axes, moving=())

    def of_kind(self, *kinds: Kind) -> Longs:
        """Return the rows of the sensors of some kinds."""
        return np.array([row for row, kind in enumerate(self.kinds) if kind in kinds], np.int64)


def sensor_book(sites: Sequence[SensorSite], catalogue: Catalogue, file: str) -> SensorBook:
    """Return the sensors of ``sites`` with their classes' performance in ``catalogue``."""
    known = dict(catalogue.sensors)
    classes = [
        look_up(known, site.type, f"sensors[{i}].type", file) for i, site in enumerate(sites)
    ]
    lat, lon = places(sites)
    ground = np.array([site.height_m for site in sites], dtype=np.float64)
    height = ground + np.nan_to_num(column(classes, "antenna_height_m"))
    sigma = np.stack(
        [
            column(classes, "sigma_range_m"),
            np.radians(column(classes, "sigma_azimuth_deg")),
            np.radians(column(classes, "sigma_elevation_deg")),
        ],
        axis=1,
    )
    orbit = _orbits(sites, classes, file)
    return SensorBook(
        names=tuple(site.name for site in sites),
        types=tuple(site.type for site in sites),
        kinds=tuple(entry.kind for entry in classes),
        lat=lat,
        lon=lon,
        height=height,
        ecef=geodetic_to_ecef(lat, lon, height),
        axes=np.array([enu_axes(a, o) for a, o in zip(lat, lon, strict=True)]),
        reference_range=column(classes, "reference_range_km", 1e3),
        max_range=column(classes, "max_range_km", 1e3),
        min_elevation=np.radians(column(classes, "min_elevation_deg")),
        max_elevation=np.radians(column(classes, "max_elevation_deg")),
        period=column(classes, "period_s"),
        sigma=sigma,
        false_alarm=column(classes, "false_alarm_probability"),
        false_plots=column(classes, "false_plots_per_scan"),
        latency=column(classes, "latency_s"),
        task_rate=np.nan_to_num(column(classes, "tasks_per_s")),
        detection=column(classes, "detection_probability"),
        heard_above=column(classes, "heard_above_db"),
        night_factor=column(classes, "night_factor"),
        seen_after=column(classes, "seen_after_s"),
        sigma_place=column(classes, "sigma_place_m"),
        sigma_velocity=column(classes, "sigma_velocity_m_s"),
        track_channels=column(classes, "track_channels").astype(np.int64),
        bearing=np.radians([site.bearing_deg or 0.0 for site in sites]),
        half_sector=_half_sectors(sites, column(classes, "sector_deg")),
        physics=radar_book(classes),
        orbit=orbit,
        moving=tuple(np.flatnonzero(orbit.all(axis=1)).tolist()),
    )


def _orbits(sites: Sequence[SensorSite], classes: Sequence[SensorClass], file: str) -> Floats:
    """Return radius (m) and speed (m/s) of each orbit, (n, 2); zeros stand still.

    Raises ConfigError where a site of a class that can not fly has an orbit.
    """
    orbits = np.column_stack([column(classes, "orbit_km", 1e3), column(classes, "orbit_speed_m_s")])
    for i, site in enumerate(sites):
        if site.orbit_km is None:
            continue
        if site.orbit_km > 0.0 and orbits[i, 1] == 0.0:
            key = f"sensors[{i}].orbit_km"
            problem = f"key {key!r}: a sensor of type {site.type!r} does not fly"
            raise ConfigError(file, None, key, problem, "its class has no orbit_speed_m_s")
        orbits[i, 0] = site.orbit_km * 1e3
    return orbits


def _half_sectors(sites: Sequence[SensorSite], sector_deg: Floats) -> Floats:
    """Return half of what each radar turns to, rad; all round without a bearing or a sector."""
    turned = np.array([site.bearing_deg is not None for site in sites], dtype=np.bool_)
    return np.where(turned & (sector_deg > 0.0), np.radians(sector_deg) / 2.0, np.pi)
