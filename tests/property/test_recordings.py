"""Whatever a recording holds: it is tracked and scored, and what was refused is counted."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tdome as td
from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import Rows, assemble
from tdome.run.tracking.scene import scene

RECORDING, SITES, TRUTH = scene(12, scans=14, seed=5)
AT = np.repeat(RECORDING.at, np.diff(RECORDING.start))


def spoiled(rng: np.random.Generator, share: float) -> Rows:
    """Return the plots with some values gone wild, scans doubled, clocks that jump."""
    count = RECORDING.plots
    wild = np.array([np.nan, np.inf, -np.inf, -5.0, 0.0, 1e12])

    def some(values: np.ndarray) -> np.ndarray:
        hit = rng.uniform(size=count) < share
        return np.where(hit, rng.choice(wild, count), values)

    jump = rng.choice([0, 0, 0, 60, -300, 86_400 * 30], count) * 10**9
    late = np.where(rng.uniform(size=count) < share, jump, 0)
    stranger = rng.uniform(size=count) < share
    twice = np.concatenate([np.arange(count), np.arange(RECORDING.start[-2], count)])
    columns = {
        "at": AT + late,
        "sensor": np.where(stranger, 7, 0).astype(np.int32),
        "range_m": some(RECORDING.range_m),
        "azimuth_rad": some(RECORDING.azimuth_rad),
        "elevation_rad": some(RECORDING.elevation_rad),
        "range_rate_m_s": some(RECORDING.range_rate_m_s),
        "snr_db": RECORDING.snr_db,
        "address": RECORDING.address,
        "height_m": RECORDING.height_m,
    }
    return Rows(source="file", **{name: column[twice] for name, column in columns.items()})


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.01, 0.2, 0.9]))
def test_spoiled_plots_are_tracked_and_counted(seed: int, share: float) -> None:
    rows, refused = spoiled(np.random.default_rng(seed), share), Refusals()
    made = assemble([rows], SITES, refused)
    assert made.plots + len(refused) == len(rows.at)
    done = td.track(made, sensors=SITES, truth=TRUTH)
    assert np.isfinite(done.tracks.state).all()
    assert done.score is not None
    assert 0.0 <= done.score.siap.completeness <= 1.0


def test_a_few_bad_rows_cost_no_track() -> None:
    clean = td.track(RECORDING, sensors=SITES, truth=TRUTH)
    refused = Refusals()
    made = assemble([spoiled(np.random.default_rng(1), 0.003)], SITES, refused)
    done = td.track(made, sensors=SITES, truth=TRUTH)
    assert len(refused) > 0
    assert clean.score is not None
    assert done.score is not None
    assert done.score.siap.completeness > clean.score.siap.completeness - 0.1
