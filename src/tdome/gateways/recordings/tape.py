"""The door of a run folder: the plots on its tape, with the radars of its plan as sites."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import Rows, Scans, assemble
from tdome.gateways.recordings.sites import sites_of_plan
from tdome.gateways.replay import TapeDoor
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Longs
from tdome.messages.recording import Recording
from tdome.messages.sensing import Plots
from tdome.plan.books.sites import SiteBook
from tdome.plan.plan import read_plan

_NONE = np.zeros(1, np.int64)


def read_tape(folder: Path, refused: Refusals) -> tuple[Recording, SiteBook]:
    """Return all plots of a run, with its sites. Raises ConfigError where it is no run folder.

    Looks that command asked for are scans too, but none of the whole coverage. Plots of radars that
    fly, and messages that the door of a replay refuses, are counted as refused.
    """
    source = folder / "inputs" / "plan.toml"
    if not source.is_file() or not folder.joinpath("journal.mcap").is_file():
        raise ConfigError(str(folder), None, "", "is not a run folder", "`tdome run` makes one")
    plan = read_plan(source.read_text("utf-8"), str(source))
    sites = sites_of_plan(plan.sensors, str(source))
    door = TapeDoor(folder / "journal.mcap", plan)
    scans = list(_scans(door, sites, refused, str(folder)))
    for row in door.quarantine.table():
        count = int(row["count"])
        refused.refuse(str(row["source"]), str(row["reason"]), np.repeat(_NONE - 1, count))
    row_of = {name: row for row, name in enumerate(sites.names)}
    sensor = np.array([row_of[scan.sensor] for scan in scans], np.int32)
    at = np.array([scan.header.valid_at for scan in scans], np.int64)
    order = np.lexsort((sensor, at))
    known = Scans(
        at=at[order],
        sensor=sensor[order],
        volume=np.array([scan.volume for scan in scans], np.bool_)[order],
    )
    return assemble([_rows(str(folder), scans, at, sensor)], sites, refused, known), sites


def _scans(door: TapeDoor, sites: SiteBook, refused: Refusals, source: str) -> Iterator[Plots]:
    seen: dict[tuple[str, int], int] = {}
    for place, message in enumerate(door.messages()):
        if not isinstance(message, Plots):
            continue
        here: Longs = np.array([place])
        key = message.sensor, message.header.valid_at
        if message.sensor not in sites.names:
            refused.refuse(source, "the radar flies: it is no site", here)
        elif seen.setdefault(key, place) != place:
            refused.refuse(source, "a second scan of one radar at one time", here)
        else:
            yield message


def _rows(source: str, scans: list[Plots], at: Longs, sensor: np.ndarray) -> Rows:
    counts = [len(scan) for scan in scans]

    def column(name: str, kind: type) -> np.ndarray:
        parts = [getattr(scan, name) for scan in scans]
        return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)

    return Rows(
        source=source,
        at=np.repeat(at, counts),
        sensor=np.repeat(sensor, counts),
        range_m=column("range_m", np.float64),
        azimuth_rad=column("azimuth_rad", np.float64),
        elevation_rad=column("elevation_rad", np.float64),
        range_rate_m_s=column("range_rate_m_s", np.float64),
        snr_db=column("snr_db", np.float32),
        address=column("address", np.int32),
        height_m=np.full(sum(counts), np.nan),
    )
