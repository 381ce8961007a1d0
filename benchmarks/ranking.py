"""Bar 5: are ballistic tracks that threaten ranked above those that do not, and who is fired at.

    PYTHONPATH=src:. python benchmarks/ranking.py FOLDER first-steps:1 taiwan-layered:1 …

Each scenario and seed is run twice: once on HOLD, so that every body comes down where it was to,
which is the truth of both runs (the same seed is the same raid and the same luck); and once as the
plan has it. Runs that are in FOLDER already are read again.

Threatening: a ballistic body that comes down within an asset's radius and its own damage radius on
HOLD. Ranked: in the picture 60 s before it comes down (later where it was tracked later, and never
below 10 s), its track has a higher priority than every track of a harmless ballistic body there.
Ignored: judged harmless in that picture. Engaged: an order went out for a track of it.
Groups: pairs of tracks in one raid group against pairs of bodies of one raid of the ledger.
Intervals: Wilson's, 95 %, over bodies, which are not independent: those of a salvo fare alike.
"""

import argparse
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tomli_w
from numpy.typing import NDArray
from scipy.stats import norm

import tdome as td
from tdome.messages.codes import Family
from tdome.messages.fire import EngagementOrders
from tdome.messages.threats import Threats
from tdome.run.library import find_inputs
from tdome.run.record import read_inputs
from tdome.score.evidence import Evidence, hostile_objects, objects_of_tracks
from tdome.score.raid.struck import assets_hit
from tdome.world.ledger import Ledger, read_ledger

BEFORE_S, LEAST_S = 60.0, 10.0


class Body(NamedTuple):
    """One ballistic body that was tracked: what it was, and how it was judged; None: not asked."""

    threatens: bool
    above: bool | None
    ignored: bool | None
    engaged: bool


def main() -> None:
    """Run what is not there yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="+", help="scenario:seed")
    asked = parser.parse_args()
    everything: list[Body] = []
    for run in asked.runs:
        name, seed = run.split(":")
        bodies = judged(asked.folder, name, int(seed))
        say(run, bodies)
        together, apart = grouped(asked.folder, name, int(seed))
        sys.stdout.write(f"  groups: of one raid {together}; of pairs of one raid {apart}\n")
        everything += bodies
    say("all", everything)


def judged(folder: Path, name: str, seed: int) -> list[Body]:
    """Return the ballistic bodies of one scenario and seed."""
    held, real = _run(folder, name, seed, hold=True), _run(folder, name, seed, hold=False)
    plan = read_inputs(held).plan()
    ledger, evidence = read_ledger(held), Evidence(held)
    truth = objects_of_tracks(evidence, ledger, plan.sensors.names)
    objects = hostile_objects(ledger)
    falls = np.array(objects["family"].to_pylist()) == Family.BALLISTIC.name.lower()
    down = np.array(objects["state"].to_pylist()) == "impacted"
    objects = objects.filter((falls & down).tolist())
    ids = objects["object_id"].to_numpy().tolist()
    threatens = dict(zip(ids, (assets_hit(objects, plan) >= 0).tolist(), strict=True))
    ended = dict(zip(ids, objects["ended_at"].to_numpy().tolist(), strict=True))
    of_track = {track: item for track, item in truth.items() if item in threatens}
    pictures = evidence.all(Threats)
    times = np.array([picture.header.valid_at for picture in pictures])
    fired = _fired_at(real, set(ids))
    found = []
    for item in ids:
        seen = _picture_of(item, ended[item], of_track, pictures, times)
        if seen is None:
            continue  # never tracked in time: the tracker's loss, told by its own scores
        picture, row = seen
        harmless = [
            r for r, number in enumerate(picture.track_number.tolist())
            if number in of_track and not threatens[of_track[number]]
        ]  # fmt: skip
        above = bool((picture.priority[row] > picture.priority[harmless]).all())
        ignored = bool(picture.harmless[row])
        if threatens[item]:
            found.append(Body(True, above if harmless else None, ignored, item in fired))
        else:
            found.append(Body(False, None, None, item in fired))
    return found


def grouped(folder: Path, name: str, seed: int) -> tuple[str, str]:
    """Return which share of pairs in one raid group are of one raid, and the other way round.

    Every tenth picture on HOLD. A raid of the ledger may have several salvos at several targets.
    """
    held = _run(folder, name, seed, hold=True)
    ledger, evidence = read_ledger(held), Evidence(held)
    truth = objects_of_tracks(evidence, ledger, read_inputs(held).plan().sensors.names)
    objects = hostile_objects(ledger)
    names = {raid: k for k, raid in enumerate(sorted(set(objects["raid"].to_pylist())))}
    raids = dict(zip(objects["object_id"].to_pylist(), objects["raid"].to_pylist(), strict=True))
    both = same_group = same_raid = 0
    for picture in evidence.all(Threats)[::10]:
        told = [
            (group, names[raids[truth[number]]])
            for group, number in zip(
                picture.group.tolist(), picture.track_number.tolist(), strict=True
            )
            if group >= 0 and truth.get(number, -1) in raids
        ]
        group, raid = np.array(told, np.int64).reshape(-1, 2).T
        pairs = np.triu_indices(len(told), 1)
        one_group = (group[:, None] == group[None, :])[pairs]
        one_raid = (raid[:, None] == raid[None, :])[pairs]
        both += int((one_group & one_raid).sum())
        same_group, same_raid = same_group + int(one_group.sum()), same_raid + int(one_raid.sum())
    return _part(both, same_group), _part(both, same_raid)


def _part(k: int, n: int) -> str:
    return f"{k:,}/{n:,} = {k / n:.0%}" if n else "none"


def _picture_of(
    item: int,
    ends: int,
    of_track: dict[int, int],
    pictures: list[Threats],
    times: NDArray[np.int64],
) -> tuple[Threats, int] | None:
    """Return the picture of a body 60 s before its end, or the first after that has it."""
    first = int(np.searchsorted(times, ends - round(BEFORE_S * 1e9)))
    last = int(np.searchsorted(times, ends - round(LEAST_S * 1e9)))
    for picture in pictures[first:last]:
        rows = [
            r for r, number in enumerate(picture.track_number.tolist())
            if of_track.get(number, -1) == item
        ]  # fmt: skip
        if rows:
            return picture, max(rows, key=lambda r: picture.priority[r])
    return None


def _fired_at(folder: Path, items: set[int]) -> set[int]:
    """Return the bodies that an order went out for."""
    evidence, ledger = Evidence(folder), read_ledger(folder)
    return _objects(evidence, ledger, folder) & items


def _objects(evidence: Evidence, ledger: Ledger, folder: Path) -> set[int]:
    names = read_inputs(folder).plan().sensors.names
    truth = objects_of_tracks(evidence, ledger, names)
    return {
        truth.get(int(number), -1)
        for order in evidence.all(EngagementOrders)
        for number in order.track_number[order.kind == 0]
    }


def _run(folder: Path, name: str, seed: int, *, hold: bool) -> Path:
    """Run a scenario with a picture every second, and return its folder."""
    out = folder / f"{name}-{seed}-{'hold' if hold else 'real'}"
    if (out / "outcome.json").is_file():
        return out
    inputs = find_inputs(name)
    told = tomllib.loads(inputs.plan_text)
    told.setdefault("clock", {})["picture_s"] = 1.0
    if hold:
        for part in (told.setdefault("doctrine", {}), *told.get("fire_units", [])):
            part["weapon_control"] = "hold"
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / f"{out.name}.plan.toml"
    plan.write_text(tomli_w.dumps(told), "utf-8")
    if (zones := inputs.zones_file()) is not None:
        (folder / zones.name).write_bytes(zones.read_bytes())
    done = td.run(name, plan=plan, seed=seed, out=out)
    if hold and done.outcome.totals["orders"]:
        raise SystemExit(f"{name}: orders on HOLD")
    return out


def say(what: str, bodies: list[Body]) -> None:
    """Print one line: how many, and the three shares with their intervals."""
    real = [b for b in bodies if b.threatens]
    plain = [b for b in bodies if not b.threatens]
    ranked = [b.above for b in real if b.above is not None]
    sys.stdout.write(
        f"{what}: threatening {len(real)}, harmless {len(plain)}; ranked above all harmless "
        f"{share(sum(ranked), len(ranked))}; ignored "
        f"{share(sum(bool(b.ignored) for b in real), len(real))}; engaged of the harmless "
        f"{share(sum(b.engaged for b in plain), len(plain))}, of the threatening "
        f"{share(sum(b.engaged for b in real), len(real))}\n"
    )
    sys.stdout.flush()


def share(k: int, n: int) -> str:
    """Return k of n with Wilson's interval (E. B. Wilson, JASA 22, 1927)."""
    if n == 0:
        return "none"
    z = float(norm.ppf(0.975))
    middle, half = (
        (k + z * z / 2) / (n + z * z),
        z / (n + z * z) * np.sqrt(k * (n - k) / n + z * z / 4),
    )
    return f"{k}/{n} = {k / n:.1%} ({max(middle - half, 0.0):.1%} to {min(middle + half, 1.0):.1%})"


if __name__ == "__main__":
    main()
