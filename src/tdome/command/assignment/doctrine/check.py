"""The public check of a doctrine: what ``base.py`` promises, tried on chances of all kinds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.doctrine.base import Chances, Doctrine, Wishes
from tdome.command.assignment.sample import sample_plan
from tdome.messages.base import Floats
from tdome.plan.plan import Plan

_UNITS = 6
_GOLDEN = 0.6180339887498949


def check_doctrine(make: Callable[[Plan], Doctrine], plan: Plan | None = None) -> None:
    """Try ``make(plan)``; raise AssertionError at a broken promise. ``plan``: with six fire units.

    Chances are spread by the golden section, no randomness: many values, some without an intercept,
    a later chance, rounds or a price.
    """
    doctrine = make(plan or sample_plan(_UNITS))
    for count in (0, 1, 7, 40):
        for turn in range(3):
            chances = sample_chances(count, turn)
            before = _bytes(chances)
            said = doctrine.wishes(chances)
            _require(_bytes(chances) == before, "inputs were written to")
            _check_form(said, chances)
            _require(_equal(said, doctrine.wishes(chances)), "the same chances, two answers")
            rows = np.argsort(_spread(count, turn + 0.37))
            _require(
                _equal(_rows(said, rows), doctrine.wishes(_turned(chances, rows))),
                "the order of the threats matters",
            )


def sample_chances(count: int, turn: int = 0, units: int = _UNITS) -> Chances:
    """Return chances of ``count`` threats and some units, all notional."""
    table = _spread(count * units, turn).reshape(count, units)
    soon = 20.0 + 60.0 * table
    last = soon + 80.0 * _spread(count * units, turn + 0.5).reshape(count, units) - 30.0
    none = table < 0.15  # noqa: PLR2004  (where there is no intercept)
    row = np.arange(count)
    return Chances(
        value=10.0 * _spread(count, turn + 0.1) + 0.01,
        spent=(row % 3).astype(np.int32),
        shots=(6 - row % 3).astype(np.int32),
        allowed=(~none | (table < 0.05)).astype(np.int8),  # noqa: PLR2004
        sspk=np.round(_spread(count * units, turn + 0.7).reshape(count, units), 2),
        intercept=np.where(none, np.nan, soon),
        last=np.where(none, -np.inf, last),
        lead=np.linspace(3.0, 12.0, units),
        look=4.0,
        left=np.resize(np.array([0, 1, 4, 9, 30, 2]), units).astype(np.int32),
        price=np.resize(np.array([0.0, 0.02, 0.02, 0.3, 1.0, 0.1]), units),
    )


def _bytes(chances: Chances) -> list[bytes]:
    return [np.asarray(getattr(chances, name)).tobytes() for name in Chances._fields]


def _check_form(said: Wishes, chances: Chances) -> None:
    shape = chances.sspk.shape
    for name in ("early", "late", "price", "keep"):
        _require(getattr(said, name).shape == shape, f"shape of {name}")
    for name in ("early", "late", "keep"):
        _require(getattr(said, name).dtype == np.int32, f"type of {name}")
        _require(bool((getattr(said, name) >= 0).all()), f"{name} below 0")
    _require(said.curve.ndim == 2 and len(said.curve) == shape[1], "shape of curve")  # noqa: PLR2004
    _require(bool((said.price >= 0.0).all()), "a price below 0 or nan")  # inf: NOT_NOW
    _require(bool((np.isfinite(said.curve) & (said.curve >= 0.0)).all()), "curve")


def _turned(chances: Chances, rows: NDArray[np.intp]) -> Chances:
    by_threat = ("value", "spent", "shots", "allowed", "sspk", "intercept", "last")
    return chances._replace(**{name: getattr(chances, name)[rows] for name in by_threat})


def _rows(said: Wishes, rows: NDArray[np.intp]) -> Wishes:
    return Wishes(said.early[rows], said.late[rows], said.price[rows], said.keep[rows], said.curve)


def _equal(a: Wishes, b: Wishes) -> bool:
    names = Wishes._fields
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)


def _spread(count: int, start: float) -> Floats:
    return np.asarray(np.modf(_GOLDEN * np.arange(1, count + 1) + 0.31 * start)[0])


def _require(kept: bool, broken: str) -> None:
    if not kept:
        raise AssertionError(broken)
