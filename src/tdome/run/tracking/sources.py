"""Sources of sensor tracks: files, folders or results of the tracker, read and put in order."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.sensor_tracks import SensorTracks, lists_of, read_sensor_tracks
from tdome.kernel.errors import ConfigError
from tdome.run.tracking.api import Tracked

KINDS = "track files (.parquet) or folders that `tdome track --out` wrote"


class Sources(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Sources in order of their names, and what the door refused of them."""

    names: tuple[str, ...]
    tracks: tuple[SensorTracks, ...]
    refused: Refusals

    @property
    def seconds(self) -> float:
        """From the first list to the last."""
        ends = [(one.at[0], one.at[-1]) for one in self.tracks if len(one)]
        if not ends:
            return 0.0
        return float(max(end for _, end in ends) - min(begin for begin, _ in ends)) * 1e-9

    @property
    def slowest(self) -> float:
        """Return the longest of the sources' usual times between lists, s."""
        return max(
            (float(np.median(np.diff(one.at))) * 1e-9 for one in self.tracks if len(one) > 1),
            default=0.0,
        )


def read_sources(
    inputs: Sequence[str | Path | Tracked], names: Sequence[str] | None = None
) -> Sources:
    """Read tracks of several sources. Raises ConfigError."""
    if not inputs:
        raise ConfigError(
            "fuse", None, "TRACKS", "TRACKS is missing: name those of each source", KINDS
        )
    refused, found = Refusals(), []
    called = list(names) if names is not None else _names(inputs)
    if len(called) != len(inputs) or len(set(called)) != len(called):
        problem = f"{len(called)} names ({len(set(called))} different) of {len(inputs)} sources"
        raise ConfigError("fuse", None, "names", problem, "give each source one name")
    for name, one in zip(called, inputs, strict=True):
        if isinstance(one, Tracked):
            found.append(lists_of(name, one.tracks, refused, flat=one.sites.flat))
        else:
            found.append(read_sensor_tracks(_file(Path(one)), refused))
    for other in found[1:]:
        if other.flat != found[0].flat:
            frames = {True: "flat", False: "ECEF"}
            problem = f"its frame is {frames[other.flat]}, that of {found[0].source} is "
            raise ConfigError(other.source, None, "", problem + frames[found[0].flat])
    # By name: the order in which files are named changes nothing.
    order = sorted(range(len(found)), key=called.__getitem__)
    return Sources(
        names=tuple(called[i] for i in order),
        tracks=tuple(found[i] for i in order),
        refused=refused,
    )


def _names(inputs: Sequence[str | Path | Tracked]) -> list[str]:
    """Return names of the sources' files; those that are not different get their paths."""
    found, paths = [], []
    for place, one in enumerate(inputs):
        if isinstance(one, Tracked):
            found.append(f"source {place + 1}")
        else:
            path = Path(one)
            found.append(path.parent.name if path.name == "tracks.parquet" else path.stem)
        paths.append(f"source {place + 1}" if isinstance(one, Tracked) else str(one))
    return found if len(set(found)) == len(found) else paths


def _file(path: Path) -> Path:
    """Return the file of a source. Raises ConfigError."""
    if path.is_dir():
        inside = path / "tracks.parquet"
        if inside.is_file():
            return inside
        problem = "is a folder without tracks.parquet"
        raise ConfigError(str(path), None, "", problem, f"expected {KINDS}")
    if path.suffix.lower() != ".parquet":
        problem = f"{path.suffix or 'a file without suffix'} is not known"
        raise ConfigError(str(path), None, "", problem, f"expected {KINDS}")
    return path
