"""Time bought: how much later a raid's loss comes than without a defence.

Let L(t) be the share of an asset's value that is expected to be lost by t, with the defence (L_d)
and without (L_u: the same raid, nothing shot at). Within the raid, which ends at H, when the last
body is due, the mean delay of the loss is

    D = integral of (L_u - L_d) dt up to H / L_u(H)    s,

the difference of restricted mean survival times per unit of value at stake (Royston and Parmar,
BMC Medical Research Methodology 13:152, 2013, for lives; here for value). What is never lost counts
as lost at H: D is a lower bound of the time bought, and no more than the raid itself lasts. Over
all assets the integrals are weighted by value. D is not defined where nothing would have been lost
before H (a raid of one missile has no length in which to see a delay).

Source of the notion: a dome "buys time" (reference/domain.md, 6.2, last row). Limits: nothing
reacts; the attacker would have aimed elsewhere at an asset already lost.
"""

from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats, Ints
from tdome.plan.books.assets import AssetBook
from tdome.score.damage import taken


class Arrivals(NamedTuple):
    """What came down on assets: times (s), rows of assets and damage fractions, (n,)."""

    at: Floats
    asset: Ints
    damage: Floats

    def on_assets(self) -> "Arrivals":
        """Return those that did damage to an asset, in the order of time."""
        kept = np.flatnonzero((self.asset >= 0) & (self.damage > 0.0))
        kept = kept[np.argsort(self.at[kept], kind="stable")]
        return Arrivals(self.at[kept], self.asset[kept], self.damage[kept])


class Losses(NamedTuple):
    """By asset (a,): share of its value that is lost, and that share times s before the horizon."""

    share: Floats
    share_seconds: Floats


def losses(assets: AssetBook, arrivals: Arrivals, horizon: float) -> Losses:
    """Return what arrivals take of each asset, and for how long it is gone by the horizon (s)."""
    left, gone = np.ones(len(assets.names)), np.zeros(len(assets.names))
    for at, row, damage in zip(*arrivals.on_assets(), strict=True):
        loss = left[row] * taken(assets, int(row), float(damage)) / assets.dispersal[row]
        left[row] -= loss
        gone[row] += loss * (horizon - at)
    return Losses(1.0 - left, gone)


def mean_delay(undefended: Losses, defended: Losses, weight: Floats) -> float:
    """Return D of the assets together, weighted (a,).

    nan where nothing would have been lost before the horizon: then no delay can be seen.
    """
    at_most = float(weight @ undefended.share_seconds)
    saved = at_most - float(weight @ defended.share_seconds)
    return saved / float(weight @ undefended.share) if at_most > 0.0 else float("nan")
