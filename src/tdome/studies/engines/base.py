"""The contract of an engine: from a design point and seeds to rows of measures."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from typing import Protocol, TypeAlias, cast

import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.run.library import Inputs
from tdome.studies.design.schema import Rare

Columns: TypeAlias = Mapping[str, Floats]
"""Measure -> one float64 for each replicate; nan where a replicate has no such measure."""

GROUP = "tdome.engine"
_OWN = {
    "stepwise": "tdome.studies.engines.stepwise:Stepwise",
    "screening": "tdome.studies.engines.screening:Screening",
    "screened": "tdome.studies.engines.screened:Screened",
    "splitting": "tdome.studies.engines.splitting:Splitting",
}


class Engine(Protocol):
    """Runs replicates. It promises that a row depends on (inputs, seed) alone.

    So rows are the same alone or in any company, in any process and on any machine of one kind.
    """

    name: str

    def rows(self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]) -> Columns:
        """Return the measures of the replicates with these seeds, in their order."""
        ...


def find_engine(name: str, rare: Rare | None = None) -> Engine:
    """Return a new engine by name (ours, or entry point ``tdome.engine``), or ``module:Class``.

    ``rare``: the event that the study asks for, which goes to an engine that has ``splits``. Raises
    ConfigError with the nearest name.
    """
    others = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    where = name if ":" in name else (_OWN | others).get(name)
    if where is None:
        known = sorted(_OWN | others)
        raise ConfigError.unknown(file="study", key="engine", name=name, valid=known)
    module, _, attribute = where.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as fault:
        problem = f"key 'engine': {name!r} can not be loaded: {fault}"
        raise ConfigError("study", None, "engine", problem) from None
    if rare is not None and not getattr(found, "splits", False):
        problem, hint = f"key 'rare': engine {name!r} does not split", 'set engine = "splitting"'
        raise ConfigError("study", None, "rare", problem, hint)
    made = found() if rare is None else found(rare)
    return cast("Engine", made)


def check_engine(engine: Engine, inputs: Inputs, seeds: Sequence[int]) -> None:
    """Check that rows are the same together, apart and in another order. Raises AssertionError."""
    numbers = list(range(len(seeds)))
    together = engine.rows(inputs, numbers, seeds)
    turned = engine.rows(inputs, numbers[::-1], list(seeds)[::-1])
    for name, column in together.items():
        _expect(column.shape == (len(seeds),), f"{name}: one value for each replicate")
        _expect(column.dtype == np.float64, f"{name}: float64")
        _expect(_same(column, turned[name][::-1]), f"{name}: the order changes nothing")
    for k in numbers:
        alone = engine.rows(inputs, [k], [seeds[k]])
        for name, column in together.items():
            one = alone.get(name, np.array([np.nan]))
            _expect(_same(one, column[k : k + 1]), f"{name}: company changes nothing")


def _same(a: Floats, b: Floats) -> bool:
    return bool(np.array_equal(a, b, equal_nan=True))


def _expect(holds: object, promise: str) -> None:
    if not holds:
        raise AssertionError(promise)
