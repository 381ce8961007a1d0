"""Class among others: calibration of single mixes with shares learnt from the picture itself.

    python benchmarks/tracking/class_shares.py [--seed N] [--flights N] [--tune] [--whole N]

Pictures of 6 to 200 tracks are drawn by a mix from flights of class_flights.py, each at one of its
looks, and judged by belief/shares.py without any ``[expected]``. ``--tune`` prints what PLAN_TRACKS
and ROUNDS were chosen by: other mixes, seeds and truths than those reported. ``--whole N`` flies N
pictures of each named mix through the evaluator, look by look, instead of sampling.
"""

import argparse
import time
from dataclasses import replace
from typing import Any

import class_flights as cf
import classes as bench
import numpy as np
from class_truth import Flights
from numpy.typing import NDArray

from tdome.command.threat.belief import shares
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.messages.codes import Identity
from tdome.plan.plan import Plan

Floats = NDArray[np.float64]
SIZES = ((6, 400), (20, 150), (60, 50), (200, 20))  # tracks in a picture, pictures
SPARSE, FLAT = 12, 5  # tuning mixes
HARD: tuple[dict[str, float], ...] = (
    {"drone": 3, "decoy-drone": 4, "none": 3},
    {"drone": 5, "decoy-drone": 1, "fighter": 1, "none": 1},
    {"srbm": 3, "aeroballistic": 2, "none": 1},
    {"rocket": 2, "sam-land-attack": 3, "none": 2},
    {"cruise": 3, "decoy-missile": 3, "tactical-missile": 2, "drone": 2, "decoy-drone": 2,
     "none": 2},
    {"heavy-rocket": 4, "srbm": 1, "fighter": 1, "none": 1},
    {"drone": 6, "none": 4},
)  # fmt: skip
TUNING = (
    (1, cf.TRAINING),
    (11, replace(cf.TRAINING, rcs_shift_db=0.8, speed_stretch=1.05, rcs_sigma_db=2.0)),
    (12, replace(cf.TRAINING, rcs_shift_db=-0.8, rcs_sigma_db=2.0, step_s=3.5, steps=32)),
)


def vector(mix: dict[str, float], names: tuple[str, ...]) -> Floats:
    """Shares (C + 1,) of a mix, none last."""
    share = np.array([mix.get(key, 0.0) for key in (*names, "none")])
    return np.asarray(share / share.sum())


class Sky:
    """Pictures drawn from a pool of samples by a mix, and what is believed of them."""

    def __init__(self, pool: bench.Pool, plan: Plan) -> None:
        self.prior, count = plan.prior, len(plan.prior)
        self.label = pool.column("label")
        self.pmf, self.hits = pool.column("pmf"), pool.column("hits")
        self.free = ~pool.column("answered")
        self.of = [np.flatnonzero(self.label == c) for c in range(count)]

    def calibration(
        self, rng: np.random.Generator, mix: Floats, size: int, pictures: int
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Calibration of tracks by themselves, and among the others, over many pictures."""
        labels, alone, among = [], [], []
        for _ in range(pictures):
            label = rng.choice(len(mix), size, p=mix)
            rows = np.array([self.of[c][rng.integers(len(self.of[c]))] for c in label])
            labels.append(label)
            alone.append(self.pmf[rows])
            among.append(self.judged(rows))
        truth, even = np.concatenate(labels), np.full(size * pictures, 1.0 / (size * pictures))
        first, second = (
            bench.calibration(np.concatenate(one), truth, even) for one in (alone, among)
        )
        return first, second

    def judged(self, rows: NDArray[np.int64]) -> Floats:
        """Believe a picture of samples."""
        none = np.zeros((len(rows), len(self.prior)))
        return shares.estimate(
            self.pmf[rows], self.hits[rows], self.free[rows], none, none.sum(axis=0), self.prior
        ).pmf


def tuning_mixes(names: tuple[str, ...]) -> dict[str, list[Floats]]:
    """Mixes to tune on: of few classes, hard pairs, flat."""
    rng, count, sparse = np.random.default_rng(18), len(names), []
    for _ in range(SPARSE):
        few = int(rng.integers(2, 8))
        mix = np.zeros(count + 1)
        mix[-1] = rng.uniform(0.02, 0.6)
        picked = rng.choice(count, few, replace=False)
        mix[picked] = rng.dirichlet(np.ones(few)) * (1.0 - mix[-1])
        sparse.append(mix)
    flat = [np.asarray(mix) for mix in rng.dirichlet(np.ones(count + 1), FLAT)]
    return {"sparse": sparse, "hard": [vector(mix, names) for mix in HARD], "flat": flat}


def tune(plan: Plan, flights: int) -> None:
    """Print ECE and log score of the tuning mixes for settings about the chosen ones."""
    skies = []
    for seed, truth in TUNING:
        rng = np.random.default_rng(seed)
        pool = bench.judged(plan, bench.all_flights(rng, plan, flights, truth), rng, truth)
        skies.append(Sky(pool, plan))
    chosen = shares.PLAN_TRACKS, shares.ROUNDS
    for tracks in (6.0, 8.0, 12.0, 16.0, 24.0):
        for rounds in (4, 10, 30):
            shares.PLAN_TRACKS, shares.ROUNDS = tracks, rounds
            for kind, mixes in tuning_mixes(plan.threats.names).items():
                told = []
                for size, pictures in SIZES:
                    found = [
                        sky.calibration(np.random.default_rng(k), mix, size, pictures // 3 + 1)[1]
                        for sky in skies
                        for k, mix in enumerate(mixes)
                    ]
                    ece = np.array([one["ece"] for one in found])
                    score = float(np.mean([one["log_score"] for one in found]))
                    told.append(f"{size}: {ece.mean():.3f} (worst {ece.max():.3f}) {score:.2f}")
                print(f"{tracks:3.0f} tracks {rounds:2} rounds {kind:6}", " | ".join(told))
    shares.PLAN_TRACKS, shares.ROUNDS = chosen


def report(plan: Plan, pool: bench.Pool, seed: int) -> dict[str, Any]:
    """Calibration of every held-out mix, alone and among others, by size of the picture."""
    names, sky, out = plan.threats.names, Sky(pool, plan), {}
    drawn = bench.drawn_mixes(np.random.default_rng(99), names, bench.DRAWN)
    mixes = {**bench.MIXES, **{f"drawn {k}": mix for k, mix in enumerate(drawn)}}
    for size, pictures in SIZES:
        rng = np.random.default_rng(seed)
        for name, mix in mixes.items():
            out[name, size] = sky.calibration(rng, vector(mix, names), size, pictures)
    return out


def told(found: dict[Any, Any]) -> None:
    """Print the named mixes, and the drawn ones together."""
    print("\nmix              ECE alone -> among others (log score) by tracks in the picture")
    for name in bench.MIXES:
        cells = [
            f"{size:3}: {a['ece']:.3f} -> {b['ece']:.3f} ({a['log_score']:.2f} -> "
            f"{b['log_score']:.2f}, right {a['right']:.2f} -> {b['right']:.2f})"
            for size, (a, b) in ((size, found[name, size]) for size, _ in SIZES)
        ]
        print(f"{name:14}", " | ".join(cells))
    for size, _ in SIZES:
        both = np.array(
            [[one["ece"] for one in found[f"drawn {k}", size]] for k in range(bench.DRAWN)]
        )
        median, worst, below = np.median(both, 0), both.max(0), (both < 0.05).mean(0)  # noqa: PLR2004
        print(
            f"40 drawn, {size:3} tracks: median {median[0]:.3f} -> {median[1]:.3f}, worst "
            f"{worst[0]:.3f} -> {worst[1]:.3f}, below 0.05 {below[0]:.2f} -> {below[1]:.2f}"
        )


# ------------------------------------------------------------------ through the evaluator


def joined(parts: list[Flights]) -> Flights:
    """One flight of each part, as one sky."""
    return Flights(
        name="mix",
        state=np.concatenate([p.state for p in parts]),
        rcs_db=np.concatenate([p.rcs_db for p in parts]),
        spread=np.concatenate([p.spread for p in parts]),
        looks=np.array([p.looks for p in parts]),  # type: ignore[arg-type]
        ballistic=np.concatenate([p.ballistic for p in parts]),
        address=np.concatenate([p.address for p in parts]),
        renumbered=np.concatenate([p.renumbered for p in parts]),
        alive=np.concatenate([p.alive for p in parts]),
    )


def whole(plan: Plan, pictures: int, size: int, seed: int) -> None:
    """Fly pictures of the named mixes through the evaluator, and print its calibration."""
    names, truth = plan.threats.names, cf.HELD_OUT
    rng = np.random.default_rng(seed)
    kinds = [*cf.CIVIL, *cf.OTHERS]
    odds = np.append(2.0 * cf.SHARES, np.full(len(cf.OTHERS), 0.25))
    for name, mix in bench.MIXES.items():
        labels, pmfs, hostile = [], [], 0
        for _ in range(pictures):
            label = rng.choice(len(names) + 1, size, p=vector(mix, names))
            parts = []
            for c in label:
                if c < len(names):
                    parts.append(cf.of_class(rng, plan, int(c), 1, truth))
                else:
                    kind = kinds[int(rng.choice(len(kinds), p=odds / odds.sum()))]
                    box = cf.CIVIL.get(kind) or cf.OTHERS[kind]
                    parts.append(cf.bystanders(rng, kind, box, 1, truth))
            flights = joined(parts)
            civil = np.array([part.name in cf.CIVIL for part in parts])
            evaluator = KinematicEvaluator(plan)
            memory = evaluator.start()
            for k, tracks in enumerate(cf.pictures(rng, flights, truth)):
                memory, threats = evaluator.evaluate(memory, tracks, tracks.header.valid_at)
                flight = (tracks.track_number - 1) % size
                hostile += int(((threats.identity == Identity.HOSTILE) & civil[flight]).sum())
                if k in bench.LOOKS:
                    alive = flights.alive[flight, k]
                    labels.append(label[flight][alive])
                    pmfs.append(threats.class_probability[alive].astype(np.float64))
        said, was = np.concatenate(pmfs), np.concatenate(labels)
        found = bench.calibration(said, was, np.full(len(was), 1.0 / len(was)))
        print(
            f"{name:14} {pictures} x {size} tracks: ECE {found['ece']:.3f}, log score "
            f"{found['log_score']:.2f}, right {found['right']:.2f}, civil called hostile {hostile}"
        )


def main() -> None:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--flights", type=int, default=400, help="of each class")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument("--whole", type=int, default=0, help="pictures of each named mix")
    parser.add_argument("--size", type=int, default=30, help="tracks of these")
    asked = parser.parse_args()
    began, plan = time.process_time(), bench.bench_plan()
    if asked.tune:
        tune(plan, asked.flights)
    elif asked.whole:
        whole(plan, asked.whole, asked.size, asked.seed)
    else:
        rng = np.random.default_rng(asked.seed)
        flights = bench.all_flights(rng, plan, asked.flights, cf.HELD_OUT)
        told(report(plan, bench.judged(plan, flights, rng, cf.HELD_OUT), asked.seed))
    print(f"\n{time.process_time() - began:.0f} CPU s")


if __name__ == "__main__":
    main()
