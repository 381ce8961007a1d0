"""Motion between the lists of a source: near-constant velocity, white acceleration.

x' = F x, P' = F P F' + Q, F = [[I, dt I], [0, I]], Q = q [[dt^3/3 I, dt^2/2 I], [dt^2/2 I, dt I]],
in any Cartesian frame (Bar-Shalom, Li, Kirubarajan, "Estimation with Applications to Tracking and
Navigation", 2001, section 6.2.2). Limit: no gravity, no turns.
"""

import numpy as np
from numpy.typing import ArrayLike

from tdome.messages.base import Floats


def transition(dt: ArrayLike) -> Floats:
    """Return F of near-constant velocity over dt (n,) s, (n, 6, 6); dt may be negative."""
    step = np.asarray(dt, dtype=np.float64)
    f = np.broadcast_to(np.eye(6), (*step.shape, 6, 6)).copy()
    for axis in range(3):
        f[..., axis, axis + 3] = step
    return f


def white_acceleration(dt: ArrayLike, noise: float) -> Floats:
    """Return Q over dt (n,) >= 0 s, (n, 6, 6); noise in m^2/s^3."""
    step = np.asarray(dt, dtype=np.float64)
    q = np.zeros((*step.shape, 6, 6))
    for axis in range(3):
        q[..., axis, axis] = noise * step**3 / 3.0
        q[..., axis, axis + 3] = q[..., axis + 3, axis] = noise * step**2 / 2.0
        q[..., axis + 3, axis + 3] = noise * step
    return q


def predicted(x: Floats, p: Floats, dt: ArrayLike, noise: float) -> tuple[Floats, Floats]:
    """Return states (n, 6) and covariances (n, 6, 6) dt (n,) s later."""
    f = transition(dt)
    return _times(f, x), _sandwich(f, p) + white_acceleration(dt, noise)


def _times(a: Floats, x: Floats) -> Floats:
    return np.asarray(np.einsum("...ij,...j->...i", a, x))


def _sandwich(f: Floats, p: Floats) -> Floats:
    return np.asarray(np.einsum("...ij,...jk,...lk->...il", f, p, f))
