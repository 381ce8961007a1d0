"""Mixes for the same money: what a budget buys, line by line, and what is left of it.

The money is cut into equal parts, and each part is given to one line: all ways to do so are the
simplex lattice of Scheffé ("Experiments with mixtures", J. R. Stat. Soc. B 20, 1958), for k lines
and m parts C(m + k - 1, k - 1) mixes. A line buys whole things only, as many as its share pays at
the price's ``value``; what a share can not pay for is left, and said. It is not given to another
line: a dear line's rest would buy many of a cheap one, and the end of the lattice that has none
of the cheap line would have some.

Prices are the catalogue's own lines, or written in the study. They are uncertain: ``low`` and
``high`` do not change what is bought, but tell what the same mix would cost.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tdome.kernel.errors import ConfigError
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.classes.quantity import Quantity
from tdome.studies.design.schema import Line, Price, StudyFile

COLUMNS = ("spent", "spent.low", "spent.high", "left")
"""Columns of the points of a budget: USD at the price, at its ends, and what is left."""

_ROUNDING = 1e-9  # of one thing: money and prices in floats may miss a whole number by less
_PATH = 4  # catalogue.KIND.CLASS.KEY


class Paid(NamedTuple):
    """What a mix costs, USD: at the prices, at their low and high ends; and what is left."""

    spent: float
    low: float
    high: float
    left: float


def quantity_at(path: str) -> Quantity | None:
    """Return the catalogue number of a path ``catalogue.KIND.CLASS.KEY``; None if it is none."""
    steps = path.split(".", _PATH - 1)
    if len(steps) != _PATH or steps[0] != "catalogue":
        return None
    entry = getattr(bundled_catalogue(), steps[1], {}).get(steps[2])
    found = getattr(entry, steps[3], None)
    return found if isinstance(found, Quantity) else None


def price_of(line: Line) -> Price:
    """Return what one of a line costs. Raises ValueError for what is no price of the catalogue."""
    if isinstance(line.price, Price):
        return line.price
    found = quantity_at(line.price)
    if found is None or not line.price.endswith("_usd") or not found.low > 0.0:
        raise ValueError(f"{line.price!r} is no price of the catalogue")
    return Price(value=found.nominal, low=found.low, high=found.high, source=found.source)


def mixes(file: StudyFile, source: str) -> list[tuple[int, ...]]:
    """Return how many of each line each mix buys, the first line's money rising.

    Two shares that buy the same are one mix. Raises ConfigError.
    """
    prices = _prices(file, source)
    money, parts = file.design.money or 0.0, file.design.parts or 1
    bought = (
        tuple(
            math.floor(money * share / parts / price.value + _ROUNDING)
            for share, price in zip(shares, prices, strict=True)
        )
        for shares in lattice(len(prices), parts)
    )
    return list(dict.fromkeys(bought))


def lattice(lines: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Yield all ways to give ``parts`` to lines, as whole numbers that sum to them."""
    for bars in itertools.combinations(range(parts + lines - 1), lines - 1):
        edges = (-1, *bars, parts + lines - 1)
        yield tuple(b - a - 1 for a, b in itertools.pairwise(edges))


def paid(bought: Sequence[int], lines: Sequence[Line], money: float) -> Paid:
    """Return what a mix costs, and what is left of the money."""
    prices = [price_of(line) for line in lines]
    spent, low, high = (
        sum(n * getattr(price, end) for n, price in zip(bought, prices, strict=True))
        for end in ("value", "low", "high")
    )
    return Paid(spent, low, high, money - spent)


def shared_out(n: int, places: int) -> list[int]:
    """Return n whole things over places, as evenly as can be, the first ones getting the rest."""
    return [n // places + (k < n % places) for k in range(places)]


def _prices(file: StudyFile, source: str) -> list[Price]:
    found = []
    for i, line in enumerate(file.lines):
        key = f"lines[{i}].price"
        try:
            price = price_of(line)
        except ValueError as fault:
            problem = f"key {key!r}: {fault}"
            hint = (
                'as "catalogue.effectors.short-range.round_cost_usd", or value, low, high, source'
            )
            raise ConfigError(source, None, key, problem, hint) from None
        if file.design.money is not None and price.value > file.design.money:
            problem = f"key {key!r}: {price.value:,.0f} USD is more than design.money"
            raise ConfigError(source, None, key, problem, "no mix would ever buy one")
        found.append(price)
    return found
