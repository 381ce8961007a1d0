"""Flights, radars and plots for the impact benchmark, by an integration of their own.

Nothing here is shared with the filter but the standard atmosphere's density at a height and the
geodetic conversion. Truth is integrated in inertial axes by SciPy's DOP853 (rtol 1e-9), with what
no filter is told:

- drag: inv_beta drawn per flight, and a drag coefficient that depends on the Mach number (lower
  below Mach 0.8, a peak at 1.1 that decays over 2: the usual shape for slender bodies, Hoerner,
  "Fluid-Dynamic Drag", 1965, ch. 16), with peak and subsonic share drawn;
- air: ln density off by an Ornstein-Uhlenbeck process in height, 10 km long, 2 % at the ground
  growing to 12 % at 60 km and above;
- wind: the same in east and north, 3 km long and 8 m/s, and a westerly jet at 11 km of 0 to 40 m/s;
- radar: range, azimuth and elevation bias drawn once per flight; cross-section drawn over 4 dB
  and fluctuating from look to look (Swerling 1), which moves sigma and detection.
"""

import math
from typing import NamedTuple

import numba
import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import exp1

from tdome.earth.atmosphere import density1, speed_of_sound
from tdome.earth.wgs84 import (
    J2,
    MU,
    OMEGA,
    A,
    Floats,
    ecef_to_geodetic,
    ecef_to_geodetic1,
    enu_axes,
    geodetic_to_ecef,
)
from tdome.world.bodies.ballistic import Aim, burnout, solve_launch

TOP, ROW = 120_000.0, 1_000.0
_HEIGHTS = np.arange(0.0, TOP + ROW, ROW)
_SOUND = speed_of_sound(_HEIGHTS)


class Family(NamedTuple):
    """Ranges of what is drawn: km, degrees, kg/m^2, km."""

    range_km: tuple[float, float]
    angle: tuple[float, float]
    beta: tuple[float, float]
    burnout_km: tuple[float, float]


FAMILIES = {
    "rocket 40 km": Family((25, 45), (40, 52), (7_000, 15_000), (0.5, 2)),
    "heavy rocket 200 km": Family((120, 280), (32, 44), (10_000, 20_000), (8, 18)),
    "SRBM 300-700 km": Family((300, 700), (33, 45), (7_000, 18_000), (15, 40)),
    "MRBM 1,000 km": Family((900, 1_100), (32, 42), (6_000, 15_000), (50, 100)),
}


class Radar(NamedTuple):
    """Standard errors at the reference SNR, period, and standard deviations of the biases."""

    sigma: tuple[float, float, float]
    period: float
    bias: tuple[float, float, float]


RADARS = {
    "25 m 3 mrad 4 s": Radar((25.0, 2.6e-3, 3.5e-3), 4.0, (10.0, 0.8e-3, 1.0e-3)),
    "5 m 1 mrad 1 s": Radar((5.0, 1e-3, 1e-3), 1.0, (3.0, 0.3e-3, 0.3e-3)),
    "5 m 0.3 mrad 0.2 s": Radar((5.0, 0.3e-3, 0.3e-3), 0.2, (3.0, 0.1e-3, 0.1e-3)),
}
_FASTEST = 8_000.0  # m/s: what needs more is no missile
_SHORTEST = 25.0  # s in sight that a flight needs
_REACH, _HORIZON = 500e3, math.radians(1.5)
_REFERENCE_RANGE, _RCS_DB, _THRESHOLD = 300e3, 4.0, 0.2  # SNR in units of the reference


class Flight(NamedTuple):
    """One flight: times (k,), ECEF states (k, 6) at each plot, impact (3,) and its time."""

    at: Floats
    state: Floats
    impact: Floats
    impact_at: float
    beta: float
    origin: Floats
    axes: Floats


class Plots(NamedTuple):
    """What the radar said: rows of the flight, z (m, 4), true sigma (m, 4)."""

    row: np.ndarray
    z: Floats
    sigma: Floats


@numba.njit(cache=False)
def _law(t, y, inv_beta, air, east, north, shape):  # noqa: ANN001, ANN202, PLR0913, PLR0917
    r = math.sqrt(y[0] ** 2 + y[1] ** 2 + y[2] ** 2)
    k, c = 1.5 * J2 * (A / r) ** 2, -MU / r**3
    z2 = 5.0 * (y[2] / r) ** 2
    g = np.array([c * y[0] * (1 + k * (1 - z2)), c * y[1] * (1 + k * (1 - z2)), 0.0])
    g[2] = c * y[2] * (1 + k * (3 - z2))
    lat, lon, h = ecef_to_geodetic1(y[0], y[1], y[2])
    place = min(max(h, 0.0) / ROW, len(air) - 1.001)
    i = int(place)
    f = place - i
    e = east[i] + f * (east[i + 1] - east[i])
    n = north[i] + f * (north[i + 1] - north[i])
    sound = _SOUND[i] + f * (_SOUND[i + 1] - _SOUND[i])
    rho = density1(h) * math.exp(air[i] + f * (air[i + 1] - air[i]))
    wx = y[3] + OMEGA * y[1] - (-math.sin(lon) * e - math.sin(lat) * math.cos(lon) * n)
    wy = y[4] - OMEGA * y[0] - (math.cos(lon) * e - math.sin(lat) * math.sin(lon) * n)
    wz = y[5] - math.cos(lat) * n
    w = math.sqrt(wx * wx + wy * wy + wz * wz)
    mach = w / sound
    peak, low = shape[0], shape[1]
    if mach >= 1.1:  # noqa: PLR2004 - the shape of the law is in the module text
        cd = 1.0 + (peak - 1.0) * math.exp(-(mach - 1.1) / 2.0)
    elif mach <= 0.8:  # noqa: PLR2004
        cd = low
    else:
        cd = low + (peak - low) * (mach - 0.8) / 0.3
    d = 0.5 * rho * w * inv_beta * cd
    return np.array([y[3], y[4], y[5], g[0] - d * wx, g[1] - d * wy, g[2] - d * wz])


def _wander(rng: np.random.Generator, sigma: Floats, length: float) -> Floats:
    """Ornstein-Uhlenbeck process over the rows of height, scaled to sigma."""
    keep = math.exp(-ROW / length)
    out = np.empty(len(_HEIGHTS))
    out[0] = rng.standard_normal()
    for i in range(1, len(out)):
        out[i] = keep * out[i - 1] + math.sqrt(1.0 - keep * keep) * rng.standard_normal()
    return sigma * out


def _start(rng: np.random.Generator, family: Family) -> tuple[Floats, float, Aim]:
    """Return a state at burn-out, its inverse beta and its aim under the nominal law."""
    while True:
        to_lat, to_lon = math.radians(rng.uniform(22, 26)), math.radians(rng.uniform(118, 123))
        away = 1e3 * rng.uniform(*family.range_km) / 6_371e3
        course = rng.uniform(0.0, math.tau)
        from_lat = math.asin(
            math.sin(to_lat) * math.cos(away) + math.cos(to_lat) * math.sin(away) * math.cos(course)
        )
        from_lon = to_lon + math.asin(math.sin(course) * math.sin(away) / math.cos(from_lat))
        beta = math.exp(rng.uniform(*np.log(family.beta)))
        angle = math.radians(rng.uniform(*family.angle))
        height = 1e3 * rng.uniform(*family.burnout_km)
        aim = Aim(from_lat, from_lon, to_lat, to_lon, angle, height, 1.0 / beta)
        solution = solve_launch(aim)
        if solution is not None and solution.speed < _FASTEST:
            return burnout(aim, solution.speed, solution.azimuth)[0], 1.0 / beta, aim


def fly(rng: np.random.Generator, family: Family, period: float, calm: bool = False) -> Flight:
    """Draw a flight and the radar near its aim, sampled while it is in sight."""
    while True:
        state, inv_beta, aim = _start(rng, family)
        sigma = np.minimum(0.02 + 0.10 * _HEIGHTS / 60e3, 0.12)
        jet = rng.uniform(0.0, 40.0) * np.exp(-0.5 * ((_HEIGHTS - 11e3) / 3.5e3) ** 2)
        wind = np.full(len(_HEIGHTS), 8.0)
        air, east = _wander(rng, sigma, 10e3), jet + _wander(rng, wind, 3e3)
        north = _wander(rng, wind, 3e3)
        shape = np.array([rng.uniform(1.2, 2.0), rng.uniform(0.6, 1.0)])
        if calm:
            air, east, north, shape = 0.0 * air, 0.0 * east, 0.0 * north, np.ones(2)
        bearing, off = rng.uniform(0.0, math.tau), rng.uniform(20e3, 80e3) / 6_371e3
        lat = aim.to_lat + off * math.cos(bearing)
        lon = aim.to_lon + off * math.sin(bearing) / math.cos(lat)
        flight = _sampled(state, (inv_beta, air, east, north, shape), period, (lat, lon))
        if flight is not None:
            return flight


def _sampled(
    state: Floats, law: tuple[float, Floats, Floats, Floats, Floats], period: float,
    site: tuple[float, float],
) -> Flight | None:  # fmt: skip
    y0 = state.copy()
    y0[3], y0[4] = state[3] - OMEGA * state[1], state[4] + OMEGA * state[0]

    def ground(t: float, y: Floats, *_: object) -> float:
        return float(ecef_to_geodetic1(y[0], y[1], y[2])[2])

    ground.terminal, ground.direction = True, -1  # type: ignore[attr-defined]
    flown = solve_ivp(
        _law, (0.0, 3_000.0), y0, "DOP853", events=ground, rtol=1e-9, atol=1e-3,
        dense_output=True, args=law,
    )  # fmt: skip
    if len(flown.t_events[0]) == 0:
        return None
    end = float(flown.t_events[0][0])
    at = np.arange(0.0, end, period)
    states = _to_ecef(flown.sol(at).T, at)
    impact = _to_ecef(flown.y_events[0], np.array([end]))[0, :3]
    origin = geodetic_to_ecef(site[0], site[1], 20.0).reshape(3)
    axes = enu_axes(*site)
    seen = _in_sight(states, origin, axes)
    if seen.sum() * period < _SHORTEST:
        return None
    first = int(np.flatnonzero(seen)[0])
    return Flight(at[first:], states[first:], impact, end, 1.0 / law[0], origin, axes)


def _to_ecef(y: Floats, t: Floats) -> Floats:
    c, s = np.cos(OMEGA * t), np.sin(OMEGA * t)
    px, py = c * y[:, 0] + s * y[:, 1], c * y[:, 1] - s * y[:, 0]
    vx, vy = c * y[:, 3] + s * y[:, 4] + OMEGA * py, c * y[:, 4] - s * y[:, 3] - OMEGA * px
    return np.stack([px, py, y[:, 2], vx, vy, y[:, 5]], axis=1)


def _in_sight(states: Floats, origin: Floats, axes: Floats) -> np.ndarray:
    local = (states[:, :3] - origin) @ axes.T
    distance = np.linalg.norm(local, axis=1)
    return (distance < _REACH) & (np.arcsin(local[:, 2] / distance) > _HORIZON)


def look(rng: np.random.Generator, flight: Flight, radar: Radar) -> Plots:
    """Draw the plots of a flight."""
    local = (flight.state[:, :3] - flight.origin) @ flight.axes.T
    distance = np.linalg.norm(local, axis=1)
    rcs = 10.0 ** (0.1 * _RCS_DB * rng.standard_normal())
    power = rcs * (_REFERENCE_RANGE / distance) ** 4 * rng.exponential(1.0, len(distance))
    seen = _in_sight(flight.state, flight.origin, flight.axes) & (power > _THRESHOLD)
    sigma = np.array(radar.sigma) * np.sqrt(0.5 + 0.5 / np.maximum(power, _THRESHOLD))[:, None]
    bias = np.array(radar.bias) * rng.standard_normal(3)
    exact = np.stack(
        [
            distance,
            np.arctan2(local[:, 0], local[:, 1]),
            np.arctan2(local[:, 2], np.hypot(local[:, 0], local[:, 1])),
        ],
        axis=1,
    )
    noisy = exact + bias + sigma * rng.standard_normal(exact.shape)
    row = np.flatnonzero(seen)
    nothing = np.full((len(row), 1), np.nan)
    return Plots(row, np.hstack([noisy[row], nothing]), np.hstack([sigma[row], nothing]))


def believed(radar: Radar, distance: Floats) -> Floats:
    """Return the sigma (m, 3) that the book gives at a range: for the mean cross-section.

    Mean over a Swerling 1 look that was detected: E[1 / power] = exp(a) E1(a) / mean, a the
    threshold over the mean power.
    """
    mean = (_REFERENCE_RANGE / distance) ** 4
    a = _THRESHOLD / mean
    share = 0.5 + 0.5 / mean * np.exp(a) * exp1(a)
    return np.array(radar.sigma) * np.sqrt(share)[:, None]


def miss(flight: Flight, lat: float, lon: float) -> Floats:
    """East and north of the true impact from a predicted one, m."""
    point = geodetic_to_ecef(lat, lon, 0.0).reshape(3)
    return np.asarray(enu_axes(lat, lon)[:2] @ (flight.impact - point))


def height(state: Floats) -> float:
    """Height of a state, m."""
    return float(ecef_to_geodetic(state[:3])[2])
