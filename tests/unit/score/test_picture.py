"""OSPA, GOSPA and SIAP in cases that are worked out by hand; pictures between samples of truth."""

import numpy as np
import pytest

from tdome.messages.recording import TrackHistory, TruthHistory
from tdome.score.picture.gospa import gospa_of
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import Pictures, lay_out
from tdome.score.picture.report import score_tracks
from tdome.score.picture.siap import Siap, associate, siap

S = 10**9


def tracks(*rows: tuple[float, int, float]) -> TrackHistory:
    """Return a history of (s, number, x) rows; all fly at 10 m/s along x."""
    at = np.array([int(t * S) for t, _, _ in rows], np.int64)
    state = np.array([[x, 0.0, 0.0, 10.0, 0.0, 0.0] for _, _, x in rows]).reshape(-1, 6)
    return TrackHistory(
        scan=np.zeros(len(rows), np.int32),
        at=at,
        number=np.array([n for _, n, _ in rows], np.int32),
        state=state,
        covariance=np.tile(np.eye(6), (len(rows), 1, 1)),
        updated=np.ones(len(rows), np.bool_),
        plot=np.full(len(rows), -1),
    )


def truth(*rows: tuple[float, int, float]) -> TruthHistory:
    told = tracks(*rows)
    return TruthHistory(at=told.at, flyer=told.number, state=told.state)


def test_by_hand() -> None:
    """Two truths, three tracks: distances 3 and 4, one false track; c = 10, p = 2."""
    found = gospa_of(
        lay_out(tracks((0, 1, 3.0), (0, 2, 104.0), (0, 3, 500.0)), truth((0, 1, 0), (0, 2, 100))),
        cutoff=10.0,
    )
    assert found.gospa[0] == pytest.approx(np.sqrt(9 + 16 + 50))
    assert found.ospa[0] == pytest.approx(np.sqrt((9 + 16 + 100) / 3))
    assert found.localisation[0] == pytest.approx(25.0)
    assert (found.missed_count[0], found.false_count[0]) == (0, 1)
    assert (found.missed[0], found.false[0]) == (0.0, 50.0)


def test_the_best_pairs_are_not_the_nearest_ones() -> None:
    """Truths at 0 and 6, tracks at 4 and 12: 4 -> 6 is nearest, but 0-4, 6-12 beats 6-4 alone."""
    found = gospa_of(
        lay_out(tracks((0, 1, 4.0), (0, 2, 12.0)), truth((0, 1, 0.0), (0, 2, 6.0))), cutoff=10.0
    )
    assert found.localisation[0] == pytest.approx(16 + 36)
    assert found.missed_count[0] == 0


def test_a_pair_at_the_cutoff_is_no_pair() -> None:
    found = gospa_of(lay_out(tracks((0, 1, 10.0)), truth((0, 1, 0.0))), cutoff=10.0)
    assert (found.missed_count[0], found.false_count[0]) == (1, 1)
    assert found.gospa[0] == pytest.approx(10.0)


def test_nothing_against_nothing_and_against_something() -> None:
    empty = lay_out(tracks(), truth(), times=np.array([0], np.int64))
    assert gospa_of(empty, 10.0).gospa.tolist() == [0.0]
    assert siap(empty, near_pairs(empty, 10.0)) == Siap(
        completeness=0.0,
        ambiguity=1.0,
        spuriousness=0.0,
        position_m=0.0,
        velocity_m_s=0.0,
        number_changes_per_s=0.0,
        longest_segment=0.0,
    )
    alone = lay_out(tracks(), truth((0, 1, 0.0), (0, 2, 5.0)))
    assert gospa_of(alone, 10.0).gospa[0] == pytest.approx(10.0)
    assert gospa_of(alone, 10.0).ospa[0] == pytest.approx(10.0)


@pytest.mark.parametrize("wrong", [(0.0, 2.0), (-1.0, 2.0), (np.nan, 2.0), (10.0, 0.5)])
def test_what_is_no_metric_is_refused(wrong: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="c > 0"):
        score_tracks(tracks((0, 1, 0.0)), truth((0, 1, 0.0)), cutoff=wrong[0], order=wrong[1])


def test_a_state_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        lay_out(tracks((0, 1, np.nan)), truth((0, 1, 0.0)))


def flown(number: list[int], offset: float = 1.0) -> Pictures:
    """Return pictures of one flyer, 10 s apart, with the track number of each (0: none)."""
    times = [10 * i for i in range(len(number))]
    own = [(t, n, 10.0 * t + offset) for t, n in zip(times, number, strict=True) if n]
    return lay_out(tracks(*own), truth(*((t, 1, 10.0 * t) for t in times)))


def test_one_number_all_the_way() -> None:
    laid = flown([1] * 8)
    found = siap(laid, near_pairs(laid, 100.0))
    assert (found.completeness, found.ambiguity, found.spuriousness) == (1.0, 1.0, 0.0)
    assert found.position_m == pytest.approx(1.0)
    assert found.velocity_m_s == 0.0
    assert found.number_changes_per_s == 0.0
    assert found.longest_segment == 1.0


def test_a_change_of_number_costs_continuity_only() -> None:
    """Four pictures by track 1, four by track 2: one change in 30 + 30 s tracked, 30 of 70 s."""
    laid = flown([1] * 4 + [2] * 4)
    found = siap(laid, near_pairs(laid, 100.0))
    assert found.completeness == 1.0
    assert found.number_changes_per_s == pytest.approx(1.0 / 60.0)
    assert found.longest_segment == pytest.approx(30.0 / 70.0)


def test_two_pictures_make_no_association() -> None:
    laid = flown([0, 1, 1, 0, 0])
    assert len(associate(laid, near_pairs(laid, 100.0)).track) == 0
    found = siap(laid, near_pairs(laid, 100.0))
    assert (found.completeness, found.spuriousness) == (0.0, 1.0)


def test_a_double_track_is_ambiguous() -> None:
    times = range(0, 60, 10)
    own = [(t, n, 10.0 * t + n) for t in times for n in (1, 2)]
    laid = lay_out(tracks(*own), truth(*((t, 1, 10.0 * t) for t in times)))
    assert siap(laid, near_pairs(laid, 100.0)).ambiguity == 2.0


def test_truth_between_its_samples_and_not_in_gaps() -> None:
    """Speed 10 m/s and samples at 0, 10, 100 s: at 5 s there is a flyer, at 50 s none is known."""
    known = truth((0, 1, 0.0), (10, 1, 100.0), (100, 1, 1000.0))
    laid = lay_out(tracks(), known, times=np.array([5, 50, 100, 101], np.int64) * S)
    assert laid.truth_picture.tolist() == [0, 2]
    assert laid.truth_state[0].tolist() == pytest.approx([50.0, 0, 0, 10.0, 0, 0])
    assert laid.truth_state[1, 0] == 1000.0
    wide = lay_out(tracks(), known, times=np.array([50], np.int64) * S, longest_gap_s=100.0)
    assert wide.truth_state[0, 0] == pytest.approx(500.0)


def test_of_two_rows_of_a_track_at_one_time_the_last_counts() -> None:
    laid = lay_out(tracks((0, 1, 5.0), (0, 2, 9.0), (0, 1, 7.0)), truth((0, 1, 0.0)))
    assert laid.number.tolist() == [1, 2]
    assert laid.track_state[:, 0].tolist() == [7.0, 9.0]
