"""Make the peer's environment, and run the peer in it.

    python -m benchmarks.tracking.peer.environment     makes it and says where

It lives where `TDOME_PEER` says, else in `tdome-peer` in the temporary folder. Its packages are
pinned exactly in `peer-requirements.txt`.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.tracking.scenes.scene import Scene
from benchmarks.tracking.tracks import read_peer

from tdome.messages.recording import TrackHistory

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE.parent / "peer-requirements.txt"
RUNNER = HERE / "stonesoup_run.py"
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)


def folder() -> Path:
    """Return where the environment is, or will be."""
    return Path(os.environ.get("TDOME_PEER") or Path(tempfile.gettempdir()) / "tdome-peer")


def python() -> Path:
    """Return the environment's interpreter; make the environment first where it is missing."""
    made = folder() / "made"
    wanted = REQUIREMENTS.read_text()
    if not made.is_file() or made.read_text() != wanted:
        venv.create(folder(), with_pip=True, clear=True)
        pip = [str(folder() / "bin" / "python"), "-m", "pip", "install", "-q", "-r"]
        subprocess.run([*pip, str(REQUIREMENTS)], check=True)  # noqa: S603 - our own file
        made.write_text(wanted)
    return folder() / "bin" / "python"


def run(scene: Path, tracks: Path, **settings: Any) -> dict[str, Any]:  # noqa: ANN401
    """Run the peer on a scene file with these settings; return what it tells.

    ``q_up=1`` is its option ``--q-up 1``. Raises CalledProcessError if it fails.
    """
    words = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    command = [str(python()), str(RUNNER), str(scene), str(tracks), *words]
    done = subprocess.run(  # noqa: S603 - our own file
        command, check=True, capture_output=True, text=True, env={**os.environ, **ONE_THREAD}
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def cached(scene: Scene, **settings: Any) -> tuple[dict[str, Any], TrackHistory]:  # noqa: ANN401
    """Run the peer on a scene, or take its tracks from an earlier run on this machine.

    What was run is kept by scene and settings in `tdome-peer-runs` in the temporary folder; the
    CPU seconds told are those of that run.
    """
    place = Path(tempfile.gettempdir()) / "tdome-peer-runs"
    place.mkdir(exist_ok=True)
    word = "_".join(f"{k}-{v}" for k, v in sorted(settings.items()))
    tracks = place / f"{scene.name}__{len(scene.t)}__{word}.npz"
    if not tracks.is_file():
        file, fresh = place / f"{scene.name}.npz", place / "fresh.npz"
        scene.save(file)
        run(file, fresh, **settings)
        fresh.replace(tracks)
    with np.load(tracks) as kept:
        told: dict[str, Any] = json.loads(str(kept["meta"]))
    return told, read_peer(tracks, scene)


def named(settings: Mapping[str, Any]) -> str:
    """Write settings as a line for a table."""
    return ", ".join(f"{name} {value}" for name, value in sorted(settings.items()))


if __name__ == "__main__":
    sys.stdout.write(f"{python()}\n")
