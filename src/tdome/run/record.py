"""The run folder: manifest, inputs, journal, ledger, outcome.

A run is data that another machine can check.

manifest.json     versions, seed, hashes of inputs, journal hash, status (running, finished)
inputs/           scenario.toml and plan.toml as they were read
journal.mcap      every message that crossed the glass
ledger/           truth, as Parquet; only the score reads it
outcome.json      what came of it; tables/ the same as Parquet
"""

import platform
import re
import sys
from collections.abc import Iterator
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import msgspec

from tdome.kernel.config import decode_text
from tdome.kernel.errors import ConfigError, TdomeError
from tdome.plan.catalogue import catalogue_text
from tdome.run.library import Inputs
from tdome.score.outcome import Outcome

_MOST_FOLDERS = 100_000
_LONGEST_NAME = 180  # bytes; file systems take 255
_VERSIONS_OF = ("tdome", "numpy", "numba", "scipy", "msgspec")


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed to run the same again, and what came out.

    ``unused`` has rows (source, reason, count) of what was not used: reports that the tracker has
    no use for or that came too late, looks beyond what a sensor can do, and rows of messages that
    links lost or nobody heard. ``jumps``: steps before which quiet was jumped over, and their
    times.
    """

    run_id: str
    scenario: str
    plan: str
    seed: int
    operator: str
    wire: bool
    hashes: dict[str, str]
    versions: dict[str, str]
    platform: str
    status: str
    start: int
    steps: int = 0
    simulated_s: float = 0.0
    wall_s: float = 0.0
    journal_hash: str = ""
    messages: dict[str, int] = {}
    quarantine: list[dict[str, str | int]] = []
    unused: list[dict[str, str | int]] = []
    jumps: list[tuple[int, int]] = []


class Run(msgspec.Struct, frozen=True, kw_only=True, eq=False, weakref=True):
    """A finished run: its folder, manifest and outcome."""

    folder: Path
    manifest: Manifest
    outcome: Outcome

    @property
    def journal_hash(self) -> str:
        """Content hash of the journal: equal for direct, wire and replayed runs."""
        return self.manifest.journal_hash


def digest(text: str) -> str:
    """Return a short content hash of a text."""
    return blake2b(text.encode(), digest_size=16).hexdigest()


def new_manifest(inputs: Inputs, *, seed: int, operator: str, wire: bool, start: int) -> Manifest:
    """Return the manifest of a run that begins. The run id hashes all that decides its result."""
    hashes = {"scenario": digest(inputs.scenario_text), "plan": digest(inputs.plan_text)}
    if inputs.terrain is not None:
        hashes["terrain"] = blake2b(inputs.terrain.read_bytes(), digest_size=16).hexdigest()
    if (zones := inputs.zones_file()) is not None:
        hashes["zones"] = blake2b(zones.read_bytes(), digest_size=16).hexdigest()
    hashes |= {kind: digest(catalogue_text(kind)) for kind in ("threats", "sensors", "effectors")}
    versions = {name: version(name) for name in _VERSIONS_OF}
    versions["python"] = platform.python_version()
    decided_by = msgspec.json.encode([hashes, versions, seed, operator], order="sorted")
    return Manifest(
        run_id=blake2b(decided_by, digest_size=8).hexdigest(),
        scenario=inputs.name,
        plan=inputs.plan_source,
        seed=seed,
        operator=operator,
        wire=wire,
        hashes=hashes,
        versions=versions,
        platform=f"{sys.platform}-{platform.machine()}",
        status="running",
        start=start,
    )


def claim_folder(name: str, seed: int) -> Path:
    """Make and return the next free ``runs/<scenario>-<seed>[.n]``, also beside other processes."""
    return claim_next("runs", f"{_as_file_name(name)}-{seed}")


def claim_next(home: str, stem: str) -> Path:
    """Make and return the next free folder ``home/stem[.n]``."""
    for folder in _numbered(home, stem):
        try:
            folder.mkdir(parents=True)
        except FileExistsError as fault:
            if not folder.parent.is_dir():
                raise _not_made(folder.parent, fault) from fault
        except OSError as fault:
            raise _not_made(folder, fault) from fault
        else:
            return folder
    problem = f"holds {_MOST_FOLDERS:,} folders {stem}"
    raise ConfigError(home, None, "out", problem, "name a folder with --out")


def claim_study(name: str, seed: int) -> Path:
    """Make and return the next free ``studies/<name>-<seed>[.n]``."""
    return claim_next("studies", f"{_as_file_name(name)}-{seed}")


def last_study(name: str, seed: int) -> Path:
    """Return the newest folder that :func:`claim_study` made; the first name if there is none."""
    first, *others = _numbered("studies", f"{_as_file_name(name)}-{seed}")
    last = first
    for folder in others:
        if not folder.is_dir():
            break
        last = folder
    return last


def _numbered(home: str, stem: str) -> Iterator[Path]:
    """Yield ``home/stem``, ``home/stem.2`` and so on."""
    for n in range(1, _MOST_FOLDERS):
        yield Path(home) / (stem + (f".{n}" if n > 1 else ""))


def _as_file_name(name: str) -> str:
    """Return a name without what leads into other folders or is too long for a file system."""
    plain = re.sub(r"[^\w.,+=@ -]", "-", name).strip(". -")
    return plain.encode()[:_LONGEST_NAME].decode(errors="ignore") or "run"


def _not_made(folder: Path, fault: OSError | ValueError) -> ConfigError:
    why = fault.strerror if isinstance(fault, OSError) else "this is not the name of a folder"
    return ConfigError(str(folder), None, "out", f"can not be made: {why}")


def open_folder(out: Path) -> Path:
    """Make the run folder; an empty one may be there. Never reuses one."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(
            str(out), None, "out", "is not an empty folder", "a run is never overwritten"
        )
    try:
        (out / "inputs").mkdir(parents=True)
    except (OSError, ValueError) as fault:
        raise _not_made(out, fault) from fault
    return out


def write_inputs(folder: Path, inputs: Inputs) -> None:
    """Keep the texts that the run was made of, and the zones that the plan names."""
    (folder / "inputs" / "scenario.toml").write_text(inputs.scenario_text, "utf-8")
    (folder / "inputs" / "plan.toml").write_text(inputs.plan_text, "utf-8")
    if (zones := inputs.zones_file()) is not None:
        (folder / "inputs" / zones.name).write_bytes(zones.read_bytes())


def read_inputs(folder: Path) -> Inputs:
    """Read back what :func:`write_inputs` kept."""
    texts = {}
    for name in ("scenario", "plan"):
        path = folder / "inputs" / f"{name}.toml"
        if not path.is_file():
            raise ConfigError(
                str(folder), None, "run", f"has no inputs/{name}.toml", "is it a run folder?"
            )
        texts[name] = decode_text(path.read_bytes(), str(path))
    return Inputs(
        name=folder.name,
        scenario_text=texts["scenario"],
        scenario_source=f"{folder}/inputs/scenario.toml",
        plan_text=texts["plan"],
        plan_source=f"{folder}/inputs/plan.toml",
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all."""
    temporary = folder / "manifest.json.part"
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    temporary.replace(folder / "manifest.json")


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest; raises ConfigError where the folder is not a run."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise ConfigError(str(folder), None, "run", "has no manifest.json", "is it a run folder?")
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.DecodeError as fault:
        raise TdomeError(f"{path}: damaged manifest: {fault}") from fault
