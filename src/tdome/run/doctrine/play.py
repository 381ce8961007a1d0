"""The referee of the benchmark: plays waves against a policy, with the same luck for all of them.

What comes and what hits is drawn by (path, wave, threat, look), never by what was drawn before: two
policies meet the same raids, and a shot that hits under one hits under the other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.jit import kernel
from tdome.kernel.random import Stream, philox4x64, uniform1
from tdome.run.doctrine.book import by_book, stock1
from tdome.run.doctrine.instance import Floats, Instance, Ints
from tdome.run.doctrine.rollout.hits import resolve1
from tdome.run.doctrine.rollout.improve import improve
from tdome.run.doctrine.rules import (
    BOOK,
    EXACT,
    FIXED,
    NONE,
    PRO_RATA,
    RESOLVED,
    SALVO,
    THRESHOLD,
    at_best_looks,
    at_prices,
    dual_prices,
    from_table,
    order1,
    same_shots,
)

FORECAST_SD = 0.25  # believed relative error of a forecast
NO_KEY = np.zeros(2, np.uint64)
NO_KEY.flags.writeable = False  # as those of streams: the kernel is compiled but once
LEAK, SHOTS, KILLS, DRY, BROKEN = range(5)  # columns of what a run gives


@dataclass(frozen=True, eq=False)
class Policy:
    """A policy for one instance, as the kernel wants it.

    kind : of :mod:`.rules`. number : shots, a share, or the safety of a book. prices : (N, J, L),
    kappa : (N, J), rest : (N, J, C, K + 1, B) of a book (by waves to come); a fixed price is
    prices[0, 0]. plan : of exact dynamic programming. mean : threats believed to come in a wave.
    trust : in waves, how
    much seen it takes to believe as much in what was seen as in the forecast. simulations : of a
    rollout over a book for each decision, 0: none; key : of its own luck, (2,).
    """

    name: str
    kind: int
    number: float
    prices: Floats
    kappa: Floats
    rest: Floats
    plan: Ints
    mean: float
    trust: float
    simulations: int
    key: NDArray[np.uint64]


def policy(instance: Instance, name: str, kind: int, number: float = 0.0, **more: object) -> Policy:
    """Return a policy; what it does not need is left empty."""
    layers, looks = len(instance.rounds), len(instance.layer)
    empty = {
        "prices": np.zeros((1, 1, layers)),
        "kappa": np.zeros((1, 1)),
        "rest": np.zeros((1, 1, 1, looks + 1, 1)),
        "plan": np.zeros((1, 1, 1, 1, 1), np.int64),
        "mean": instance.mean,
        "trust": trust(instance),
        "simulations": 0,
        "key": NO_KEY,
    }
    return Policy(name, kind, number, **{**empty, **more})  # type: ignore[arg-type]


def trust(instance: Instance) -> float:
    """Return the trust in a forecast of the mean, in waves (Buehlmann 1967, ASTIN Bulletin 4(3)).

    Credibility: variance of a wave's size over that of the forecast's error, both relative.
    """
    return (1.0 / instance.mean + 1.0 / instance.shape) / FORECAST_SD**2


def play(instance: Instance, of: Policy, stream: Stream, first: int, runs: int) -> Floats:
    """Return what runs give, shape (runs, 5): leak, shots, kills, first empty, rules broken.

    First empty: the wave in which a layer first had no rounds left, the number of waves if none.
    Rules broken: 0 in a sound policy.
    """
    out = np.zeros((runs, 5))
    it = instance
    _play(
        stream.key, first, it.waves, np.cumsum(it.size), np.cumsum(it.mix), it.values, it.layer,
        it.pk, it.salvo, it.channels, it.rounds, it.reload,
        np.array([it.false_kill, it.false_live]), of.kind, float(of.number), of.prices,
        of.kappa, of.rest, of.plan, of.mean, of.trust, of.simulations, of.key, out,
    )  # fmt: skip
    return out


def arrivals(instance: Instance, stream: Stream, first: int, runs: int) -> Ints:
    """Return what comes in these runs by wave and class, shape (runs, N, C)."""
    out = np.zeros((runs, instance.waves, len(instance.values)), np.int64)
    cdf, mix = np.cumsum(instance.size), np.cumsum(instance.mix)
    cls = np.empty(instance.size.size, np.int64)
    for run in range(runs):
        for wave in range(instance.waves):
            n = draw_wave(stream.key, first + run, wave, cdf, mix, cls)
            out[run, wave] = np.bincount(cls[:n], minlength=len(mix))
    return out


@kernel
def draw_wave(
    key: NDArray[np.uint64], path: int, wave: int, cdf: Floats, mix: Floats, cls: Ints
) -> int:
    """Draw the size of a wave and the classes of its threats; return the size."""
    word = np.empty(4, np.uint64)
    philox4x64(key[0], key[1], path, wave, 0, 0, word)
    n = min(int(np.searchsorted(cdf, uniform1(word[0]))), len(cdf) - 1)
    for i in range(n):
        philox4x64(key[0], key[1], path, wave, i + 1, 0, word)
        cls[i] = min(int(np.searchsorted(mix, uniform1(word[0]))), len(mix) - 1)
    return n


@kernel
def decide(  # noqa: PLR0913, PLR0917  (a kernel: which policy)
    kind: int, number: float, rest_waves: int, k: int, layer: Ints, pk: Floats,
    values: Floats, salvo: int, errors: Floats, left: Ints, reload: Ints, channel: int,
    prices: Floats, kappa: Floats, rest: Floats, plan: Ints, scale: float, now: Floats,
    quota: Ints, cls: Ints, belief: Floats, out: Ints,
) -> None:  # fmt: skip
    """Fill ``out`` (n,) with the shots that a policy gives at look k; rounds and channels kept.

    ``scale``: what comes over what was forecast, by all that was seen; ``now`` (L,) prices of this
    wave, ``quota`` (L,) rounds set apart for it.
    """
    own = layer[k]
    budget = min(left[own], channel)
    if kind == BOOK:
        r, stock = rest_waves, np.empty(len(left))
        stock1(left, reload, number, r, stock)
        by_book(
            k, own, 1.0, prices[r], scale * kappa[r], rest[r], pk, salvo, errors, stock, cls,
            belief, budget, out,
        )  # fmt: skip
        return
    order = np.empty(len(cls), np.int64)
    order1(cls, belief, values, order)
    if kind == NONE:
        out[:] = 0
    elif kind == SALVO:
        same_shots(cls, belief, order, int(number), budget, out)
    elif kind == THRESHOLD:
        at_best_looks(k, number, pk, cls, belief, order, budget, out)
    elif kind == PRO_RATA:
        same_shots(cls, belief, order, 1, min(budget, quota[own]), out)
    elif kind == EXACT:
        live = 0
        for b in belief:
            live += 1 if b > 0.0 else 0
        second = left[1] if len(left) > 1 else 0
        wave = plan.shape[0] - 1 - rest_waves
        code = plan[wave, k, min(live, plan.shape[2] - 1), left[0], second]
        from_table(live, code, order, belief, out)
    else:
        by_look = np.empty(len(layer))
        for look in range(len(layer)):
            by_look[look] = now[layer[look]]
        at_prices(k, by_look, pk, values, salvo, errors, cls, belief, order, budget, out)


@kernel
def prepare(  # noqa: PLR0913, PLR0917  (a kernel)
    kind: int,
    number: float,
    rest_waves: int,
    mean: float,
    cls: Ints,
    mix: Floats,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    errors: Floats,
    left: Ints,
    reload: Ints,
    prices: Floats,
    now: Floats,
    quota: Ints,
) -> None:
    """Before a wave: prices again from what came and the mean of what will; quotas."""
    if kind == FIXED:
        now[:] = prices[0, 0]
    for j in range(len(left)):
        quota[j] = int(np.ceil(number * left[j] / (rest_waves + 1)))
    if kind == RESOLVED:
        counts, supply = np.zeros(len(values)), np.empty(len(left))
        for c in range(len(values)):
            share = mix[c] - (mix[c - 1] if c > 0 else 0.0)
            counts[c] = mean * rest_waves * share
        for c in cls:
            counts[c] += 1.0
        for j in range(len(left)):
            supply[j] = left[j] + reload[j] * rest_waves
        # Priced as if assessment were perfect: a tree for each step of the search is too slow.
        dual_prices(counts, layer, pk, values, salvo, 0.0 * errors, supply, 4, now)


@kernel
def fire1(  # noqa: PLR0913, PLR0917  (a kernel)
    key: NDArray[np.uint64],
    path: int,
    wave: int,
    k: int,
    layer: Ints,
    pk: Floats,
    values: Floats,
    salvo: int,
    channels: Ints,
    reload: Ints,
    errors: Floats,
    kind: int,
    number: float,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    plan: Ints,
    scale: float,
    after: int,
    now: Floats,
    quota: Ints,
    simulations: int,
    mine: NDArray[np.uint64],
    cls: Ints,
    belief: Floats,
    alive: Ints,
    left: Ints,
    out: Floats,
) -> None:
    """Play one look: ask the policy, check what it gives, resolve it; in place."""
    own = layer[k]
    held = np.flatnonzero(belief > 0.0)
    kinds, beliefs, shots = cls[held], belief[held], np.zeros(len(held), np.int64)
    decide(
        kind, number, after, k, layer, pk, values, salvo, errors, left, reload, channels[own],
        prices, kappa, rest, plan, scale, now, quota, kinds, beliefs, shots,
    )  # fmt: skip
    if simulations > 0:
        improve(
            mine, simulations, k, after, layer, pk, values, salvo, errors, left, reload, channels,
            number, prices[after], scale * kappa[after], rest[after], kinds, beliefs, shots,
        )  # fmt: skip
    fired, given = 0, np.zeros(len(cls), np.int64)
    for i in range(len(held)):
        fired += shots[i]
        given[held[i]] = shots[i]
        if shots[i] < 0 or shots[i] > salvo:
            out[BROKEN] += 1
    if fired > left[own] or fired > channels[own]:
        out[BROKEN] += 1
    left[own] -= fired
    quota[own] -= fired
    out[SHOTS] += fired
    out[KILLS] += resolve1(key, path, wave, k, pk, errors, given, cls, belief, alive)


@kernel
def _play(  # noqa: PLR0913, PLR0917  (a kernel)
    key: NDArray[np.uint64],
    first: int,
    waves: int,
    cdf: Floats,
    mix: Floats,
    values: Floats,
    layer: Ints,
    pk: Floats,
    salvo: int,
    channels: Ints,
    rounds: Ints,
    reload: Ints,
    errors: Floats,
    kind: int,
    number: float,
    prices: Floats,
    kappa: Floats,
    rest: Floats,
    plan: Ints,
    mean: float,
    trust: float,
    simulations: int,
    mine: NDArray[np.uint64],
    out: Floats,
) -> None:
    layers = len(rounds)
    now, quota = np.zeros(layers), np.zeros(layers, np.int64)
    buffer = np.empty(len(cdf), np.int64)
    for run in range(len(out)):
        left = rounds.copy()
        now[:] = 0.0
        out[run, DRY] = waves
        came = 0
        for wave in range(waves):
            n = draw_wave(key, first + run, wave, cdf, mix, buffer)
            cls, belief, alive = buffer[:n], np.ones(n), np.ones(n, np.int64)
            after = waves - 1 - wave
            came += n
            scale = (trust + came / mean) / (trust + wave + 1)
            prepare(
                kind, number, after, mean, cls, mix, layer, pk, values, salvo, errors, left,
                reload, prices, now, quota,
            )  # fmt: skip
            for k in range(len(layer)):
                fire1(
                    key, first + run, wave, k, layer, pk, values, salvo, channels, reload, errors,
                    kind, number, prices, kappa, rest, plan, scale, after, now, quota, simulations,
                    mine, cls, belief, alive, left, out[run],
                )  # fmt: skip
                if left[layer[k]] == 0 and out[run, DRY] == waves:
                    out[run, DRY] = wave
            for i in range(n):
                out[run, LEAK] += alive[i] * values[cls[i]]
            for j in range(layers):
                left[j] = min(left[j] + reload[j], rounds[j])
