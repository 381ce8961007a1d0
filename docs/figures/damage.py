"""Expected share of an asset's value left after hits: hardening, dispersal and kind."""

import matplotlib.pyplot as plt
import numpy as np
from house import save

from tdome.plan.books.assets import asset_book
from tdome.plan.schema import Asset
from tdome.score.damage import share_left

HITS = np.arange(0, 21)
DAMAGE = 0.15  # srbm


def left(**keys: object) -> list[float]:
    """Return the share left after each number of hits."""
    asset = Asset(name="a", lat_deg=0.0, lon_deg=0.0, radius_km=3.0, value=1.0, **keys)
    book = asset_book([asset])
    return [float(share_left(book, np.zeros(n, np.int32), np.full(n, DAMAGE))[0]) for n in HITS]


figure, (one, other) = plt.subplots(1, 2, sharey=True)
for kind in ("area", "command", "port", "reservoir"):
    one.plot(HITS, left(kind=kind), marker=".", label=kind)
for label, keys in (
    ("port", {}),
    ("hardened", {"hardening": 1.0}),
    ("5 aim points", {"dispersal": 5}),
    ("both", {"hardening": 1.0, "dispersal": 5}),
):
    other.plot(HITS, left(kind="port", **keys), marker=".", label=label)
for axis, title in ((one, "By kind of asset"), (other, "Passive defence of a port")):
    axis.set_xlabel("arrivals of an srbm")
    axis.set_title(title)
    axis.set_ylim(0.0, 1.02)
    axis.legend()
one.set_ylabel("expected share of value left")
save(figure, "damage")
