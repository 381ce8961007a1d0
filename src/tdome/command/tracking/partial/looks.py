"""Directions of messages, in the columns of the triangulation; and of its places, which they were.

Optical directions are left out: a sight looks where it is told to, so that two of them are no
independent evidence, and they feed tracks already (:mod:`.completion`). What jams is heard as far
as the horizon goes, not only as far as the radar that it jams would see.
"""

from collections.abc import Sequence

import numpy as np

from tdome.command.tracking.partial.triangulation import Directions
from tdome.messages.base import Floats, Ints
from tdome.messages.codes import Emission
from tdome.messages.sensing import Bearings
from tdome.plan.books.sensors import SensorBook

JAMMER_REACH = 500_000.0  # m: 4/3 Earth horizon of an antenna on a hill and a body at 12 km


def directions_of(messages: Sequence[Bearings], book: SensorBook) -> tuple[Directions, Ints]:
    """Return the directions of some looks, at most one of each sensor, and what they were.

    Where a sensor comes twice, its last message counts. The second value is (m, 2): number in
    ``messages`` and row in that message. Raises ValueError for a sensor
    that the book does not have.
    """
    newest = {message.sensor: k for k, message in enumerate(messages)}
    taken = sorted((book.names.index(name), k) for name, k in newest.items())
    names: list[Ints] = [np.empty((0, 2), np.int32)]
    sensors: list[Ints] = [np.empty(0, np.int32)]
    places: list[tuple[Floats, Floats]] = []
    for sensor, k in taken:
        rows = np.flatnonzero(messages[k].emission != Emission.OPTICAL)
        names.append(np.column_stack([np.full(len(rows), k), rows]).astype(np.int32))
        sensors.append(np.full(len(rows), sensor, np.int32))
        there = book.at(messages[k].header.valid_at)
        places += [(there.ecef[sensor], there.axes[sensor])] * len(rows)
    name, sensor_of = np.concatenate(names), np.concatenate(sensors)
    kind = _column(messages, name, "emission").astype(np.int8)
    reach = book.max_range[sensor_of]
    at = np.array([messages[k].header.valid_at for k, _ in name.tolist()], np.int64)
    return Directions(
        at=at,
        sensor=sensor_of,
        kind=kind,
        azimuth=_column(messages, name, "azimuth_rad"),
        elevation=_column(messages, name, "elevation_rad"),
        sigma=np.ascontiguousarray(book.sigma[sensor_of, 1:]),
        origin=np.array([origin for origin, _ in places]).reshape(-1, 3),
        axes=np.array([axes for _, axes in places]).reshape(-1, 3, 3),
        reach=np.where(kind == Emission.JAMMER, np.maximum(reach, JAMMER_REACH), reach),
        sound=(kind == Emission.ACOUSTIC).astype(np.int8),
        flat=False,
    ), name


def _column(messages: Sequence[Bearings], name: Ints, column: str) -> Floats:
    values = [float(getattr(messages[k], column)[row]) for k, row in name.tolist()]
    return np.array(values, np.float64)
