"""Exact dynamic programming for instances of one class (B1), and with known arrivals (B4).

State: waves left, look, live threats, rounds of each layer (at most two layers). Decision: how many
live threats get 1, 2 and 3 shots: all splits are tried, so nothing is assumed about even spreading.
Perfect assessment makes the number of live threats all that matters.
"""

from dataclasses import dataclass

import numpy as np

from tdome.kernel.jit import kernel
from tdome.run.doctrine.instance import Floats, Instance, Ints


@dataclass(frozen=True, eq=False)
class Exact:
    """What exact dynamic programming finds.

    value : (waves + 1, M0 + 1, M1 + 1), expected leak from the start of a wave on, before its size
        is known; first index: waves gone. plan : (waves, K, live, M0 + 1, M1 + 1), number of
        threats that get 1, 2, 3 shots as n1 + 64 n2 + 4096 n3.
    """

    value: Floats
    plan: Ints

    def leak(self, instance: Instance) -> float:
        """Return the expected leak from the start, with full magazines."""
        m = _two(instance.rounds)
        return float(self.value[0, m[0], m[1]])


def solve_exactly(instance: Instance) -> Exact:
    """Solve a small instance (see ``Instance.small``); some 10^7 to 10^9 operations."""
    looks, waves = len(instance.layer), instance.waves
    most, m = instance.size.size, _two(instance.rounds)
    value = np.zeros((waves + 1, m[0] + 1, m[1] + 1))
    plan = np.zeros((waves, looks, most, m[0] + 1, m[1] + 1), np.int64)
    sizes = np.repeat(instance.size[None], waves, axis=0)
    kills = kill_laws(instance.pk[:, 0], most, instance.salvo)
    _sweep(
        sizes, instance.layer, kills, instance.salvo, instance.values[0],
        instance.channels, _two(instance.reload), value, plan,
    )  # fmt: skip
    return Exact(value, plan)


def known_arrivals(instance: Instance, sizes: Ints) -> float:
    """Return the least expected leak where all sizes of waves are known beforehand (B4)."""
    looks, most, m = len(instance.layer), int(sizes.max(initial=0)) + 1, _two(instance.rounds)
    value = np.zeros((instance.waves + 1, m[0] + 1, m[1] + 1))
    plan = np.zeros((instance.waves, looks, most, m[0] + 1, m[1] + 1), np.int64)
    known = np.zeros((instance.waves, most))
    known[np.arange(instance.waves), sizes] = 1.0
    kills = kill_laws(instance.pk[:, 0], most, instance.salvo)
    _sweep(
        known, instance.layer, kills, instance.salvo, instance.values[0],
        instance.channels, _two(instance.reload), value, plan,
    )  # fmt: skip
    return float(value[0, m[0], m[1]])


def kill_laws(pk: Floats, most: int, salvo: int) -> Floats:
    """Return P(j kills | n threats that get s shots each), shape (K, salvo, most, most)."""
    out = np.zeros((len(pk), salvo, most, most))
    for k, p in enumerate(pk):
        for s in range(salvo):
            hit = 1.0 - (1.0 - p) ** (s + 1)
            out[k, s, 0, 0] = 1.0
            for n in range(1, most):
                out[k, s, n] = (1.0 - hit) * out[k, s, n - 1]
                out[k, s, n, 1:] += hit * out[k, s, n - 1, :-1]
    return out


def _two(numbers: Ints) -> Ints:
    """Return the numbers of two layers, the second 0 where there is one."""
    return np.append(numbers, 0)[:2].astype(np.int64)


@kernel
def _mixed(kills: Floats, k: int, split: Ints, out: Floats) -> None:
    """Put the law of kills into ``out`` where split[s - 1] threats get s shots each."""
    out[:] = 0.0
    out[0] = 1.0
    top = 0
    for s in range(kills.shape[1]):
        n = split[s]
        if n == 0:
            continue
        for j in range(top + n, -1, -1):
            total = 0.0
            for i in range(max(0, j - top), min(n, j) + 1):
                total += kills[k, s, n, i] * out[j - i]
            out[j] = total
        top += n


@kernel
def _improve(  # noqa: PLR0913, PLR0917  (a kernel)
    live: int,
    salvo: int,
    cap: int,
    split: Ints,
    law: Floats,
    after: Floats,
    best: Floats,
    plan: Ints,
    own: int,
) -> None:
    """Try one split in all states of a number of live threats; ``after`` (live, M0, M1)."""
    shots, aimed = 0, 0
    for s in range(salvo):
        shots += (s + 1) * split[s]
        aimed += split[s]
    if shots > cap:
        return
    code = split[0] + 64 * split[1] + 4096 * split[2]
    d0, d1 = (shots, 0) if own == 0 else (0, shots)
    for a in range(d0, best.shape[0]):
        for b in range(d1, best.shape[1]):
            cost = 0.0
            for j in range(aimed + 1):
                cost += law[j] * after[live - j, a - d0, b - d1]
            if cost < best[a, b] - 1e-13:
                best[a, b] = cost
                plan[a, b] = code


@kernel
def _look(  # noqa: PLR0913, PLR0917  (a kernel)
    k: int,
    own: int,
    cap: int,
    kills: Floats,
    salvo: int,
    after: Floats,
    before: Floats,
    plan: Ints,
) -> None:
    """One look back: ``before`` from ``after``, both (live, M0, M1)."""
    most = after.shape[0]
    law, split = np.empty(most), np.zeros(3, np.int64)
    top2, top3 = (1 if salvo > 1 else 0), (1 if salvo > 2 else 0)  # noqa: PLR2004
    rounds = (after.shape[1] if own == 0 else after.shape[2]) - 1
    for live in range(most):
        before[live] = after[live]  # no shot at all
        for n3 in range(top3 * min(live, rounds // 3) + 1):
            for n2 in range(top2 * min(live - n3, (rounds - 3 * n3) // 2) + 1):
                for n1 in range(min(live - n3 - n2, rounds - 3 * n3 - 2 * n2) + 1):
                    split[0], split[1], split[2] = n1, n2, n3
                    if n1 + n2 + n3 > 0:
                        _mixed(kills, k, split, law)
                        _improve(live, salvo, cap, split, law, after, before[live], plan[live], own)


@kernel
def _sweep(  # noqa: PLR0913, PLR0917  (a kernel)
    sizes: Floats,
    layer: Ints,
    kills: Floats,
    salvo: int,
    worth: float,
    channels: Ints,
    reload: Ints,
    value: Floats,
    plan: Ints,
) -> None:
    """All waves, from the last back; ``sizes`` (waves, most), ``value`` and ``plan`` filled in."""
    waves, most = sizes.shape
    m0, m1 = value.shape[1], value.shape[2]
    after, before = np.empty((most, m0, m1)), np.empty((most, m0, m1))
    for wave in range(waves - 1, -1, -1):
        for live in range(most):
            for a in range(m0):
                for b in range(m1):
                    filled = value[wave + 1, min(a + reload[0], m0 - 1), min(b + reload[1], m1 - 1)]
                    after[live, a, b] = worth * live + filled
        for k in range(len(layer) - 1, -1, -1):
            own = layer[k]
            _look(k, own, channels[own], kills, salvo, after, before, plan[wave, k])
            after[:] = before
        for live in range(most):
            if sizes[wave, live] > 0.0:
                value[wave] += sizes[wave, live] * after[live]
