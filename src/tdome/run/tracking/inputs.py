"""Recorded plots and their truth, whatever kind of file or folder they are in.

What a kind of input needs is imported when one comes: Arrow and the plan take a tenth of a second
each, which a scene has no use for.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from tdome.gateways.recordings.npz import read_npz, read_npz_truth
from tdome.gateways.recordings.refusals import Refusals
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Longs
from tdome.messages.recording import Recording, TruthHistory
from tdome.plan.books.sites import SiteBook

SCENE, TABLE, RUN = ".npz", ".parquet", "run folder"
KINDS = "a .npz scene, .parquet plots or a folder of `tdome run`"


class Read(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the door let in, and what it refused."""

    recording: Recording
    sites: SiteBook
    refused: Refusals


def kind_of_recording(path: Path) -> str:
    """Return what kind of recording a path is. Raises ConfigError with the nearest file."""
    if path.is_dir():
        if path.joinpath("journal.mcap").is_file():
            return RUN
        problem = "is a folder without journal.mcap"
        raise ConfigError(str(path), None, "", problem, f"expected {KINDS}")
    if not path.is_file():
        beside = [str(other) for other in path.parent.glob("*")] if path.parent.is_dir() else []
        near = get_close_matches(str(path), beside, n=1)
        hint = f"nearest: {near[0]}" if near else f"expected {KINDS}"
        raise ConfigError(str(path), None, "", "there is no such file or folder", hint)
    suffix = path.suffix.lower()
    if suffix not in (SCENE, TABLE):
        problem = f"{suffix or 'a file without suffix'} is not known"
        raise ConfigError(str(path), None, "", problem, f"expected {KINDS}")
    return suffix


def read_recording(inputs: Sequence[Path], sensors: Path | None) -> Read:
    """Read plots of one scene, one run, or any number of Parquet files. Raises ConfigError.

    sensors : site file or plan; Parquet plots need it, the others bring their own.
    """
    if not inputs:
        raise ConfigError("track", None, "INPUT", "name what to track", KINDS)
    kinds = [kind_of_recording(path) for path in inputs]
    refused = Refusals()
    if set(kinds) == {TABLE}:
        if sensors is None:
            hint = "name a site file or a plan with --sensors"
            raise ConfigError(str(inputs[0]), None, "--sensors", "plots need their sites", hint)
        return _read_tables(inputs, sensors, refused)
    if len(inputs) > 1:
        problem = "can not be tracked together with another input"
        raise ConfigError(str(inputs[1]), None, "INPUT", problem, "only .parquet plots can")
    if sensors is not None:
        problem = f"{inputs[0]} brings its own sites"
        raise ConfigError(str(sensors), None, "--sensors", problem, "leave --sensors out")
    if kinds[0] == SCENE:
        recording, sites = read_npz(inputs[0], refused)
    else:
        from tdome.gateways.recordings.tape import read_tape  # noqa: PLC0415

        recording, sites = read_tape(inputs[0], refused)
    return Read(recording=recording, sites=sites, refused=refused)


def _read_tables(inputs: Sequence[Path], sensors: Path, refused: Refusals) -> Read:
    from tdome.gateways.recordings.plots import read_plots  # noqa: PLC0415
    from tdome.gateways.recordings.rows import assemble  # noqa: PLC0415
    from tdome.gateways.recordings.sites import read_sites  # noqa: PLC0415

    sites = read_sites(sensors)
    rows = [read_plots(path, sites) for path in inputs]
    return Read(recording=assemble(rows, sites, refused), sites=sites, refused=refused)


def read_truth(path: Path, sites: SiteBook, times: Longs) -> TruthHistory:
    """Read truth of a scene, a Parquet file or a run's ledger (at ``times``). Raises ConfigError.

    It must be told in the frame of the tracks.
    """
    kind = kind_of_recording(path)
    if kind == TABLE:
        from tdome.gateways.recordings.plots import read_truth_table  # noqa: PLC0415

        return read_truth_table(path, sites)
    if sites.flat != (kind == SCENE):
        frames = ("flat", "WGS-84") if kind == SCENE else ("WGS-84", "flat")
        problem = f"its frame is {frames[0]}, that of the tracks is {frames[1]}"
        raise ConfigError(str(path), None, "--score", problem)
    if kind == SCENE:
        return read_npz_truth(path)
    return _truth_of_run(path, times)


def _truth_of_run(path: Path, times: Longs) -> TruthHistory:
    from tdome.messages.sensing import Plots  # noqa: PLC0415
    from tdome.score.evidence import Evidence  # noqa: PLC0415
    from tdome.score.picture.objects import truth_of_run  # noqa: PLC0415
    from tdome.world.ledger import read_ledger  # noqa: PLC0415

    return truth_of_run(read_ledger(path), Evidence(path, (Plots,)).all(Plots), times)
