"""A raid as it runs: every slot a new plan, shots leave, are judged, threats appear and are gone.

Threats are known from some slots before their first window. A planned shot that is due leaves, one
at a threat at a time while a later one is still possible (shoot-look-shoot), else all that are due.
Whether the n-th shot of a pair hits is the same for all policies. So a plan's quality is what leaks
in the end, and its calm is how many shots of the last plan are not in the next although they could.
"""

import time
from typing import NamedTuple

import msgspec
import numpy as np

from tdome.command.assignment.timed.planner import FIRST_PLAN, Effort, carry, plan
from tdome.command.assignment.timed.problem import Plan, Problem
from tdome.run.assignment.timed.raids import raid

_KNOWN_BEFORE = 30  # slots before its first window in which a threat is known, at most


class Policy(NamedTuple):
    """How each cycle plans: effort, from the last plan or not, worth of a shot that stays."""

    name: str
    effort: Effort
    warm: bool
    stay: float


POLICIES = (
    Policy("greedy, anew", FIRST_PLAN, warm=False, stay=0.0),
    Policy("price, anew", Effort(24, 60), warm=False, stay=0.0),
    Policy("price, warm", Effort(2, 40), warm=True, stay=0.0),
    Policy("price, warm, stay 0.2", Effort(2, 40), warm=True, stay=0.2),
)


class _World:
    """What is true: rounds, shots in flight, who is alive."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self.problem, self.chance = problem, np.random.default_rng(seed)
        n, many = len(problem.value), len(problem.kill)
        first = np.full(n, problem.slots)
        np.minimum.at(first, np.repeat(np.arange(n), np.diff(problem.start)), problem.pairs[:, 1])
        self.known_at = np.maximum(first - self.chance.integers(0, _KNOWN_BEFORE, n), 0)
        self.luck = self.chance.random((many, 4))
        self.alive, self.fired = np.ones(n, np.bool_), np.zeros(n, np.int64)
        self.of_pair, self.spent = np.zeros(many, np.int64), np.zeros(len(problem.units), np.int64)
        self.flying: list[tuple[int, int, int, int]] = []  # threat, pair, launch, end

    def snapshot(self, now: int) -> Problem:
        """Return the problem as it stands at slot ``now``; its slot 0 is now."""
        p = self.problem
        value = np.where(self.alive & (self.known_at <= now), p.value, 0.0)
        for j, k, _, _ in self.flying:
            value[j] *= 1.0 - p.kill[k]
        pairs, units = p.pairs.copy(), p.units.copy()
        pairs[:, 1], pairs[:, 2] = np.maximum(pairs[:, 1] - now, 0), pairs[:, 2] - now
        pairs[:, 3] += np.maximum(now - p.pairs[:, 1], 0)
        units[:, 0] -= self.spent
        flying = [(p.pairs[k, 0], t - now, end - t) for _, k, t, end in self.flying]
        return msgspec.structs.replace(
            p, slots=p.slots - now, value=value, pairs=pairs, units=units,
            shots=np.maximum(p.shots - self.fired, 0).astype(np.int32) * (value > 0.0),
            flying=np.array(flying, np.int32).reshape(-1, 3),
        )  # fmt: skip

    def judge(self, now: int) -> None:
        """Take in what became of shots that have ended."""
        for j, k, _, end in self.flying:
            if end <= now and self.luck[k, self.of_pair[k] % 4] < self.problem.kill[k]:
                self.alive[j] = False
            self.of_pair[k] += end <= now
        self.flying = [shot for shot in self.flying if shot[3] > now]

    def launch(self, made: Plan, now: int) -> None:
        """Let what is due leave."""
        p = self.problem
        busy = {shot[0] for shot in self.flying}
        due = np.flatnonzero(made.slot == 0)
        for at in due[np.argsort(-p.kill[made.pair[due]], kind="stable")].tolist():
            j, k = int(made.threat[at]), int(made.pair[at])
            end = now + int(p.busy[p.pairs[k, 3] + now - p.pairs[k, 1]])
            last = int(p.pairs[p.start[j] : p.start[j + 1], 2].max())
            if j in busy and end <= last:
                continue  # a look comes first
            busy.add(j)
            self.flying.append((j, k, now, end))
            self.fired[j] += 1
            self.spent[p.pairs[k, 0]] += 1


def rolled(seed: int, policy: Policy, threats: int = 500, batteries: int = 60) -> dict[str, object]:
    """Run one raid under a policy."""
    problem = raid(threats, batteries, seed)
    world = _World(problem, seed)
    made: Plan | None = None
    seconds, dropped = [], []
    for now in range(problem.slots):
        world.judge(now)
        snapshot = msgspec.structs.replace(world.snapshot(now), stay=policy.stay)
        began = time.process_time()
        last, guide, known = None, None, snapshot
        if made is not None:
            gone = snapshot.value[made.threat] <= 0.0
            threat = np.where(gone, -1, made.threat)
            known, last = carry(snapshot, threat, made.unit, made.slot - 1)
            guide = made.guide
        if policy.warm:
            made = plan(known, policy.effort, last=last, guide=guide)
        else:
            made = plan(snapshot, policy.effort)
        seconds.append(time.process_time() - began)
        if last is not None:
            kept = np.bincount(made.pair, minlength=len(problem.kill))
            told = np.bincount(last[:, 1], minlength=len(problem.kill))
            room = snapshot.shots[last[:, 0]] > 0
            dropped.append(
                np.maximum(told - kept, 0)[np.unique(last[room, 1])].sum() / max(len(last), 1)
            )
        world.launch(made, now)
    world.judge(10_000)
    leak = float(problem.value[world.alive].sum())
    return {
        "seed": seed, "policy": policy.name, "leak": round(leak, 1),
        "share_leaked": round(leak / float(problem.value.sum()), 4),
        "rounds": int(world.spent.sum()), "dropped_a_cycle": round(float(np.mean(dropped)), 4),
        "cpu_ms_median": round(1e3 * float(np.median(seconds)), 2),
        "cpu_ms_p99": round(1e3 * float(np.quantile(seconds, 0.99)), 2),
    }  # fmt: skip
