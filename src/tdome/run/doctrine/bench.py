"""`tdome bench doctrine`: policies against bounds, on paired luck."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import perf_counter

import msgspec
import numpy as np

from tdome.kernel.random import Stream, Streams
from tdome.run.doctrine import rules
from tdome.run.doctrine.book import SAFETY, make_book
from tdome.run.doctrine.exact import solve_exactly
from tdome.run.doctrine.families import HELD_OUT, instances
from tdome.run.doctrine.fluid import learn, path_bounds, shadow_prices
from tdome.run.doctrine.instance import Floats, Instance
from tdome.run.doctrine.latency import slowest
from tdome.run.doctrine.play import BROKEN, DRY, KILLS, LEAK, SHOTS, Policy, arrivals, play, policy
from tdome.run.doctrine.rollout.improve import SIMULATIONS

DEFAULT, ROLLOUT = "price-book", "rollout"
SEED = 2  # tuned with seed 1
WRONG = (0.5, 1.5)  # forecasts of a wave's mean, over the true one
FEWER = {True: 10, False: 4}  # a rollout plays one path in so many: small instances, others
_INTERVAL = 1.96


class Score(msgspec.Struct, frozen=True):
    """How a policy did: means over runs, with half widths of 95 % intervals (``_pm``).

    over_b3, over_b5 : mean leak over the bound. above_exact : share above exact dynamic
    programming, on the same luck (null if not small). broken : rules broken, 0 in a sound policy.
    """

    policy: str
    leak: float
    leak_pm: float
    cvar90: float
    over_b3: float
    over_b3_pm: float
    over_b5: float
    above_exact: float | None
    above_exact_pm: float | None
    rounds_per_kill: float
    waves_to_empty: float
    broken: int


class Bettered(msgspec.Struct, frozen=True):
    """A rollout over the default: on the first ``runs`` paths, share of leak above its own there.

    above_pm : half width of the 95 % interval of that share. score : as of the other policies, but
    on fewer paths: compare it with B3 of these paths, or with the default by ``above`` only.
    """

    runs: int
    above: float
    above_pm: float
    decision_p99_ms: float
    score: Score


class Result(msgspec.Struct, frozen=True):
    """All about one instance; forecasts: mean leak of the default if its forecast is wrong."""

    instance: str
    family: str
    part: str
    raid_value: float
    b1: float | None
    b2: float
    b3: float
    b5: float
    scores: list[Score]
    forecasts: dict[str, float]
    learning_s: float
    decision_p99_ms: float
    rollout: Bettered | None

    def of(self, name: str) -> Score:
        """Return the score of a policy."""
        return next(score for score in self.scores if score.policy == name)


def chosen(part: str | None, *, quick: bool) -> list[Instance]:
    """Return the instances of a part (None: all); with ``quick`` the first of each family."""
    wanted = [it for it in instances() if part is None or it.part == part]
    if not quick:
        return wanted
    firsts = {it.family: it for it in reversed(wanted)}
    return list(firsts.values())[::-1]


def measure(
    part: str | None = HELD_OUT,
    *,
    quick: bool = False,
    rollout: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Measure all policies on the instances of a part; ``say`` is told what is under way."""
    runs, iterations = (100, 20) if quick else (500, 60)
    found = []
    wanted = chosen(part, quick=quick)
    for i, instance in enumerate(wanted):
        say(f"{instance.name} ({i + 1} of {len(wanted)})")
        found.append(measure_one(instance, runs, iterations, rollout=rollout))
    return found


def measure_one(
    instance: Instance,
    runs: int,
    iterations: int,
    seed: int = SEED,
    *,
    wrong: bool = True,
    rollout: bool = True,
) -> Result:
    """Measure all policies on one instance; small ones with ten times the runs."""
    runs = 10 * runs if instance.small else runs
    chance = Streams(seed)("doctrine", instance.name)
    came = arrivals(instance, chance, 0, runs).sum(axis=1).astype(np.float64)
    b3 = path_bounds(instance, came)
    began = perf_counter()
    best, b5 = default_policy(instance, iterations)
    learning = perf_counter() - began
    b1, played = None, {}
    for one in [*baselines(instance), best]:
        played[one.name] = play(instance, one, chance, 0, runs)
    if instance.small:
        exact = solve_exactly(instance)
        b1 = exact.leak(instance)
        one = policy(instance, "exact", rules.EXACT, plan=exact.plan)
        played["exact"] = play(instance, one, chance, 0, runs)
    forecasts = {}
    for factor in WRONG if wrong else ():
        misled, _ = default_policy(instance.forecast(factor), iterations)
        forecasts[f"{factor:g}"] = float(play(instance, misled, chance, 0, runs)[:, LEAK].mean())
    exact_runs = played.get("exact")
    return Result(
        instance.name, instance.family, instance.part, instance.raid_value, b1,
        shadow_prices(instance)[0], float(b3.mean()), b5,
        [score(name, out, b3, b5, exact_runs) for name, out in played.items()],
        forecasts, learning, slowest(instance, best, chance),
        bettered(instance, best, chance, played[DEFAULT], b3, b5) if rollout else None,
    )  # fmt: skip


def default_policy(instance: Instance, iterations: int, seed: int = 1) -> tuple[Policy, float]:
    """Return the default policy, learned from the instance's figures alone, and the bound B5."""
    fluid = learn(instance, iterations, Streams(seed)("learn", instance.name).generator())
    book = make_book(instance, fluid)
    made = policy(
        instance, DEFAULT, rules.BOOK, SAFETY, prices=book.prices, kappa=book.kappa, rest=book.rest
    )
    return made, fluid.bound


def rollout_policy(instance: Instance, base: Policy, seed: int = 1) -> Policy:
    """Return the rollout over a policy by a book; its luck has nothing of the referee's."""
    key = Streams(seed)("rollout", instance.name).key
    return replace(base, name=ROLLOUT, simulations=SIMULATIONS, key=key)


def bettered(
    instance: Instance, best: Policy, chance: Stream, base: Floats, b3: Floats, b5: float
) -> Bettered:
    """Play the rollout on the first of the paths on which the default gave ``base``."""
    runs = max(len(base) // FEWER[instance.small], 2)
    one = rollout_policy(instance, best)
    out = play(instance, one, chance, 0, runs)
    mine, leak = out[:, LEAK], base[:runs, LEAK]
    share = float(mine.mean() / leak.mean())
    spread = float((mine - share * leak).std()) / float(leak.mean())
    return Bettered(
        runs, share - 1.0, _INTERVAL * spread / float(np.sqrt(runs)),
        slowest(instance, one, chance), score(one.name, out, b3[:runs], b5, None),
    )  # fmt: skip


def baselines(instance: Instance) -> Iterator[Policy]:
    """Yield the simple policies."""
    yield policy(instance, "none", rules.NONE)
    yield policy(instance, "salvo-2", rules.SALVO, 2)
    yield policy(instance, "one-per-look", rules.SALVO, 1)
    yield policy(instance, "pk-threshold", rules.THRESHOLD, 0.95)
    yield policy(instance, "pro-rata", rules.PRO_RATA, 1.0)
    prices = shadow_prices(instance)[1][None, None]
    yield policy(instance, "fixed-price", rules.FIXED, prices=prices)
    yield policy(instance, "re-solved", rules.RESOLVED)


def score(name: str, out: Floats, b3: Floats, b5: float, exact: Floats | None) -> Score:
    """Return what the runs of a policy say; ``b3`` (runs,) of the same paths."""
    leak = np.sort(out[:, LEAK])
    worst = leak[-max(len(leak) // 10, 1) :]
    # Of the ratio of two means over the same paths (delta method).
    ratio = float(leak.mean() / b3.mean())
    spread = float((out[:, LEAK] - ratio * b3).std()) / float(b3.mean())
    root = float(np.sqrt(len(leak)))
    above, above_pm = None, None
    if exact is not None:
        base = float(exact[:, LEAK].mean())
        share = out[:, LEAK].mean() / base
        above = float(share) - 1.0
        difference = (out[:, LEAK] - share * exact[:, LEAK]).std()
        above_pm = _INTERVAL * float(difference) / root / base
    return Score(
        name, float(leak.mean()), _INTERVAL * float(leak.std()) / root, float(worst.mean()),
        ratio, _INTERVAL * spread / root, float(leak.mean()) / b5, above, above_pm,
        float(out[:, SHOTS].sum() / max(out[:, KILLS].sum(), 1.0)), float(out[:, DRY].mean()),
        int(out[:, BROKEN].sum()),
    )  # fmt: skip
