"""The chain's situation as a timed problem: firing solutions to windows, engagements to flights."""

from typing import NamedTuple

import numpy as np

from tdome.command.assignment.firing_solution import Geometry
from tdome.command.assignment.options import Options
from tdome.command.assignment.timed.problem import Problem
from tdome.command.assignment.timed.windows import launch_windows
from tdome.messages.base import Codes, Floats, Ints
from tdome.messages.codes import EngagementState, code_set
from tdome.messages.fire import Engagements, Magazines

MOST_SLOTS = 200
_HOLDING = code_set(
    EngagementState.RECOMMENDED,
    EngagementState.AUTHORISED,
    EngagementState.LAUNCHED,
    EngagementState.IN_FLIGHT,
)


class Reading(NamedTuple):
    """What there is to plan with, times in s from now.

    allowed (n, u); value (n,); shots (n,) that a threat may still get; price (u,) of a round;
    earliest (u,) launch; spacing (u,); uplinks (u,), 0: no limit.
    """

    allowed: Codes
    value: Floats
    shots: Ints
    price: Floats
    earliest: Floats
    spacing: Floats
    uplinks: Ints


def slot_length(geometry: Geometry, decide_s: float) -> float:
    """Length of a slot, s: a decision, or more where threats are far off."""
    far = np.minimum(geometry.steps * (geometry.paths.shape[1] - 1), geometry.ends)
    return float(max(decide_s, far.max(initial=0.0) / MOST_SLOTS))


def timed_problem(
    options: Options, geometry: Geometry, reading: Reading, magazines: Magazines,
    flying: Ints, slot_s: float,
) -> Problem:  # fmt: skip
    """Put the launch windows of all allowed pairs into a problem of slots of ``slot_s`` seconds.

    Reloads are not foreseen: rounds are those that a unit has now.
    """
    count = int(np.count_nonzero(reading.allowed))
    windows = np.empty((count, 4), np.int32)
    held = np.empty((count, MOST_SLOTS), np.int32)
    many = launch_windows(*geometry[:-1], reading.allowed, MOST_SLOTS, slot_s, windows, held)
    windows, held = windows[:many], held[:many]
    threat, unit, first, last = windows.T
    wide = np.arange(MOST_SLOTS)
    inside = (wide >= first[:, None]) & (wide <= last[:, None])
    length = last - first + 1
    place = np.cumsum(length) - length
    pairs = np.column_stack([unit, first, last, place, np.zeros(many, np.int32)])
    channels = np.where(
        reading.uplinks > 0, np.minimum(magazines.channels, reading.uplinks), magazines.channels
    )
    units = np.column_stack(
        [
            magazines.rounds_left, np.zeros_like(channels), np.full_like(channels, MOST_SLOTS),
            channels, np.maximum(np.ceil(reading.spacing / slot_s), 1.0),
            np.ceil(np.clip(reading.earliest / slot_s, 0.0, MOST_SLOTS)),
        ]
    )  # fmt: skip
    return Problem(
        slots=MOST_SLOTS,
        value=reading.value,
        shots=np.maximum(reading.shots, 0).astype(np.int32),
        start=np.searchsorted(threat, np.arange(len(reading.value) + 1)),
        pairs=pairs.astype(np.int32),
        kill=options.saves[threat, unit],
        busy=held[inside].astype(np.int16),
        units=units.astype(np.int32),
        price=reading.price,
        flying=flying,
    )


def in_flight(engagements: Engagements, slot_s: float, now: int) -> Ints:
    """Return (f, 3): unit, launch slot, slots until the intercept, of what holds a channel."""
    rows = np.flatnonzero(_HOLDING[engagements.state])
    launch = np.floor((engagements.launch_at[rows] - now) / (slot_s * 1e9))
    meets = np.ceil((engagements.intercept_at[rows] - now) / (slot_s * 1e9))
    launch, meets = np.clip(launch, -MOST_SLOTS, MOST_SLOTS), np.clip(meets, 1, MOST_SLOTS)
    columns = [engagements.unit[rows], launch, np.maximum(meets - launch, 1)]
    return np.column_stack(columns).astype(np.int32)
