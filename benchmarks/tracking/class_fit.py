"""Weights of the class recursion, fitted on training flights by the log score.

    python benchmarks/tracking/class_fit.py [--flights N] [--only SOURCE]

Prints what command/threat/belief/weights.py may hold. ``--only spread`` keeps all other weights as
they are there. Not every fit is taken: see the comment beside the weights.
"""

import argparse

import class_flights as cf
import numpy as np
from classes import NONE_SHARE, Pool, all_flights, bench_plan, judged, weights_of
from scipy.optimize import minimize

from tdome.command.threat.belief import weights
from tdome.command.threat.belief.hypotheses import Hypotheses
from tdome.command.threat.kinematic import KinematicEvaluator

Floats = cf.Floats
ONCE = (weights.CROSS_SECTION, weights.DOPPLER_SPREAD, weights.COOPERATION)
_SPREAD = 11  # place of its weight in theta


def fit(
    pool: Pool, model: Hypotheses, names: tuple[str, ...], *, only_spread: bool = False
) -> dict[str, list[float]]:
    """Weights that maximise the mean log score on the training mix: convex, by L-BFGS-B."""
    mean, span, once = pool.column("mean"), pool.column("span"), pool.column("once")
    label = pool.column("label")
    even = dict.fromkeys(names, (1.0 - NONE_SHARE) / len(names)) | {"none": NONE_SHARE}
    weight = weights_of(even, pool, names)
    once = once / np.array(ONCE)[None, :, None]
    share = (span / weights.MEMORY_S)[:, :, None]
    features = np.concatenate([mean, mean * share, once], axis=1)  # (m, 13, H)
    classes = len(names)
    target = np.zeros((len(label), features.shape[2]), np.bool_)
    target[np.arange(len(label)), np.minimum(label, classes)] = True
    target[label == classes, classes:] = True

    def loss(theta: Floats) -> tuple[float, Floats]:
        total = model.prior + np.einsum("f,mfh->mh", theta, features)
        total -= total.max(axis=1, keepdims=True)
        p = np.exp(total)
        all_, ours = p.sum(1), np.where(target, p, 0.0).sum(1) + 1e-300
        value = -(weight @ np.log(ours / all_)) + 1e-3 * theta @ theta
        gap = np.where(target, p, 0.0) / ours[:, None] - p / all_[:, None]
        slope = -np.einsum("m,mh,mfh->f", weight, gap, features, optimize=True)
        return float(value), slope + 2e-3 * theta

    start = np.concatenate([weights.FIRST, weights.LATER, ONCE])
    bounds = [(0.05, 3.0)] * 5 + [(0.0, 3.0)] * 5 + [(0.05, 1.0)] * 3
    if only_spread:
        bounds = [one if i == _SPREAD else (start[i], start[i]) for i, one in enumerate(bounds)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    theta = np.round(found.x, 2)
    print(f"log score {loss(start)[0]:.3f} -> {found.fun:.3f}")
    return {"FIRST": theta[:5].tolist(), "LATER": theta[5:10].tolist(), "ONCE": theta[10:].tolist()}


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--flights", type=int, default=400, help="of each class")
    parser.add_argument("--only", choices=["spread"], help="keep all other weights")
    asked = parser.parse_args()
    plan = bench_plan()
    rng = np.random.default_rng(1)
    flights = all_flights(rng, plan, asked.flights, cf.TRAINING)
    pool = judged(plan, flights, rng, cf.TRAINING)
    model = KinematicEvaluator(plan).model
    print(fit(pool, model, plan.threats.names, only_spread=asked.only is not None))


if __name__ == "__main__":
    main()
