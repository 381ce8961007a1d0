"""Ballistic flight against published range tables: one constant drag, fitted to one row of each.

Sources. US: 16-inch gun, 2,100 lb, 2,600 f/s, range table published in 1935; UK: 16-inch gun,
2,048 lb, 2,525 f/s; both as quoted by github.com/sjjf/master_exterior_ballistics (16in_rt.md,
commit 9a88cc8, and 16in-45-mk1.md, commit f176925, in examples); not seen in print. Ingalls: space
and time functions of his ballistic tables (text BALLI.ZIP/INGALL.TXT on infania.net), below 790
f/s, where his resistance is quadratic, which is our law.

The tables know no rotation of the Earth: shots to the east and to the west on the equator are
averaged. Their air is of their time, their drag depends on the Mach number, ours does not: that is
what the tolerances hold.
"""

import math

import numpy as np
import pytest
from scipy.optimize import brentq

from tdome.earth.atmosphere import density
from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import A

FOOT, YARD, POUND = 0.3048, 0.9144, 0.45359237
CALIBRE_AREA = math.pi / 4.0 * (16.0 * FOOT / 12.0) ** 2  # m^2

# Departure deg, range yd, time of flight s, striking velocity f/s, angle of fall deg.
US = (
    (2100.0 * POUND, 2600.0 * FOOT),
    (
        (35 + 27.7 / 60, 37000, 77.70, 1470, 47 + 47 / 60),
        (36 + 58.1 / 60, 37600, 80.40, 1488, 49 + 10 / 60),
        (38 + 4.0 / 60, 38000, 82.28, 1500, 50 + 9 / 60),
        (39 + 35.0 / 60, 38500, 84.69, 1515, 51 + 27 / 60),
        (41 + 20.0 / 60, 39000, 87.60, 1535, 52 + 53 / 60),
        (45 + 14.9 / 60, 39600, 94.60, 1559, 55 + 54 / 60),
    ),
)
UK = (
    (2048.0 * POUND, 2525.0 * FOOT),
    (
        (2.3, 5000, None, 2248, 2.5),
        (5.1, 10000, None, 1996, 5.9),
        (8.5, 15000, None, 1778, 10.2),
        (12.5, 20000, None, 1606, 16.5),
        (17.5, 25000, None, 1486, 24.6),
        (23.7, 30000, None, 1431, 33.5),
        (32.4, 35000, None, 1453, 43.7),
        (39.2, 37500, None, 1503, 50.5),
    ),
)


def shot(speed: float, angle: float, inv_beta: float):
    """Return range m, time s, striking velocity m/s, angle of fall deg; mean of east and west."""
    ends = []
    for east in (1.0, -1.0):
        up, along = speed * math.sin(math.radians(angle)), speed * math.cos(math.radians(angle))
        rows = np.empty((400, 7))
        written = fly(np.array([A + 1e-6, 0.0, 0.0, up, east * along, 0.0]), inv_beta, 1.0, rows)
        t, x, y, _, *velocity = rows[written - 1]
        vertical = np.array([x, y, 0.0]) / math.hypot(x, y)
        fast = float(np.linalg.norm(velocity))
        fall = math.degrees(math.asin(-float(np.dot(velocity, vertical)) / fast))
        ends.append((abs(math.atan2(y, x)) * A, t, fast, fall))
    return np.mean(ends, axis=0)


def fitted(table, row: int) -> float:
    """Return the one drag Cd A / m, m^2/kg, with which a row of a table has its range."""
    (_, speed), rows = table
    angle, yards = rows[row][:2]
    return brentq(lambda drag: shot(speed, angle, drag)[0] - yards * YARD, 2e-5, 2e-4, xtol=1e-10)


@pytest.mark.parametrize(
    ("table", "row", "range_error", "time_error", "speed_error", "fall_error"),
    [(US, 0, 0.006, 0.007, 0.010, 0.7), (UK, 4, 0.030, None, 0.030, 1.1)],
    ids=["US 1935", "UK"],
)
def test_one_drag_flies_a_published_range_table(
    table, row, range_error, time_error, speed_error, fall_error
):
    (mass, speed), rows = table
    drag = fitted(table, row)
    for angle, yards, seconds, feet_s, fall in rows:
        found = shot(speed, angle, drag)
        assert found[0] == pytest.approx(yards * YARD, rel=range_error)
        if seconds is not None:
            assert found[1] == pytest.approx(seconds, rel=time_error)
        assert found[2] == pytest.approx(feet_s * FOOT, rel=speed_error)
        assert found[3] == pytest.approx(fall, abs=fall_error)
    # And a shell's: the drag function KD6 there runs from .126 (Mach 2.3) to .175 (Mach 1.2).
    k_d = drag * mass / CALIBRE_AREA * math.pi / 8.0
    assert 0.126 < k_d < 0.175


def test_the_table_tells_drag_from_none():
    """Half the drag fails by far: the tolerances above are not wide enough for a wrong law."""
    (_, speed), rows = US
    angle, yards = rows[0][:2]
    assert shot(speed, angle, 0.5 * fitted(US, 0))[0] > 1.15 * yards * YARD


# Velocity f/s, space function ft, time function s. The compilation's time at 700 f/s (16.71) breaks
# its own differences (a misprint of 15.90) and is left out.
INGALLS = (
    (750, 20606.7, 13.86),
    (650, 23666.9, 18.25),
    (600, 25378.7, 20.99),
    (550, 27239.4, 24.23),
    (500, 29277.6, 28.12),
    (450, 31530.7, 32.87),
    (400, 34049.5, 38.81),
)
LOG_A = 5.66989 - 10.0  # of Ingalls' resistance A v^2 / C, ft/s^2, below 790 f/s


def test_ingalls_space_and_time_functions_come_out_of_flat_flights():
    """Flat fire with C = 0.02: distance C (S(v) - S(V)) and time C (T(v) - T(V))."""
    c, height = 0.02, 1000.0
    air = float(density(height))
    inv_beta = 2.0 * 10.0**LOG_A / FOOT / (c * air)
    speed, space, time = INGALLS[0]
    rows = np.empty((700, 7))
    fly(np.array([A + height, 0.0, 0.0, 0.0, 0.0, speed * FOOT]), inv_beta, 1e-3, rows)
    t, north, v_north = rows[:, 0], rows[:, 3], rows[:, 6] / FOOT
    for slower, further, later in INGALLS[1:]:
        at = np.interp(-slower, -v_north, t)
        assert at == pytest.approx(c * (later - time), rel=2e-3)
        assert np.interp(at, t, north) / FOOT == pytest.approx(c * (further - space), rel=2e-3)
