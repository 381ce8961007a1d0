"""Levels on the way to a rare event, chosen by a screening of the same inputs.

With R branches at each level, the k-th level is best where a share R^-k of raids comes over it. A
screening is biased, but a level that is off costs a little and biases nothing. Of ``no_leaker``:
as many levels as a share of none needs, evenly over the raiders. Where the screening saw too few
(or none) of a level, the last steps go on as they were.
"""

import math

import numpy as np

from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats
from tdome.run.library import Inputs
from tdome.run.screening.screen import Columns, compile_screen
from tdome.studies.design.schema import Rare
from tdome.studies.measures.names import NO_LEAKER

REPLICATES = 4096
FEWEST = 40  # of them over a level that is believed
MOST_LEVELS = 12
_HINT = "name them: [rare] levels = [...]"


def levels_by_screening(inputs: Inputs, rare: Rare) -> tuple[float, ...]:
    """Return ascending levels below the event; raises ConfigError where there is no screening."""
    try:
        found = compile_screen(inputs).replicates(list(range(REPLICATES)))
    except ConfigError as fault:
        problem = f"no screening to choose levels by: {fault.problem}"
        raise ConfigError("study", None, "rare.levels", problem, _HINT) from None
    if rare.measure == NO_LEAKER:
        return _of_none(found, rare.branches)
    above = math.inf if rare.above is None else rare.above
    return levels_of(_column(found, rare.measure), above, rare.branches)


def levels_of(values: Floats, above: float, branches: int) -> tuple[float, ...]:
    """Return levels that a share R^-1, R^-2 ... of values (n,) is over, below ``above``."""
    levels: list[float] = []
    share = 1.0 / branches
    while len(levels) < MOST_LEVELS and share * len(values) >= FEWEST:
        level = float(np.quantile(values, 1.0 - share, method="lower"))
        share /= branches
        if level >= above or (values > above).mean() > share:
            return tuple(levels)
        if (not levels or level > levels[-1]) and (values > level).any():
            levels.append(level)
    if not levels:
        return ()
    step = levels[-1] - (levels[-2] if len(levels) > 1 else float(np.median(values)))
    while len(levels) < MOST_LEVELS and step > 0.0 and levels[-1] + 1.5 * step < above:
        levels.append(levels[-1] + step)
    return tuple(levels)


def _of_none(found: Columns, branches: int) -> tuple[float, ...]:
    leaked, launched = found["leaked"], float(found["launched"].mean())
    none = max(float((leaked == 0.0).mean()), math.exp(-float(leaked.mean())), 1e-9)
    steps = min(round(-math.log(none) / math.log(branches)), MOST_LEVELS)
    return tuple(launched * k / steps for k in range(1, steps))


def _column(found: Columns, measure: str) -> Floats:
    if measure not in found:
        problem = f"a screening does not know {measure!r}, to choose levels by"
        raise ConfigError("study", None, "rare.levels", problem, _HINT)
    return found[measure]
