"""Where every object of a ledger was, at any time: its knots, sampled by cubic Hermite."""

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.world.ledger import Ledger


class Paths:
    """Paths of all objects, one row each in the order of their ids.

    ids: (n,). starts, ends: (n,) s since the start of the run, of the first and the last knot; nan
    for an object without one.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ids: Longs = np.sort(ledger.objects["object_id"].to_numpy().astype(np.int64))
        paths = ledger.paths
        rank = np.searchsorted(self.ids, paths["object_id"].to_numpy())
        t = paths["t"].to_numpy()
        # Some fly since before the start: times count from the first knot of all, or keys overlap.
        self._first = float(t.min(initial=0.0))
        t = t - self._first
        self._span = float(t.max(initial=0.0)) + 1.0
        key = rank * self._span + t
        by_key = np.argsort(key, kind="stable")
        self._key, self._t, self._rank = key[by_key], t[by_key], rank[by_key]
        columns = [paths[name].to_numpy() for name in ("x", "y", "z", "vx", "vy", "vz")]
        self._knots = np.stack(columns, axis=1)[by_key]
        self.starts, self.ends = np.full((2, len(self.ids)), np.nan)
        self.starts[self._rank[::-1]] = self._t[::-1] + self._first
        self.ends[self._rank] = self._t + self._first

    def states(self, rows: Longs, t: float | Floats) -> Floats:
        """Return the states (k, 6), ECEF, of some rows at a time of all or of each, s, in reach."""
        t = np.asarray(t, np.float64) - self._first
        key = rows * self._span + t
        right = np.searchsorted(self._key, key).clip(1, max(len(self._key) - 1, 1))
        right = np.where(self._rank[right - 1] == rows, right, right + 1)
        a, b = self._knots[right - 1], self._knots[right]
        span = np.maximum(self._t[right] - self._t[right - 1], 1e-9)[:, None]
        u = np.clip((t - self._t[right - 1])[:, None] / span, 0.0, 1.0)
        h00, h10 = (1.0 + 2.0 * u) * (1.0 - u) ** 2, u * (1.0 - u) ** 2
        h01, h11 = u * u * (3.0 - 2.0 * u), u * u * (u - 1.0)
        place = h00 * a[:, :3] + h10 * span * a[:, 3:] + h01 * b[:, :3] + h11 * span * b[:, 3:]
        return np.hstack([place, (1.0 - u) * a[:, 3:] + u * b[:, 3:]])
