"""Tracks from directions alone: rounds of looks, deghosted crossings, and two rounds that agree.

Directions that no track explains are kept, the last look of each site; a round ends when a site
looks again, or after ``window`` s. The directions of a round are crossed without ghosts
(:mod:`tdome.command.tracking.partial.triangulation`); a place that is sure is a sighting. Two
sightings of different rounds that one flyer can have made begin a confirmed track, with

    v = V (P1 + P2)^-1 d dt,   V = (U^-1 + dt^2 (P1 + P2)^-1)^-1,

d the way between them, U the first doubt of velocity. So a track begins on the word of two sites at
two times, never of one.

Cost is bounded: of a site's look the MOST strongest directions are crossed, the others are counted
as crowded. Sound crosses sound alone; a place that is heard is of the time when the sound left it.
Limits: all other directions are taken for of one kind, and for instantaneous.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Floats, Singles
from tdome.plan.books.sites import SiteBook

MOST = 12  # directions of a look that are crossed
LONGEST = 12.0  # s of a round, and
AGAIN = 30.0  # s until a sighting is too old to agree with another one
_SOONEST = 0.5  # s between two that agree: before it they tell no velocity
_GATE = 11.3  # chi-square with 3 degrees of freedom, 99 %
_FAR = 500_000.0  # m: reach of a site that tells none
_NS = 1e-9


class Look(NamedTuple):
    """What one look of one site left over: site row, int ns, azimuths and elevations (m,), rad."""

    site: int
    at: int
    azimuth: Floats
    elevation: Floats


class Sighting(NamedTuple):
    """A place that directions met in: int ns, (3,) m, (3, 3) m^2."""

    at: int
    place: Floats
    covariance: Floats


class Birth(NamedTuple):
    """A track to begin: int ns of its state and its first sighting, (6,) and (6, 6)."""

    at: int
    born: int
    state: Floats
    covariance: Floats


Round = tuple[Look, ...]


def uprights(found: Sequence[Sighting], *, flat: bool) -> Floats:
    """Return the local up of each sighting, (n, 3)."""
    if flat or not found:
        return np.tile([0.0, 0.0, 1.0], (len(found), 1))
    lat, lon, _ = ecef_to_geodetic(np.array([one.place for one in found]))
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def window(sites: SiteBook) -> float:
    """Return how long a round may last, s: one and a half turns of the slowest direction finder."""
    finders = ~np.isfinite(sites.sigma[:, 0]) & np.isfinite(sites.sigma[:, 1])
    period = sites.period[finders & np.isfinite(sites.period)]
    return min(1.5 * float(period.max(initial=1.0)), LONGEST)


def strongest(snr: Singles, azimuth: Floats) -> np.ndarray:
    """Return the MOST strongest of some directions (unknown strength last), in their own order."""
    order = np.lexsort((azimuth, -np.nan_to_num(snr, nan=-1e9)))
    kept: np.ndarray = np.sort(order[:MOST])
    return kept


def ends(begun: Round, look: Look, longest: float) -> bool:
    """Tell whether a round is over as this look comes in."""
    if not begun:
        return False
    over = (look.at - begun[0].at) * _NS > longest
    return over or any(look.site == one.site for one in begun)


def sightings(done: Round, sites: SiteBook) -> list[Sighting]:
    """Return the sure places that the directions of a round meet in."""
    if len(done) < 2:  # noqa: PLR2004
        return []
    from tdome.command.tracking.partial.triangulation import (  # noqa: PLC0415  (loads a solver)
        Directions,
        triangulate,
    )

    looks = sorted(done, key=lambda look: look.site)
    sizes = [len(look.azimuth) for look in looks]
    sensor = np.repeat(np.array([look.site for look in looks], np.int32), sizes)
    reach = sites.reach[sensor, 1]
    heard = np.zeros(len(sites), np.bool_) if sites.sound is None else sites.sound
    sound = heard[sensor].astype(np.int8)
    crossed = triangulate(
        Directions(
            at=np.repeat(np.array([look.at for look in looks], np.int64), sizes),
            sensor=sensor,
            kind=sound,
            azimuth=np.concatenate([look.azimuth for look in looks]),
            elevation=np.concatenate([look.elevation for look in looks]),
            sigma=np.ascontiguousarray(sites.sigma[sensor, 1:3]),
            origin=np.ascontiguousarray(sites.origin[sensor]),
            axes=np.ascontiguousarray(sites.axes[sensor]),
            reach=np.where(np.isfinite(reach), reach, _FAR),
            sound=sound,
            flat=sites.flat,
        ),
        of_places=True,
    ).sure()
    finite = np.isfinite(crossed.place).all(axis=1) & np.isfinite(crossed.covariance).all((1, 2))
    return [
        Sighting(int(crossed.at[k]), crossed.place[k], crossed.covariance[k])
        for k in np.flatnonzero(finite)
    ]


def births(
    earlier: tuple[Sighting, ...],
    now: list[Sighting],
    up: Floats,
    speed: tuple[float, float],
    fastest: float,
) -> tuple[list[Birth], tuple[Sighting, ...]]:
    """Pair new sightings with earlier ones; return the tracks to begin, and what is left of both.

    up: (k, 3) local up at each new sighting. speed: standard errors of the first velocity,
    horizontal and along up, m/s. fastest: m/s, of what may be a track.
    """
    found: list[Birth] = []
    waiting = list(earlier)
    fresh: list[Sighting] = []
    for one, above in zip(now, up, strict=True):
        doubt = speed[0] ** 2 * np.eye(3)
        doubt += (speed[1] ** 2 - speed[0] ** 2) * np.outer(above, above)
        best, nearest = -1, _GATE
        for k, other in enumerate(waiting):
            dt = (one.at - other.at) * _NS
            way = one.place - other.place
            if not _SOONEST <= dt <= AGAIN or np.linalg.norm(way) > fastest * dt:
                continue
            spread = one.covariance + other.covariance + dt * dt * doubt
            d2 = float(way @ np.linalg.solve(spread, way))
            if d2 < nearest:
                best, nearest = k, d2
        if best < 0:
            fresh.append(one)
            continue
        found.append(_birth(waiting.pop(best), one, doubt))
    latest = max((one.at for one in now), default=0)
    kept = [old for old in waiting if (latest - old.at) * _NS <= AGAIN] if now else waiting
    return found, (*kept, *fresh)


def _birth(first: Sighting, second: Sighting, doubt: Floats) -> Birth:
    """Return the track of two sightings; doubt: of velocity before them, (3, 3)."""
    dt = (second.at - first.at) * _NS
    told = np.linalg.inv(first.covariance + second.covariance) * dt
    velocity = np.linalg.inv(np.linalg.inv(doubt) + told * dt)
    covariance = np.zeros((6, 6))
    covariance[:3, :3] = second.covariance
    covariance[3:, 3:] = 0.5 * (velocity + velocity.T)
    state = np.concatenate([second.place, velocity @ told @ (second.place - first.place)])
    return Birth(second.at, first.at, state, covariance)
