"""What the judge has before him.

The messages of a journal by type, and the truth ledger beside it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar, cast

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tdome.kernel.errors import JournalError
from tdome.kernel.journal import Record, read_journal
from tdome.messages.base import Longs, Message
from tdome.messages.tracks import Associations
from tdome.messages.wire import decode
from tdome.world.ledger import Ledger, Table

HOSTILE_KINDS = ("threat", "decoy")

M = TypeVar("M", bound=Message)


class Evidence:
    """Messages of one run by type, in written order.

    ``complete`` is False for a journal that was cut short. Raises JournalError for a record that is
    none of our messages.
    """

    def __init__(self, folder: Path, only: Iterable[type[Message]] | None = None) -> None:
        wanted = None if only is None else {kind.__name__ for kind in only}
        self._messages: dict[str, list[Message]] = {}
        reader = read_journal(folder / "journal.mcap")
        for record in reader:
            if wanted is None or record.topic in wanted:
                message = _decoded(reader.path, record)
                self._messages.setdefault(record.topic, []).append(message)
        self.complete = reader.complete

    def all(self, kind: type[M]) -> list[M]:
        """Return every message of a type, in written order."""
        return cast("list[M]", self._messages.get(kind.__name__, []))

    def column(self, kind: type[Message], name: str) -> NDArray[np.generic]:
        """Return one column of all messages of a type, end to end."""
        columns = [getattr(message, name) for message in self.all(kind)]
        return np.concatenate(columns) if columns else np.zeros(0)

    def times(self, kind: type[Message]) -> Longs:
        """Return the valid_at of each row of a type (int ns)."""
        parts = [np.full(len(m), m.header.valid_at, np.int64) for m in self.all(kind)]
        return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _decoded(journal: Path, record: Record) -> Message:
    try:
        return decode(record.topic, record.payload)
    except KeyError:
        raise JournalError(f"journal {journal} holds an unknown {record.topic!r}") from None
    except (msgspec.DecodeError, ValueError) as fault:
        raise JournalError(f"journal {journal} is damaged: {record.topic}: {fault}") from fault


def objects_of_tracks(
    evidence: Evidence, ledger: Ledger, sensors: tuple[str, ...]
) -> dict[int, int]:
    """Return track number -> object id that most of the track's plots came from (-1: false plots).

    The join of Associations (journal) and plots (ledger) over (sensor, scan, row) is the one place
    where a track meets the truth (a sensor sends one kind of report, so these name one row); ties
    go to the object that fed the track first, whatever the objects are called.
    """
    plots = ledger.plots
    row_of = {name: row for row, name in enumerate(sensors)}
    sensor = np.array([row_of.get(name, -1) for name in plots["sensor"].to_pylist()], np.int64)
    truth_key = _plot_key(sensor, plots["scan"].to_numpy(), plots["row"].to_numpy())
    order = np.argsort(truth_key, kind="stable")
    truth_key, truth_object = truth_key[order], plots["object_id"].to_numpy()[order]
    number = evidence.column(Associations, "track_number").astype(np.int64)
    if not len(number) or not len(truth_key):
        return {}
    key = _plot_key(
        evidence.column(Associations, "sensor").astype(np.int64),
        evidence.column(Associations, "scan").astype(np.int64),
        evidence.column(Associations, "row").astype(np.int64),
    )
    place = np.minimum(np.searchsorted(truth_key, key), len(truth_key) - 1)
    found = np.where(truth_key[place] == key, truth_object[place], -1)
    pairs, first, count = np.unique(
        np.stack([number, found], axis=1), axis=0, return_index=True, return_counts=True
    )
    order = np.lexsort((-first, count, pairs[:, 0]))  # the last row of a track has its object
    return dict(pairs[order].tolist())


def _plot_key(sensor: Longs, scan: Longs, row: Longs) -> Longs:
    return (sensor.astype(np.int64) << 48) | (scan.astype(np.int64) << 16) | row.astype(np.int64)


def hostile_objects(ledger: Ledger) -> Table:
    """Return the rows of the ledger's objects that raids launched: real ones and decoys."""
    launched = pc.is_in(ledger.objects["kind"], value_set=pa.array(HOSTILE_KINDS))
    return ledger.objects.filter(launched)
