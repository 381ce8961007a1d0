"""All figures of a tracker's output against truth in one value, for tables, JSON and comparison."""

from typing import Any

import msgspec
import numpy as np

from tdome.messages.base import Longs
from tdome.messages.recording import Recording, TrackHistory, TruthHistory
from tdome.plan.books.sites import SiteBook
from tdome.score.picture.consistency import Consistency, nees, nis
from tdome.score.picture.gospa import Gospa, gospa, match
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import lay_out
from tdome.score.picture.siap import Siap, siap

CUTOFF = 1_000.0
"""Metres: as in Stone Soup's own examples and the benchmark."""


class PictureScore(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Means over the pictures judged; distances in m.

    ospa, gospa: means. rms_m: root mean square of the distances of pairs. missed, false: mean
    numbers of truths without and tracks without. truths, tracks: mean numbers in a picture. nees:
    of states (6). nis: of updates, where a recording was given. each: of every picture.
    """

    cutoff_m: float
    order: float
    pictures: int
    ospa_m: float
    gospa_m: float
    rms_m: float
    missed: float
    false: float
    truths: float
    tracks: float
    siap: Siap
    nees: Consistency
    nis: Consistency | None
    each: Gospa

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the values of single pictures as plain values, for JSON."""
        made: dict[str, Any] = {
            name: getattr(self, name) for name in self.__struct_fields__ if name != "each"
        }
        return {name: msgspec.to_builtins(value) for name, value in made.items()}


def score_tracks(  # noqa: PLR0913  (what people may ask for)
    tracks: TrackHistory,
    truth: TruthHistory,
    *,
    cutoff: float = CUTOFF,
    order: float = 2.0,
    times: Longs | None = None,
    skip: int = 0,
    recording: Recording | None = None,
    sites: SiteBook | None = None,
) -> PictureScore:
    """Score tracks against truth, in one frame.

    Parameters
    ----------
    cutoff, order : c in m and p of OSPA and GOSPA; c bounds the associations of SIAP too.
    times : when to judge, int ns; if not given, at all times of tracks and truth.
    skip : first pictures that OSPA, GOSPA and NEES leave out (tracks need some scans to start);
    SIAP is of all pictures, as its continuity needs.
    recording, sites : what the tracks were made of, for NIS.
    """
    if not cutoff > 0.0 or not order >= 1.0:
        raise ValueError(f"cut-off {cutoff} m and order {order}: want c > 0 and p >= 1")
    pictures = lay_out(tracks, truth, times)
    pairs = near_pairs(pictures, cutoff)
    attributes = siap(pictures, pairs)
    late = pictures
    if skip:
        late = pictures.since(min(skip, len(pictures)))
        pairs = near_pairs(late, cutoff)
    matched = match(late, pairs, cutoff, order)
    each = gospa(late, matched, cutoff, order)
    errors = nees(late, matched)
    updates = None
    if recording is not None and sites is not None:
        updates = Consistency.of(*nis(tracks, recording, sites))
    return PictureScore(
        cutoff_m=cutoff,
        order=order,
        pictures=len(late),
        ospa_m=_mean(each.ospa),
        gospa_m=_mean(each.gospa),
        rms_m=float(np.sqrt(_mean(matched.distance**2))),
        missed=_mean(each.missed_count),
        false=_mean(each.false_count),
        truths=_mean(each.truths),
        tracks=_mean(each.tracks),
        siap=attributes,
        nees=Consistency.of(errors, np.full(len(errors), 6.0)),
        nis=updates,
        each=each,
    )


def _mean(values: Any) -> float:  # noqa: ANN401  (floats or counts)
    return float(np.mean(values)) if len(values) else float("nan")


def times_of(recording: Recording) -> Longs:
    """Return the times of a recording's scans, each once: the pictures of its tracker."""
    return np.unique(recording.at)
