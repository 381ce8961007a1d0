"""The peer: Stone Soup 1.9.1 on a scene file; runs in its own environment (peer/environment.py).

    python stonesoup_run.py SCENE.npz TRACKS.npz [--mode gnn] [--scans K] [--q 20] [--gate 4] ...

Modes: `gnn` is its GNN with 2-D assignment and no tree; `gnn_tpr` the same behind its own TPR-tree
(the fastest that it ships); `gnn_near` the same as `gnn`, but plots further from a track than 1.5
gates are left out by NumPy before Stone Soup looks at them (same tracks as `gnn`, in a tenth of the
time; for tuning and quality only); `jpda_lbp_tpr` and `jpda_lbp_near` its JPDA by loopy belief
propagation behind either. Prints CPU seconds as JSON; stores tracks: id, k, x (n, 6), P, upd.
The scene file is the benchmark format; `R_diag` may have a row per radar.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
from scipy.stats import chi2
from stonesoup.dataassociator.neighbour import GNNWith2DAssignment
from stonesoup.dataassociator.probability import JPDAwithLBP
from stonesoup.dataassociator.tree import TPRTreeGNN2D, TPRTreeMixIn
from stonesoup.deleter.time import UpdateTimeStepsDeleter
from stonesoup.hypothesiser.distance import DistanceHypothesiser
from stonesoup.hypothesiser.probability import PDAHypothesiser
from stonesoup.initiator.simple import MultiMeasurementInitiator
from stonesoup.measures import Mahalanobis
from stonesoup.models.measurement.nonlinear import CartesianToElevationBearingRange
from stonesoup.models.transition.linear import (
    CombinedLinearGaussianTransitionModel,
    ConstantVelocity,
)
from stonesoup.predictor.kalman import ExtendedKalmanPredictor, UnscentedKalmanPredictor
from stonesoup.tracker.simple import MultiTargetMixtureTracker, MultiTargetTracker
from stonesoup.types.angle import Bearing, Elevation
from stonesoup.types.array import CovarianceMatrix, StateVector
from stonesoup.types.detection import Detection
from stonesoup.types.state import GaussianState
from stonesoup.types.update import Update
from stonesoup.updater.kalman import ExtendedKalmanUpdater, UnscentedKalmanUpdater

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
POSITION = (0, 2, 4)
MODES = ("gnn", "gnn_tpr", "gnn_near", "jpda_lbp_tpr", "jpda_lbp_near")
GNN_MEASURES = 3
MARGIN, SLACK_M = 1.5, 100.0


class NearMixIn:
    """Leave out plots that are far outside the gate, before Stone Soup makes objects of them."""

    gate = 4.0

    def generate_hypotheses(self, tracks: set, detections: set, timestamp: Any, **_: Any) -> dict:  # noqa: ANN401
        """Return the hypotheses of each track, made by Stone Soup from the plots near it."""
        every = list(detections)
        places = np.array([plot.metadata["place"] for plot in every]).reshape(-1, 3)
        ranges = np.array([plot.state_vector[2, 0] for plot in every], float)
        spreads = np.array([plot.metadata["spread"] for plot in every]).reshape(-1, 2)
        noise = (ranges * spreads[:, 1]) ** 2 + spreads[:, 0] ** 2
        result = {}
        for track in tracks:
            forecast = self.hypothesiser.predictor.predict(track, timestamp=timestamp)
            mean = np.asarray(forecast.mean, float).ravel()[list(POSITION)]
            own = np.linalg.eigvalsh(np.asarray(forecast.covar, float)[::2, ::2])[-1]
            reach = MARGIN * self.gate * np.sqrt(own + noise) + SLACK_M
            near = np.linalg.norm(places - mean, axis=1) <= reach
            chosen = {every[i] for i in np.flatnonzero(near)}
            result[track] = self.hypothesiser.hypothesise(track, chosen, timestamp)
        return result


class NearGnn(NearMixIn, GNNWith2DAssignment):
    """GNN behind NearMixIn."""


class _Lbp(JPDAwithLBP):
    def associate(self, tracks: set, detections: set, timestamp: Any, **named: Any) -> dict:  # noqa: ANN401
        hypotheses = self.generate_hypotheses(tracks, detections, timestamp, **named)
        if not hypotheses or not detections:
            return hypotheses
        return self._compute_multi_hypotheses(tracks, detections, hypotheses, timestamp)


class TprLbp(TPRTreeMixIn, _Lbp):
    """JPDA-LBP behind the TPR-tree, which Stone Soup ships for plain JPDA only."""


class NearLbp(NearMixIn, _Lbp):
    """JPDA-LBP behind NearMixIn."""


def options() -> argparse.Namespace:
    """Read the command line: what is tuned is here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene", type=Path)
    parser.add_argument("tracks", type=Path)
    parser.add_argument("--mode", choices=MODES, default="gnn")
    parser.add_argument("--scans", type=int, default=10**9)
    parser.add_argument("--filter", choices=("ekf", "ukf"), default="ekf")
    parser.add_argument("--q", type=float, default=20.0, help="m^2/s^3 across")
    parser.add_argument("--q-up", type=float, default=0.25, help="the same, up, as a share of q")
    parser.add_argument("--gate", type=float, default=4.0, help="sigmas")
    parser.add_argument("--confirm", type=int, default=3, help="plots that confirm")
    parser.add_argument("--delete", type=int, default=4, help="scans without a plot")
    parser.add_argument("--delete-tentative", type=int, default=2)
    parser.add_argument("--horizon", type=float, default=8.0, help="of the TPR-tree, s")
    parser.add_argument("--speed", type=float, default=200.0, help="prior sigma, m/s across")
    parser.add_argument("--noise", type=float, default=1.0, help="scale of the believed variances")
    parser.add_argument("--clutter", type=float, default=1.0, help="scale of JPDA's density")
    return parser.parse_args()


def models(
    scene: dict, radars: int, scale: float
) -> tuple[list[CartesianToElevationBearingRange], Any]:
    """Return the measurement model of each radar and the variances, (R, 3)."""
    variances = np.broadcast_to(scene["R_diag"], (radars, 3)) * scale
    made = [
        CartesianToElevationBearingRange(
            ndim_state=6,
            mapping=POSITION,
            noise_covar=CovarianceMatrix(np.diag(variances[r][[2, 1, 0]])),
            translation_offset=StateVector(scene["radar_pos"][r][:, None]),
        )
        for r in range(radars)
    ]
    return made, variances


def scans_of(scene: dict, last: int, sights: list, variances: Any) -> Iterator[tuple[Any, set]]:  # noqa: ANN401
    """Yield time and plots of each scan."""
    order = np.argsort(scene["det_k"], kind="stable")
    scan, radar = scene["det_k"][order], scene["det_radar"][order]
    polar, times, origin = scene["det_z"][order], scene["t"], scene["radar_pos"]
    level = polar[:, 0] * np.cos(polar[:, 2])
    parts = (level * np.cos(polar[:, 1]), level * np.sin(polar[:, 1]))
    place = np.stack([*parts, polar[:, 0] * np.sin(polar[:, 2])], axis=1) + origin[radar]
    spread = np.sqrt(np.stack([variances[:, 0], variances[:, 1:].max(axis=1)], axis=1))[radar]
    for k in range(last):
        at = START + datetime.timedelta(seconds=float(times[k]))
        rows = range(*np.searchsorted(scan, [k, k + 1]))
        yield (
            at,
            {
                Detection(
                    StateVector([Elevation(polar[i, 2]), Bearing(polar[i, 1]), polar[i, 0]]),
                    timestamp=at,
                    measurement_model=sights[radar[i]],
                    metadata={"place": place[i], "spread": spread[i]},
                )
                for i in rows
            },
        )


def tracker_of(given: argparse.Namespace, scene: dict, sight: Any, detector: Any) -> Any:  # noqa: ANN401
    """Put Stone Soup's parts together as the options say."""
    across = [ConstantVelocity(given.q)] * 2
    motion = CombinedLinearGaussianTransitionModel(
        [*across, ConstantVelocity(given.q * given.q_up)]
    )
    ekf = given.filter == "ekf"
    predictor = (ExtendedKalmanPredictor if ekf else UnscentedKalmanPredictor)(motion)
    updater = (ExtendedKalmanUpdater if ekf else UnscentedKalmanUpdater)(sight)
    NearMixIn.gate = given.gate
    tpr = (sight, datetime.timedelta(seconds=given.horizon))

    def gnn() -> Any:  # noqa: ANN401
        near = DistanceHypothesiser(predictor, updater, Mahalanobis(), missed_distance=given.gate)
        if given.mode.endswith("near"):
            return NearGnn(near)
        return TPRTreeGNN2D(near, *tpr) if given.mode.endswith("tpr") else GNNWith2DAssignment(near)

    prior = GaussianState(
        StateVector([0.0] * 6),
        CovarianceMatrix(np.diag([0, given.speed**2, 0, given.speed**2, 0, 30.0**2])),
        timestamp=START,
    )
    initiator = MultiMeasurementInitiator(
        prior,
        deleter=UpdateTimeStepsDeleter(given.delete_tentative),
        data_associator=gnn(),
        updater=updater,
        min_points=given.confirm,
    )
    parts = {
        "initiator": initiator,
        "deleter": UpdateTimeStepsDeleter(given.delete),
        "detector": detector,
        "updater": updater,
    }
    if given.mode.startswith("gnn"):
        return MultiTargetTracker(data_associator=gnn(), **parts)
    bounds = scene["bounds"]
    volume = float(np.prod(bounds[1::2] - bounds[0::2]))
    guess = PDAHypothesiser(
        predictor,
        updater,
        clutter_spatial_density=given.clutter * float(np.mean(scene["lam"])) / volume,
        prob_detect=float(np.mean(scene["pd"])),
        prob_gate=float(chi2.cdf(given.gate**2, GNN_MEASURES)),
    )
    joint = TprLbp(guess, *tpr) if given.mode.endswith("tpr") else NearLbp(guess)
    return MultiTargetMixtureTracker(data_associator=joint, **parts)


def main() -> None:
    """Run, time each scan, store the tracks, print a line of JSON."""
    given = options()
    scene = dict(np.load(given.scene))
    last = min(given.scans, len(scene["t"]))
    sights, variances = models(scene, len(scene["radar_pos"]), given.noise)
    detector = list(scans_of(scene, last, sights, variances))  # made before the clock starts
    steps = iter(tracker_of(given, scene, sights[0], detector))
    numbers: dict[str, int] = {}
    rows: dict[str, list] = {name: [] for name in ("id", "k", "x", "P", "upd")}
    seconds = []
    for k in range(last):
        began = process_time()
        _, tracks = next(steps)
        seconds.append(process_time() - began)
        for track in sorted(tracks, key=lambda one: numbers.setdefault(one.id, len(numbers))):
            state = track.state
            rows["id"].append(numbers[track.id])
            rows["k"].append(k)
            rows["x"].append(np.asarray(state.mean, float).ravel())
            rows["P"].append(np.asarray(state.covar, float))
            rows["upd"].append(isinstance(state, Update))
    plots = int((scene["det_k"] < last).sum())
    settings = {k: v for k, v in vars(given).items() if k not in {"scene", "tracks", "scans"}}
    told = {
        "scene": given.scene.stem,
        "scans": last,
        "plots": plots,
        "cpu_s": sum(seconds),
        "plots_per_cpu_s": plots / sum(seconds),
        "settings": settings,
    }
    arrays = {name: np.array(values) for name, values in rows.items()}
    arrays["x"], arrays["P"] = arrays["x"].reshape(-1, 6), arrays["P"].reshape(-1, 6, 6)
    np.savez_compressed(given.tracks, seconds=np.array(seconds), meta=json.dumps(told), **arrays)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
