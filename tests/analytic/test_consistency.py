"""NEES and NIS against their definitions and the chi-square that they must follow."""

import numpy as np
import pytest
from scipy.stats import chi2

from tdome.messages.recording import Recording, TrackHistory, TruthHistory
from tdome.plan.books.sites import SiteBook
from tdome.score.picture.consistency import Consistency, nees, nis, square_norms
from tdome.score.picture.gospa import match
from tdome.score.picture.pairs import near_pairs
from tdome.score.picture.pictures import lay_out

COUNT = 4000
SIGMA = np.array([5.0, 0.0005, 0.0005])


def covariances(rng: np.random.Generator, count: int, size: int, scale: float) -> np.ndarray:
    root = rng.normal(size=(count, size, size)) * scale
    return root @ root.transpose(0, 2, 1) + scale**2 * np.eye(size)


def test_square_norms_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    error, spread = rng.normal(size=(200, 6)), covariances(rng, 200, 6, 3.0)
    wanted = np.einsum("ni,ni->n", error, np.linalg.solve(spread, error[..., None])[..., 0])
    np.testing.assert_allclose(square_norms(error, spread), wanted, rtol=1e-9)
    spread[7, 2, 2] = -1.0
    assert np.isnan(square_norms(error, spread)[7])


def test_errors_drawn_from_their_covariance_are_consistent() -> None:
    rng = np.random.default_rng(2)
    spread = covariances(rng, COUNT, 6, 5.0)
    error = np.einsum("nij,nj->ni", np.linalg.cholesky(spread), rng.normal(size=(COUNT, 6)))
    place = np.zeros((COUNT, 6))
    place[:, 0] = 1e4 * np.arange(COUNT)
    number = np.arange(COUNT, dtype=np.int32)
    history = TrackHistory(
        scan=np.zeros(COUNT, np.int32),
        at=np.zeros(COUNT, np.int64),
        number=number,
        state=place + error,
        covariance=spread,
        updated=np.ones(COUNT, np.bool_),
        plot=np.full(COUNT, -1),
    )
    truth = TruthHistory(at=np.zeros(COUNT, np.int64), flyer=number, state=place)
    laid = lay_out(history, truth)
    values = nees(laid, match(laid, near_pairs(laid, 1000.0), 1000.0))
    found = Consistency.of(values, np.full(COUNT, 6.0))
    assert found.low < found.mean < found.high
    assert found.inside == pytest.approx(0.95, abs=0.012)
    assert found.median == pytest.approx(chi2.median(6), rel=0.03)
    twice = Consistency.of(2.0 * values, np.full(COUNT, 6.0))
    assert twice.mean > twice.high
    assert Consistency.of(np.array([np.nan]), np.array([6.0])).left_out == 1


def updated(rng: np.random.Generator) -> tuple[TrackHistory, Recording, SiteBook, np.ndarray]:
    """Return tracks after one extended Kalman update each, and the NIS of these by definition."""
    far = rng.uniform(2e4, 6e4, COUNT)
    azimuth, elevation = rng.uniform(0, 2 * np.pi, COUNT), rng.uniform(0.05, 0.6, COUNT)
    level = far * np.cos(elevation)
    axis = [level * np.sin(azimuth), level * np.cos(azimuth), far * np.sin(elevation)]
    true = np.stack(axis, axis=1)
    spread = covariances(rng, COUNT, 6, 8.0)
    prior = np.zeros((COUNT, 6))
    prior[:, :3] = true
    prior += np.einsum("nij,nj->ni", np.linalg.cholesky(spread), rng.normal(size=(COUNT, 6)))
    z = np.stack([far, azimuth, elevation], axis=1) + rng.normal(size=(COUNT, 3)) * SIGMA
    z[:, 1] %= 2 * np.pi
    x, y, up = prior[:, 0], prior[:, 1], prior[:, 2]
    ground, slant = np.hypot(x, y), np.sqrt(x**2 + y**2 + up**2)
    seen = np.stack([slant, np.arctan2(x, y), np.arctan2(up, ground)], axis=1)
    slope = np.zeros((COUNT, 3, 6))
    slope[:, 0, :3] = prior[:, :3] / slant[:, None]
    slope[:, 1, 0], slope[:, 1, 1] = y / ground**2, -x / ground**2
    slope[:, 2, 0] = -x * up / (ground * slant**2)
    slope[:, 2, 1] = -y * up / (ground * slant**2)
    slope[:, 2, 2] = ground / slant**2
    innovation = z - seen
    innovation[:, 1] = (innovation[:, 1] + np.pi) % (2 * np.pi) - np.pi
    whole = slope @ spread @ slope.transpose(0, 2, 1) + np.diag(SIGMA**2)
    gain = spread @ slope.transpose(0, 2, 1) @ np.linalg.inv(whole)
    wanted = np.einsum("ni,nij,nj->n", innovation, np.linalg.inv(whole), innovation)
    posterior = prior + np.einsum("nij,nj->ni", gain, innovation)
    history = TrackHistory(
        scan=np.zeros(COUNT, np.int32),
        at=np.zeros(COUNT, np.int64),
        number=np.arange(COUNT, dtype=np.int32),
        state=posterior,
        covariance=spread - gain @ slope @ spread,
        updated=np.ones(COUNT, np.bool_),
        plot=np.arange(COUNT),
    )
    unknown = np.full(COUNT, np.nan)
    recording = Recording(
        at=np.zeros(1, np.int64),
        sensor=np.zeros(1, np.int32),
        start=np.array([0, COUNT]),
        volume=np.ones(1, np.bool_),
        range_m=z[:, 0],
        azimuth_rad=z[:, 1],
        elevation_rad=z[:, 2],
        range_rate_m_s=unknown,
        snr_db=unknown.astype(np.float32),
        address=np.full(COUNT, -1, np.int32),
        height_m=unknown,
    )
    sites = SiteBook(
        names=("radar",),
        flat=True,
        origin=np.zeros((1, 3)),
        axes=np.eye(3)[None],
        sigma=np.array([[*SIGMA, np.nan]]),
        detection=np.array([0.9]),
        false_plots=np.array([0.0]),
        reach=np.array([[0.0, 1e5]]),
        elevation=np.array([[0.0, 1.5]]),
        period=np.array([4.0]),
    )
    return history, recording, sites, wanted


def test_nis_comes_back_from_posterior_and_plot() -> None:
    history, recording, sites, wanted = updated(np.random.default_rng(3))
    values, freedom = nis(history, recording, sites)
    assert freedom.tolist() == [3.0] * COUNT
    near = np.abs(values - wanted) < 0.05 * wanted + 0.02
    assert near.mean() > 0.98  # the slope at the posterior is not quite that at the prior
    found = Consistency.of(values, freedom)
    assert found.low < found.mean < found.high
    assert found.inside == pytest.approx(0.95, abs=0.012)
