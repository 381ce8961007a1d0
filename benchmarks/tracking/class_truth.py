"""How flights of the class benchmark are made: truth, errors, and what all kinds of them share.

Units SI. See class_flights.py.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.plan.plan import Plan

Floats = NDArray[np.float64]
NOW = 1_800_000_000 * 10**9
CITY = (np.radians(25.0), np.radians(121.5))
AXES = enu_axes(*CITY)
GRAVITY, RADIUS = 9.8, 6.371e6
FILED, UNFILED = 1500, 77
ECHO_GAIN = 0.125  # of the tracker's smoothing
HALF = 0.5


@dataclass(frozen=True)
class Truth:
    """How the generated truth differs from what the plan believes, and how well it is seen."""

    step_s: float = 4.0
    steps: int = 30
    speed_stretch: float = 1.0  # width of the speed range over the believed one
    rcs_shift_db: float = 0.0  # all classes alike: calibration
    rcs_sigma_db: float = 1.5  # by flight
    spread_seen: float = 0.6  # share of flights near enough to a radar that resolves Doppler
    spread_error: float = 0.25  # of ln(spread) in one look
    spread_wrong: float = 0.15  # by flight: what the plan's range leaves out
    doppler_cell: tuple[float, float] = (1.0, 5.0)  # m/s
    position_sigma: tuple[float, float] = (20.0, 150.0)
    velocity_sigma: tuple[float, float] = (2.0, 12.0)
    misreported: tuple[float, float] = (0.8, 1.3)  # reported over true error
    correlation: float = 0.7  # of errors of neighbouring looks
    wrong_flags: float = 0.02
    inbound: float = 0.75  # share that heads for the city, within about 20 degrees
    silent: float = 0.3  # of civil flights
    failing: float = 0.3  # transponder fails half-way; half of these also get a new track number
    unfiled: float = 0.1


TRAINING = Truth()
HELD_OUT = Truth(
    step_s=3.0,
    steps=36,
    speed_stretch=1.1,
    rcs_shift_db=-0.5,
    rcs_sigma_db=2.0,
    spread_seen=0.5,
    spread_error=0.3,
    spread_wrong=0.3,
    position_sigma=(30.0, 250.0),
    velocity_sigma=(3.0, 18.0),
    misreported=(0.7, 1.4),
    correlation=0.8,
    wrong_flags=0.03,
)


@dataclass
class Flights:
    """N flights of one kind: state (N, T, 6) ECEF, cross-section from the nose, answers."""

    name: str
    state: Floats
    rcs_db: Floats
    looks: float
    ballistic: NDArray[np.bool_]  # (N, T)
    address: NDArray[np.int32]  # (N, T)
    renumbered: NDArray[np.bool_]
    spread: Floats  # (N,) Doppler spread, m/s
    alive: NDArray[np.bool_]  # (N, T): still in the air, at the end false for what has landed


def ecef(enu: Floats, velocity: Floats) -> Floats:
    """Return states (..., 6) ECEF from east, north, height (m) and a velocity in these axes.

    East and north are azimuthal equidistant about the city. By n-vectors (Gade, J. Navigation 63,
    2010): heights are exact, ground distances to 0.5 %.
    """
    far = np.hypot(enu[..., 0], enu[..., 1])[..., None] / RADIUS
    bearing = np.arctan2(enu[..., 0], enu[..., 1])[..., None]
    east, north, up = AXES
    away = np.cos(bearing) * north + np.sin(bearing) * east
    aside = np.cos(bearing) * east - np.sin(bearing) * north
    normal = np.cos(far) * up + np.sin(far) * away
    away = np.cos(far) * away - np.sin(far) * up
    lat = np.arcsin(np.clip(normal[..., 2], -1.0, 1.0))
    lon = np.arctan2(normal[..., 1], normal[..., 0])
    position = geodetic_to_ecef(lat, lon, enu[..., 2])
    ve, vn, vu = velocity[..., 0:1], velocity[..., 1:2], velocity[..., 2:3]
    radial = ve * np.sin(bearing) + vn * np.cos(bearing)
    across = ve * np.cos(bearing) - vn * np.sin(bearing)
    return np.concatenate([position, radial * away + across * aside + vu * normal], axis=-1)


def routes(  # noqa: PLR0913, PLR0917 - columns
    rng: np.random.Generator,
    truth: Truth,
    speed: Floats,
    height: Floats,
    climb: Floats,
    turn: Floats,
    spread: float = 1.2,
    limit: tuple[list[float], list[float]] | None = None,
) -> Floats:
    """Flights (N, T, 6): speed (N,), height (N,) at the middle, climb (N, T), turn (N, T).

    ``limit``: heights and the greatest ground speeds there.
    """
    n, t = climb.shape
    rise = np.cumsum(climb, axis=1) * truth.step_s
    level = np.maximum(height[:, None] + rise - rise[:, t // 2, None], 5.0)
    paced = np.repeat(speed[:, None], t, axis=1)
    if limit is not None:
        paced = np.minimum(paced, np.interp(level, *limit))
    inbound = rng.random(n) < truth.inbound
    bearing = rng.uniform(0.0, 2.0 * np.pi, n)
    off = np.where(inbound, rng.normal(0.0, 0.3, n), rng.uniform(-np.pi, np.pi, n))
    course = bearing[:, None] + np.pi + off[:, None]
    course = course + np.cumsum(turn / np.maximum(paced, 1.0), axis=1) * truth.step_s
    distance = rng.uniform(10e3, 120e3, n) * spread
    velocity = np.stack([np.sin(course), np.cos(course)], -1) * paced[..., None]
    enu = np.empty((n, t, 3))
    along = np.cumsum(velocity, axis=1) * truth.step_s
    enu[..., 0] = (distance * np.sin(bearing))[:, None] + along[..., 0]
    enu[..., 1] = (distance * np.cos(bearing))[:, None] + along[..., 1]
    enu[..., 2] = level
    moving = np.concatenate([velocity, climb[..., None]], -1)
    return ecef(enu, moving)


def spells(rng: np.random.Generator, shape: tuple[int, int], share: float) -> NDArray[np.bool_]:
    """Episodes of some looks that take the given share of time, (N, T)."""
    n, t = shape
    start = rng.random((n, t)) < share / 4.0
    spell = start.copy()
    for k in range(1, 4):
        spell[:, k:] |= start[:, :-k]
    return spell


def dressed(
    rng: np.random.Generator, plan: Plan, row: int, state: Floats, truth: Truth, ballistic: bool
) -> Flights:
    """Return flights of a class with a cross-section and flags, wrong in episodes; no answers."""
    book, n = plan.threats, len(state)
    low, high = 10.0 * np.log10(book.rcs_range[row])
    aspect = np.sin(rng.uniform(-1.0, 1.0, n)) ** 2
    side = aspect * np.nan_to_num(book.broadside[row]) * 10.0 / np.log(10.0)
    shape, luck = state.shape[:2], rng.spawn(1)[0]
    return Flights(
        name=book.names[row],
        state=state,
        rcs_db=rng.uniform(low, high, n) + side,
        looks={0: 50.0, 1: 1.0, 3: 2.0}[int(book.swerling[row])],
        ballistic=np.full(shape, ballistic) ^ spells(rng, shape, truth.wrong_flags),
        address=np.full(shape, -1, np.int32),
        renumbered=np.zeros(n, np.bool_),
        spread=np.exp(luck.uniform(*np.log(book.doppler_spread_range[row]), n)),
        alive=np.ones(shape, np.bool_),
    )
