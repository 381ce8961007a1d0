"""Kill assessment: is what an assessor says true, how sure should it be, how long does it take.

    PYTHONPATH=src:. python benchmarks/alerts.py --record RUNS taiwan-layered:3 mixed-raid-2024:3
    PYTHONPATH=src:. python benchmarks/assessment.py RUNS taiwan-layered:3 mixed-raid-2024:3

Plays recorded pictures (one a second) to each assessor, engagement by engagement, each judged from
its own first word to its verdict, whatever the run's own assessor said then. Truth is the ledger's:
whether the object behind the track was dead when the word was said; engagements of what is neither
threat nor decoy (spent stages) are left out. Printed: Brier score and
expected calibration error of the first word and of the verdict, P(false kill) = alive of those
called killed, P(false live) = dead of those called missed, and the delay from the last intercept.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from tdome.command.assessment.bayes import BayesAssessor
from tdome.command.assessment.looks import LooksAssessor
from tdome.messages.base import Header
from tdome.messages.codes import EngagementState as State
from tdome.messages.codes import Verdict
from tdome.messages.fire import Engagements
from tdome.messages.tracks import Associations, SystemTracks
from tdome.run.record import read_inputs
from tdome.score.evidence import Evidence, objects_of_tracks
from tdome.world.ledger import read_ledger

BINS = np.linspace(0.0, 1.0, 11)
PATIENCE_NS = 60 * 10**9
_FLOWN = (State.LAUNCHED, State.IN_FLIGHT, State.TERMINAL, State.ASSESSED)


class Word(NamedTuple):
    """A verdict: engagement, prior, s since the last intercept, Verdict, P(kill), truth."""

    engagement: int
    prior: float
    delay: float
    verdict: int
    chance: float
    dead: bool


class Recorded:
    """A run folder: pictures, engagements as they stood, and when each object died (int ns)."""

    def __init__(self, folder: Path) -> None:
        self.plan = read_inputs(folder).plan()
        evidence = Evidence(folder, (SystemTracks, Engagements, Associations))
        ledger = read_ledger(folder)
        self.tracks = evidence.all(SystemTracks)
        self.tables = evidence.all(Engagements)
        self.truth = objects_of_tracks(evidence, ledger, self.plan.sensors.names)
        objects = ledger.objects.to_pandas()
        self.kind = dict(zip(objects.object_id, objects.kind, strict=True))
        killed = objects[objects.state == "killed"]
        self.died = dict(zip(killed.object_id, killed.ended_at, strict=True))
        fired = ledger.shots.to_pandas()
        self.fired = set(fired[fired.reason != "refused"].engagement.tolist())

    def dead(self, track: int, at: int) -> bool:
        """Tell whether the object behind a track was dead at a time."""
        item = self.truth.get(track, -1)
        return item in self.died and self.died[item] <= at

    def hostile(self, track: int) -> bool:
        """Tell whether there is a threat or a decoy behind a track, dead or alive."""
        return self.kind.get(self.truth.get(track, -1), "") in {"threat", "decoy"}

    def steps(self) -> Iterator[tuple[int, SystemTracks, Engagements]]:
        """Yield now, tracks, and every engagement that flew, as it last stood before its end."""
        rows: dict[int, dict[str, Any]] = {}
        after = 0
        for tracks in self.tracks:
            now = tracks.header.valid_at
            while after < len(self.tables) and self.tables[after].header.valid_at < now:
                _take(rows, self.tables[after])
                after += 1
            live = [
                row
                for number, row in sorted(rows.items())
                if number in self.fired
                and now <= row["intercept_at"] + PATIENCE_NS
                and self.hostile(int(row["track_number"]))
            ]
            if live:
                yield now, tracks, _table(live, now)


def _take(rows: dict[int, dict[str, Any]], table: Engagements) -> None:
    names = [name for name in table.__struct_fields__ if name != "header"]
    for k in range(len(table)):
        if table.state[k] in _FLOWN:
            rows[int(table.engagement[k])] = {name: getattr(table, name)[k] for name in names}


def _table(rows: list[dict[str, Any]], now: int) -> Engagements:
    columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Engagements(header=Header("benchmark", 0, now, now), **columns)


def words(run: Recorded, assessor: Any) -> tuple[list[Word], list[Word]]:  # noqa: ANN401
    """Return the first word on each engagement, and its verdict."""
    state = assessor.start()
    spacing = np.rint(run.plan.units.spacing * 1e9).astype(np.int64)
    first: dict[int, Word] = {}
    final: dict[int, Word] = {}
    for now, tracks, table in run.steps():
        number = table.engagement.tolist()
        here = np.array([n not in final for n in number], np.bool_)
        said = [
            State.ASSESSED if n in first else s for n, s in zip(number, table.state, strict=True)
        ]
        asked = _only(msgspec.structs.replace(table, state=np.array(said, np.int8)), here)
        state, answer = assessor.assess(state, asked, tracks, now)
        last_at = asked.intercept_at + (asked.rounds - 1) * spacing[asked.unit]
        for k in range(len(answer)):
            n = int(answer.engagement[k])
            row = int(np.flatnonzero(asked.engagement == n)[0])
            word = Word(
                n,
                float(asked.pk[row]),
                (now - int(last_at[row])) / 1e9,
                int(answer.verdict[k]),
                float(answer.kill_probability[k]),
                run.dead(int(asked.track_number[row]), now),
            )
            first.setdefault(n, word)
            if word.verdict != Verdict.UNDETERMINED:
                final[n] = word
    return list(first.values()), list(final.values())


def _only(table: Engagements, rows: NDArray[np.bool_]) -> Engagements:
    names = [name for name in table.__struct_fields__ if name != "header"]
    return msgspec.structs.replace(table, **{name: getattr(table, name)[rows] for name in names})


def row(first: list[Word], final: list[Word]) -> str:
    """Return one line of the table."""
    kill = [w for w in final if w.verdict == Verdict.KILL]
    live = [w for w in final if w.verdict == Verdict.MISS]
    false_kill = np.mean([not w.dead for w in kill]) if kill else np.nan
    false_live = np.mean([w.dead for w in live]) if live else np.nan
    wrong = sum(not w.dead for w in kill) + sum(w.dead for w in live)
    return (
        f"n {len(final)} first Brier {brier(first):.4f} ECE {ece(first):.4f}; verdict "
        f"Brier {brier(final):.4f} ECE {ece(final):.4f} P(false kill) {false_kill:.3f} of "
        f"{len(kill)} P(false live) {false_live:.3f} of {len(live)} wrong "
        f"{wrong / max(len(final), 1):.3f} delay median "
        f"{np.median([w.delay for w in final]):.1f} kill "
        f"{np.median([w.delay for w in kill]) if kill else np.nan:.1f} miss "
        f"{np.median([w.delay for w in live]) if live else np.nan:.1f} s"
    )


def brier(said: list[Word]) -> float:
    """Return the mean square of probability less truth."""
    return float(np.mean([(w.chance - w.dead) ** 2 for w in said]))


def ece(said: list[Word]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    chance, dead = np.array([w.chance for w in said]), np.array([w.dead for w in said])
    bin_of = np.clip(np.digitize(chance, BINS) - 1, 0, len(BINS) - 2)
    parts = [np.flatnonzero(bin_of == k) for k in range(len(BINS) - 1)]
    gaps = [len(p) * abs(chance[p].mean() - dead[p].mean()) for p in parts if len(p)]
    return float(sum(gaps) / len(said))


def main() -> None:
    """Play recorded runs to both assessors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("runs", nargs="+", help="scenario:seed")
    asked = parser.parse_args()
    every: dict[str, tuple[list[Word], list[Word]]] = {}
    for name in asked.runs:
        run = Recorded(asked.folder / name.replace(":", "-"))
        for make in (LooksAssessor, BayesAssessor):
            found = words(run, make(run.plan))
            print(name, make.__name__, row(*found), flush=True)
            before = every.setdefault(make.__name__, ([], []))
            every[make.__name__] = before[0] + found[0], before[1] + found[1]
    for who, found in every.items():
        print("all", who, row(*found))


if __name__ == "__main__":
    main()
