"""Flights of the plan's classes: powered, ballistic (some weave to the end), gliding. Units SI."""

import numpy as np
from class_truth import HALF, RADIUS, Flights, Floats, Truth, dressed, ecef, routes, spells
from numpy.typing import NDArray

from tdome.earth.ballistics import fly
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import Family
from tdome.plan.plan import Plan
from tdome.world.bodies.glide import Glider, glide_path, ground_track, turn_radius
from tdome.world.bodies.manoeuvre import SINES, Manoeuvre, weave
from tdome.world.bodies.table import state1

DIVES, RISES = 0.15, 0.1  # shares of powered flights seen in the dive, and climbing out
RISE_HEIGHT = 300.0  # m, of a climb that is worth the name


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
    turn = spells(rng, shape, 0.15) * rng.choice([-1.0, 1.0], shape) * agility
    state = routes(rng, truth, speed, height, climb, turn)
    return dressed(rng, plan, row, state, truth, ballistic=False)


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
        rows = fly(ecef(np.array([*(away * 1e3), top]), launch * v), 1.0 / beta, 1.0, table)
        ends = (
            table[[0, rows - 1], 1:4] / np.linalg.norm(table[[0, rows - 1], 1:4], axis=1)[:, None]
        )
        reach = RADIUS * np.arccos(np.clip(ends[0] @ ends[1], -1.0, 1.0))
        luck = rng.uniform(0.0, 1.0, (2, SINES, 2))
        late = Manoeuvre(
            book.manoeuvre[row] * rng.uniform(0.4, 1.5),
            book.manoeuvre_below[row] * rng.uniform(0.7, 1.3),
            luck,
        )
        outbound = rng.random() > truth.inbound
        start = np.array([*(away * reach * (0.3 if outbound else 1.0) + miss), top])
        rows = fly(ecef(start, launch * v), 1.0 / beta, 1.0, table)
        if late.peak > 0.0:
            weave(table[:rows], late)
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
            states[k, j] = ecef(place, launch * v * u)
    flights = dressed(rng, plan, row, states, truth, ballistic=True)
    flights.alive = alive
    return flights


def gliding(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """Half weave at one height and slow down; half are windows of a flight from boost to dive."""
    book, shape = plan.threats, (n, truth.steps)
    speed = rng.uniform(*book.speed_range[row], n)
    height = rng.uniform(*book.altitude_range[row], n)
    sink = -speed[:, None] * rng.uniform(0.0, 0.03, (n, 1)) + rng.normal(0.0, 5.0, shape)
    turn = spells(rng, shape, 0.2) * rng.choice([-1.0, 1.0], shape) * 10.0
    state = routes(rng, truth, speed, height, sink, turn, spread=6.0)
    slower = 1.0 - 0.001 * truth.step_s * np.arange(truth.steps)
    state[..., 3:] *= slower[None, :, None]
    alive = np.ones(shape, np.bool_)
    for k in range(n // 2):
        state[k], alive[k] = _whole_glide(rng, plan, row, truth)
    flights = dressed(rng, plan, row, state, truth, ballistic=False)
    flights.alive = alive
    steep = np.abs(_slopes(state)) > np.radians(10.0)  # there a tracker takes it for either
    flights.ballistic = flights.ballistic ^ (steep & (rng.random(n) < HALF)[:, None])
    return flights


def _slopes(state: Floats) -> Floats:
    """Path angles, rad, (N, T), over a sphere."""
    up = state[..., :3] / np.linalg.norm(state[..., :3], axis=-1, keepdims=True)
    speed = np.maximum(np.linalg.norm(state[..., 3:], axis=-1), 1.0)
    return np.arcsin(np.clip((state[..., 3:] * up).sum(-1) / speed, -1.0, 1.0))


def _whole_glide(
    rng: np.random.Generator, plan: Plan, row: int, truth: Truth
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return a window (T, 6), and where it flies, of what the world's glide model flies."""
    book, path = plan.threats, None
    while path is None:
        ratio = book.lift_to_drag[row] * rng.uniform(0.7, 1.3)
        glider = Glider(ratio, book.speed[row], book.altitude[row] * rng.uniform(0.9, 1.1))
        bearing, miss = rng.uniform(0.0, 2.0 * np.pi), rng.normal(0.0, 4e3, 2)
        away = np.array([np.sin(bearing), np.cos(bearing)])
        reach = rng.uniform(500e3, 1_500e3)
        aside = 0.0 if rng.random() < truth.inbound else 300e3
        ends = (
            np.array([*(away * reach + miss), 0.0]),
            np.array([*(away[::-1] * aside + miss), 0.0]),
        )
        places = ecef(np.array(ends), np.zeros((2, 3)))[:, :3]
        lat, lon, _ = ecef_to_geodetic(places)
        track = ground_track(lat, lon, turn_radius(book.speed[row]))
        if track is not None:
            path = glide_path(track, glider, 0.0, rng.uniform(1_500.0, 2_000.0))
    last = float(path[-1, 0]) - 1.0
    late = rng.random() < HALF
    first = rng.uniform(last - 130.0, last - 30.0) if late else rng.uniform(8.0, last - 30.0)
    times = first + truth.step_s * np.arange(truth.steps)
    states = np.empty((truth.steps, 6))
    for j, t in enumerate(times):
        state1(path, 0, len(path), min(t, last), states[j])
    return states, times <= last


def of_class(rng: np.random.Generator, plan: Plan, row: int, n: int, truth: Truth) -> Flights:
    """N flights of the class in ``row`` of the plan."""
    family = Family(int(plan.threats.family[row]))
    makers = {Family.BALLISTIC: ballistic, Family.GLIDE: gliding}
    return makers.get(family, powered)(rng, plan, row, n, truth)
