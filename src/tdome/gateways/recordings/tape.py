"""The door of a run folder: what its sensors that stand still sent, and these as sites.

Plots, directions (passive receivers, optical sights, strobes of jammed radars) and the reports of
transponders. Directions of sound are refused: they tell where a body was a minute ago.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tdome.gateways.recordings.plots import polar_from
from tdome.gateways.recordings.refusals import Refusals
from tdome.gateways.recordings.rows import Rows, Scans, assemble
from tdome.gateways.recordings.sites import sites_of_plan, strobes_of
from tdome.gateways.replay import TapeDoor
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.messages.recording import Recording
from tdome.messages.sensing import Bearings, Cooperative, Plots
from tdome.plan.books.sites import SiteBook
from tdome.plan.plan import Plan, read_plan

_NONE = np.zeros(1, np.int64)
Sensed = Plots | Bearings | Cooperative


class Heard(NamedTuple):
    """One scan: row of its site, int ns, volume, columns.

    columns: (m, 7) range, azimuth, elevation, rate, snr, address and standard error of a place; nan
    (address -1) for what it does not tell.
    """

    site: int
    at: int
    volume: bool
    columns: Floats


def read_tape(folder: Path, refused: Refusals) -> tuple[Recording, SiteBook]:
    """Return all that a tracker can use of a run, and its sites. Raises ConfigError for no run.

    Looks that command asked for are scans too, but none of the whole coverage. Sensors that fly
    are counted as refused, and so are messages that the door of a replay refuses.
    """
    source = folder / "inputs" / "plan.toml"
    if not source.is_file() or not folder.joinpath("journal.mcap").is_file():
        raise ConfigError(str(folder), None, "", "is not a run folder", "`tdome run` makes one")
    plan = read_plan(source.read_text("utf-8"), str(source))
    sites = sites_of_plan(plan.sensors, str(source))
    door = TapeDoor(folder / "journal.mcap", plan)
    scans = list(_scans(door, plan, sites, refused, str(folder)))
    for row in door.quarantine.table():
        count = int(row["count"])
        refused.refuse(str(row["source"]), str(row["reason"]), np.repeat(_NONE - 1, count))
    sensor = np.array([scan.site for scan in scans], np.int32)
    at = np.array([scan.at for scan in scans], np.int64)
    order = np.lexsort((sensor, at))
    known = Scans(
        at=at[order],
        sensor=sensor[order],
        volume=np.array([scan.volume for scan in scans], np.bool_)[order],
    )
    return assemble([_rows(str(folder), scans, at, sensor)], sites, refused, known), sites


def _scans(
    door: TapeDoor, plan: Plan, sites: SiteBook, refused: Refusals, source: str
) -> Iterator[Heard]:
    row_of = {name: row for row, name in enumerate(sites.names)}
    kinds = dict(zip(plan.sensors.names, plan.sensors.kinds, strict=True))
    seen: dict[tuple[int, int], int] = {}
    for place, message in enumerate(door.messages()):
        if not isinstance(message, Sensed):
            continue
        here: Longs = np.array([place])
        name = message.sensor
        if isinstance(message, Bearings) and kinds[name] in {"radar", "radar-2d"}:
            name = strobes_of(name)
        site = row_of.get(name, -1)
        key = site, message.header.valid_at
        if site < 0:
            refused.refuse(source, "the sensor flies: it is no site", here)
        elif seen.setdefault(key, place) != place:
            refused.refuse(source, "a second scan of one sensor at one time", here)
        else:
            whole = not isinstance(message, Cooperative) and message.volume
            yield Heard(site, message.header.valid_at, whole, _columns(message, sites, site))


def _columns(message: Sensed, sites: SiteBook, site: int) -> Floats:
    """Return the columns of Heard of a message."""
    columns = np.full((len(message), 7), np.nan)
    columns[:, 5] = -1.0
    if isinstance(message, Cooperative):
        row = np.full(len(message), site, np.int32)
        columns[:, :3] = polar_from(message.ecef, sites, row)
        columns[:, 5], columns[:, 6] = message.address, message.sigma_m
        return columns
    columns[:, 1], columns[:, 2] = message.azimuth_rad, message.elevation_rad
    columns[:, 4] = message.snr_db
    if isinstance(message, Plots):
        columns[:, 0], columns[:, 3] = message.range_m, message.range_rate_m_s
        columns[:, 5] = message.address
    return columns


def _rows(source: str, scans: list[Heard], at: Longs, sensor: np.ndarray) -> Rows:
    counts = [len(scan.columns) for scan in scans]
    columns = np.concatenate([np.empty((0, 7)), *(scan.columns for scan in scans)])
    return Rows(
        source=source,
        at=np.repeat(at, counts),
        sensor=np.repeat(sensor, counts),
        range_m=columns[:, 0].copy(),
        azimuth_rad=columns[:, 1].copy(),
        elevation_rad=columns[:, 2].copy(),
        range_rate_m_s=columns[:, 3].copy(),
        snr_db=columns[:, 4].astype(np.float32),
        address=columns[:, 5].astype(np.int32),
        height_m=np.full(len(columns), np.nan),
        place_sigma_m=columns[:, 6].copy(),
    )
