"""Range rates and Doppler spreads: who measures them, how well, and what false plots show."""

import math

import numpy as np
import pytest

from tdome.kernel.random import Streams
from tdome.world.schema.conditions import Weather
from tdome.world.sensors.chance import SPREAD_ERROR, SPREAD_SNR
from tdome.world.sensors.clutter import NOISE_RATE, RAIN_RATE
from tdome.world.sensors.radars import Radars

from .plain_radar import SCANS, book_of, flyers, state

CELL = 4.0


def radars_of(book, **weather):
    return Radars(book, Weather(**weather), Streams(5))


def looks_at(spread, distance=30e3, rcs=1e4, velocity=(0.0, -200.0, 0.0), **changes):
    """All plots of one flyer that comes in from the north."""
    book = book_of(**({"doppler_cell_m_s": CELL} | changes))
    bodies = flyers([state(book, distance, 0.0, 0.0, velocity)], rcs)
    bodies.spread[:] = spread
    radars = radars_of(book)
    looks = [radars.look(0, bodies, 0.0, k) for k in range(SCANS)]
    names = ("range_rate_m_s", "doppler_spread_m_s", "snr_db")
    return [np.concatenate([getattr(look, name) for look in looks]) for name in names]


def test_a_range_rate_has_the_books_error():
    rate, _, _ = looks_at(0.0)
    book = book_of(doppler_cell_m_s=CELL)
    sigma = float(book.physics.sigma_range_rate[0])
    assert sigma == pytest.approx(0.5 * CELL)
    assert abs(rate.mean() + 200.0) < 5.0 * sigma / math.sqrt(len(rate))
    assert rate.std() == pytest.approx(sigma, rel=0.2)


def test_a_radar_without_doppler_measures_neither():
    rate, spread, _ = looks_at(60.0, doppler_cell_m_s=0.0)
    assert len(rate) > 0.9 * SCANS
    assert np.isnan(rate).all()
    assert np.isnan(spread).all()


def test_a_spread_is_log_normal_about_its_own():
    _, spread, _ = looks_at(60.0)
    logs = np.log(spread[np.isfinite(spread)])
    assert len(logs) > 0.9 * SCANS
    assert abs(logs.mean() - math.log(60.0)) < 5.0 * SPREAD_ERROR / math.sqrt(len(logs))
    assert logs.std() == pytest.approx(SPREAD_ERROR, rel=0.2)


def test_no_spread_is_finer_than_the_cell():
    _, spread, _ = looks_at(0.1)
    assert (spread[np.isfinite(spread)] == CELL).all()
    _, near, _ = looks_at(CELL)
    assert near[np.isfinite(near)].min() == CELL
    assert near[np.isfinite(near)].max() > 1.2 * CELL


def test_faint_echoes_tell_no_spread():
    _, spread, snr = looks_at(60.0, distance=90e3, rcs=3.0)
    strong = snr >= 10.0 * math.log10(SPREAD_SNR)
    assert 0.05 < strong.mean() < 0.95
    assert np.isfinite(spread[strong]).all()
    assert np.isnan(spread[~strong]).all()


def test_false_plots_are_not_given_away():
    """They show a range rate like any plot, and are too faint for a spread, as most real ones."""
    still = {"clutter_spots": 20.0, "clutter_range_km": 50.0, "clutter_spot_probability": 1.0}
    kinds = {
        NOISE_RATE: {"false_plots_per_scan": 5.0},
        RAIN_RATE: {"rain_plots_per_mm_h": 0.5, "frequency_ghz": 3.0},
        2.0 * CELL: {"clutter_plots_per_scan": 5.0, "clutter_range_km": 50.0},
        3.0 * CELL: still,
    }
    for most, changes in kinds.items():
        radars = radars_of(book_of(doppler_cell_m_s=CELL, **changes), rain_mm_h=10.0)
        looks = [radars.look(0, flyers([]), 0.0, k) for k in range(100)]
        rate = np.concatenate([look.range_rate_m_s for look in looks])
        assert len(rate) > 100
        assert np.isfinite(rate).all()
        assert 0.5 * most < np.abs(rate).max() <= most
        assert all(np.isnan(look.doppler_spread_m_s).all() for look in looks)


def test_the_rest_of_a_plot_does_not_depend_on_doppler():
    bodies = flyers([state(book_of(), 60e3, 2.0, 30.0, (50.0, -150.0, 0.0))])
    on, off = (radars_of(book_of(doppler_cell_m_s=cell)) for cell in (CELL, 0.0))
    for k in range(20):
        a, b = on.look(0, bodies, 0.0, k), off.look(0, bodies, 0.0, k)
        for name in ("range_m", "azimuth_rad", "elevation_rad", "snr_db", "rows"):
            assert np.array_equal(getattr(a, name), getattr(b, name))


def test_a_wreck_tumbles():
    book = book_of()
    bodies = flyers([state(book, 30e3, 20.0, 0.0, (0.0, -200.0, 0.0))])
    bodies.spread[:] = 60.0
    bodies.start(0)
    bodies.break_up(0, 1.0, 0.1)
    assert 1.0 < bodies.spread[0] < 30.0
