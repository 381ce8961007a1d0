"""Triangulation of directions without ghosts: which directions are of one body, and where it is.

N directions of one sensor and N of another cross in up to N^2 places, of which N are bodies and the
rest ghosts. Candidates are sets of directions, at most one of each sensor: all pairs that cross,
all threes that fit, and these with the best fitting of each further sensor. The score of a
candidate is the logarithm of how much more likely its directions are from one body somewhere than
all false,

    ln rho - ln(2 pi s_h^2) / 2 + ln |2 pi P| / 2 - chi^2 / 2 + sum over unused in reach ln (1 - Pd)
           + sum over used (ln Pd - ln false - ln(2 pi s^2) / 2 per angle),

with the place integrated out (P: its covariance; rho: bodies per m^2; s_h: error of the height that
is guessed; false: per rad of azimuth, and of elevation). Chosen are the candidates of greatest
total score that share no direction: S-D assignment (Deb, Yeddanapudi, Pattipati, Bar-Shalom, "A
generalized S-D assignment algorithm for multisensor-multitarget state estimation", IEEE T-AES
33(2), 1997), solved exactly as a set packing by HiGHS, each cluster by itself. The margin of a
chosen one is what the best solution without it (or without that place) loses: a ghost's is small or
nothing, for swapping partners costs little. Only a ``sure`` place, with a margin of MARGIN, is
worth a track.

Limits: two sensors without elevation can not tell N >= 2 bodies of one kind apart: their margins
are near 0, whatever is true (a third sensor, elevations or time must). Directions of one look; no
reflections. Height is guessed where no elevation is measured.
"""

import math

import msgspec
import numpy as np

from tdome.command.tracking.partial.candidates import SENSORS, cross_all, grow_all
from tdome.command.tracking.partial.packing import packed
from tdome.messages.base import Codes, Floats, Ints, Longs
from tdome.messages.recording import Flags

MARGIN = 5.0  # e^5 to 1
_SAME = 16.3  # chi-square with 3 degrees of freedom, 99.9 %: two candidates tell one place
_TIGHT = 1.0  # m^2, so that no covariance is too sharp to compare places


class Directions(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Directions of several sensors from about one time, m rows.

    at: (m,) int ns. sensor: (m,) row in the book; rows of one stand together. kind: (m,) Emission:
    only like ones cross. azimuth, elevation: (m,) rad, nan where not measured. sigma: (m, 2) rad.
    origin, axes: (m, 3), (m, 3, 3) of the sensor then, in the frame. reach: (m,) m. sound: (m,) 1
    where it came at 340 m/s. flat: as in SiteBook.
    """

    at: Longs
    sensor: Ints
    kind: Codes
    azimuth: Floats
    elevation: Floats
    sigma: Floats
    origin: Floats
    axes: Floats
    reach: Floats
    sound: Codes
    flat: bool


class Beliefs(msgspec.Struct, frozen=True, kw_only=True):
    """What is believed of bodies and sensors.

    detection: Pd of a sensor that hears. false: false directions per rad of azimuth. density:
    bodies per m^2. speed, slow: m/s of what emits, and of what is heard. height, height_error: m,
    where no elevation is measured. sharpest: rad between two that cross.
    """

    detection: float = 0.8
    false: float = 0.02
    density: float = 1e-10
    speed: float = 250.0
    slow: float = 60.0
    height: float = 5_000.0
    height_error: float = 4_000.0
    sharpest: float = math.radians(5.0)


class Crossings(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Places of bodies, k rows, in order of their directions.

    place: (k, 3) m. covariance: (k, 3, 3). at: (k,) int ns, when it was there. rows: (k, 8) its
    directions, -1 for none. sensors: (k,) how many. score, margin: (k,) see the module. fit: (k,)
    chi-square over its degrees of freedom, nan without any.
    """

    place: Floats
    covariance: Floats
    at: Longs
    rows: Ints
    sensors: Ints
    score: Floats
    margin: Floats
    fit: Floats

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.at)

    def sure(self, margin: float = MARGIN) -> "Crossings":
        """Return those that no other explanation comes near to."""
        return self.take(np.flatnonzero(self.margin >= margin))

    def take(self, rows: Longs) -> "Crossings":
        """Return some of them."""
        return Crossings(**{name: getattr(self, name)[rows] for name in self.__struct_fields__})


def triangulate(
    directions: Directions, beliefs: Beliefs | None = None, *, of_places: bool = False
) -> Crossings:
    """Return where bodies are that directions of two or more sensors come from.

    of_places: margins are of the place, whichever directions tell it (two bodies in one line of
    sight exchange theirs, and stay where they are); else of this very set of directions.
    """
    found = candidates(directions, Beliefs() if beliefs is None else beliefs)

    def alike(one: int, others: Longs) -> Flags:
        away = found.place[others] - found.place[one]
        off = np.linalg.solve(found.covariance[one] + _TIGHT * np.eye(3), away.T).T
        near: Flags = (away * off).sum(axis=1) < _SAME
        return near

    chosen, margin = packed(found.rows, found.score, alike if of_places else None)
    return msgspec.structs.replace(found.take(chosen), margin=margin)


def candidates(directions: Directions, beliefs: Beliefs) -> Crossings:
    """Return all sets of directions that are more likely of one body than false; see triangulate.

    Some may share a direction; margins are 0.
    """
    d, size = directions, len(directions.at)
    pair = np.empty((size * size // 2 + 1, 2), np.int32)
    begun = np.empty((len(pair), 3))
    sharpest = math.sin(beliefs.sharpest)
    sites = (d.origin, d.axes, d.reach)
    count = cross_all(d.sensor, d.kind, d.azimuth, *sites, sharpest, pair, begun)
    rows, place, covariance, told = _grown(d, pair[:count], begun[:count], _rules(beliefs))
    order = np.lexsort(rows.T[::-1])
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (rows[order][1:] != rows[order][:-1]).any(axis=1)
    order = order[fresh & (told[order, 0] > 0.0)]
    score, chi2, freedom, seconds = told[order].T
    fit = np.full(len(order), np.nan)
    fit[freedom > 0] = chi2[freedom > 0] / freedom[freedom > 0]
    return Crossings(
        place=place[order],
        covariance=covariance[order],
        at=d.at[rows[order, 0]] + np.rint(seconds * 1e9).astype(np.int64),
        rows=rows[order],
        sensors=(rows[order] >= 0).sum(axis=1).astype(np.int32),
        score=score,
        margin=np.zeros(len(order)),
        fit=fit,
    )


def _grown(
    d: Directions, pair: Ints, begun: Floats, rules: Floats
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return rows, places, covariances and (score, chi-square, freedom, seconds) of candidates."""
    room = max(16 * len(d.at), 64)
    while True:
        out = (
            np.full((room, SENSORS), -1, np.int32),
            np.empty((room, 3)),
            np.empty((room, 3, 3)),
            np.empty((room, 4)),
        )
        found = grow_all(
            pair, begun, d.at, d.sensor, d.kind, d.azimuth, d.elevation, d.sigma, d.origin, d.axes,
            d.reach, d.sound, d.flat, rules, *out,
        )  # fmt: skip
        if found <= room:
            rows, place, covariance, told = out
            return rows[:found], place[:found], covariance[:found], told[:found]
        room = found


def _rules(beliefs: Beliefs) -> Floats:
    height = (beliefs.height, beliefs.height_error)
    chance = (beliefs.detection, beliefs.false, beliefs.density)
    return np.array([beliefs.speed, beliefs.slow, *height, *chance])
