"""Class and identity, measured: calibration, decoys, civil safety and its price.

    python benchmarks/tracking/classes.py [--flights N] [--civil N] [--json FILE]

Histories are made by class_flights.py and judged by the evaluator ``kinematic-v1`` with a plan that
believes the whole bundled catalogue. Everything is held out: class_fit.py fits the weights on
another seed and truth. Mixes weigh the flights by class, so one pool gives many. CPU seconds of one
thread are printed.
"""

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import class_flights as cf
import numpy as np
from numpy.typing import NDArray

from tdome.command.threat.belief import recursion
from tdome.command.threat.kinematic import DECOY_LIMITS, KinematicEvaluator
from tdome.messages.codes import Identity
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.plan import Plan, read_plan

Floats = NDArray[np.float64]
PLAN = """
name = "class bench"
threats = [{names}]
[traffic]
civil_addresses = [[1000, 1999]]
[[sensors]]
name = "radar"
type = "multifunction"
lat_deg = 25.0
lon_deg = 121.5
[[sensors]]
name = "fine"
type = "x-band"
lat_deg = 25.0
lon_deg = 121.6
[[sensors]]
name = "far"
type = "long-range-3d"
lat_deg = 25.1
lon_deg = 121.5
[[assets]]
name = "city"
lat_deg = 25.0
lon_deg = 121.5
radius_km = 5.0
value = 100.0
"""
LOOKS = (2, 5, 10, 20, 29)  # looks after which the belief is sampled
BINS = 15
THRESHOLDS = (0.5, 0.7, 0.9, 0.95)
PAIRS = {
    "drone / decoy-drone": ("drone", "decoy-drone"),
    "cruise / decoy-missile": ("cruise", "decoy-missile"),
    "tactical-missile / decoy-missile": ("tactical-missile", "decoy-missile"),
    "glide-bomb / decoy-missile": ("glide-bomb", "decoy-missile"),
}
NONE_SHARE = 0.2
DRAWN = 40  # mixes
# Held-out mixes: weight of each class in them; the rest shares nothing.
MIXES: dict[str, dict[str, float]] = {
    "drone night": {"drone": 5, "decoy-drone": 3, "jet-drone": 1, "cruise": 1, "none": 1},
    "missile salvo": {"heavy-rocket": 3, "srbm": 4, "mrbm": 2, "sam-land-attack": 1, "none": 1},
    "mixed raid": {"srbm": 1, "cruise": 2, "tactical-missile": 1, "drone": 4, "decoy-drone": 2,
                   "decoy-missile": 1, "glide-bomb": 1, "none": 2},
    "air activity": {"fighter": 4, "none": 8, "glide-vehicle": 0.2, "supersonic-cruise": 0.5},
    "rockets": {"rocket": 6, "heavy-rocket": 2, "drone": 1, "none": 1},
}  # fmt: skip


def bench_plan(names: list[str] | None = None) -> Plan:
    """Read a plan that believes the given classes, or all of the catalogue."""
    chosen = names or list(bundled_catalogue().threats)
    return read_plan(PLAN.format(names=", ".join(f'"{n}"' for n in chosen)), "class-bench.toml")


class Pool:
    """Beliefs of many flights at some looks: labels (m,), kinds (m,), pmf (m, C + 1) and more."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(self, **columns: NDArray[Any]) -> None:
        """Add samples, a column each."""
        self.rows.append(columns)

    def column(self, name: str) -> NDArray[Any]:
        """Return a column of all samples."""
        return np.concatenate([row[name] for row in self.rows])


def all_flights(rng: np.random.Generator, plan: Plan, n: int, truth: cf.Truth) -> list[cf.Flights]:
    """N flights of each class of the plan, and of each kind of bystander a share of 2 n."""
    flights = [cf.of_class(rng, plan, row, n, truth) for row in range(len(plan.threats.names))]
    for name, share in zip(cf.CIVIL, cf.SHARES, strict=True):
        flights.append(cf.bystanders(rng, name, cf.CIVIL[name], max(round(n * share), 4), truth))
    for name, box in cf.OTHERS.items():
        flights.append(cf.bystanders(rng, name, box, max(n // 4, 4), truth))
    return flights


def judged(
    plan: Plan, flights: list[cf.Flights], rng: np.random.Generator, truth: cf.Truth
) -> Pool:
    """Let the evaluator judge all flights, and sample what it believes of each by itself.

    All flights of a class are in the sky at once, so that shares of the picture would give them
    away: class_shares.py measures those, on pictures of mixes.
    """
    pool, classes = Pool(), plan.threats.names
    for one in flights:
        evaluator = KinematicEvaluator(plan)
        memory, n = evaluator.start(), len(one.state)
        label = classes.index(one.name) if one.name in classes else len(classes)
        for k, tracks in enumerate(cf.pictures(rng, one, truth)):
            memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
            flight = (tracks.track_number - 1) % n
            if k not in LOOKS:
                continue
            alive = one.alive[flight, k]
            belief = evaluator._believe(memory, tracks)
            pmf = recursion.message_pmf(belief, evaluator.model)[alive]
            pool.add(
                label=np.full(alive.sum(), label),
                look=np.full(alive.sum(), k),
                kind=np.full(alive.sum(), one.name),
                pmf=pmf,
                hits=tracks.hits[alive],
                answered=threats.identity[alive] == Identity.NEUTRAL,
                decoy=np.clip(pmf[:, :-1] @ evaluator.model.decoy, *DECOY_LIMITS),
                mean=memory.mean[alive],
                span=memory.span[alive],
                once=belief.parts[alive][:, recursion.RCS :],
            )
    return pool


# ------------------------------------------------------------------ calibration


def weights_of(mix: dict[str, float], pool: Pool, names: tuple[str, ...]) -> Floats:
    """Weight of each sample so that the classes have the mix's shares."""
    label = pool.column("label")
    share = np.zeros(len(names) + 1)
    for name, value in mix.items():
        share[len(names) if name == "none" else names.index(name)] = value
    count = np.bincount(label, minlength=len(share))
    weight = (share / np.maximum(count, 1))[label]
    return np.asarray(weight / weight.sum())


def reliability(confidence: Floats, right: Floats, weight: Floats) -> tuple[float, Floats]:
    """Return the expected calibration error, and rows (confidence, share right, weight) of bins.

    Naeini, Cooper, Hauskrecht, AAAI 2015.
    """
    row = np.minimum((confidence * BINS).astype(int), BINS - 1)
    mass = np.bincount(row, weight, BINS)
    said = np.bincount(row, weight * confidence, BINS) / np.maximum(mass, 1e-300)
    was = np.bincount(row, weight * right, BINS) / np.maximum(mass, 1e-300)
    return float(np.abs(said - was) @ mass), np.column_stack([said, was, mass])


def calibration(pmf: Floats, label: NDArray[np.int64], weight: Floats) -> dict[str, Any]:
    """Top-label ECE, mean classwise ECE, log score, accuracy of weighted samples."""
    rows = np.arange(len(label))
    top = pmf.argmax(axis=1)
    ece, diagram = reliability(pmf[rows, top], (top == label).astype(float), weight)
    classwise = [
        reliability(pmf[:, c], (label == c).astype(float), weight)[0] for c in range(pmf.shape[1])
    ]
    return {
        "ece": ece,
        "classwise": float(np.sum(classwise)),
        "log_score": float(-np.log(np.maximum(pmf[rows, label], 1e-12)) @ weight),
        "right": float((top == label) @ weight),
        "diagram": diagram.tolist(),
    }


def drawn_mixes(
    rng: np.random.Generator, names: tuple[str, ...], count: int
) -> list[dict[str, float]]:
    """Mixes drawn from a flat Dirichlet distribution over the classes and "none"."""
    keys = [*names, "none"]
    return [dict(zip(keys, rng.dirichlet(np.ones(len(keys))), strict=True)) for _ in range(count)]


# ------------------------------------------------------------------ tables


def informed(pmf: Floats, prior: Floats, mix: Floats, wrong: Floats) -> Floats:
    """Return what is believed if the plan's ``expected`` shares are the mix's times ``wrong``.

    The prior is a factor: it can be exchanged afterwards (Saerens, Latinne, Decaestecker, Neural
    Computation 14(1), 2002). Classes of no share are expected at a hundredth of the mean.
    """
    said = np.maximum(mix / mix.sum(), 0.01 / len(mix)) * wrong
    weight = pmf * (said / said.sum() / prior)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def calibrations(pool: Pool, plan: Plan) -> dict[str, Any]:
    """Calibration of all held-out mixes, named and drawn, and of the drawn ones together.

    ``informed``: with a plan that expects the right shares; ``guessed``: each wrong by a third or
    so (mean of 10 such plans).
    """
    names, rng = plan.threats.names, np.random.default_rng(99)
    pmf, label = pool.column("pmf"), pool.column("label")
    drawn = drawn_mixes(rng, names, DRAWN)
    found: dict[str, Any] = {}
    for name, mix in {**MIXES, **{f"drawn {k}": m for k, m in enumerate(drawn)}}.items():
        weight = weights_of(mix, pool, names)
        found[name] = calibration(pmf, label, weight)
        share = np.array([mix.get(key, 0.0) for key in (*names, "none")])
        wrongs = np.exp(rng.normal(0.0, 0.3, (10, len(share))))
        eces = [
            calibration(informed(pmf, plan.prior, share, wrong), label, weight)["ece"]
            for wrong in (np.ones(len(share)), *wrongs)
        ]
        found[name] |= {"informed": eces[0], "guessed": float(np.mean(eces[1:]))}
    each = [found.pop(f"drawn {k}") for k in range(DRAWN)]
    weight = np.mean([weights_of(mix, pool, names) for mix in drawn], axis=0)
    found["drawn mixes together"] = calibration(pmf, label, weight)
    for key in ("ece", "informed", "guessed"):
        all_ = [one[key] for one in each]
        found[f"each drawn mix, {key}"] = {"median": float(np.median(all_)), "worst": max(all_)}
    return found


def by_class(pool: Pool, names: tuple[str, ...]) -> dict[str, Any]:
    """By class: probability of the right one, share called right, and what comes second."""
    pmf, label, look = pool.column("pmf"), pool.column("label"), pool.column("look")
    keys, out = [*names, "none"], {}
    for row, name in enumerate(keys):
        mine = pmf[(label == row) & (look >= LOOKS[2])]
        mean, called = mine.mean(axis=0), np.bincount(mine.argmax(1), minlength=len(keys))
        mean_other = mean.copy()
        mean_other[row] = -1.0
        out[name] = {
            "probability": float(mean[row]),
            "called": float(called[row] / len(mine)),
            "next": keys[int(mean_other.argmax())],
            "next_probability": float(mean_other.max()),
        }
    return out


def decoys(pool: Pool) -> dict[str, Any]:
    """P(called decoy | decoy) and P(called decoy | real) by pair and threshold, late looks."""
    kind, look, decoy = pool.column("kind"), pool.column("look"), pool.column("decoy")
    out: dict[str, Any] = {}
    for pair, (real, false) in PAIRS.items():
        late = look >= LOOKS[2]
        ours, theirs = decoy[(kind == false) & late], decoy[(kind == real) & late]
        out[pair] = [
            (t, float((ours >= t).mean()), float((theirs >= t).mean())) for t in THRESHOLDS
        ]
        out[pair + " mean"] = (float(ours.mean()), float(theirs.mean()))
    return out


def civil_safety(plan: Plan, n: int, seed: int) -> dict[str, Any]:
    """Civil flights by kind: how many, and how many were ever called hostile or suspect."""
    rng, truth, out = np.random.default_rng(seed), cf.HELD_OUT, {}
    for name, share in zip(cf.CIVIL, cf.SHARES, strict=True):
        flights = cf.bystanders(rng, name, cf.CIVIL[name], round(n * share), truth)
        hostile, suspect = ever(plan, flights, rng, truth)
        out[name] = (len(hostile), int(hostile.sum()), float(suspect.mean()))
    return out


def ever(
    plan: Plan, flights: cf.Flights, rng: np.random.Generator, truth: cf.Truth
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether each flight was ever called hostile, and ever suspect."""
    evaluator, n = KinematicEvaluator(plan), len(flights.state)
    memory = evaluator.start()
    hostile, suspect = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for tracks in cf.pictures(rng, flights, truth):
        memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
        flight = (tracks.track_number - 1) % n
        hostile[flight] |= threats.identity == Identity.HOSTILE
        suspect[flight] |= threats.identity == Identity.SUSPECT
    return hostile, suspect


def price(plan: Plan, n: int, seed: int) -> dict[str, Any]:
    """By class, of flights that come in: share ever called hostile, and only ever suspect."""
    rng, truth, out = np.random.default_rng(seed), replace(cf.HELD_OUT, inbound=1.0), {}
    for row, name in enumerate(plan.threats.names):
        hostile, suspect = ever(plan, cf.of_class(rng, plan, row, n, truth), rng, truth)
        out[name] = (float(hostile.mean()), float((suspect & ~hostile).mean()))
    return out


def told(found: dict[str, Any]) -> None:
    """Print all tables."""
    keys = ("ece", "informed", "guessed", "classwise", "log_score", "right")
    print("\ncalibration, held out       ", *(f"{key:>9}" for key in keys))
    for name, c in found["calibration"].items():
        if "worst" in c:
            print(f"{name:28}    median {c['median']:.3f}, worst {c['worst']:.3f}")
        else:
            print(f"{name:28}", *(f"{c.get(key, np.nan):9.3f}" for key in keys))
    print("\nclass                P(right)  called right  next")
    for name, row in found["by_class"].items():
        print(
            f"{name:20} {row['probability']:.2f}      {row['called']:.2f}          "
            f"{row['next']} {row['next_probability']:.2f}"
        )
    print("\nreal / decoy: P(called decoy | decoy), P(called decoy | real) at thresholds")
    for pair, rows in found["decoys"].items():
        if not pair.endswith(" mean"):
            print(f"{pair:34}", "  ".join(f"{t:.2f}: {d:.2f} {r:.3f}" for t, d, r in rows))
        else:
            print(f"{'   mean probability':34} {rows[0]:.2f} {rows[1]:.2f}")
    print("\ncivil flights        number  ever hostile  ever suspect")
    for name, (count, bad, doubted) in found["civil"].items():
        print(f"{name:20} {count:6}  {bad:6}        {doubted:.2f}")
    total = [sum(row[k] for row in found["civil"].values()) for k in (0, 1)]
    print(f"{'all':20} {total[0]:6}  {total[1]:6}")
    print("\ninbound threats      ever hostile  only suspect")
    for name, (bad, doubted) in found["price"].items():
        print(f"{name:20} {bad:.2f}          {doubted:.2f}")


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--flights", type=int, default=400, help="of each class")
    parser.add_argument("--civil", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=2, help="1 is the training seed")
    parser.add_argument("--json", type=Path, help="write all figures there")
    asked = parser.parse_args()
    began, plan = time.process_time(), bench_plan()
    names = plan.threats.names
    rng = np.random.default_rng(asked.seed)
    flights = all_flights(rng, plan, asked.flights, cf.HELD_OUT)
    pool = judged(plan, flights, rng, cf.HELD_OUT)
    found = {
        "calibration": calibrations(pool, plan),
        "by_class": by_class(pool, names),
        "decoys": decoys(pool),
        "civil": civil_safety(plan, asked.civil, asked.seed + 1),
        "price": price(plan, asked.flights, asked.seed + 2),
        "cpu_s": time.process_time() - began,
    }
    told(found)
    print(f"\n{found['cpu_s']:.0f} CPU s")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), "utf-8")


if __name__ == "__main__":
    main()
