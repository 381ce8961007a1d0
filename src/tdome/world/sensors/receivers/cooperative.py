"""Stations for transponder replies: what flyers say of themselves (SSR and ADS-B in one).

Who has a transponder answers a look with its own reply probability times the station's detection
probability, if it is within reach. It tells its address, its place and velocity with normal errors
of the class, and whether it answers as a friend (own-force identification). Assumptions and limits:
addresses are true and unique, nobody imitates one; no garbling of replies; wrecks are silent.
"""

import numpy as np

from tdome.messages.base import Floats
from tdome.messages.sensing import Cooperative
from tdome.world.bodies.table import Bodies
from tdome.world.sensors.receivers.reach import Moment, Post, Report, in_reach, normals, uniforms

_REPLY, _PLACE, _HEIGHT, _SPEED = range(4)


def look(post: Post, bodies: Bodies, moment: Moment) -> Report:
    """Ask all round once."""
    book, row = post.book, post.row
    reach = in_reach(post, bodies, moment.t)
    answers = bodies.address[reach.rows] >= 0
    reach = reach.only(answers)
    keys = bodies.key[reach.rows]
    asked = uniforms(post.key, keys, moment.number, _REPLY)[:, 0]
    reach = reach.only(asked < bodies.reply[reach.rows] * book.detection[row])
    errors = _errors(post, bodies, reach.rows, moment.number)
    states = reach.states + errors * np.repeat([book.sigma_place[row], book.sigma_velocity[row]], 3)
    order = np.argsort(bodies.address[reach.rows], kind="stable")
    rows = reach.rows[order]
    states = np.round(states[order], 1)
    return Report(
        Cooperative,
        {
            "address": bodies.address[rows],
            "ecef": states[:, :3].copy(),
            "velocity": states[:, 3:].copy(),
            "friend": bodies.friendly[rows].astype(np.int8),
            "sigma_m": np.full(len(rows), book.sigma_place[row]),
        },
        rows,
    )


def _errors(post: Post, bodies: Bodies, rows: np.ndarray, number: int) -> Floats:
    """Return standard normals, (n, 6)."""
    columns: list[Floats] = []
    for use in (_PLACE, _HEIGHT, _SPEED):
        drawn = uniforms(post.key, bodies.key[rows], number, use)
        columns.extend(normals(drawn[:, 0], drawn[:, 1]))
    return np.column_stack(columns)
