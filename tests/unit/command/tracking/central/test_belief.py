"""What is applied to plots: biases off, errors wider by what is left, nothing without evidence."""

import msgspec
import numpy as np
import pytest

from tdome.command.tracking.central.belief import (
    Belief,
    believed,
    corrected_plots,
    doubtful_sigma,
)
from tdome.command.tracking.registration.state import BiasState, Settings, prior_variance


def known(bias, variance=None):
    left = np.zeros_like(bias) if variance is None else variance
    return Belief(any=1.0, bias=bias, variance=left)


def test_corrected_plots_have_no_bias_left(sky):
    sites = sky.ring(4)
    flown = sky.scene(sites, 6)
    fixed = corrected_plots(flown.recording, known(flown.bias))
    assert (fixed.at == flown.recording.at).all()
    assert (fixed.azimuth_rad >= 0.0).all()
    assert (fixed.azimuth_rad < 2 * np.pi).all()
    sensor = np.repeat(fixed.sensor, np.diff(fixed.start))
    for s in range(4):
        mine = sensor == s
        off = sky.polar(flown.truth[mine, :3], sites, s)
        off -= np.column_stack([fixed.range_m, fixed.azimuth_rad, fixed.elevation_rad])[mine]
        off[:, 1] = (off[:, 1] + np.pi) % (2 * np.pi) - np.pi
        assert (np.abs(off.mean(axis=0)) < 4.0 * sites.sigma[s, :3] / np.sqrt(mine.sum())).all()


def test_ranges_stay_positive_and_strangers_keep_their_plots(sky):
    flown = sky.scene(sky.ring(2), 0, 5, 8.0)
    strange = msgspec.structs.replace(
        flown.recording, sensor=np.where(flown.recording.sensor == 0, 9, 1).astype(np.int32)
    )
    bias = np.full((2, 4), 1e6)
    fixed = corrected_plots(strange, known(bias))
    mine = np.repeat(strange.sensor, np.diff(strange.start)) == 1
    assert (fixed.range_m[mine] == 1.0).all()
    for name in ("range_m", "azimuth_rad", "elevation_rad"):
        assert (getattr(fixed, name)[~mine] == getattr(strange, name)[~mine]).all()


def test_sites_allow_for_what_is_left(sky):
    sites = sky.ring(4)
    variance = np.square(np.nan_to_num(sites.sigma)) * [9.0, 9.0, 16.0, 0.0]
    wide = doubtful_sigma(sites, known(np.zeros((4, 4)), variance))
    assert wide[:, 0] == pytest.approx(50.0 * np.sqrt(10.0))
    assert wide[:, 2] == pytest.approx(0.002 * np.sqrt(17.0))
    assert np.isnan(wide[:, 3]).all()


def test_without_evidence_nothing_is_applied_and_with_all_of_it_the_estimate(sky):
    sites, rules = sky.ring(2), Settings()
    prior = prior_variance(sites, rules)
    start = BiasState.start(sites, rules)
    assert believed(start, prior, 0.95).none
    found = np.sqrt(prior) * np.tile([0.5, -0.25, 1.0, 0.0], 2)
    sure = msgspec.structs.replace(
        start, bias=found, covariance=1e-4 * np.diag(prior), used=100, evidence=-10.0
    )
    assert believed(sure, prior, 0.95).none
    told = believed(msgspec.structs.replace(sure, evidence=50.0), prior, 0.95)
    assert told.bias.reshape(-1) == pytest.approx(found)
    assert told.variance.reshape(-1) == pytest.approx(1e-4 * prior)
    vague = msgspec.structs.replace(sure, evidence=50.0, covariance=0.5 * np.diag(prior))
    assert not believed(vague, prior, 0.95).bias.any()  # plots have told of no axis
