"""OSPA, GOSPA and SIAP against Stone Soup's own figures (stonesoup_picture.py made the table)."""

import json

import numpy as np
import pytest

from tdome.messages.recording import TrackHistory, TruthHistory
from tdome.score.picture.assignment import assign
from tdome.score.picture.gospa import Matched, gospa, match
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import Pictures, lay_out
from tdome.score.picture.siap import siap

from .stonesoup_picture import FILE, scene

TABLE = json.loads(FILE.read_text())
CUTOFF = TABLE["cutoff_m"]
NAMES = {
    "completeness": "SIAP Completeness",
    "ambiguity": "SIAP Ambiguity",
    "spuriousness": "SIAP Spuriousness",
    "position_m": "SIAP Position Accuracy",
    "velocity_m_s": "SIAP Velocity Accuracy",
    "number_changes_per_s": "SIAP Rate of Track Number Change",
    "longest_segment": "SIAP Longest Track Segment",
}


def pictures(seed: int) -> Pictures:
    t, truth, tracks = scene(seed)
    at = np.round(t * 1e9).astype(np.int64)
    picture, number = np.nonzero(np.isfinite(tracks[:, :, 0]))
    when, flyer = np.nonzero(np.isfinite(truth[:, :, 0]))
    rows = len(picture)
    history = TrackHistory(
        scan=picture.astype(np.int32),
        at=at[picture],
        number=number.astype(np.int32),
        state=tracks[picture, number],
        covariance=np.tile(np.eye(6), (rows, 1, 1)),
        updated=np.ones(rows, np.bool_),
        plot=np.full(rows, -1),
    )
    true = TruthHistory(at=at[when], flyer=flyer.astype(np.int32), state=truth[when, flyer])
    return lay_out(history, true)


@pytest.mark.parametrize("one", TABLE["scenes"], ids=lambda one: str(one["seed"]))
def test_figures_are_those_of_stone_soup(one: dict) -> None:
    laid = pictures(one["seed"])
    pairs = near_pairs(laid, CUTOFF)
    ours = gospa(laid, match(laid, pairs, CUTOFF), CUTOFF)
    for name in ("gospa", "localisation", "missed", "false"):
        np.testing.assert_allclose(getattr(ours, name), one[name], rtol=1e-12, atol=1e-6)
    attributes = siap(laid, pairs)
    for name, theirs in NAMES.items():
        value = getattr(attributes, name)
        assert any(value == pytest.approx(seen, rel=1e-11) for seen in one["siap"][theirs]), name


@pytest.mark.parametrize("one", TABLE["scenes"], ids=lambda one: str(one["seed"]))
def test_ospa_is_that_of_stone_soup_where_it_takes_the_best_pairs(one: dict) -> None:
    """Stone Soup takes the pairs of least sum of d; the definition wants that of least d^p."""
    laid = pictures(one["seed"])
    start, column, distance = near_pairs(laid, CUTOFF)
    taken = assign(start, column, distance, CUTOFF, len(laid.truth_state))
    row = np.repeat(np.arange(len(taken)), np.diff(start))
    hit = np.flatnonzero(taken[row] == column)
    theirs = Matched(track=row[hit], truth=column[hit], distance=distance[hit])
    np.testing.assert_allclose(gospa(laid, theirs, CUTOFF).ospa, one["ospa"], rtol=1e-12)
    defined = gospa(laid, match(laid, (start, column, distance), CUTOFF), CUTOFF).ospa
    assert (defined <= np.array(one["ospa"]) * (1.0 + 1e-12)).all()
