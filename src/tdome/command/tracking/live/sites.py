"""The sensors of a plan as sites of the core.

Each sensor is two sites: row 2 i for its scans of the whole coverage, row 2 i + 1 for its looks at
one place, which may come at the same time. Sensors that are no radars are sites that are never
fed.
"""

import numpy as np

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.engine.live.beliefs import RangeLaws
from tdome.messages.base import Floats
from tdome.plan.books.sensors import SensorBook
from tdome.plan.books.sites import SiteBook

DOORS = 2  # sites of a sensor
_DETECTION = 0.9  # of a target in reach whose cross-section nobody told


def site_book(book: SensorBook) -> SiteBook:
    """Return the sites of a plan's sensors, two for each."""
    count = len(book.names)

    def twice(column: Floats) -> Floats:
        return np.repeat(column, DOORS, axis=0)

    return SiteBook(
        names=tuple(name for name in book.names for _ in range(DOORS)),
        flat=False,
        origin=twice(book.ecef),
        axes=twice(book.axes),
        sigma=twice(np.column_stack([book.sigma, book.physics.sigma_range_rate])),
        detection=np.full(count * DOORS, _DETECTION),
        false_plots=twice(np.nan_to_num(book.false_plots)),
        reach=twice(np.column_stack([np.zeros(count), book.max_range])),
        elevation=twice(np.column_stack([book.min_elevation, book.max_elevation])),
        period=twice(book.period),
    )


def range_laws(book: SensorBook, detection: Detection) -> RangeLaws:
    """Return what the plan believes that its sensors see; see :class:`RangeLaws`."""
    radar = np.array([kind in {"radar", "radar-2d"} for kind in book.kinds], np.bool_)
    false_alarm = np.where(radar, book.false_alarm, 0.5)
    power = np.where(radar, detection.reference_snr * book.reference_range**4, 0.0)
    barren = np.array([kind == "radar-2d" for kind in book.kinds], np.int8)
    return RangeLaws(
        false_alarm=np.repeat(false_alarm, DOORS),
        power=np.repeat(power, DOORS),
        sector=np.repeat(np.column_stack([book.bearing, book.half_sector]), DOORS, axis=0),
        barren=np.repeat(barren, DOORS),
    )
