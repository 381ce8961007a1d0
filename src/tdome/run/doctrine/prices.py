"""Reserve prices by layer, learned offline: what a plan gives to ``doctrine.reserve_prices``."""

import numpy as np

from tdome.run.doctrine.book import Book
from tdome.run.doctrine.instance import Floats, Instance


def reserve_prices(instance: Instance, book: Book) -> list[Floats]:
    """Return by layer what its last, second to last ... round is worth, never rising; (M_l,) each.

    The price of layer l with r of its M_l rounds left, and the other layers' in proportion, is that
    of the vector of the book at which an expected wave and all later waves cost most (`by_book`),
    on average over the number of waves to come, 0 to N - 1. Values are those of the instance: scale
    them to the plan's values at risk.
    """
    wave = float(instance.size @ np.arange(instance.size.size)) * instance.mix
    out = []
    for layer, most in enumerate(instance.rounds):
        curve = np.zeros(int(most))
        for r in range(int(most)):
            left = instance.rounds * ((r + 0.5) / most)
            for n in range(instance.waves):
                stock = left + (instance.reload if n > 0 else 0)
                cost = book.rest[n, :, :, 0, -1] @ wave - book.prices[n] @ stock + book.kappa[n]
                curve[r] += book.prices[n, int(np.argmax(cost)), layer]
        # Steps between vectors of prices make it rise here and there; a later round is no dearer.
        out.append(np.minimum.accumulate(curve / instance.waves))
    return out
