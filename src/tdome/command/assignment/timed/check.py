"""Does a plan keep every constraint of its problem? Plain Python, no code of the planner.

Slow and simple on purpose: each rule of `problem` is counted again from the shots alone.
"""

from collections import Counter, defaultdict
from math import prod

from tdome.command.assignment.timed.problem import (
    AT,
    CHANNELS,
    FIRST,
    KEPT,
    LAST,
    READY,
    RELOAD_AT,
    RELOADED,
    ROUNDS,
    SPACING,
    UNIT,
    Plan,
    Problem,
)

_CLOSE = 1e-6  # of the worth, absolute and relative


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Return what is broken, in words; an empty list for a sound plan."""
    shots = list(
        zip(plan.threat.tolist(), plan.pair.tolist(), plan.unit.tolist(), plan.slot.tolist(),
            strict=True)
    )  # fmt: skip
    pairs, units, start = problem.pairs.tolist(), problem.units.tolist(), problem.start.tolist()
    broken = []
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    launches: dict[int, list[int]] = defaultdict(list)
    for b, t, busy in problem.flying.tolist():
        held[b].append((t, t + busy))
        launches[b].append(t)
    for j, k, b, t in shots:
        if not (0 <= j < len(start) - 1 and start[j] <= k < start[j + 1] and pairs[k][UNIT] == b):
            return [f"shot at {j}: pair {k} is not its own"]
        pair = pairs[k]
        if not pair[FIRST] <= t <= pair[LAST] or not 0 <= t < problem.slots:
            return [f"pair {k}: slot {t} is outside its window"]
        busy = int(problem.busy[pair[AT] + t - pair[FIRST]])
        if busy <= 0:
            broken.append(f"pair {k}: slot {t} is forbidden")
        if t < units[b][READY]:
            broken.append(f"unit {b}: launch at {t}, before it is ready")
        held[b].append((t, t + busy))
        launches[b].append(t)
    broken += _units(problem, shots, held, launches)
    for j, count in sorted(Counter(shot[0] for shot in shots).items()):
        if count > int(problem.shots[j]):
            broken.append(f"threat {j}: {count} shots, {problem.shots[j]} allowed")
    worth = worth_again(problem, shots)
    if abs(worth - plan.worth) > _CLOSE * max(1.0, abs(worth)):
        broken.append(f"worth {plan.worth} told, {worth} counted")
    return broken


def _units(
    problem: Problem,
    shots: list[tuple[int, int, int, int]],
    held: dict[int, list[tuple[int, int]]],
    launches: dict[int, list[int]],
) -> list[str]:
    broken = []
    units = problem.units.tolist()
    flying = Counter(problem.flying[:, 0].tolist())
    for b, unit in enumerate(units):
        own = [t for _, _, by, t in shots if by == b]
        early = sum(t < unit[RELOAD_AT] for t in own)
        if early > unit[ROUNDS] or len(own) > unit[ROUNDS] + unit[RELOADED]:
            broken.append(f"unit {b}: {len(own)} rounds, {early} of them before the reload")
        # What was launched before is given; only new launches must keep their distance.
        times = sorted(launches[b])
        for t in own:
            near = sum(abs(t - other) < unit[SPACING] for other in times) - 1
            if near > 0:
                broken.append(f"unit {b}: launches closer than {unit[SPACING]} slots at {t}")
        # Held channels rise only where something starts; what was in flight before is given.
        for s in sorted({max(t, 0) for t, _ in held[b]}):
            busy = sum(t <= s < end for t, end in held[b])
            before = sum(t <= s < end for t, end in held[b][: flying[b]])
            if busy > max(unit[CHANNELS], before):
                broken.append(f"unit {b}: {busy} channels held at {s}, it has {unit[CHANNELS]}")
    return broken


def worth_again(problem: Problem, shots: list[tuple[int, int, int, int]]) -> float:
    """Return the worth of shots, counted anew: saved value, less prices, plus what stayed."""
    of: dict[int, list[int]] = defaultdict(list)
    for j, k, _, _ in shots:
        of[j].append(k)
    total = 0.0
    for j in sorted(of):
        total += float(problem.value[j]) * (1.0 - prod(1.0 - float(problem.kill[k]) for k in of[j]))
    for k, count in sorted(Counter(shot[1] for shot in shots).items()):
        pair = problem.pairs[k]
        total += problem.stay * min(count, int(pair[KEPT])) - count * float(problem.price[pair[0]])
    return total
