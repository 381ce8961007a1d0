"""The numbers of a report: for each measure and point, the distribution with its intervals."""

from typing import NamedTuple

import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.studies.estimators.control import controlled
from tdome.studies.estimators.interval import Interval
from tdome.studies.estimators.means import mean, share
from tdome.studies.estimators.pairs import difference
from tdome.studies.estimators.quantiles import P5_P50_P95, quantile
from tdome.studies.estimators.splitting import probability
from tdome.studies.estimators.tails import Tail, cvar
from tdome.studies.measures.names import SCREENED, measure_of
from tdome.studies.report.folder import StudyFolder

CVAR_AT = 0.95
_BY_LAYER = "control.hits.layer."
_PER_CONTROL = 10  # replicates for each control that is fitted


class Spread(NamedTuple):
    """One measure at one point. nulls: replicates in which it does not exist.

    numbers: statistic ("mean", "p5", "p50", "p95", "cvar") -> interval.
    """

    measure: str
    point: int
    n: int
    nulls: int
    numbers: dict[str, Interval]


class Saved(NamedTuple):
    """Factors of replicates saved at a point, for one measure.

    control: by the control variate, for the mean. pairs: by common random numbers, for the
    difference to the reference point; both: with the control variate on top, which gives the
    adjusted difference. None: nothing to pair with.
    """

    measure: str
    point: int
    control: float
    mean: Interval
    difference: Interval | None
    adjusted: Interval | None
    pairs: float | None
    both: float | None


def spread(study: StudyFolder, measure: str, point: int) -> Spread:
    """Return the distribution of a measure at a point."""
    values = study.values(measure, point)
    there = values[np.isfinite(values)]
    return Spread(measure, point, len(there), len(values) - len(there), _numbers(measure, there))


def _numbers(measure: str, values: Floats) -> dict[str, Interval]:
    if not len(values):
        return {}
    if unit_of(measure) == "0/1":
        return {"mean": share(int(values.sum()), len(values))}
    if unit_of(measure) == "probability":
        return {"mean": probability(values, values).interval}
    numbers = {"mean": mean(values)}
    for p in P5_P50_P95:
        numbers[f"p{100 * p:g}"] = quantile(values, p)
    numbers["cvar"] = cvar(values, CVAR_AT, bad_tail(measure))
    return numbers


def unit_of(measure: str) -> str:
    """Return the unit of a measure; empty for one of the user's own."""
    try:
        return measure_of(measure).unit
    except KeyError:
        return ""


def bad_tail(measure: str) -> Tail:
    """Return the tail in which a measure is bad."""
    try:
        return "lower" if measure_of(measure).better == "more" else "upper"
    except KeyError:
        return "upper"


def saved(study: StudyFolder, measure: str, point: int, reference: int) -> Saved:
    """Return what control variate and common random numbers saved."""
    y, z = study.values(measure, point), _controls(study, measure, point)
    there = np.isfinite(y)
    alone = controlled(y[there], z[there])
    if point == reference:
        return Saved(measure, point, alone.saved, alone.interval, None, None, None, None)
    mine, theirs = partners(study, point, reference)
    a, b = y[mine], study.values(measure, reference)[theirs]
    good = np.isfinite(a) & np.isfinite(b)
    if not good.any():
        return Saved(measure, point, alone.saved, alone.interval, None, None, None, None)
    a, b = a[good], b[good]
    apart = difference(a, b)
    d_z = (z[mine] - _controls(study, measure, reference)[theirs])[good]
    with_control = controlled(a - b, d_z)
    return Saved(
        measure,
        point,
        control=alone.saved,
        mean=alone.interval,
        difference=apart.interval,
        adjusted=with_control.interval,
        pairs=apart.saved,
        both=apart.saved * with_control.saved,
    )


def partners(study: StudyFolder, point: int, other: int) -> tuple[Longs, Longs]:
    """Return rows (k,) of two points' replicates with common seeds, in the same order."""
    ours, other_seeds = (study.seed[study.rows(one)] for one in (point, other))
    _, mine, theirs = np.intersect1d(ours, other_seeds, return_indices=True)
    return mine, theirs


def _controls(study: StudyFolder, measure: str, point: int) -> Floats:
    """Return the controls (n, k) of a measure: what its screening says, else the luck of the shots.

    The latter for each layer, or in total where replicates are few.
    """
    rows = study.rows(point)
    screened = study.columns.get(SCREENED + measure)
    if screened is not None:
        return np.asarray(np.nan_to_num(screened[rows])[:, None], np.float64)
    layers = [name for name in study.columns if name.startswith(_BY_LAYER)]
    fewest = int(np.bincount(study.point, minlength=len(study.labels)).min())
    names = layers if layers and fewest >= _PER_CONTROL * len(layers) else ["control.hits"]
    columns = [study.columns[name][rows] for name in names if name in study.columns]
    found = np.column_stack(columns) if columns else np.zeros((rows.stop - rows.start, 1))
    return np.asarray(np.nan_to_num(found), np.float64)
