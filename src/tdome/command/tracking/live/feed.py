"""Plots messages as parts of a recording: columns, with a name for each plot.

The name of a plot is (sensor, header.seq, row) in one int64: it stays the same however often a scan
is folded, so that tracks can be told apart by the plots that fed them.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from tdome.command.tracking.detection import Detection
from tdome.command.tracking.engine import Engine
from tdome.command.tracking.engine.live.beliefs import Marks
from tdome.command.tracking.live.sites import DOORS
from tdome.messages.base import Ints, Longs
from tdome.messages.recording import Recording
from tdome.messages.sensing import Plots
from tdome.plan.books.sensors import SensorBook

_ROW_BITS, _SEQ_BITS = 20, 28
_ROWS, _SEQS = (1 << _ROW_BITS) - 1, (1 << _SEQ_BITS) - 1


def plot_names(sensor: int, seq: int, rows: Longs) -> Longs:
    """Return the names of rows (n,) of a message."""
    begin = (sensor << (_SEQ_BITS + _ROW_BITS)) | ((seq & _SEQS) << _ROW_BITS)
    return begin + np.asarray(rows, np.int64)


def named(names: Longs) -> tuple[Ints, Ints, Ints]:
    """Return sensor, header.seq and row of names, (n,) each."""
    sensor = (names >> (_SEQ_BITS + _ROW_BITS)).astype(np.int32)
    seq = ((names >> _ROW_BITS) & _SEQS).astype(np.int32)
    return sensor, seq, (names & _ROWS).astype(np.int32)


class Feeder:
    """Hands messages of the sensors of a book to an engine."""

    def __init__(self, book: SensorBook, detection: Detection) -> None:
        self.book, self.detection = book, detection
        self.row_of = {name: row for row, name in enumerate(book.names)}

    def key(self, plots: Plots) -> tuple[int, int, int, bool]:
        """Return the place of a scan in the order of all: by time, sensor, number."""
        header = plots.header
        return header.valid_at, self.row_of[plots.sensor], header.seq, plots.volume

    def feed(self, engine: Engine, scans: Sequence[Plots]) -> None:
        """Fold scans, in the order of their keys, into an engine, which is written to."""
        for part in self._parts(scans):
            sensor = self.row_of[part[0].sensor]
            if sensor in self.book.moving:
                book = self.book.at(part[0].header.valid_at)
                for site in range(DOORS * sensor, DOORS * (sensor + 1)):
                    engine.move(site, book.ecef[sensor], book.axes[sensor])
            recording, marks = self._columns(part)
            engine.fold(recording, marks=marks)

    def _parts(self, scans: Sequence[Plots]) -> Iterator[Sequence[Plots]]:
        """Yield runs of scans that can be folded at once: a scan of what flies is one alone."""
        first = 0
        for k, scan in enumerate(scans):
            if self.row_of[scan.sensor] in self.book.moving:
                if k > first:
                    yield scans[first:k]
                yield scans[k : k + 1]
                first = k + 1
        if first < len(scans):
            yield scans[first:]

    def _columns(self, scans: Sequence[Plots]) -> tuple[Recording, Marks]:
        orders = [_canonical_order(scan) for scan in scans]
        sensor = np.array([self.row_of[scan.sensor] for scan in scans], np.int64)
        tasked = np.array([not scan.volume for scan in scans], np.int64)
        counts = np.array([len(scan) for scan in scans], np.int64)
        start: Longs = np.zeros(len(scans) + 1, np.int64)
        np.cumsum(counts, out=start[1:])

        def column(name: str) -> np.ndarray:
            parts = zip(scans, orders, strict=True)
            return np.concatenate([getattr(scan, name)[order] for scan, order in parts])

        distance, snr, spread = column("range_m"), column("snr_db"), column("doppler_spread_m_s")
        count = int(start[-1])
        recording = Recording(
            at=np.array([scan.header.valid_at for scan in scans], np.int64),
            sensor=(DOORS * sensor + tasked).astype(np.int32),
            start=start,
            volume=tasked == 0,
            range_m=distance,
            azimuth_rad=column("azimuth_rad"),
            elevation_rad=column("elevation_rad"),
            range_rate_m_s=column("range_rate_m_s"),
            snr_db=snr,
            address=column("address"),
            height_m=np.full(count, np.nan),
        )
        parts = zip(sensor.tolist(), scans, orders, strict=True)
        names = [plot_names(s, scan.header.seq, order) for s, scan, order in parts]
        whose = np.repeat(sensor, counts)
        power = snr.astype(np.float64)
        return recording, Marks(
            name=np.concatenate(names),
            own=column("friend"),
            cross=self.detection.cross_section(whose, distance, power),
            spread=np.where(np.isnan(spread), 0.0, spread).astype(np.float64),
        )


def _canonical_order(plots: Plots) -> Longs:
    """Return the order by what was measured; most plots come so already."""
    nearest = plots.range_m
    if np.all(nearest[1:] > nearest[:-1]):
        return np.arange(len(nearest))
    keys = (plots.friend, plots.address, plots.snr_db, plots.elevation_rad, plots.azimuth_rad)
    return np.lexsort((*keys, nearest))
