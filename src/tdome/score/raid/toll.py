"""The toll of a raid while it lasts: leakers and value lost so far, as the outcome will count them.

Same assets, same damage (:mod:`tdome.score.damage`), same order: at the end of a run the toll is
that of its outcome. Losses only grow, so that a toll over a level stays over it.
"""

from collections.abc import Sequence

import numpy as np

from tdome.messages.base import Floats
from tdome.plan.books.assets import AssetBook
from tdome.plan.books.threats import ThreatBook
from tdome.score.damage import share_left
from tdome.score.raid.struck import assets_under
from tdome.world.chronicle import Ending


class Toll:
    """The toll so far. ``threats``: the true classes. ``ended``: raiders that are no more."""

    def __init__(self, assets: AssetBook, threats: ThreatBook) -> None:
        self._assets, self._threats = assets, threats
        self.ended = self.leaked = 0
        self._hits: dict[int, tuple[int, int]] = {}  # row of the body -> asset, class

    @property
    def measures(self) -> list[str]:
        """Names of all that it counts."""
        assets, classes = self._assets.names, self._threats.names
        of = [f"{kind}.asset.{name}" for kind in ("leaked", "value.lost") for name in assets]
        return ["value.lost", "leaked", *of, *(f"leaked.class.{name}" for name in classes)]

    def copy(self) -> "Toll":
        """Return a toll that goes on alone."""
        other = Toll(self._assets, self._threats)
        other.ended, other.leaked, other._hits = self.ended, self.leaked, dict(self._hits)
        return other

    def take(self, endings: Sequence[Ending]) -> None:
        """Count what has ended since the last time."""
        self.ended += len(endings)
        down = [one for one in endings if one.down]
        if not down:
            return
        lat, lon = np.array([(one.lat, one.lon) for one in down]).T
        radius = self._threats.damage_radius[[one.threat_class for one in down]]
        found = assets_under(lat, lon, radius, self._assets).tolist()
        for one, asset in zip(down, found, strict=True):
            if asset >= 0:
                self._hits[one.row] = asset, one.threat_class
        self.leaked = len(self._hits)

    def of(self, measure: str) -> float:
        """Return a measure by the name that studies have for it; KeyError where there is none."""
        if measure == "leaked":
            return float(self.leaked)
        if measure == "value.lost":
            return float(self._lost().sum())
        kind, _, name = measure.rpartition(".asset.")
        if kind == "value.lost":
            return float(self._lost()[_row(self._assets.names, name)])
        if kind == "leaked":
            row = _row(self._assets.names, name)
            return float(sum(asset == row for asset, _ in self._hits.values()))
        kind, _, name = measure.rpartition(".class.")
        if kind != "leaked":
            raise KeyError(measure)
        row = _row(self._threats.names, name)
        return float(sum(of == row for _, of in self._hits.values()))

    def _lost(self) -> Floats:
        rows = sorted(self._hits)  # as the ledger lists them: the last bits depend on the order
        asset = np.array([self._hits[row][0] for row in rows], np.int32)
        kinds = [self._hits[row][1] for row in rows]
        damage = self._threats.damage_fraction[np.array(kinds, np.int64)]
        return self._assets.value * (1.0 - share_left(self._assets, asset, damage))


def _row(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise KeyError(name)
    return list(names).index(name)
