"""The objects that the air picture of a run can be asked for: those that a radar saw."""

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.messages.recording import TruthHistory
from tdome.messages.sensing import Plots
from tdome.score.truth import Paths
from tdome.world.ledger import Ledger


class SeenObjects:
    """States of the objects that were seen at least once, whole or as wrecks."""

    def __init__(self, ledger: Ledger, scans: list[Plots]) -> None:
        objects = ledger.objects
        self.start = ledger.start
        self.ids: Longs = objects["object_id"].to_numpy().astype(np.int64)
        order = np.argsort(self.ids)
        self.ids, self.end = self.ids[order], objects["ended_at"].to_numpy()[order]
        self.down = self.end.copy()
        fallen = np.searchsorted(self.ids, ledger.debris["object_id"].to_numpy())
        self.down[fallen] = ledger.debris["at"].to_numpy()
        self.seen = self._first_plots(ledger, scans)
        self.paths = Paths(ledger)

    def _first_plots(self, ledger: Ledger, scans: list[Plots]) -> Longs:
        """Return when each object was first seen (int ns; far future where never)."""
        at = {(scan.sensor, scan.header.seq): scan.header.valid_at for scan in scans}
        plots = ledger.plots
        never = np.iinfo(np.int64).max
        names = zip(plots["sensor"].to_pylist(), plots["scan"].to_pylist(), strict=True)
        times = np.array([at.get(name, never) for name in names], np.int64)
        item = plots["object_id"].to_numpy()
        real = item >= 0
        seen = np.full(len(self.ids), never, np.int64)
        np.minimum.at(seen, np.searchsorted(self.ids, item[real]), times[real])
        return seen

    def at(self, now: int) -> tuple[Longs, Floats]:
        """Return (object ids, states (n, 6)) of what can be in the picture at ``now``."""
        rows = np.flatnonzero((self.seen <= now) & (now < self.end))
        return self.ids[rows], self._states(rows, now)

    def wrecks_at(self, now: int) -> Floats:
        """Return the states (n, 6) of what was killed and still falls at ``now``."""
        return self._states(np.flatnonzero((self.end <= now) & (now < self.down)), now)

    def wrecks(self, now: int) -> tuple[Longs, Floats]:
        """Return (object ids, states (n, 6)) of what was seen, was killed and still falls."""
        falls = (self.end <= now) & (now < self.down) & (self.seen <= now)
        rows = np.flatnonzero(falls)
        return self.ids[rows], self._states(rows, now)

    def _states(self, rows: Longs, now: int) -> Floats:
        return self.paths.states(rows, (now - self.start) / 1e9)


def truth_of_run(ledger: Ledger, scans: list[Plots], times: Longs) -> TruthHistory:
    """Return where the seen objects of a run were at ``times`` (int ns): ECEF, also as wrecks.

    An object counts from its first plot until it is down: a track of it before or after is false.
    """
    seen = SeenObjects(ledger, scans)
    at, flyer, state = [], [], []
    for now in np.unique(times):
        rows, states = seen.at(int(now))
        fallen, wrecks = seen.wrecks(int(now))
        at.append(np.full(len(rows) + len(fallen), now, np.int64))
        flyer += [rows, fallen]
        state += [states, wrecks]
    nothing = [np.zeros(0, np.int64)]
    return TruthHistory(
        at=np.concatenate([*nothing, *at]),
        flyer=np.concatenate([*nothing, *flyer]).astype(np.int32),
        state=np.concatenate([np.zeros((0, 6)), *state]),
    )
