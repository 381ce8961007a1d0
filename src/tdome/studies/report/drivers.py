"""What drives the result: shares of variance, ranks, and the mean at each level of each factor."""

from typing import NamedTuple

import numpy as np

from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Longs
from tdome.studies.estimators.interval import Interval
from tdome.studies.estimators.means import mean
from tdome.studies.estimators.sensitivity import (
    BINS,
    SobolIndices,
    levels_of,
    rank_regression,
    sobol_of_points,
    variance_shares,
)
from tdome.studies.report.folder import StudyFolder


class Level(NamedTuple):
    """The mean of a measure over the points at one level of a factor."""

    factor: str
    level: str
    points: int
    mean: Interval


class Driver(NamedTuple):
    """How much of the variance between points a factor explains, and in which direction."""

    factor: str
    share: float
    rank_coefficient: float


def point_means(study: StudyFolder, measure: str) -> Floats:
    """Return the mean of a measure at each point; nan where it never exists."""
    values = study.columns[measure]
    there = np.isfinite(values)
    k = len(study.labels)
    counts = np.bincount(study.point[there], minlength=k)
    sums = np.bincount(study.point[there], weights=values[there], minlength=k)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / counts, np.float64)


def drivers(study: StudyFolder, measure: str) -> tuple[list[Driver], float]:
    """Return all factors, the strongest first, and R^2 of the rank regression."""
    y = point_means(study, measure)
    there = np.isfinite(y)
    numeric = [name for name, column in study.factors.items() if _is_numeric(column)]
    slopes, r_squared = dict.fromkeys(study.factors, float("nan")), float("nan")
    if numeric and there.sum() > 1:
        x = np.array([[float(v) for v in study.factors[name]] for name in numeric]).T[there]
        found = rank_regression(x, y[there])
        slopes |= dict(zip(numeric, found.coefficients.tolist(), strict=True))
        r_squared = found.r_squared
    bins = int(np.clip(there.sum() // max(2 * len(study.factors), 1), 2, BINS))
    at = [_levels(column, bins)[there] for column in study.factors.values()]
    shares = variance_shares(at, y[there]) if there.any() else [float("nan")] * len(at)
    rows = [
        Driver(name, share, slopes[name]) for name, share in zip(study.factors, shares, strict=True)
    ]
    return sorted(rows, key=lambda row: -np.nan_to_num(row.share, nan=-1.0)), r_squared


def indices(study: StudyFolder, measure: str) -> SobolIndices:
    """Return the Sobol indices of a measure's mean, of a study of the design ``saltelli``."""
    streams = Streams(int(study.file["design"].get("seed", 1)))
    values = study.columns[measure]
    return sobol_of_points(study.point, values, len(study.factors), streams=streams)


def levels(study: StudyFolder, measure: str) -> list[Level]:
    """Return the mean at each level of each factor.

    Replicates of one seed share their luck over all points, so the mean over the level's points is
    taken seed by seed first, and the interval is over seeds. Seeds that not all of these points
    have are left out; without any common ones, the points are the sample.
    """
    rows = []
    for name, column in study.factors.items():
        at = _levels(column)
        for level in range(int(at.max(initial=-1)) + 1):
            points = np.flatnonzero(at == level)
            values = _by_seed(study, measure, points)
            if len(values):
                rows.append(Level(name, _said(column, points), len(points), mean(values)))
    return rows


def _by_seed(study: StudyFolder, measure: str, points: Longs) -> Floats:
    of = np.isin(study.point, points)
    values, seeds = study.columns[measure][of], study.seed[of]
    there = np.isfinite(values)
    seed, row = np.unique(seeds[there], return_inverse=True)
    counts = np.bincount(row, minlength=len(seed))
    sums = np.bincount(row, weights=values[there], minlength=len(seed))
    whole = counts == len(points)
    if whole.any():
        return np.asarray(sums[whole] / len(points), np.float64)
    means = point_means(study, measure)[points]
    return means[np.isfinite(means)]


def _is_numeric(column: list[object]) -> bool:
    return all(isinstance(value, int | float) for value in column)


def _levels(column: list[object], bins: int = BINS) -> Longs:
    return levels_of(column if _is_numeric(column) else [str(v) for v in column], bins)


def _said(column: list[object], points: Longs) -> str:
    values = [column[point] for point in points.tolist()]
    if len({str(value) for value in values}) == 1:
        return str(values[0])
    plain = [float(value) for value in values if isinstance(value, int | float)]
    return f"{min(plain):.4g} to {max(plain):.4g}"
