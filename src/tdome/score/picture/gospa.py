"""OSPA and GOSPA: one number for how far a set of tracks is from the set of what is there.

GOSPA, order p, cut-off c, alpha = 2 (A. S. Rahmathullah, A. F. García-Fernández, L. Svensson,
"Generalized optimal sub-pattern assignment metric", FUSION 2017, eq. 1 and proposition 1):
(sum over assigned pairs of d^p + c^p / 2 (missed + false))^(1/p), least over all assignments. Its
three parts say why. OSPA (D. Schuhmacher, B.-T. Vo, B.-N. Vo, "A consistent metric for performance
evaluation of multi-object filters", IEEE Trans. Signal Processing 56, 2008, eq. 3):
((sum of min(d, c)^p over pairs + c^p (greater - smaller number)) / greater number)^(1/p). One and
the same assignment is least for both, since each pair saves c^p - d^p. Limits: positions only, one
moment at a time; the numbers of tracks do not matter here (see ``siap``).
"""

import msgspec
import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.score.picture.assignment import assign
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import Pictures


class Matched(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The best assignment in every picture: rows of tracks and of truths, and their distances."""

    track: Longs
    truth: Longs
    distance: Floats


class Gospa(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """OSPA and GOSPA of K pictures, one row each.

    ospa, gospa: m. localisation, missed, false: parts of gospa^p, m^p. missed_count, false_count:
    truths without a track, tracks without a truth. truths, tracks: numbers in the picture.
    """

    order: float
    cutoff: float
    ospa: Floats
    gospa: Floats
    localisation: Floats
    missed: Floats
    false: Floats
    missed_count: Longs
    false_count: Longs
    truths: Longs
    tracks: Longs


def match(
    pictures: Pictures,
    pairs: tuple[Longs, Longs, Floats],
    cutoff: float,
    order: float = 2.0,
) -> Matched:
    """Return the assignment of least GOSPA (and OSPA) in every picture."""
    start, column, distance = pairs
    taken = assign(start, column, distance**order, cutoff**order, len(pictures.truth_state))
    row = np.repeat(np.arange(len(taken)), np.diff(start))
    hit = np.flatnonzero(taken[row] == column)
    return Matched(track=row[hit], truth=column[hit], distance=distance[hit])


def gospa(pictures: Pictures, matched: Matched, cutoff: float, order: float = 2.0) -> Gospa:
    """Return OSPA and GOSPA of every picture; zero where there is neither track nor truth.

    cutoff: c > 0, m. order: p >= 1. ``matched`` may be another assignment than the least one: Stone
    Soup 1.9.1 takes the one of least sum of d, not of d^p, for its OSPA.
    """
    count = len(pictures)
    picture = pictures.track_picture[matched.track]
    tracks, truths = np.diff(pictures.track_start), np.diff(pictures.truth_start)
    paired = np.bincount(picture, minlength=count)
    near = np.bincount(picture, matched.distance**order, minlength=count).astype(np.float64)
    most = np.maximum(tracks, truths)
    far = cutoff**order
    ospa = ((near + far * (most - paired)) / np.maximum(most, 1)) ** (1.0 / order)
    missed, false = truths - paired, tracks - paired
    whole = near + 0.5 * far * (missed + false)
    return Gospa(
        order=order,
        cutoff=cutoff,
        ospa=ospa,
        gospa=whole ** (1.0 / order),
        localisation=near,
        missed=0.5 * far * missed,
        false=0.5 * far * false,
        missed_count=missed,
        false_count=false,
        truths=truths,
        tracks=tracks,
    )


def gospa_of(pictures: Pictures, cutoff: float, order: float = 2.0) -> Gospa:
    """Return OSPA and GOSPA of every picture (pairs, assignment and sums in one call)."""
    if not cutoff > 0.0 or not order >= 1.0:
        raise ValueError(f"cut-off {cutoff} m and order {order}: want c > 0 and p >= 1")
    pairs = near_pairs(pictures, cutoff)
    return gospa(pictures, match(pictures, pairs, cutoff, order), cutoff, order)
