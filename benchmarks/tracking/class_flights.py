"""Flights of every class as a tracker would report them: truth from the catalogue, with errors.

No world and no tracker: each flight is a short window (TRUTH.steps looks, TRUTH.step_s apart) of
the motion of its class about one city, with correlated errors of position and velocity (first-order
Markov, larger in the first looks, reported wrong by a factor), a smoothed fluctuating cross-section
with an error of calibration, wrong flags in episodes, answers or none. Units SI.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import enu_axes, geodetic_to_ecef
from tdome.messages.base import Header
from tdome.messages.codes import Family
from tdome.messages.tracks import SystemTracks, believed_drag, pack_covariance
from tdome.plan.plan import Plan

Floats = NDArray[np.float64]
NOW = 1_800_000_000 * 10**9
CITY = (np.radians(25.0), np.radians(121.5))
AXES = enu_axes(*CITY)
GRAVITY, RADIUS = 9.8, 6.371e6
FILED, UNFILED = 1500, 77
RCS_GAIN = 0.125  # of the tracker's smoothing
HALF = 0.5
DIVES, RISES = 0.15, 0.1  # shares of powered flights seen in the dive, and climbing out
RISE_HEIGHT = 300.0  # m, of a climb that is worth the name


@dataclass(frozen=True)
class Truth:
    """How the generated truth differs from what the plan believes, and how well it is seen."""

    step_s: float = 4.0
    steps: int = 30
    speed_stretch: float = 1.0  # width of the speed range over the believed one
    rcs_shift_db: float = 0.0  # all classes alike: calibration
    rcs_sigma_db: float = 1.5  # by flight
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
    alive: NDArray[np.bool_]  # (N, T): still in the air, at the end false for what has landed


def _ecef(enu: Floats, velocity: Floats) -> Floats:
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


def _routes(  # noqa: PLR0913, PLR0917 - columns
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
    return _ecef(enu, moving)


def _spells(rng: np.random.Generator, shape: tuple[int, int], share: float) -> NDArray[np.bool_]:
    """Episodes of some looks that take the given share of time, (N, T)."""
    n, t = shape
    start = rng.random((n, t)) < share / 4.0
    spell = start.copy()
    for k in range(1, 4):
        spell[:, k:] |= start[:, :-k]
    return spell


def powered(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """Cruise missiles, drones, fighters, glide bombs: cruise, climb-out or dive."""
    book = plan.threats
    low, high = book.speed_range[row]
    middle, half = 0.5 * (low + high), 0.5 * (high - low) * truth.speed_stretch
    speed = rng.uniform(middle - half, middle + half, n) + rng.normal(0.0, 4.0, n)
    bottom, top = book.altitude_range[row]
    height = rng.uniform(bottom, top, n)
    if np.isfinite(book.low_altitude[row]):
        down = rng.random(n) < HALF
        height = np.where(down, rng.uniform(*book.low_altitude_range[row], n), height)
    shape = (n, truth.steps)
    climb = rng.normal(0.0, 1.0, shape)
    ratio = book.glide_ratio[row]
    if np.isfinite(ratio):
        height = rng.uniform(500.0, top, n)
        climb[:] = -speed[:, None] / ratio
    elif book.family[row] != Family.AIRCRAFT:
        phase = rng.random(n)
        dives = phase < DIVES
        angle = np.nan_to_num(book.dive_angle[row], nan=0.5)
        last = np.arange(truth.steps) >= truth.steps - 4
        climb[dives] = np.where(last, -speed[dives, None] * np.sin(angle), climb[dives])
        rises = (phase > 1.0 - RISES) & (height > RISE_HEIGHT)
        climb[rises] = speed[rises, None] * np.sin(np.radians(rng.uniform(5.0, 25.0)))
    agility = 12.0 if book.family[row] == Family.AIRCRAFT else 8.0
    turn = _spells(rng, shape, 0.15) * rng.choice([-1.0, 1.0], shape) * agility
    state = _routes(rng, truth, speed, height, climb, turn)
    return _dressed(rng, plan, row, state, truth, ballistic=False)


def ballistic(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """Cut a window of a flight from ignition to the ground, near the city where it is inbound."""
    book, states = plan.threats, np.empty((n, truth.steps, 6))
    alive = np.ones((n, truth.steps), np.bool_)
    middle, half = book.speed_range[row].mean(), 0.5 * np.ptp(book.speed_range[row])
    table = np.empty((2500, 7))
    for k in range(n):
        v = rng.uniform(middle - half * truth.speed_stretch, middle + half * truth.speed_stretch)
        angle = rng.uniform(*book.angle_range[row])
        beta = np.exp(rng.uniform(*np.log(book.beta_range[row])))
        top = book.burnout_altitude[row] * rng.uniform(0.8, 1.2)
        bearing, miss = rng.uniform(0.0, 2.0 * np.pi), rng.normal(0.0, 4e3, 2)
        away = np.array([np.sin(bearing), np.cos(bearing)])
        launch = np.array([*(-away * np.cos(angle)), np.sin(angle)])
        rows = fly(_ecef(np.array([*(away * 1e3), top]), launch * v), 1.0 / beta, 1.0, table)
        ends = (
            table[[0, rows - 1], 1:4] / np.linalg.norm(table[[0, rows - 1], 1:4], axis=1)[:, None]
        )
        reach = RADIUS * np.arccos(np.clip(ends[0] @ ends[1], -1.0, 1.0))
        outbound = rng.random() > truth.inbound
        start = np.array([*(away * reach * (0.3 if outbound else 1.0) + miss), top])
        rows = fly(_ecef(start, launch * v), 1.0 / beta, 1.0, table)
        burning = 2.0 * top / (v * np.sin(angle))  # s, at constant thrust from rest
        first = rng.uniform(-0.6 * burning, max(rows - 25.0, 1.0))
        times = first + truth.step_s * np.arange(truth.steps)
        alive[k] = times <= rows - 2.0
        for j, t in enumerate(times):
            if t >= 0.0:
                low = min(int(t), rows - 2)
                share = min(t - low, 1.0)
                states[k, j] = (1.0 - share) * table[low, 1:] + share * table[low + 1, 1:]
                continue
            u = 1.0 + t / burning
            place = start + launch * v * burning * 0.5 * (u * u - 1.0)
            states[k, j] = _ecef(place, launch * v * u)
    flights = _dressed(rng, plan, row, states, truth, ballistic=True)
    flights.alive = alive
    return flights


def gliding(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """Glide vehicles between pull-up and dive: they slow down, sink a little and weave."""
    book, shape = plan.threats, (n, truth.steps)
    speed = rng.uniform(*book.speed_range[row], n)
    height = rng.uniform(*book.altitude_range[row], n)
    sink = -speed[:, None] * rng.uniform(0.0, 0.03, (n, 1)) + rng.normal(0.0, 5.0, shape)
    turn = _spells(rng, shape, 0.2) * rng.choice([-1.0, 1.0], shape) * 10.0
    state = _routes(rng, truth, speed, height, sink, turn, spread=6.0)
    slower = 1.0 - 0.001 * truth.step_s * np.arange(truth.steps)
    state[..., 3:] *= slower[None, :, None]
    return _dressed(rng, plan, row, state, truth, ballistic=False)


def of_class(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """N flights of the class in ``row`` of the plan."""
    family = Family(int(plan.threats.family[row]))
    makers = {Family.BALLISTIC: ballistic, Family.GLIDE: gliding}
    return makers.get(family, powered)(rng, plan, row, n, truth)


def _dressed(
    rng: np.random.Generator, plan: Plan, row: int, state: Floats, truth: Truth, ballistic: bool
) -> Flights:
    book, n = plan.threats, len(state)
    low, high = 10.0 * np.log10(book.rcs_range[row])
    aspect = np.sin(rng.uniform(-1.0, 1.0, n)) ** 2
    side = aspect * np.nan_to_num(book.broadside[row]) * 10.0 / np.log(10.0)
    shape = state.shape[:2]
    return Flights(
        name=book.names[row],
        state=state,
        rcs_db=rng.uniform(low, high, n) + side,
        looks={0: 50.0, 1: 1.0, 3: 2.0}[int(book.swerling[row])],
        ballistic=np.full(shape, ballistic) ^ _spells(rng, shape, truth.wrong_flags),
        address=np.full(shape, -1, np.int32),
        renumbered=np.zeros(n, np.bool_),
        alive=np.ones(shape, np.bool_),
    )


# Civil and other flights: speed (m/s), height (m), climb (m/s), RCS (dBsm); notional.
CIVIL: dict[str, tuple[tuple[float, float], ...]] = {
    "airliner-cruise": ((180.0, 350.0), (7_000.0, 13_000.0), (-2.0, 2.0), (5.0, 20.0)),
    "airliner-climb": ((90.0, 210.0), (1_000.0, 9_000.0), (8.0, 25.0), (5.0, 20.0)),
    "airliner-descent": ((100.0, 220.0), (1_500.0, 10_000.0), (-22.0, -6.0), (5.0, 20.0)),
    "airliner-emergency": ((150.0, 240.0), (3_000.0, 11_000.0), (-40.0, -25.0), (5.0, 20.0)),
    "airliner-approach": ((60.0, 95.0), (100.0, 1_500.0), (-6.0, 2.0), (5.0, 20.0)),
    "business-jet": ((120.0, 250.0), (1_000.0, 13_000.0), (-20.0, 25.0), (3.0, 8.0)),
    "turboprop": ((80.0, 160.0), (500.0, 7_500.0), (-12.0, 10.0), (3.0, 13.0)),
    "light": ((28.0, 90.0), (100.0, 3_000.0), (-6.0, 5.0), (-3.0, 8.0)),
    "helicopter": ((5.0, 80.0), (30.0, 2_000.0), (-8.0, 8.0), (0.0, 10.0)),
}
# Ground speeds by height: rules of the air with wind, and an emergency at the highest allowed.
SPEED_RULE = ([0.0, 1e3, 3e3, 7e3], [130.0, 150.0, 200.0, 350.0])
HASTE = ([0.0, 500.0, 1e3, 3e3, 8e3], [120.0, 150.0, 195.0, 240.0, 350.0])
SHARES = np.array([0.2, 0.1, 0.1, 0.05, 0.1, 0.1, 0.1, 0.15, 0.1])
OTHERS: dict[str, tuple[tuple[float, float], ...]] = {
    "bird": ((6.0, 22.0), (20.0, 2_000.0), (-1.5, 1.5), (-22.0, -12.0)),
    "balloon": ((1.0, 30.0), (500.0, 18_000.0), (0.0, 6.0), (-20.0, 0.0)),
    "slow-drone": ((8.0, 36.0), (30.0, 600.0), (-2.0, 2.0), (-25.0, -10.0)),
    "strange": ((300.0, 2_400.0), (16_000.0, 30_000.0), (-30.0, 30.0), (-10.0, 10.0)),
}


def bystanders(
    rng: np.random.Generator, name: str, box: tuple[tuple[float, float], ...], n: int, truth: Truth
) -> Flights:
    """Flights of no class of the plan; civil ones answer, or not, as ``truth`` says."""
    (slow, fast), heights, climbs, rcs = box
    shape = (n, truth.steps)
    speed, height = rng.uniform(slow, fast, n), rng.uniform(*heights, n)
    climb = np.repeat(rng.uniform(*climbs, n)[:, None], truth.steps, 1) + rng.normal(0, 1.0, shape)
    pull = 2.5 if name in {"light", "helicopter", "bird", "slow-drone"} else 3.5
    turn = _spells(rng, shape, 0.25) * rng.choice([-1.0, 1.0], shape) * rng.uniform(0, pull, shape)
    limit = None
    if name in CIVIL:
        limit = HASTE if name == "airliner-emergency" else SPEED_RULE
    state = _routes(rng, truth, speed, height, climb, turn, limit=limit)
    address, renumbered = np.full(shape, -1, np.int32), np.zeros(n, np.bool_)
    if name in CIVIL:
        way = rng.random(n)
        answers = way >= truth.silent
        address[answers] = FILED
        fails = answers & (way < truth.silent + truth.failing)
        half = np.arange(truth.steps) >= truth.steps // 2
        address[fails[:, None] & half] = -1
        renumbered = fails & (rng.random(n) < HALF)
        address[way > 1.0 - truth.unfiled] = UNFILED
    return Flights(
        name=name,
        state=state,
        rcs_db=rng.uniform(*rcs, n) + 6.0 * np.sin(rng.uniform(-1.2, 1.2, n)) ** 2,
        looks=1.0,
        ballistic=_spells(rng, shape, truth.wrong_flags),
        address=address,
        renumbered=renumbered,
        alive=np.ones(shape, np.bool_),
    )


def pictures(rng: np.random.Generator, flights: Flights, truth: Truth) -> list[SystemTracks]:
    """Return what the tracker reports of all flights, look by look."""
    n, steps = flights.state.shape[:2]
    sigma_p = np.exp(rng.uniform(*np.log(truth.position_sigma), n))
    sigma_v = np.exp(rng.uniform(*np.log(truth.velocity_sigma), n))
    told = rng.uniform(*truth.misreported, n)
    error = rng.normal(size=(n, 6))
    shift = truth.rcs_shift_db + rng.normal(0.0, truth.rcs_sigma_db, n)
    rcs = np.zeros(n)
    out, number = [], np.arange(1, n + 1)
    hits0 = np.full(n, 2)
    for k in range(steps):
        early = 1.0 + 3.0 * np.exp(-k / 2.0)
        c = truth.correlation
        error = c * error + np.sqrt(1.0 - c * c) * rng.normal(size=(n, 6))
        scale = np.concatenate(
            [np.repeat(sigma_p[:, None], 3, 1), np.repeat(sigma_v[:, None], 3, 1)], 1
        )
        power = 10.0 ** (0.1 * (flights.rcs_db + shift))
        power = power * rng.gamma(flights.looks, 1.0 / flights.looks, n)
        rcs += np.maximum(1.0 / (k + 1), RCS_GAIN) * (power - rcs)
        covariance = np.zeros((n, 6, 6))
        covariance[:, range(6), range(6)] = (scale * early * told[:, None]) ** 2
        new = flights.renumbered & (k == steps // 2)
        number, hits0 = number + new * n, np.where(new, 2 - k, hits0)
        out.append(
            _picture(flights, k, number, error * scale * early, covariance, rcs, hits0 + k, truth)
        )
    return out


def _picture(  # noqa: PLR0913, PLR0917 - columns
    flights: Flights,
    k: int,
    number: NDArray[np.int64],
    error: Floats,
    covariance: Floats,
    rcs: Floats,
    hits: NDArray[np.int64],
    truth: Truth,
) -> SystemTracks:
    n, now = len(number), NOW + round(k * truth.step_s * 1e9)
    order = np.argsort(number, kind="stable")
    return SystemTracks(
        header=Header("bench", k, now, now),
        track_number=number[order].astype(np.int32),
        state=(flights.state[:, k] + error)[order],
        covariance=pack_covariance(covariance)[order],
        ballistic=flights.ballistic[order, k].astype(np.int8),
        status=np.zeros(n, np.int8),
        first_at=np.full(n, NOW - 10**10),
        updated_at=np.where(flights.alive[order, k], now, NOW - 1),
        hits=hits[order].astype(np.int32),
        missed=np.zeros(n, np.int32),
        missed_weight=np.zeros(n, np.float32),
        quality=np.full(n, 8, np.int8),
        nis=np.full(n, 3.0, np.float32),
        rcs_dbsm=(10.0 * np.log10(np.maximum(rcs, 1e-9)))[order].astype(np.float32),
        **believed_drag(n, 1.0 / 5_000.0),
        address=flights.address[order, k],
        friend=np.zeros(n, np.int8),
    )
