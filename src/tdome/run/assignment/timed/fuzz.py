"""Small random problems with every feature: holes, reloads, spacing, flights, prices, stays."""

import numpy as np

from tdome.command.assignment.timed.problem import Problem


def small(chance: np.random.Generator, threats: int = 8, units: int = 4) -> Problem:
    """Return a random problem of up to so many threats and units; every field is put to use."""
    n, u = int(chance.integers(0, threats + 1)), int(chance.integers(1, units + 1))
    slots = int(chance.integers(3, 25))
    start, busy = [0], list[int]()
    pairs: list[tuple[int, int, int, int, int]] = []
    for _ in range(n):
        for b in np.flatnonzero(chance.random(u) < 0.7).tolist():  # noqa: PLR2004
            first = int(chance.integers(0, slots))
            last = min(first + int(chance.integers(0, 10)), slots - 1)
            held = chance.integers(1, 9, last - first + 1)
            held[chance.random(len(held)) < 0.1] = 0  # noqa: PLR2004
            pairs.append((b, first, last, len(busy), int(chance.integers(0, 3) == 0)))
            busy += held.tolist()
        start.append(len(pairs))
    rows = np.column_stack(
        [
            chance.integers(0, 5, u), chance.integers(0, 4, u), chance.integers(0, slots + 2, u),
            chance.integers(0, 4, u), chance.integers(1, 5, u), chance.integers(0, 4, u),
        ]
    )  # fmt: skip
    flying = np.column_stack(
        [chance.integers(0, u, 3), chance.integers(-4, 6, 3), chance.integers(0, 9, 3)]
    )[: chance.integers(0, 4)]
    flying = flying[rows[flying[:, 0], 3] > 0]  # a unit without channels has nothing in flight
    kill = chance.choice([0.1, 0.5, 0.7, 0.95, 1.0], len(pairs)) * chance.uniform(0.9, 1.0)
    return Problem(
        slots=slots, value=chance.uniform(0.5, 20.0, n),
        shots=chance.integers(0, 4, n).astype(np.int32), start=np.array(start, np.int64),
        pairs=np.array(pairs, np.int32).reshape(-1, 5), kill=kill,
        busy=np.array(busy, np.int16), units=rows.astype(np.int32),
        price=chance.choice([0.0, 1.0], u) * chance.uniform(0.0, 3.0, u),
        flying=flying.astype(np.int32).reshape(-1, 3), stay=float(chance.choice([0.0, 0.5])),
    )  # fmt: skip
