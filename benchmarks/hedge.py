"""Manoeuvre hedge: whether the aims of level flyers are as likely as the evaluator says.

    PYTHONPATH=src:. python benchmarks/hedge.py RUNS taiwan-layered:1 mixed-raid-2024:1

For recorded runs (``benchmarks/alerts.py --record``), each track and asset, every ten seconds: the
probability that the asset is the aim, beside whether it was: the ledger knows the aim of every
object. Printed: a reliability table (pairs above 1 %), the expected calibration error, and how
often the most likely asset was the right one; by class and by time to go. Each object counts
alike, however long it flew.
"""

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from benchmarks.alerts import Recorded
from numpy.typing import NDArray

from tdome.command.threat import motion, risk
from tdome.command.threat.kinematic import KinematicEvaluator
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.messages.codes import Family, Identity
from tdome.messages.tracks import Associations, unpack_covariance
from tdome.score.evidence import Evidence, objects_of_tracks

EVERY = 10  # pictures
BINS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.001])
TO_GO = [0.0, 60.0, 120.0, 300.0, 600.0, np.inf]
LEVEL = (Family.CRUISE, Family.DRONE)


class Look(NamedTuple):
    """One track at one time: its probabilities of each asset, and the row of its aim or -1."""

    item: str
    threat_class: str
    to_go: float
    chance: NDArray[np.float64]
    aim: int


def looks(folder: Path) -> list[Look]:
    """Return the looks at level tracks of hostile flyers in a recorded run."""
    run = Recorded(folder)
    evidence = Evidence(folder, (Associations,))
    truth = objects_of_tracks(evidence, run.ledger, run.plan.sensors.names)
    objects = run.ledger.objects.to_pandas().set_index("object_id")
    names = np.array(run.plan.threats.names, dtype=object)
    level = set(names[np.isin(run.plan.threats.family, LEVEL)])
    wanted = objects[objects.threat_class.isin(level) & objects.kind.isin(["threat", "decoy"])]
    found = []
    for tracks, threats in run.pictures[::EVERY]:
        rows = np.flatnonzero((tracks.ballistic == 0) & np.isin(threats.identity, _FOES))
        numbers = [truth.get(int(n), -1) for n in tracks.track_number[rows].tolist()]
        now = tracks.header.valid_at
        alive = [n in wanted.index and wanted.ended_at[n] > now for n in numbers]
        chance, speed = _chances(run.plan, tracks, threats, rows)
        here = ecef_to_geodetic(tracks.state[rows, :3])
        for k in np.flatnonzero(alive):
            item = wanted.loc[numbers[k]]
            away = great_circle_distance(here[0][k], here[1][k], item.aim_lat, item.aim_lon)
            name = f"{folder.name} {numbers[k]}"
            to_go = float(away) / max(float(speed[k]), 1.0)
            found.append(Look(name, item.threat_class, to_go, chance[k], _aim(run.plan, item)))
    return found


_FOES = (Identity.HOSTILE, Identity.SUSPECT)


def _aim(plan: Any, item: Any) -> int:  # noqa: ANN401 - a row of a table
    assets = plan.assets
    off = great_circle_distance(item.aim_lat, item.aim_lon, assets.lat, assets.lon) - assets.radius
    nearest = int(off.argmin())
    return nearest if off[nearest] <= item.damage_radius else -1


def _chances(plan: Any, tracks: Any, threats: Any, rows: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return P(aim), shape (k, a), and ground speeds, shape (k,)."""
    assets, evaluator = plan.assets, KinematicEvaluator(plan)
    moved = motion.describe(tracks.state[rows], unpack_covariance(tracks.covariance[rows]))
    pmf = np.maximum(threats.class_probability[rows].astype(np.float64), 1e-12)
    share = evaluator.share(pmf, np.zeros(len(rows), np.bool_))
    age = (tracks.header.valid_at - tracks.first_at[rows]) * 1e-9
    ground = moved[:, motion.GROUND_SPEED]
    course = np.column_stack(
        [ground, moved[:, motion.SPEED_SIGMA], age, share @ plan.threats.range]
    )
    disc = np.column_stack([assets.ecef, assets.radius])
    worth = assets.value / assets.value.max()
    out = np.empty((len(rows), len(worth)))
    for k, row in enumerate(rows):
        total, _ = risk.aim_weights(tracks.state[row], course[k], disc, worth, out[k])
        out[k] /= total
    return out, ground


def table(seen: list[Look]) -> pd.DataFrame:
    """Return one row per look and asset: chance, truth, weight."""
    count = pd.Series([look.item for look in seen]).value_counts()
    parts = [
        pd.DataFrame(
            {
                "class": look.threat_class,
                "to_go": look.to_go,
                "chance": look.chance,
                "aimed": np.arange(len(look.chance)) == look.aim,
                "weight": 1.0 / count[look.item],
                "top": np.arange(len(look.chance)) == look.chance.argmax(),
            }
        )
        for look in seen
    ]
    return pd.concat(parts, ignore_index=True)


def reliability(pairs: pd.DataFrame) -> tuple[pd.DataFrame, float, float]:
    """Return the reliability table, the expected calibration error, and how often top is right."""
    top = pairs[pairs.top]
    right = float(np.average(top.aimed, weights=top.weight))
    pairs = pairs[pairs.chance > BINS[0]]
    rows = []
    for low, part in pairs.groupby(np.digitize(pairs.chance, BINS)):
        said, was = (np.average(part[c], weights=part.weight) for c in ("chance", "aimed"))
        rows.append((BINS[low - 1], len(part), said, was, part.weight.sum()))
    told = pd.DataFrame(rows, columns=["from", "pairs", "said", "was", "weight"])
    error = float(((told.said - told.was).abs() * told.weight).sum() / told.weight.sum())
    return told, error, right


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="+", help="scenario:seed")
    asked = parser.parse_args()
    seen = [look for run in asked.runs for look in looks(asked.folder / run.replace(":", "-"))]
    pairs = table(seen)
    told, error, right = reliability(pairs)
    print(told.drop(columns="weight").round(3).to_string(index=False))
    print(f"all: ECE {error:.3f}, most likely aim right {right:.2f}")
    for name, part in pairs.groupby("class"):
        _, error, right = reliability(part)
        print(f"{name}: ECE {error:.3f}, right {right:.2f}")
    for span, part in pairs.groupby(pd.cut(pairs.to_go, TO_GO), observed=True):
        _, error, right = reliability(part)
        print(f"to go {span} s: ECE {error:.3f}, right {right:.2f}")


if __name__ == "__main__":
    main()
