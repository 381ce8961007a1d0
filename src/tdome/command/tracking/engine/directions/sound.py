"""Directions of sound: where a track was when the sound left it.

What is heard at t left the flyer at t - tau, and came from where he was then:

    c tau = |p - v tau - s|,   h(x) = direction of p - v tau from the site s,

with the speed of sound c (SOUND of :mod:`tdome.command.tracking.partial.crossing`). So a track is
laid back by tau, x' = F(-tau) x, P' = F(-tau) P F(-tau)', all its modes alike, is compared with the
direction and fed as by any other, and is laid forth again. This is the extended update with the
gradient of velocity in it: -tau times that of place. (Delays of sound in acoustic tracking: Lo and
Ferguson, "Broadband passive acoustic technique for target motion parameter estimation", IEEE T-AES
36(1), 2000.)

Assumptions: straight flight for tau (15 s at 5 km); still air of one temperature (c is 331 to 349
m/s from 0 to 30 degrees Celsius: 3 % of tau). Limits: what is faster than FASTEST, or falls, is not
fed by its sound.
"""

import math

from tdome.command.tracking.engine.filters.imm import combine
from tdome.command.tracking.engine.filters.polar import look
from tdome.command.tracking.engine.layout import (
    AIR,
    COVARIANCE,
    HEAD,
    MODES,
    ORIGIN,
    PULL_CROSS,
    PULLED,
    SLOT,
    SOUND,
    SPLIT,
)
from tdome.command.tracking.engine.settings import K_GATE
from tdome.kernel.jit import kernel, kernel_bare
from tdome.messages.base import Floats, Ints, Longs

FASTEST = 250.0  # m/s of a track that may be fed by its sound
_ROUNDS = 6  # of the fixed point: the error shrinks by v / c each
_RATED = 7  # numbers of the turn mode's state


@kernel_bare
def _at(a: int, b: int) -> int:
    """Return where the number of row a and column b stands in a packed lower triangle."""
    return a * (a + 1) // 2 + b if a >= b else b * (b + 1) // 2 + a


@kernel
def lay(rows: Floats, i: int, o: int, size: int, dt: float) -> None:
    """Lay slot o of track i, of ``size`` numbers, dt s along its velocity, without noise."""
    p = o + COVARIANCE
    for a in range(3):
        rows[i, o + a] += dt * rows[i, o + a + 3]
        # F is the product of three that each add dt times row a + 3 to row a.
        own, cross = rows[i, p + _at(a, a)], rows[i, p + _at(a + 3, a)]
        square = rows[i, p + _at(a + 3, a + 3)]
        for b in range(size):
            if b != a:
                rows[i, p + _at(a, b)] += dt * rows[i, p + _at(a + 3, b)]
        rows[i, p + _at(a, a)] = own + 2.0 * dt * cross + dt * dt * square


@kernel_bare
def lay_all(rows: Floats, whole: Longs, i: int, dt: float) -> None:
    """Lay all slots of track i that are in use dt s along their velocities."""
    lay(rows, i, HEAD, 6, dt)
    if whole[i, SPLIT] == AIR:
        for m in range(MODES):
            lay(rows, i, HEAD + (m + 1) * SLOT, _RATED if m == MODES - 1 else 6, dt)
        if rows.shape[1] == PULLED:  # the hard mode's acceleration, with its place
            for a in range(3):
                for f in range(3):
                    at = PULL_CROSS + 6 * a + f
                    rows[i, at] += dt * rows[i, at + 3]


@kernel_bare
def delay(rows: Floats, i: int, sites: Floats, s: int) -> float:
    """Return how long ago, s, what site s hears now left track i."""
    x = rows[i, HEAD] - sites[s, ORIGIN]
    y = rows[i, HEAD + 1] - sites[s, ORIGIN + 1]
    z = rows[i, HEAD + 2] - sites[s, ORIGIN + 2]
    tau = 0.0
    for _ in range(_ROUNDS):
        dx, dy = x - tau * rows[i, HEAD + 3], y - tau * rows[i, HEAD + 4]
        dz = z - tau * rows[i, HEAD + 5]
        tau = math.sqrt(dx * dx + dy * dy + dz * dz) * sites[s, SOUND]
    return tau


@kernel
def lay_back(  # noqa: PLR0913, PLR0917 - flat columns
    rows: Floats, whole: Longs, part: Ints, count: int, sites: Floats, s: int, k: Floats,
    looks: Floats, miss: Floats, back: Floats,
) -> int:  # fmt: skip
    """Lay the gathered tracks back to when they were heard by site s, and look at them again.

    part, looks, miss: of :func:`..gather.gather`, in place, without those that fly too fast or
    fall. back (count,): written, by how much, s. Returns how many are left.
    """
    left = 0
    for n in range(count):
        i = int(part[n])
        vx, vy, vz = rows[i, HEAD + 3], rows[i, HEAD + 4], rows[i, HEAD + 5]
        if whole[i, SPLIT] > AIR or vx * vx + vy * vy + vz * vz > FASTEST * FASTEST:
            continue
        if whole[i, SPLIT] == AIR:
            combine(rows, i, 6)  # a gate needs no more of slot 0 than place; laying does
        back[left] = delay(rows, i, sites, s)
        lay_all(rows, whole, i, -back[left])
        look(rows, i, HEAD, sites, s, k[K_GATE], looks, left)
        part[left], miss[left] = i, miss[n]
        left += 1
    return left
