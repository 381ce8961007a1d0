"""Quasi-ballistic flight: a late manoeuvre, added to a ballistic path as a bounded displacement.

From where the body comes down through ``below`` until the ground, its path is displaced across its
mean course by

    d(t) = w(s) sum_k c_k sin(2 pi t / P_k + phi_k),    w(s) = sin^4(pi s),  s = 0..1

in each of the two directions across, with periods P_k of PERIODS and phases drawn; the whole is
scaled so that the largest |d''| equals ``peak``. d, d' and d'' vanish at both ends: the body still
comes down where it was aimed. Source: own choice of a smooth bounded random acceleration; windowed
sines after the weaving target of Zarchan, "Tactical and Strategic Missile Guidance", 6th ed.,
ch. 20. Assumptions: lift costs no speed (no induced drag), so that the time of flight stays; it is
random, and no response to anything. Limit: a window shorter than SHORTEST is flown straight.
"""

import math
from typing import NamedTuple

import numpy as np

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.base import Floats

PERIODS = (6.0, 12.0)  # s; notional
SHORTEST = 4.0  # s
SINES = 2  # for each direction
_FINER = 10  # grid on which the largest acceleration is sought, per row


class Manoeuvre(NamedTuple):
    """Largest acceleration (m/s^2), height below which (m), and uniforms (2, SINES, 2)."""

    peak: float
    below: float
    luck: Floats


def weave(table: Floats, manoeuvre: Manoeuvre) -> None:
    """Displace the late rows (t, x, y, z, vx, vy, vz), (n, 7), of a flight in place."""
    height = ecef_to_geodetic(table[:, 1:4])[2]
    late = (height <= manoeuvre.below) & (np.arange(len(table)) > height.argmax())
    first = int(late.argmax())
    since = table[first:, 0] - table[first, 0]
    if not late.any() or since[-1] < SHORTEST:
        return
    fine = np.linspace(0.0, since[-1], _FINER * len(since))
    peak = np.sqrt(np.square(_sway(fine, since[-1], manoeuvre.luck)[2]).sum(axis=0)).max()
    along = table[-1, 1:4] - table[first, 1:4]
    side = np.cross(along, table[first, 1:4])
    axes = np.stack([side, np.cross(side, along)])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    shift, speed, _ = _sway(since, since[-1], manoeuvre.luck) * (manoeuvre.peak / peak)
    table[first:, 1:4] += shift.T @ axes
    table[first:, 4:7] += speed.T @ axes


def _sway(t: Floats, lasts: float, luck: Floats) -> Floats:
    """Return displacement, velocity and acceleration before scaling, (3, 2, n)."""
    turn = math.pi / lasts
    sine, cosine = np.sin(turn * t), np.cos(turn * t)
    w = sine**4
    dw = 4.0 * turn * sine**3 * cosine
    ddw = turn**2 * (12.0 * (sine * cosine) ** 2 - 4.0 * w)
    rate = math.tau / (PERIODS[0] + luck[..., 0] * (PERIODS[1] - PERIODS[0]))[..., None]
    phase = rate * t + math.tau * luck[..., 1][..., None]
    g = np.sin(phase).sum(axis=1)
    dg = (rate * np.cos(phase)).sum(axis=1)
    ddg = -(rate**2 * np.sin(phase)).sum(axis=1)
    return np.stack([w * g, dw * g + w * dg, ddw * g + 2.0 * dw * dg + w * ddg])
