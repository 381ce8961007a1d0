"""Whole-chain runs of cases, kept one file a run so that a second call goes on where one stopped.

A run is known by case, seed and a hash of all that it is made of (scenario, plan, catalogue).
What was kept of other inputs is not used. Results do not depend on the number of workers.
"""

import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from tdome.plan.catalogue import catalogue_text
from tdome.run.api import simulate
from tdome.run.library import Inputs
from tdome.run.record import Run

FATES = ("engaged", "killed", "leaked", "harmless", "failed")
_CATALOGUE = ("threats", "sensors", "effectors")
_WORDS = {"source", "status", "title", "name", "description"}


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the objects of one class in one raid."""

    raid: str
    threat_class: str
    launched: int
    engaged: int
    killed: int
    leaked: int
    harmless: int
    failed: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a run. ``inputs``: hash of all texts that it was made of."""

    case: str
    seed: int
    inputs: str
    journal: str
    rounds: int
    cost_usd: float
    groups: list[Group]

    def total(self, name: str, classes: Iterable[str] = ()) -> int:
        """Return the sum of a count over the groups of some classes; all, if none is named."""
        kept = list(classes)
        return sum(getattr(g, name) for g in self.groups if not kept or g.threat_class in kept)


class Job(NamedTuple):
    """One run to be had."""

    case: str
    seed: int
    inputs: Inputs

    @property
    def digest(self) -> str:
        """Hash of what the texts say: comments and the sources of values are not hashed."""
        texts = [self.inputs.scenario_text, self.inputs.plan_text]
        said = [tomllib.loads(text) for text in texts] + [_performance(kind) for kind in _CATALOGUE]
        return blake2b(msgspec.json.encode(said, order="sorted"), digest_size=8).hexdigest()


@cache
def _performance(kind: str) -> dict[str, Any]:
    """Return a catalogue without the words that do not decide a run."""
    return {name: _bare(entry) for name, entry in tomllib.loads(catalogue_text(kind)).items()}


def _bare(entry: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if key not in _WORDS}
    return {key: _bare(value) if isinstance(value, dict) else value for key, value in kept.items()}


Say = Callable[[str], None]


def results(
    jobs: list[Job], kept: list[Result], folder: Path | None, workers: int, say: Say
) -> list[Result]:
    """Return the results of jobs, in their order: those kept, those of the folder, else new ones.

    New ones are written to the folder at once. Without a folder nothing is simulated: jobs that
    nobody has a result of are left out.
    """
    known = {(one.case, one.seed, one.inputs): one for one in kept}
    known |= {(one.case, one.seed, one.inputs): one for one in _read(folder)}
    wanted = [(job, (job.case, job.seed, job.digest)) for job in jobs]
    if folder is not None:
        missing = [job for job, key in wanted if key not in known]
        for done, result in enumerate(_simulated(missing, folder, workers), 1):
            say(f"simulated {done} of {len(missing)} runs, last {result.case}")
            known[result.case, result.seed, result.inputs] = result
    return [known[key] for _, key in wanted if key in known]


def _read(folder: Path | None) -> Iterator[Result]:
    if folder is None or not folder.is_dir():
        return
    for path in sorted(folder.glob("*.json")):
        try:
            yield msgspec.json.decode(path.read_bytes(), type=Result)
        except msgspec.DecodeError:
            continue  # of another version, or none of ours: simulated again


def _simulated(jobs: list[Job], folder: Path, workers: int) -> Iterator[Result]:
    folder.mkdir(parents=True, exist_ok=True)
    if workers == 1 or len(jobs) < 2:  # noqa: PLR2004  (nothing to share)
        yield from (simulate_job(job, folder) for job in jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(simulate_job, job, folder) for job in jobs]
        try:
            yield from (future.result() for future in as_completed(running))
        finally:
            for future in running:
                future.cancel()


def simulate_job(job: Job, folder: Path) -> Result:
    """Simulate one job and keep what counts, whole or not at all."""
    with tempfile.TemporaryDirectory(prefix="tdome-validation-") as home:
        run = simulate(job.inputs, Path(home) / "run", seed=job.seed)
        result = _result(job, run)
    path = folder / f"{job.case}-{job.seed}-{job.digest}.json"
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(result))
    part.replace(path)
    return result


def _result(job: Job, run: Run) -> Result:
    threats = run.outcome.threats
    fate = np.array(threats["fate"].to_pylist(), dtype=object)
    raid, kind = (np.array(threats[name].to_pylist(), dtype=object) for name in ("raid", "class"))
    engaged = threats["engaged"].to_numpy(zero_copy_only=False)
    groups = []
    for key in dict.fromkeys(zip(raid.tolist(), kind.tolist(), strict=True)):
        of = (raid == key[0]) & (kind == key[1])
        counts = {name: int((of & (fate == name)).sum()) for name in FATES[1:]}
        counts |= {"launched": int(of.sum()), "engaged": int((of & engaged).sum())}
        groups.append(Group(raid=key[0], threat_class=key[1], **counts))
    return Result(
        case=job.case,
        seed=job.seed,
        inputs=job.digest,
        journal=run.journal_hash,
        rounds=int(run.outcome.totals["rounds_fired"]),
        cost_usd=run.outcome.totals["cost_usd"],
        groups=groups,
    )
