"""What is believed of sites, as rows that the kernels read; stand-ins for what is not measured."""

import math

import numpy as np

from tdome.command.tracking.engine.layout import (
    ALTITUDE,
    ANGLES,
    BEARING,
    CELL,
    COOPERATIVE,
    CURVE,
    DENSITY,
    KIND,
    RADAR,
    RADAR_2D,
    SITE,
    SOUND,
    TOLD_DENSITY,
    VARIANCE,
)
from tdome.command.tracking.partial.crossing import SOUND as SPEED_OF_SOUND
from tdome.earth.wgs84 import A, F, ecef_to_geodetic
from tdome.messages.base import Floats
from tdome.plan.books.sites import SiteBook

_NO_ANGLE = 1.0  # rad^2: stands for the variance of an elevation that is not measured
_NO_RANGE = 1e12  # m^2: and of a range


def site_rows(sites: SiteBook, columns: int = 0) -> Floats:
    """Return a row per site, (S, SITE + columns), as :mod:`.layout` says; the last ones zero."""
    n = len(sites)
    rows = np.zeros((n, SITE + columns))
    if n == 0:
        return rows
    rows[:, 0:3] = sites.origin
    rows[:, 3:12] = np.reshape(sites.axes, (n, 9))
    rows[:, 12:16] = np.square(sites.sigma)
    rows[:, 16] = np.clip(sites.detection, 0.02, 0.98)
    depth = np.maximum(sites.reach[:, 1] - sites.reach[:, 0], 1.0)
    height = np.maximum(sites.elevation[:, 1] - sites.elevation[:, 0], 1e-3)
    false = np.maximum(sites.false_plots, 1e-3)
    rows[:, 17] = rows[:, 18] = np.log(false / (depth * 2.0 * math.pi * height))
    rows[:, 24] = rows[:, 25] = false
    rows[:, 19:21], rows[:, 21:23] = sites.reach, sites.elevation
    rows[:, 23] = sites.origin[:, 2] if sites.flat else ecef_to_geodetic(sites.origin)[2]
    if not sites.flat:
        rows[:, 26:28] = _curvatures(sites.origin)
    if sites.cell is not None:
        rows[:, CELL : CELL + 3] = np.nan_to_num(sites.cell)
    if sites.sound is not None:
        rows[:, SOUND] = np.where(sites.sound, 1.0 / SPEED_OF_SOUND, 0.0)
    _partial(rows, sites, false, (depth, height))
    return rows


def _partial(rows: Floats, sites: SiteBook, false: Floats, room: tuple[Floats, Floats]) -> None:
    """Write what kind of site each is, and stand-ins for errors of what it does not measure."""
    depth, height = room
    measured = np.isfinite(sites.sigma) & (sites.sigma > 0.0)
    told = np.zeros(len(sites)) if sites.place_sigma is None else np.nan_to_num(sites.place_sigma)
    kind = np.where(measured[:, 2], RADAR, RADAR_2D)
    bearing = ~measured[:, 0] & measured[:, 1]
    kind = np.where(bearing, np.where(measured[:, 2], ANGLES, BEARING), kind)
    rows[:, KIND] = kind = np.where(told > 0.0, COOPERATIVE, kind)
    rows[~measured[:, 2], VARIANCE + 2] = _NO_ANGLE
    rows[~measured[:, 3], VARIANCE + 3] = math.nan
    rows[bearing, VARIANCE] = _NO_RANGE
    # What is not measured spreads no false plots: these lie in a ring, a band, or on a circle.
    space = 2.0 * math.pi * np.where(measured[:, 2], height, 1.0) * np.where(bearing, 1.0, depth)
    less = bearing | (kind == RADAR_2D)
    rows[less, DENSITY] = rows[less, TOLD_DENSITY] = np.log(false / space)[less]
    places = kind == COOPERATIVE
    far = np.maximum(sites.reach[:, 1], 1.0)
    own = np.column_stack([told, told / far, told / far])
    rows[places, VARIANCE : VARIANCE + 3] = np.square(own)[places]


def put_site(row: Floats, origin: Floats, axes: Floats, *, flat: bool) -> None:
    """Put a site, its row of :func:`site_rows`, at another place: (3,) and (3, 3)."""
    row[:12] = np.concatenate([origin, axes.ravel()])
    row[ALTITUDE] = origin[2]
    if not flat:
        row[ALTITUDE] = ecef_to_geodetic(origin)[2]
        row[CURVE : CURVE + 2] = _curvatures(origin[None])[0]


def _curvatures(ecef: Floats) -> Floats:
    """Return the curvature of the ellipsoid along north and along east at some places, 1/m."""
    lat = ecef_to_geodetic(ecef)[0]
    flat = F * (2.0 - F)
    w2 = 1.0 - flat * np.sin(lat) ** 2
    east = np.sqrt(w2) / A
    return np.column_stack([east * w2 / (1.0 - flat), east])
