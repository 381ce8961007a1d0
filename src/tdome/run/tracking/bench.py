"""How fast and how well this installation tracks, and what was recorded of it and its peers."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

import msgspec

from tdome.command.tracking.engine import track
from tdome.gateways.recordings.refusals import Refusals
from tdome.messages.recording import TruthHistory
from tdome.run.tracking.api import SKIP, preset
from tdome.run.tracking.inputs import Read, read_recording, read_truth
from tdome.run.tracking.scene import scene
from tdome.score.picture.report import score_tracks, times_of

REPEATS = 5
SCENES = (100, 1000)
FILTERS = ("ekf", "imm")
_RECORDED = "recorded.json"


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One scene by one preset; CPU seconds of one thread, median of REPEATS in a warm process."""

    scene: str
    filter: str
    plots: int
    cpu_s: float
    plots_per_cpu_s: float
    score_cpu_s: float
    gospa_m: float | None
    completeness: float | None
    spuriousness: float | None
    rms_m: float | None


def measure(files: tuple[Path, ...], told: Callable[[str], None]) -> list[Measured]:
    """Measure on .npz scenes, or on our own scenes without any; ``told`` hears what is next.

    Raises ConfigError for a file that can not be read.
    """
    found = []
    sources = [str(one) for one in files] or [f"{flyers} flyers" for flyers in SCENES]
    for place, name in enumerate(sources):
        told(name)
        if files:
            read = read_recording([files[place]], None)
            truth = read_truth(files[place], read.sites, times_of(read.recording))
        else:
            recording, sites, truth = scene(SCENES[place])
            read = Read(recording=recording, sites=sites, refused=Refusals())
        found += [_measured(name, one, read, truth) for one in FILTERS]
    return found


def _measured(name: str, filter_name: str, read: Read, truth: TruthHistory) -> Measured:
    settings = preset(filter_name)
    tracks = track(read.recording, read.sites, settings)  # warm: compiled kernels, full caches
    score_tracks(tracks, truth, skip=SKIP)
    tracking, scoring = [], []
    for _ in range(REPEATS):
        began = process_time()
        track(read.recording, read.sites, settings)
        tracking.append(process_time() - began)
        began = process_time()
        score = score_tracks(tracks, truth, skip=SKIP)
        scoring.append(process_time() - began)
    return Measured(
        scene=name,
        filter=filter_name,
        plots=read.recording.plots,
        cpu_s=median(tracking),
        plots_per_cpu_s=read.recording.plots / max(median(tracking), 1e-9),
        score_cpu_s=median(scoring),
        gospa_m=score.gospa_m,
        completeness=score.siap.completeness,
        spuriousness=score.siap.spuriousness,
        rms_m=score.rms_m,
    )


def recorded() -> dict[str, Any]:
    """Return the recorded benchmark: ``made`` (date, machine, versions, command) and ``rows``.

    A row has bar, what, goal, measured, met (or None) and note. It is a copy of what
    ``python -m benchmarks.tracking`` wrote in the repository; the wheel has no benchmarks.
    """
    text = resources.files("tdome.run.tracking").joinpath(_RECORDED).read_bytes()
    found: dict[str, Any] = msgspec.json.decode(text)
    return found
