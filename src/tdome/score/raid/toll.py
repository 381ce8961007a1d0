"""The toll of a raid while it lasts: leakers and value lost so far, as the outcome will count them.

Same assets, same damage (:mod:`tdome.score.damage`), same order: at the end of a run the toll is
that of its outcome. Losses only grow, so that a toll over a level stays over it.

What is feared comes earlier: a raider that m shots have missed, and that still flies, counts as
1 - 2^-m of one that came through. The weight is a rule of thumb (a shot at one half): whoever
splits runs on the way to a loss needs no more than an order of states.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats
from tdome.plan.books.assets import AssetBook
from tdome.plan.books.threats import ThreatBook
from tdome.score.damage import share_left
from tdome.score.raid.struck import assets_under
from tdome.world.chronicle import Ending


class Hit(NamedTuple):
    """What is hit, by rows of assets and classes; weight: 1, or less of what is only feared."""

    asset: int
    threat_class: int
    weight: float


class Toll:
    """The toll so far. ``threats``: the true classes. ``ended``: raiders that are no more."""

    def __init__(self, assets: AssetBook, threats: ThreatBook) -> None:
        self._assets, self._threats = assets, threats
        self.ended = 0
        self._hits: dict[int, Hit] = {}  # by row of the body
        self._feared: dict[int, Hit] = {}

    @property
    def leaked(self) -> int:
        """How many have leaked."""
        return len(self._hits)

    @property
    def measures(self) -> list[str]:
        """Names of all that it counts."""
        assets, classes = self._assets.names, self._threats.names
        of = [f"{kind}.asset.{name}" for kind in ("leaked", "value.lost") for name in assets]
        return ["value.lost", "leaked", *of, *(f"leaked.class.{name}" for name in classes)]

    def copy(self) -> "Toll":
        """Return a toll that goes on alone."""
        other = Toll(self._assets, self._threats)
        other.ended = self.ended
        other._hits, other._feared = dict(self._hits), dict(self._feared)
        return other

    def take(self, endings: Sequence[Ending]) -> None:
        """Count what has ended since the last time."""
        self.ended += len(endings)
        for one in endings:
            self._feared.pop(one.row, None)
        self._hits |= self._struck([one for one in endings if one.down])

    def fear(self, misses: Sequence[Ending]) -> None:
        """Count misses since the last time, of raiders as they would come down. Then ``take``."""
        for row, hit in self._struck(misses).items():
            missed = [one for one in misses if one.row == row]
            kept = 1.0 - self._feared[row].weight if row in self._feared else 1.0
            self._feared[row] = hit._replace(weight=1.0 - kept * 0.5 ** len(missed))

    def of(self, measure: str) -> float:
        """Return a measure by the name that studies have for it; KeyError where there is none."""
        return self._measured(measure, self._hits)

    def feared(self, measure: str) -> float:
        """Return the same with what is feared."""
        return self._measured(measure, self._hits | self._feared)

    def _struck(self, down: Sequence[Ending]) -> dict[int, Hit]:
        if not down:
            return {}
        lat, lon = np.array([(one.lat, one.lon) for one in down]).T
        radius = self._threats.damage_radius[[one.threat_class for one in down]]
        found = assets_under(lat, lon, radius, self._assets).tolist()
        pairs = zip(down, found, strict=True)
        return {one.row: Hit(asset, one.threat_class, 1.0) for one, asset in pairs if asset >= 0}

    def _measured(self, measure: str, hits: dict[int, Hit]) -> float:
        if measure == "value.lost":
            return float(self._lost(hits).sum())
        if measure == "leaked":
            return sum(hit.weight for hit in hits.values())
        kind, _, name = measure.rpartition(".asset.")
        if kind == "value.lost":
            return float(self._lost(hits)[_row(self._assets.names, name)])
        if kind == "leaked":
            row = _row(self._assets.names, name)
            return sum(hit.weight for hit in hits.values() if hit.asset == row)
        kind, _, name = measure.rpartition(".class.")
        if kind != "leaked":
            raise KeyError(measure)
        row = _row(self._threats.names, name)
        return sum(hit.weight for hit in hits.values() if hit.threat_class == row)

    def _lost(self, hits: dict[int, Hit]) -> Floats:
        rows = sorted(hits)  # as the ledger lists them: the last bits depend on the order
        asset = np.array([hits[row].asset for row in rows], np.int32)
        kinds = np.array([hits[row].threat_class for row in rows], np.int64)
        weight = np.array([hits[row].weight for row in rows], np.float64)
        damage = self._threats.damage_fraction[kinds] * weight
        return self._assets.value * (1.0 - share_left(self._assets, asset, damage))


def _row(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise KeyError(name)
    return list(names).index(name)
