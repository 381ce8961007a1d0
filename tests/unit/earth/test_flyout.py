"""Fly-out tables against closed forms and a fine integration in time."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.earth.atmosphere import density1
from tdome.earth.flyout import (
    KNOTS,
    RAYS,
    REACH,
    SPAN,
    SPENT_DWELL,
    SPENT_SHARE,
    beam_table,
    burnout_speed1,
    fly1,
    longest_times,
    missile_table,
    reach1,
    sine1,
    time1,
)
from tdome.earth.geodesy import MEAN_RADIUS

MEDIUM = (900.0, 5.0, 20_000.0, 35e3, 15e3)  # mean speed, boost, beta, range, ceiling


def row_of(span: float) -> np.ndarray:
    row = np.empty(KNOTS + 2)
    row[SPAN] = span
    return row


def places(span: float) -> np.ndarray:
    return span * (np.arange(KNOTS) / (KNOTS - 1.0)) ** 2


def test_a_powered_round_keeps_its_speed():
    table = missile_table(75.0, 5.0, 0.0, 12e3, 5e3)
    for distance in (2000.0, 7000.0, 12e3):
        assert time1(table, distance, 0.1) == pytest.approx(2.5 + distance / 75.0, rel=1e-3)
    assert table[:, REACH] == pytest.approx(1.1 * 12e3)


def test_in_the_boost_the_path_is_a_parabola_of_time():
    row = row_of(40e3)
    fly1(1200.0, 6.0, 1.0 / 2e4, 0.3, row)
    at = places(40e3)
    boost = at <= 0.5 * 1200.0 * 6.0
    assert boost.sum() > 5
    assert 0.5 * 1200.0 / 6.0 * row[:KNOTS][boost] ** 2 == pytest.approx(at[boost])


def test_without_air_only_gravity_slows_a_vertical_round():
    row = row_of(100e3)
    fly1(3000.0, 0.0, 1e-12, 1.0, row)
    # Under gravity falling off as 1 / r^2, energy is conserved.
    mu = 9.80665 * MEAN_RADIUS**2
    speed = np.sqrt(9e6 - 2.0 * mu * (1.0 / MEAN_RADIUS - 1.0 / (MEAN_RADIUS + places(100e3))))
    mean = np.diff(places(100e3)) / np.diff(row[:KNOTS])
    assert mean == pytest.approx(0.5 * (speed[1:] + speed[:-1]), rel=1e-3)


def test_along_the_ground_speed_falls_exponentially():
    beta, speed = 5000.0, 1200.0
    row = row_of(4e3)
    fly1(speed, 0.0, 1.0 / beta, 0.0, row)
    decay = density1(0.0) / beta / 2.0
    expected = (np.exp(decay * places(4e3)) - 1.0) / (decay * speed)
    assert row[:KNOTS] == pytest.approx(expected, rel=1e-3, abs=1e-9)
    assert row[REACH] == 4e3


def test_a_table_agrees_with_a_fine_integration_in_time():
    mean, boost, beta, far, ceiling = MEDIUM
    table = missile_table(*MEDIUM)
    sine = sine1(far, 0.5 * ceiling)
    speed = burnout_speed1(mean, boost, 1.0 / beta, far, sine)
    for sine in (0.05, 0.3, 0.8):
        t, r, v, dt = 0.0, 0.0, 0.0, 2e-3
        while r < 20e3:
            height = r * sine + 0.5 * r * r * (1.0 - sine * sine) / MEAN_RADIUS
            slope = sine + r * (1.0 - sine * sine) / MEAN_RADIUS
            if t < boost:
                v = speed * t / boost
            else:
                v -= dt * (0.5 * density1(height) * v * v / beta + 9.8 * slope)
            r, t = r + v * dt, t + dt
        assert time1(table, 20e3, sine) == pytest.approx(t, rel=0.01)


def test_the_mean_speed_to_the_edge_is_the_published_one():
    mean, boost, _, far, ceiling = MEDIUM
    table = missile_table(*MEDIUM)
    sine = sine1(far, 0.5 * ceiling)
    assert time1(table, far, sine) == pytest.approx(0.5 * boost + far / mean, rel=0.01)
    # Nearer it is faster than that mean, and slower at the edge than before it.
    assert time1(table, 0.5 * far, sine) < 0.5 * boost + 0.5 * far / mean
    last = time1(table, far, sine) - time1(table, 0.9 * far, sine)
    middle = time1(table, 0.5 * far, sine) - time1(table, 0.4 * far, sine)
    assert last > 1.2 * middle


def test_thick_air_shortens_the_reach():
    table = missile_table(900.0, 5.0, 6000.0, 35e3, 15e3)
    assert table[0, REACH] < 0.7 * table[-1, REACH]
    assert np.all(np.diff(table[:, REACH]) >= -1e-6)
    light, heavy = (missile_table(900.0, 5.0, beta, 35e3, 15e3)[0, REACH] for beta in (4e3, 12e3))
    assert light < heavy


def test_a_spent_round_is_beyond_its_reach():
    table = missile_table(900.0, 5.0, 6000.0, 35e3, 15e3)
    reach = table[0, REACH]
    assert math.isfinite(time1(table, 0.999 * reach, 0.0))
    assert time1(table, 1.001 * reach, 0.0) == math.inf
    assert 0.0 < SPENT_SHARE < 1.0
    assert reach1(table, 1e9, 0.0) == pytest.approx(reach)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0.001, 1.0), sine=st.floats(0.0, 1.0))
def test_reach_inverts_time(share, sine):
    table = missile_table(*MEDIUM)
    distance = share * reach1(table, math.inf, sine)
    assert reach1(table, time1(table, distance, sine), sine) == pytest.approx(distance, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(a=st.floats(0.0, 400.0), b=st.floats(0.0, 400.0), sine=st.floats(0.0, 1.0))
def test_a_later_round_is_never_behind(a, b, sine):
    table = missile_table(*MEDIUM)
    assert reach1(table, min(a, b), sine) <= reach1(table, max(a, b), sine)


def test_a_beam_needs_its_dwell_and_more_through_haze():
    clear, hazy = beam_table(5.0, 0.0, 4e3), beam_table(5.0, 2e-4, 4e3)
    assert time1(clear, 3e3, 0.0) == pytest.approx(5.0)
    assert time1(hazy, 3e3, 0.0) == pytest.approx(5.0 * math.exp(0.6), rel=1e-3)
    assert reach1(clear, 4.9, 0.2) == 0.0
    assert reach1(clear, 5.1, 0.2) == pytest.approx(1.1 * 4e3)
    fog = beam_table(5.0, 5e-3, 4e3)
    assert fog[0, REACH] == pytest.approx(math.log(SPENT_DWELL) / 5e-3)
    assert time1(fog, 1e3, 0.0) == math.inf


def test_the_longest_time_is_that_of_the_slowest_ray():
    tables = np.stack([missile_table(*MEDIUM), beam_table(5.0, 0.0, 4e3)])
    longest = longest_times(tables, np.array([35e3, 4e3]))
    sines = [(j / (RAYS - 1.0)) ** 2 for j in range(RAYS)]
    times = [time1(tables[0], min(35e3, tables[0, j, REACH]), s) for j, s in enumerate(sines)]
    assert longest == pytest.approx([max(times), 5.0])
