"""What coordination is worth: equal shooters, equal targets, one round each.

Coordinated, each target gets its own shooter: n p kills are expected. If each shooter picks a
target by itself, evenly, a target survives with (1 - p/m)^n: m (1 - (1 - p/m)^n) kills are expected
(10 on 10 at p = 0.7: 7.00 and 5.16; the occupancy problem, Feller 1968, "An Introduction to
Probability Theory", vol. 1, IV.2).
"""

import numpy as np

from tdome.command.assignment.timed.planner import plan
from tdome.command.assignment.timed.problem import Problem
from tdome.kernel.random import Streams


def expected_kills(shooters: int, targets: int, kill: float) -> tuple[float, float]:
    """Return expected kills (coordinated, each by itself); shooters <= targets."""
    alone = targets * (1.0 - (1.0 - kill / targets) ** shooters)
    return shooters * kill, alone


def equal_sides(shooters: int, targets: int, kill: float) -> Problem:
    """Return the timed problem: every shooter has one round, one channel, and reaches all."""
    unit = np.tile(np.arange(shooters), targets)
    pairs = np.column_stack([unit, 0 * unit, 0 * unit, np.arange(len(unit)), 0 * unit])
    row = [1, 0, 1, 1, 1, 0]
    return Problem(
        slots=1, value=np.ones(targets), shots=np.full(targets, shooters, np.int32),
        start=np.arange(targets + 1) * np.int64(shooters), pairs=pairs.astype(np.int32),
        kill=np.full(len(unit), kill), busy=np.ones(len(unit), np.int16),
        units=np.tile(np.array(row, np.int32), (shooters, 1)), price=np.zeros(shooters),
        flying=np.zeros((0, 3), np.int32),
    )  # fmt: skip


def simulated_kills(
    shooters: int = 10, targets: int = 10, kill: float = 0.7, raids: int = 20_000, seed: int = 1
) -> tuple[float, float]:
    """Return mean kills over raids (by the planner's plan, each by itself), with the same luck."""
    chance = Streams(seed)("assignment", "coordination").generator()
    hits = chance.random((raids, shooters)) < kill
    planned = plan(equal_sides(shooters, targets, kill))
    aim = np.full(shooters, -1)
    aim[planned.unit] = planned.threat
    means = []
    for aims in (np.tile(aim, (raids, 1)), chance.integers(0, targets, (raids, shooters))):
        killed = np.zeros((raids, targets + 1), np.bool_)
        raid, shooter = np.nonzero(hits)
        killed[raid, aims[raid, shooter]] = True
        means.append(float(killed[:, :targets].sum(axis=1).mean()))
    return means[0], means[1]
