"""The validation record: all comparisons together, from runs kept, shipped or made now.

``recorded.json`` holds what was simulated for the page; each result names the hash of its inputs,
and is left out when they are no longer those of this installation. The hash of the sources tells
whether the code is still the same: results of other code are shown, and said to be so.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from tdome.studies.validation import israel
from tdome.studies.validation.cases import FIRST_SEED, cases, jobs, shelf
from tdome.studies.validation.forms.compare import Form, forms
from tdome.studies.validation.recorded import Recorded, recorded
from tdome.studies.validation.rows import INSIDE, NO_CASE, NOT_RUN, Row
from tdome.studies.validation.simulated import Job, Result, Say, results
from tdome.studies.validation.ukraine.compare import rows as ukraine_rows
from tdome.studies.validation.ukraine.in_chain import chain_jobs

PARTS = ("a", "b", "forms")  # tables A and B, closed forms

# What decides the result of a run; studies and app only ask for it.
_DECIDING = ("kernel", "earth", "messages", "plan", "command", "world", "gateways", "score", "run")
_ELSEWHERE = "run/screening/"  # no part of a full run


class Note(msgspec.Struct, frozen=True):
    """Why a row came out as it did; it stands only as long as the row does come out so."""

    verdict: str
    text: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """All comparisons. stale: cases whose recorded runs belong to other inputs; inputs: hashes."""

    rows: list[Row]
    forms: list[Form]
    stale: list[str]
    sources: str
    recorded_by: str
    runs: int
    inputs: dict[str, str]
    notes: dict[str, Note]

    def note(self, row: Row) -> str:
        """Return why a row came out so, if anybody wrote it for this verdict."""
        found = self.notes.get(row.key)
        return found.text if found is not None and found.verdict == row.verdict else ""

    def summary(self) -> dict[str, tuple[int, int]]:
        """Return how many predicted rows of each table lie inside, and of how many."""
        return {
            table: self.of("predicted", table) for table in sorted({r.table for r in self.rows})
        }

    def of(self, use: str, table: str = "") -> tuple[int, int]:
        """Return how many rows of a use lie inside, and of how many that were compared."""
        kept = [r for r in self.rows if r.use == use and (not table or r.table == table)]
        verdicts = [r.verdict for r in kept if r.verdict not in {NO_CASE, NOT_RUN}]
        return verdicts.count(INSIDE), len(verdicts)


def validate(
    replicates: int | None, workers: int, runs: Path, say: Say, only: str = ""
) -> tuple[Record, list[Result]]:
    """Compare all there is; simulate what is missing of so many replicates, None: nothing.

    ``only``: one part of :data:`PARTS`, none of the others' work is done.
    Returns the record and the results that it rests on.
    """
    shipped = recorded()
    now = sources()
    # Who simulates wants runs of one code: neither shipped nor kept ones of another.
    kept = None if replicates is None else runs / now
    renewed = replicates is not None and shipped.sources != now
    usable = [] if renewed else shipped.results
    wanted = _jobs(usable, replicates)
    found = results(wanted, usable, kept, workers, say)
    known = {(one.case, one.seed, one.inputs) for one in found}
    rows = israel.rows(found) if only in {"", "a"} else []
    say("judging records of table B at the referee")
    rows += ukraine_rows(found) if only in {"", "b"} else []
    say("holding our code against closed forms")
    notes = msgspec.convert(shelf("notes.toml"), dict[str, Note])
    record = Record(
        rows=rows,
        forms=forms() if only in {"", "forms"} else [],
        stale=sorted({j.case for j in wanted if (j.case, j.seed, j.digest) not in known}),
        sources=now,
        recorded_by=now if renewed else shipped.sources,
        runs=len(found),
        inputs={job.case: job.digest for job in reversed(wanted)},
        notes=notes,
    )
    return record, found


def _jobs(kept: Sequence[Result], replicates: int | None) -> list[Job]:
    """Return the runs that are asked for, and those on record."""
    asked = range(FIRST_SEED, FIRST_SEED + (replicates or 0))
    have = {(one.case, one.seed) for one in kept}
    seeds = sorted({seed for _, seed in have} | set(asked))
    all_ = jobs(seeds) + chain_jobs(seeds)
    return [job for job in all_ if job.seed in asked or (job.case, job.seed) in have]


def stale(shipped: Recorded) -> list[str]:
    """Return the cases whose recorded runs belong to inputs other than the present ones."""
    known = {(one.case, one.seed, one.inputs) for one in shipped.results}
    wanted = _jobs(shipped.results, None)
    return sorted({j.case for j in wanted if (j.case, j.seed, j.digest) not in known})


def sources() -> str:
    """Return a hash of all sources that decide the result of a run."""
    hashed = blake2b(digest_size=8)
    for room in _DECIDING:
        for name, text in _python(files("tdome").joinpath(room), room):
            if not name.startswith(_ELSEWHERE):
                hashed.update(f"{name}\n".encode() + text)
    return hashed.hexdigest()


def _python(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _python(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()


def stands_for() -> dict[str, str]:
    """Return what each case stands for."""
    return {name: case.stands_for for name, case in cases().items()}
