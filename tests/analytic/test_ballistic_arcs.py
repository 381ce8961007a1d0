"""Ballistic arcs against a second integrator, closed forms, published figures and pytrajlib.

The right-hand side here shares no code with the package: inertial axes, the gradient of the J2
potential taken by complex steps, the 1976 Standard Atmosphere from its defining lapse rates (and
its printed densities above 86 km), heights from pyproj. Bar: 1 m over 300 s.
"""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyproj
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef

GM, RADIUS, SPIN, J2 = 3.986004418e14, 6378137.0, 7.292115e-5, 1.0826298213e-3  # TR8350.2
TO_GEODETIC = pyproj.Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
# Base (geopotential m), lapse (K/m) of the layers; US Standard Atmosphere 1976, table 4.
LAYERS = [(0, -6.5e-3), (11e3, 0.0), (20e3, 1e-3), (32e3, 2.8e-3), (47e3, 0.0), (51e3, -2.8e-3)]
LAYERS += [(71e3, -2e-3)]
TOP = 84_852.0
UPPER = {86: 6.958e-6, 88: 4.875e-6, 90: 3.416e-6, 95: 1.393e-6, 100: 5.604e-7, 105: 2.325e-7}
UPPER |= {110: 9.708e-8, 115: 4.289e-8, 120: 2.222e-8}  # its table I: km, kg/m^3


def standard_density(height):
    """US 1976, kg/m^3, at a geometric height in m."""
    geopotential = 6356766.0 * height / (6356766.0 + height)
    if geopotential >= TOP:
        km, rho = np.array(list(UPPER)), np.log(list(UPPER.values()))
        return 0.0 if height > 120e3 else math.exp(np.interp(height / 1e3, km, rho))
    kelvin, pascal = 288.15, 101325.0
    for (base, lapse), (end, _) in zip(LAYERS, [*LAYERS[1:], (TOP, 0.0)], strict=True):
        rise = min(geopotential, end) - base
        if lapse == 0.0:
            pascal *= math.exp(-9.80665 * 0.0289644 / 8.31432 * rise / kelvin)
        else:
            after = kelvin + lapse * rise
            pascal *= (kelvin / after) ** (9.80665 * 0.0289644 / 8.31432 / lapse)
            kelvin = after
        if geopotential <= end:
            break
    return pascal * 0.0289644 / (8.31432 * kelvin)


def potential(r, j2, gm):
    radius = (r[0] ** 2 + r[1] ** 2 + r[2] ** 2) ** 0.5
    return gm / radius * (1.0 - j2 * (RADIUS / radius) ** 2 * (3.0 * (r[2] / radius) ** 2 - 1) / 2)


def gravity(r, j2, gm=GM):
    """Gradient of the potential by complex steps: exact to rounding."""
    step = 1e-3j * np.eye(3)
    return np.array([potential(r + step[i], j2, gm).imag / 1e-3 for i in range(3)])


def reference(state, times, inv_beta, j2=J2, spin=SPIN, gm=GM):
    """States at times (s), inertial axes that coincide with the Earth's at 0; (n, 6)."""
    axis = np.array([0.0, 0.0, spin])

    def slope(_, s):
        acceleration = gravity(s[:3], j2, gm)
        if inv_beta:
            height = TO_GEODETIC.transform(math.hypot(s[0], s[1]), 0.0, s[2])[2]
            wind = s[3:] - np.cross(axis, s[:3])
            speed = np.linalg.norm(wind)
            acceleration -= 0.5 * inv_beta * standard_density(height) * speed * wind
        return np.concatenate([s[3:], acceleration])

    options = {"method": "DOP853", "rtol": 1e-10, "atol": 1e-6, "max_step": 5.0}
    return solve_ivp(slope, (0.0, times[-1]), state, t_eval=times, **options).y.T


def turned(rows, times, spin=SPIN):
    """Inertial positions seen from the turning Earth."""
    c, s = np.cos(spin * times), np.sin(spin * times)
    x, y, z = rows[:, :3].T
    return np.stack([c * x + s * y, c * y - s * x, z], axis=1)


def launch(lat, lon, azimuth, angle, speed, height):
    lat, lon, azimuth, angle = np.radians([lat, lon, azimuth, angle])
    level = math.cos(angle)
    up = np.array([level * math.sin(azimuth), level * math.cos(azimuth), math.sin(angle)])
    velocity = speed * up @ enu_axes(lat, lon)
    return np.concatenate([geodetic_to_ecef(lat, lon, height), velocity])


def inertial(state, spin=SPIN):
    return np.concatenate([state[:3], state[3:] + np.cross([0.0, 0.0, spin], state[:3])])


# lat, lon, azimuth, angle (deg), burn-out speed (m/s) and height (m), Cd A / m (m^2/kg).
ARCS = {
    "srbm off Taiwan": (26.0, 118.0, 110.0, 38.0, 1900.0, 25e3, 1 / 12_000),
    "east on the equator": (0.0, 10.0, 90.0, 40.0, 2600.0, 40e3, 1 / 10_000),
    "west on the equator": (0.0, 10.0, 270.0, 40.0, 2600.0, 40e3, 1 / 10_000),
    "north from 60 N": (60.0, -30.0, 10.0, 45.0, 3000.0, 70e3, 1 / 8_000),
    "south from 45 S over the date line": (-45.0, 179.9, 135.0, 36.0, 2200.0, 30e3, 1 / 6_000),
    "steep at the pole": (89.0, 0.0, 200.0, 70.0, 2000.0, 50e3, 1 / 10_000),
    "depressed": (30.0, 60.0, 300.0, 15.0, 2500.0, 30e3, 1 / 15_000),
    "light debris": (25.0, 121.0, 200.0, 20.0, 2500.0, 60e3, 1 / 300),
}
SECONDS = 300.0


@pytest.mark.parametrize("name", ARCS)
def test_within_a_metre_of_dop853_over_300_s(name):
    *where, inv_beta = ARCS[name]
    state = launch(*where)
    table = np.empty((301, 7))
    rows = fly(state, inv_beta, 1.0, table)
    times = table[:rows, 0]
    assert times[-1] > 150.0
    places = turned(reference(inertial(state), times, inv_beta), times)
    off = np.linalg.norm(places - table[:rows, 1:4], axis=1)
    assert off.max() < 1.0


def test_coriolis_and_oblateness_are_in_it():
    """What the bar above would miss if either were left out: hundreds of metres."""
    *where, inv_beta = ARCS["srbm off Taiwan"]
    state, times = launch(*where), np.array([0.0, SECONDS])
    whole = turned(reference(inertial(state), times, inv_beta), times)[-1]
    round_earth = turned(reference(inertial(state), times, inv_beta, j2=0.0), times)[-1]
    still = reference(state, times, inv_beta, spin=0.0)[-1, :3]
    assert np.linalg.norm(whole - round_earth) > 100.0
    assert np.linalg.norm(whole - still) > 1_000.0


SPHERE = """
import math, sys
import numpy as np
import tdome.earth.wgs84 as wgs84
wgs84.J2 = wgs84.OMEGA = wgs84.F = 0.0
wgs84.B = wgs84.A
from tdome.earth.ballistics import impact1
for line in sys.stdin:
    speed, angle = map(float, line.split())
    up, east = speed * math.sin(angle), speed * math.cos(angle)
    state = np.array([wgs84.A + 1e-3, 0.0, 0.0, up, east, 0.0])
    t, x, y, z = impact1(state, 0.0, 1.0, 9000.0)
    print(t, math.atan2(y, x) * wgs84.A)
"""
KEPLER = [(1500.0, 45.0), (3000.0, 40.0), (4500.0, 35.0), (2000.0, 80.0), (6500.0, 25.0)]


def kepler(speed, angle):
    """Time (s) and range (m) of a free flight from sphere to sphere.

    Bate, Mueller and White, "Fundamentals of Astrodynamics" (1971), section 6.2: Q = v^2 r / GM,
    cos(psi / 2) = (1 - Q cos^2 phi) / e, and the time of free flight by Kepler's equation.
    """
    q = speed * speed * RADIUS / GM
    axis = RADIUS / (2.0 - q)
    eccentricity = math.sqrt(1.0 + q * (q - 2.0) * math.cos(angle) ** 2)
    half = math.acos((1.0 - q * math.cos(angle) ** 2) / eccentricity)
    anomaly = math.acos((eccentricity - math.cos(half)) / (1.0 - eccentricity * math.cos(half)))
    time = 2.0 * math.sqrt(axis**3 / GM) * (math.pi - anomaly + eccentricity * math.sin(anomaly))
    return time, 2.0 * half * RADIUS


def test_on_a_still_sphere_it_is_keplers_arc():
    """Oblateness, rotation and air off; in a process of its own, since kernels hold constants."""
    asked = "\n".join(f"{speed} {math.radians(angle)}" for speed, angle in KEPLER)
    got = subprocess.run(
        [sys.executable, "-c", SPHERE],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
    ).stdout.splitlines()
    assert len(got) == len(KEPLER)
    for (speed, angle), line in zip(KEPLER, got, strict=True):
        time, distance = map(float, line.split())
        expected = kepler(speed, math.radians(angle))
        assert time == pytest.approx(expected[0], abs=0.01)
        assert distance == pytest.approx(expected[1], abs=5.0)


# Greatest range for a speed: sin(psi / 2) = Q / (2 - Q), at the angle (180 deg - psi) / 4 (the same
# section): the tables of minimum-energy speeds in the texts are this.
@pytest.mark.parametrize("speed", [1000.0, 2000.0, 3000.0, 4000.0, 5000.0])
def test_the_greatest_range_is_where_the_book_has_it(speed):
    q = speed * speed * RADIUS / GM
    psi = 2.0 * math.asin(q / (2.0 - q))
    best = (math.pi - psi) / 4.0
    assert kepler(speed, best)[1] == pytest.approx(psi * RADIUS, rel=1e-9)
    for other in (best - 0.02, best + 0.02):
        assert kepler(speed, other)[1] < psi * RADIUS


def test_the_first_ballistic_missile_flew_so_far_and_so_high():
    """The A-4's published figures: 3,500 miles an hour, 60 miles high, 200 miles far.

    http://carlyush.blogspot.com/2014/04/v2.html: 3,500 mph and sixty miles; Rincon, BBC News (9
    Sept. 2004, at http://hnn.us/article/7279): a range of 320 km (200 miles).
    From burn-out at 25 km and a compact body, the angle that gives the range gives the height,
    within 15 %: the sources round, and leave the height of burn-out open.
    """
    speed, inv_beta = 3500.0 * 0.44704, 1.0 / 10_000.0

    def flown(angle):
        state = launch(50.0, 4.0, 270.0, angle, speed, 25e3)
        table = np.empty((2000, 7))
        rows = fly(state, inv_beta, 1.0, table)
        x, y, z = table[:rows, 1:4].T
        lon, lat, height = TO_GEODETIC.transform(x, y, z)
        _, _, distance = pyproj.Geod(ellps="WGS84").inv(4.0, 50.0, lon[-1], lat[-1])
        return distance + 25e3 / math.tan(math.radians(angle)), height.max()

    farthest = max(flown(angle)[0] for angle in np.arange(35.0, 50.0, 1.0))
    assert farthest == pytest.approx(320e3, rel=0.15)
    steep = brentq(lambda angle: flown(angle)[1] - 60.0 * 1609.344, 40.0, 60.0)
    assert flown(steep)[0] == pytest.approx(320e3, rel=0.15)


TABLE = Path(__file__).with_name("pytrajlib_table.json")


@pytest.mark.parametrize("name", ["north-east", "south"])
def test_pytrajlib_flies_the_same_arc_where_the_models_match(name):
    """Arcs above 150 km of pytrajlib 1.0.0a6 (see pytrajlib_table.py), five minutes each.

    Its models match ours there but for three: a sphere without J2, an Earth that does not turn,
    and another GM. So its state is taken as inertial, and the difference that J2 and GM make,
    from the reference above, is added to its rows. What is left is its integrator, which holds
    the acceleration over each step: 10 m in 300 s. Below 100 km nothing can be compared: its air
    is a single exponential of 8 km, or a profile that is no standard, and its drag coefficient
    depends on its own vehicles.
    """
    arc = np.array(json.loads(TABLE.read_text())["arcs"][name])
    times = arc[:, 0] - arc[0, 0]
    state = arc[0, 1:]
    ours = reference(state, times, 0.0)
    theirs = reference(state, times, 0.0, j2=0.0, gm=6.67408e-11 * 5.972e24)
    shift = ours[:, :3] - theirs[:, :3]
    assert np.linalg.norm(shift[-1]) > 50.0  # else there were nothing to correct
    ground = np.concatenate([state[:3], state[3:] - np.cross([0.0, 0.0, SPIN], state[:3])])
    for row, t in enumerate(times[1:], start=1):
        table = np.empty((2, 7))
        assert fly(ground, 0.0, float(t), table) == 2
        expected = turned(arc[row : row + 1, 1:4] + shift[row], times[row : row + 1])[0]
        assert np.linalg.norm(table[1, 1:4] - expected) < 10.0
