"""Damage to defended assets: expected share of an asset's value that arrivals take.

An asset's value is spread over n = ``dispersal`` aim points. Arrival i strikes one of them at
random and takes from it the share f_i, so that after all of them the expected share left is

    S = prod_i (1 - f_i / n).

For kinds "area" and "city" (value lies everywhere) f_i = d_i H, with d_i the class's true
``damage_fraction`` and H = K(h) / K(0). For the others (value lies in vital parts: quays, runways,
dams, halls) f_i = V K(h) w_i: V, the share of arrivals within the asset that meet a vital part,
notional by kind; K(h), the probability that what is met is killed; w_i = min(1, d_i / 0.15), the
weight of the arrival, 1 for a short-range ballistic missile, 0 for a decoy.

K(0) = 0.85 in the open and K(1) = 0.5 hardened, linear between: CSIS, *Rules for Umpires* v11
(reference/domain.md 5.2, read in a port): a roll kills in the open with 0.85, in a hardened
shelter with 0.75 by TWO missiles, so by one with 1 - sqrt(1 - 0.75). Its 0.70 for underground is
the trapping of what is inside, not a kill, and is not used. Assumptions: arrivals are independent
of one another; no partial repair; nothing burns on. With defaults (area, no hardening, one aim
point) S = prod (1 - d_i), the layer formula of domain.md 5.1 applied to damage.
"""

import numpy as np

from tdome.messages.base import Floats, Ints
from tdome.plan.books.assets import AssetBook

OPEN, HARDENED = 0.85, 0.5
REFERENCE_DAMAGE = 0.15  # damage fraction of the class that the rolls are about, srbm
VITAL = {
    "port": 0.3,
    "airport": 0.3,
    "reservoir": 0.05,
    "power": 0.3,
    "command": 0.6,
    "industry": 0.3,
}
"""Share of arrivals within an asset that meet a vital part, by kind; notional, our own choice."""


def kill_given_hit(hardening: float) -> float:
    """Return the probability that a vital part that is met is killed, for hardening 0..1."""
    return OPEN + (HARDENED - OPEN) * hardening


def share_left(assets: AssetBook, asset: Ints, damage: Floats) -> Floats:
    """Return the expected share of each asset's value that is left.

    ``asset`` (n,) is the row of the asset that each object came down in (-1 none), ``damage`` (n,)
    its true damage fraction.
    """
    left = np.ones(len(assets.names))
    hit = np.flatnonzero(asset >= 0)
    for row, fraction in zip(asset[hit], damage[hit], strict=True):
        left[row] *= 1.0 - taken(assets, int(row), float(fraction)) / assets.dispersal[row]
    return left


def taken(assets: AssetBook, row: int, damage: float) -> float:
    """Return the share that one arrival takes of the aim point that it strikes."""
    kill = kill_given_hit(float(assets.hardening[row]))
    vital = VITAL.get(assets.kind[row])
    if vital is None:
        return damage * kill / OPEN
    return vital * kill * min(1.0, damage / REFERENCE_DAMAGE)
