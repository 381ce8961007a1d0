"""JPDA and labelled mixtures in the tracker core, on small scenes."""

import numpy as np
import pytest
from msgspec.structs import replace

from tdome.command.tracking.dense.engine import LabelEngine, engine_for, track
from tdome.command.tracking.engine.engine import Engine
from tdome.command.tracking.engine.settings import Settings
from tdome.messages.recording import Recording
from tdome.plan.books.sites import SiteBook

NS = 1_000_000_000
SIGMA = (25.0, 0.0026, 0.0035)
JPDA = replace(Settings.imm(), association="jpda")
LMB = Settings.lmb()


def site():
    return SiteBook(
        names=("r",), flat=True, origin=np.zeros((1, 3)), axes=np.eye(3)[None],
        sigma=np.array([[*SIGMA, np.nan]]), detection=np.array([0.9]),
        false_plots=np.array([50.0]), reach=np.array([[1e3, 1.6e5]]),
        elevation=np.array([[0.0, 0.7]]), period=np.array([4.0]),
    )  # fmt: skip


def recording(place, velocity, scans, seed, false=50):
    """Plots of flyers in straight flight, and false ones."""
    rng = np.random.default_rng(seed)
    plots, start = [], [0]
    for k in range(scans):
        x = place + 4.0 * k * velocity
        r = np.linalg.norm(x, axis=1)
        own = np.c_[r, np.arctan2(x[:, 0], x[:, 1]), np.arcsin(x[:, 2] / r)]
        own = (own + rng.normal(size=own.shape) * SIGMA)[rng.uniform(size=len(own)) < 0.9]
        count = rng.poisson(false)
        other = rng.uniform([3e3, -np.pi, 0.0], [1.5e5, np.pi, 0.5], (count, 3))
        plots.append(rng.permutation(np.r_[own, other]))
        start.append(start[-1] + len(plots[-1]))
    z = np.concatenate(plots)
    nan = np.full(len(z), np.nan)
    return Recording(
        at=np.arange(scans, dtype=np.int64) * 4 * NS, sensor=np.zeros(scans, np.int32),
        start=np.array(start, np.int64), volume=np.ones(scans, bool), range_m=z[:, 0],
        azimuth_rad=z[:, 1], elevation_rad=z[:, 2], range_rate_m_s=nan,
        snr_db=nan.astype(np.float32), address=np.full(len(z), -1, np.int32), height_m=nan,
    )  # fmt: skip


def apart(seed=3, count=6):
    rng = np.random.default_rng(seed)
    angle = np.arange(count)
    place = np.c_[6e4 * np.sin(angle), 6e4 * np.cos(angle), rng.uniform(4e3, 9e3, count)]
    return place, np.c_[rng.uniform(-200, 200, (count, 2)), np.zeros(count)]


@pytest.mark.parametrize("settings", [JPDA, LMB])
def test_flyers_apart_are_each_one_track(settings):
    place, velocity = apart()
    history = track(recording(place, velocity, 20, 1), site(), settings)
    last = history.scan == 19
    assert last.sum() == len(place)
    off = history.state[last, None, :3] - (place + 76.0 * velocity)
    distance = np.linalg.norm(off, axis=2)
    assert (distance.min(axis=0) < 600.0).all()
    assert len(set(distance.argmin(axis=1).tolist())) == len(place)
    covariance = history.covariance
    assert np.linalg.eigvalsh(covariance).min() > 0.0


@pytest.mark.parametrize("settings", [JPDA, LMB])
def test_parts_give_the_same_bits(settings):
    feed = recording(*apart(), 16, 2)
    whole = track(feed, site(), settings)
    engine = engine_for(site(), settings)
    parts = [engine.fold(feed.part(a, b)) for a, b in ((0, 5), (5, 6), (6, 16))]
    for name in whole.__struct_fields__:
        joined = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(joined, getattr(whole, name), name)  # nan is untold


def test_the_order_of_plots_does_not_matter():
    feed = recording(*apart(), 12, 4)
    order = np.concatenate(
        [np.arange(b - 1, a - 1, -1) for a, b in zip(feed.start, feed.start[1:], strict=False)]
    )
    names = ("range_m", "azimuth_rad", "elevation_rad")
    other = replace(feed, **{name: getattr(feed, name)[order] for name in names})
    a, b = track(feed, site(), LMB), track(other, site(), LMB)
    assert np.array_equal(a.number, b.number)
    assert np.allclose(a.state, b.state, rtol=1e-9, atol=1e-6)


def test_rows_grow_and_hypotheses_are_capped():
    engine = engine_for(site(), replace(LMB, hypotheses=2))
    assert isinstance(engine, LabelEngine)
    history = engine.fold(recording(*apart(), 4, 5, false=1500))
    assert np.isfinite(history.state).all()
    assert engine.merged_plots == 0


def test_a_core_says_what_it_can_not_do():
    with pytest.raises(ValueError, match="lmb"):
        Engine(site(), LMB)
    assert type(engine_for(site(), JPDA)) is Engine


def test_a_sites_own_cell_goes_before_that_of_the_settings():
    """Two flyers in one cell: told by the book or by the settings, the bits are the same."""
    place = np.array([[0.0, 4e4, 6e3], [300.0, 4e4, 6e3]])
    velocity = np.array([[100.0, 50.0, 0.0]] * 2)
    scene, cell = recording(place, velocity, 30, 1), (300.0, 0.03, 0.05)
    book, set_ = replace(site(), cell=np.array([cell])), replace(LMB, cell=cell)
    of_site, of_settings = track(scene, book, LMB), track(scene, site(), set_)
    assert np.array_equal(of_site.state, of_settings.state)
    other = track(scene, book, replace(LMB, cell=(9.0, 0.001, 0.001)))
    assert np.array_equal(of_site.state, other.state)
    none = LabelEngine(replace(site(), cell=np.full((1, 3), np.nan)), set_)
    assert np.array_equal(none.fold(scene).state, of_site.state)
    assert not np.array_equal(track(scene, site(), LMB).state, of_site.state)
