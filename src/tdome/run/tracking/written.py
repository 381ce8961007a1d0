"""Tracks on disk: one file, or a new folder with all there is."""

from pathlib import Path
from typing import Any, Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.tracks import write_geojson, write_parquet
from tdome.kernel.errors import ConfigError
from tdome.messages.recording import TrackHistory
from tdome.plan.books.sites import SiteBook

_WRITERS = {".parquet": write_parquet, ".geojson": write_geojson}


class Result(Protocol):
    """What can be written: tracks, the frame of their sites, refused rows, and plain figures."""

    @property
    def tracks(self) -> TrackHistory:
        """System tracks."""

    @property
    def sites(self) -> SiteBook:
        """Where they were seen from; tells the frame."""

    @property
    def refused(self) -> Refusals:
        """Rows that the door refused."""

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the tracks as plain values."""


def write_result(done: Result, out: str | Path) -> list[Path]:
    """Write tracks to a .parquet or .geojson file, or all there is into a new folder.

    A folder gets tracks.parquet, tracks.geojson (not of a flat frame), summary.json, and
    refused.parquet if rows were refused. Returns the files. Raises ConfigError where something is
    there already, or can not be written.
    """
    out = Path(out)
    try:
        return [_file(done, out)] if out.suffix else _folder(done, out)
    except OSError as fault:
        problem = f"can not be written: {fault.strerror or fault}"
        raise ConfigError(str(out), None, "out", problem) from None


def _file(done: Result, out: Path) -> Path:
    if out.suffix not in _WRITERS:
        problem = f"{out.suffix} is not known"
        raise ConfigError(str(out), None, "out", problem, ".parquet, .geojson or a folder")
    if out.exists():
        raise ConfigError(str(out), None, "out", "is there already", "name another file")
    _WRITERS[out.suffix](out, done.tracks, done.sites)
    return out


def _folder(done: Result, out: Path) -> list[Path]:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(str(out), None, "out", "is not an empty folder", "name another one")
    out.mkdir(parents=True, exist_ok=True)
    files = [out / "tracks.parquet"]
    write_parquet(files[0], done.tracks, done.sites)
    if not done.sites.flat:
        files.append(out / "tracks.geojson")
        write_geojson(files[-1], done.tracks, done.sites)
    if len(done.refused):
        files.append(out / "refused.parquet")
        pq.write_table(pa.table(done.refused.rows()), files[-1])
    files.append(out / "summary.json")
    encoded = msgspec.json.encode(done.as_dict())
    files[-1].write_bytes(msgspec.json.format(encoded, indent=2))
    return files
