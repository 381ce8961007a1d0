"""Seeded raids for the timed problem: assets, batteries of three classes, threats of three speeds.

The law is that of reference/wta.md 3.3: 180 slots of 2 s; magazines 16 / 24 / 32 and channels
8 / 6 / 3; one launch a slot and battery; a channel is busy for the flight and 6 s; at most 4 shots
at a threat. Windows come from geometry: straight flight to an asset, met where the interceptor can
be. All figures are inventions.
"""

import numpy as np

from tdome.command.assignment.timed.problem import Problem, Shorts
from tdome.kernel.jit import kernel
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Ints, Longs

SLOTS, SLOT_S = 180, 2.0
_SIDE = 160e3  # m, of the defended country
_REACH = np.array([75e3, 35e3, 14e3])  # m, by class of battery
_SPEED = np.array([1300.0, 950.0, 700.0])  # m/s, of their interceptors
_MAGAZINE, _CHANNELS = (16, 24, 32), (8, 6, 3)
_THREAT_SPEED = np.array([230.0, 600.0, 1500.0])  # m/s
_KILL = np.array([[0.85, 0.8, 0.7], [0.8, 0.7, 0.45], [0.7, 0.5, 0.2]])  # battery x threat
_EDGE = 0.35  # share of kill probability lost at the edge of the reach
_ASSESS_S, _DELAY_S, _SHOTS, _ASSETS = 6.0, 4.0, 4, 40
_KNOTS = 2  # of the path, a slot


@kernel
def _windows(  # noqa: PLR0913, PLR0917  (a kernel)
    steps: int, slots: int, slot_s: float, distance: Floats, impact: float, reach: float,
    speed: float, held: Longs,
) -> tuple[int, int, float]:  # fmt: skip
    """Return first and last launch slot (-1: none) and the range of the first intercept.

    ``distance`` (steps,): range of the threat from the battery at equal times. ``held`` (slots,)
    gets the time from launch to intercept in hundredths of a second, 0 where there is none.
    """
    first, last, met, s = -1, -1, 0.0, 0
    for t in range(slots):
        held[t] = 0
        while s < steps:
            tau = s * slot_s / 2.0
            flight = distance[s] / speed
            if distance[s] <= reach and tau <= impact and tau - flight >= t * slot_s:
                break
            s += 1
        if s == steps:
            break
        if s * slot_s / 2.0 - distance[s] / speed - t * slot_s > slot_s:
            continue  # not in reach yet: it would have to wait
        if first < 0:
            first, met = t, distance[s]
        last = t
        held[t] = int((s * slot_s / 2.0 - t * slot_s) * 100.0)
    return first, last, met


def raid(threats: int = 500, batteries: int = 60, seed: int = 0) -> Problem:
    """Return a raid, the same for the same arguments; what is launched when is open."""
    chance = Streams(seed)("assignment", "timed", threats, batteries).generator()
    assets = chance.uniform(-_SIDE / 2.0, _SIDE / 2.0, (_ASSETS, 2))
    worth = chance.integers(10, 51, _ASSETS).astype(np.float64)
    kind: Longs = np.arange(batteries, dtype=np.int64) % 3
    at = assets[chance.integers(0, _ASSETS, batteries)] + chance.normal(0.0, 6e3, (batteries, 2))
    of = chance.integers(0, 3, threats)
    speed = _THREAT_SPEED[of]
    goal = chance.integers(0, _ASSETS, threats)
    bearing = chance.normal(0.0, 0.9, threats)
    impact = chance.uniform(70.0, SLOTS * SLOT_S, threats)
    value = worth[goal] * chance.uniform(0.5, 1.5, threats)
    seen = np.where(of == 2, chance.uniform(0.3, 1.0, threats) * impact, impact)  # noqa: PLR2004
    columns = _columns(assets[goal], bearing, speed, impact, impact - seen, at, kind, of)
    units = np.column_stack(
        [
            np.array(_MAGAZINE)[kind], np.zeros(batteries), np.full(batteries, SLOTS + 1),
            np.array(_CHANNELS)[kind], np.ones(batteries), np.zeros(batteries),
        ]
    ).astype(np.int32)  # fmt: skip
    start, pairs, kill, busy = columns
    return Problem(
        slots=SLOTS, value=value, shots=np.full(threats, _SHOTS, np.int32), start=start,
        pairs=pairs, kill=kill, busy=busy, units=units, price=np.zeros(batteries),
        flying=np.zeros((0, 3), np.int32),
    )  # fmt: skip


def _columns(  # noqa: PLR0913, PLR0917  (flat columns)
    goal: Floats, bearing: Floats, speed: Floats, impact: Floats, seen: Floats, at: Floats,
    kind: Longs, of: Longs,
) -> tuple[Longs, Ints, Floats, Shorts]:  # fmt: skip
    """Return start, pairs, kill, busy of straight flights to ``goal``, fired at once ``seen``."""
    steps = SLOTS * _KNOTS + 1
    tau = np.arange(steps) * (SLOT_S / _KNOTS)
    start, pairs, kill, busy = [0], [], [], []
    held = np.zeros(SLOTS, np.int64)
    filled = 0
    for j in range(len(goal)):
        back = speed[j] * (impact[j] - tau)[:, None]
        path = goal[j] + back * np.array([np.cos(bearing[j]), np.sin(bearing[j])])
        for b in range(len(at)):
            distance = np.hypot(*(path - at[b]).T)
            reach = _REACH[kind[b]]
            if distance.min() > reach:
                continue
            first, last, met = _windows(
                steps, SLOTS, SLOT_S, distance, impact[j], reach, _SPEED[kind[b]], held
            )
            first = max(first, int(np.ceil((seen[j] + _DELAY_S) / SLOT_S)))
            if met == 0.0 or first > last:
                continue
            slots = np.ceil((held[first : last + 1] / 100.0 + _ASSESS_S) / SLOT_S)
            busy.append(slots.astype(np.int16))
            p = _KILL[kind[b], of[j]] * (1.0 - _EDGE * (distance.min() / reach) ** 2)
            kill.append(p)
            pairs.append((b, first, last, filled, 0))
            filled += len(slots)
        start.append(len(pairs))
    return (
        np.array(start, np.int64), np.array(pairs, np.int32).reshape(-1, 5), np.array(kill),
        np.concatenate([*busy, np.zeros(0, np.int16)]),
    )  # fmt: skip
