"""The public verb: run a study. ``import tdome as td; td.study("magazine-depth").compare(…)``."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from weakref import finalize

import msgspec
import pyarrow.parquet as pq

from tdome.kernel.errors import ConfigError
from tdome.run.library import Inputs
from tdome.studies.design.definition import BASE, Definition, read_study
from tdome.studies.engines.base import find_engine
from tdome.studies.report.write import write_report
from tdome.studies.running.base import Inline, Workers, versions
from tdome.studies.running.cluster import ClusterWorkers
from tdome.studies.running.local import LocalWorkers, cores
from tdome.studies.running.manifest import NAME, Manifest, claim, new_manifest, refuse_other
from tdome.studies.running.parts import FOLDER, write_table
from tdome.studies.running.runner import Progress, Runner
from tdome.studies.study import Study

FINISHED, OVER = "finished", "budget used up"
Told = Callable[[Progress], None]


def study(  # noqa: PLR0913  (the public verb)
    what: str | Path | dict[str, Any],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    engine: str | None = None,
    progress: Told | None = None,
) -> Study:
    """Run a study: every design point, as many replicates as its file says.

    Parameters
    ----------
    what : name of a shipped study, a STUDY.toml, or the same as a dictionary.
    workers : processes on this machine; one for each core if not given, 0: in this process.
    cluster : address of a Dask scheduler instead (extra ``cluster``).
    out : folder to write. Without it the folder lives as long as the result.
    resume : go on with what is in ``out``; it must have been begun with the same inputs and code.
    engine : what runs the replicates instead of what the file says.
    progress : called with (replicates done, at most to do, seconds left) now and then.

    Raises
    ------
    ConfigError : for a fault in the study or in one of its design points, before anything runs.
    """
    definition = read_study(what)
    folder = Path(tempfile.mkdtemp(prefix="tdome-study-") if out is None else out)
    done = run_study(
        definition,
        folder,
        workers=workers,
        cluster=cluster,
        resume=resume,
        engine=engine,
        progress=progress,
    )
    if out is None:
        finalize(done, shutil.rmtree, folder, ignore_errors=True)
    return done


def run_study(  # noqa: PLR0913  (the composition root plugs everything together)
    definition: Definition,
    folder: Path,
    *,
    workers: int | None = None,
    cluster: str | None = None,
    resume: bool = False,
    engine: str | None = None,
    progress: Told | None = None,
) -> Study:
    """Run a study that has been read, into ``folder``, and open the result."""
    engine = engine or definition.file.engine
    _refuse_unheard(definition, engine)  # a wrong name too is told before anything is written
    lock = _open_folder(folder, resume=resume)
    try:
        manifest = _manifest(definition, folder, engine, resume=resume)
        crew = _workers(workers, cluster)
        try:
            runner = Runner(definition, folder, manifest, crew, progress)
            replicates = runner.run()
        finally:
            crew.close()
        digest = write_table(folder, manifest.parts(), replicates)
        why = runner.schedule.why
        manifest.end_points(why, replicates)
        manifest.note(digest=digest, status=OVER if "budget" in why else FINISHED)
        manifest.close()
        write_report(folder)
    finally:
        lock.close()
    return Study(folder)


def _refuse_unheard(definition: Definition, engine: str) -> None:
    """Raise ConfigError where a policy or a rare event is named that the engine would pass over."""
    takes = getattr(find_engine(engine, definition.file.rare), "takes_policies", False)
    if not takes and any(inputs.policy_text for inputs in definition.bases.values()):
        problem = f"key 'policy': the engine {engine!r} decides by the plan's own rules"
        hint = 'engine = "screening" takes policies; full runs take plug-ins, named in the plan'
        raise ConfigError(definition.source, None, "policy", problem, hint)


def _workers(count: int | None, cluster: str | None) -> Workers:
    if cluster is not None:
        return ClusterWorkers(cluster)
    if count == 0:
        return Inline()
    return LocalWorkers(count or cores())


def _open_folder(folder: Path, *, resume: bool) -> IO[bytes]:
    """Make the folder, or find it again; lock it."""
    if resume and not folder.is_dir():
        raise ConfigError(str(folder), None, "resume", "there is no such folder to resume")
    if not resume and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        hint = "go on with --resume, or name another folder"
        raise ConfigError(str(folder), None, "out", "is not an empty folder", hint)
    try:
        (folder / FOLDER).mkdir(parents=True, exist_ok=True)
        (folder / "inputs").mkdir(exist_ok=True)
    except OSError as fault:
        problem = f"can not be made: {fault.strerror}"
        raise ConfigError(str(folder), None, "out", problem) from None
    return claim(folder)


def _manifest(definition: Definition, folder: Path, engine: str, *, resume: bool) -> Manifest:
    """Open the folder's manifest; a folder that was killed before it had one begins anew."""
    if (folder / NAME).is_file():
        manifest = Manifest(folder)
        about = manifest.about()
        if resume:
            refuse_other(about, definition, engine, versions())
    else:
        _write_inputs(folder, definition)
        new_manifest(folder, definition, engine, versions())
        manifest = Manifest(folder)
    (folder / "study.json").write_bytes(msgspec.json.encode(definition.file))
    return manifest


def _write_inputs(folder: Path, definition: Definition) -> None:
    """Keep the study file as read, plan and scenario before anything is varied, and the points."""
    (folder / "study.toml").write_text(definition.text, "utf-8")
    for number, (name, inputs) in enumerate(definition.bases.items()):
        suffix = "" if name == BASE else f"-{number}"
        for kind, text in _texts(inputs).items():
            (folder / "inputs" / f"{kind}{suffix}.toml").write_text(text, "utf-8")
        if inputs.policy_text:
            (folder / "inputs" / f"policy{suffix}.py").write_text(inputs.policy_text, "utf-8")
        zones = inputs.zones_file()
        if zones is not None:
            (folder / "inputs" / zones.name).write_bytes(zones.read_bytes())
    pq.write_table(definition.points_table(), folder / "points.parquet")


def _texts(inputs: Inputs) -> dict[str, str]:
    return {"scenario": inputs.scenario_text, "plan": inputs.plan_text}
