"""A finished study: its points, its table, and first answers from them."""

import html
import math
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.messages.base import Floats, Ints, Longs
from tdome.studies.design.schema import Stop, StudyFile
from tdome.studies.estimators.control import controlled
from tdome.studies.estimators.sensitivity import sobol_of_points
from tdome.studies.estimators.splitting import probability
from tdome.studies.measures.names import RARE, SCREENED
from tdome.studies.running.base import KEYS
from tdome.studies.running.manifest import NAME, Manifest
from tdome.studies.running.parts import TABLE
from tdome.studies.running.stopping import ALPHA, half_width

_SHOWN_ROWS = 30
_SHOWN_MEASURES = 4


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How much more point ``b`` has of a measure than point ``a``: mean b - a, 95 % interval.

    pairs: replicates of both, compared one by one where they share their seeds (common random
    numbers); ``saved``: by how much that divided the variance of the difference (1: nothing; nan:
    not paired).
    """

    a: str
    b: str
    measure: str
    mean: float
    low: float
    high: float
    pairs: int
    saved: float

    def __str__(self) -> str:
        """Return one line for people."""
        return (
            f"{self.measure}: {self.b} less {self.a}: {self.mean:.4g} "
            f"({self.low:.4g} to {self.high:.4g}, 95 %, {self.pairs} replicates)"
        )


class Study:
    """A study folder, opened to be read. ``Study("studies/magazine-depth-1")``."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        if not (self.folder / NAME).is_file():
            hint = "is it a study folder?"
            raise ConfigError(str(folder), None, "study", f"has no {NAME}", hint)
        manifest = Manifest(self.folder)
        self.about: dict[str, Any] = manifest.about()
        self.ends = manifest.points()
        manifest.close()
        if not (self.folder / TABLE).is_file():
            problem = "this study is not finished: it has no table yet"
            raise ConfigError(str(folder), None, "study", problem, "tdome study … --resume")
        kept = (self.folder / "study.json").read_bytes()
        self.file = msgspec.json.decode(kept, type=StudyFile)

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.file.name

    @property
    def digest(self) -> str:
        """Content hash of the sorted table: equal for any number of workers."""
        return str(self.about["digest"])

    @cached_property
    def points(self) -> pa.Table:
        """One row for each design point: point, label, arm (if any), factors."""
        return pq.read_table(self.folder / "points.parquet")

    @cached_property
    def table(self) -> pa.Table:
        """One row for each replicate, sorted: point, replicate, seed, measures."""
        return pq.read_table(self.folder / TABLE)

    @cached_property
    def _starts(self) -> Longs:
        """Where each point's rows begin in the sorted table, and where the last one's end."""
        return np.searchsorted(self.table["point"].to_numpy(), np.arange(len(self.labels) + 1))

    @property
    def frame(self) -> Any:  # noqa: ANN401  (a pandas.DataFrame, if there is pandas)
        """Points and replicates joined, as a pandas DataFrame."""
        try:
            return self.points.to_pandas().merge(self.table.to_pandas(), on="point", how="right")
        except ImportError:
            problem = "pandas is not installed"
            hint = "pip install pandas, or use .table (pyarrow) and .points"
            raise ConfigError("study.frame", None, "", problem, hint) from None

    @property
    def labels(self) -> list[str]:
        """Labels of the points, in their order."""
        return [str(label) for label in self.points["label"].to_pylist()]

    @property
    def measures(self) -> list[str]:
        """Names of all measures."""
        return [name for name in self.table.column_names if name not in KEYS]

    @property
    def main_measures(self) -> list[str]:
        """Those that the question is about; without any named, the first ones."""
        stop = [] if self.file.stop is None else [self.file.stop.measure]
        asked = list(dict.fromkeys([*stop, *self.file.measures]))
        known = [name for name in asked if name in self.measures]
        return known or self.measures[:_SHOWN_MEASURES]

    def values(self, point: str | int, measure: str) -> Floats:
        """Return a measure of all replicates of a point, in order; nan where it is not there."""
        return self._values(self._number(point), measure)[1]

    def mean(self, measure: str) -> pa.Table:
        """Return point, label, n, mean, low, high (95 %) of a measure at each point.

        Student's interval; with ``[stop] rule = "any-time"`` that of the confidence sequence.
        Replicates without the measure are left out. Of the engine ``screened`` the luck that the
        screening saw is taken out; probabilities of ``splitting`` have the interval of their trees.
        """
        rows = []
        for number, label in enumerate(self.labels):
            _, values = self._values(number, measure)
            there = np.isfinite(values)
            values = values[there]
            mean = float(values.mean()) if len(values) else math.nan
            half = half_width(values, *self._rule(measure))
            if SCREENED + measure in self.measures and len(values):
                _, luck = self._values(number, SCREENED + measure)
                known = controlled(values, luck[there]).interval
                mean, half = known.estimate, known.half_width
            low, high = mean - half, mean + half
            if measure in self._probabilities and len(values):
                low, high = probability(values, values).interval[1:3]
            row = {"point": number, "label": label, "n": len(values)}
            rows.append(row | {"mean": mean, "low": low, "high": high})
        return pa.Table.from_pylist(rows)

    def rare(self) -> pa.Table:
        """Return point, label, n, probability, low, high (95 %), plain, cost, saved of [rare].

        n: trees, one for each replicate. plain: how many of their runs came to the event. cost: of
        a tree, in runs. saved: how many times the plain runs of that cost would be needed.
        """
        rows = []
        for number, label in enumerate(self.labels):
            trees, plain, cost = (
                self._values(number, name)[1] for name in ("rare", RARE + "plain", RARE + "cost")
            )
            if len(trees):
                found = probability(trees, cost)
                row: dict[str, Any] = {"point": number, "label": label, "n": len(trees)}
                row |= {"probability": found.interval.estimate, "low": found.interval.low}
                row |= {"high": found.interval.high, "plain": int(plain.sum())}
                rows.append(row | {"cost": found.cost, "saved": found.saved})
        return pa.Table.from_pylist(rows)

    def compare(self, a: str | int, b: str | int, *, measure: str) -> Comparison:
        """Return how much more of a measure point ``b`` has than ``a``, with a 95 % interval.

        Points are told by label, arm or number. Under common random numbers replicates are paired
        by seed and Student's interval is that of the differences; else it is Welch's.
        """
        first, second = self._number(a), self._number(b)
        (rows_a, values_a), (rows_b, values_b) = (
            self._values(one, measure) for one in (first, second)
        )
        if self.file.design.common_random_numbers:
            _, at_a, at_b = np.intersect1d(rows_a, rows_b, return_indices=True)
            stop = self.file.stop
            rule = ("t", 0) if stop is None or stop.against is None else self._rule(measure)
            told = _paired(values_a[at_a], values_b[at_b], *rule)
            if SCREENED + measure in self.measures:
                luck_a, luck_b = (self._values(k, SCREENED + measure)[1] for k in (first, second))
                apart, luck = values_b[at_b] - values_a[at_a], luck_b[at_b] - luck_a[at_a]
                both = np.isfinite(apart)
                known = controlled(apart[both], luck[both])
                interval = known.interval
                told = (interval.estimate, interval.half_width, told[2], told[3] * known.saved)
        else:
            told = _apart(values_a, values_b)
        mean, half, pairs, saved = told
        return Comparison(
            a=self.labels[first],
            b=self.labels[second],
            measure=measure,
            mean=mean,
            low=mean - half,
            high=mean + half,
            pairs=pairs,
            saved=saved,
        )

    def differences(self, measure: str, to: str | int | None = None) -> pa.Table:
        """Return point, label, n, mean, low, high of what each other point has more than one.

        to: that point; without it the one of ``[stop] against``, else the first.
        """
        stop = self.file.stop
        told = stop.against if to is None and stop is not None else to
        one = self._number(0 if told is None else told)
        rows = []
        for number, label in enumerate(self.labels):
            if number != one:
                found = self.compare(one, number, measure=measure)
                ends = {"mean": found.mean, "low": found.low, "high": found.high}
                rows.append({"point": number, "label": label, "n": found.pairs} | ends)
        return pa.Table.from_pylist(rows)

    def sobol(self, measure: str) -> pa.Table:
        """Return factor, first, first_low, first_high, total, total_low, total_high (95 %).

        Sobol indices of the measure's mean; of a study with the design ``saltelli`` only.
        """
        design, factors = self.file.design, self.file.factors
        if design.kind != "saltelli":
            problem = f"Sobol indices need a study of the kind 'saltelli', not {design.kind!r}"
            hint = "Study.table and report.html have shares of variance of any design"
            raise ConfigError(str(self.folder), None, "design.kind", problem, hint)
        values = self._column(measure).to_numpy()
        point = self.table["point"].to_numpy()
        found = sobol_of_points(point, values, len(factors), streams=Streams(design.seed))
        rows = [
            {"factor": factor.name}
            | {"first": first.estimate, "first_low": first.low, "first_high": first.high}
            | {"total": total.estimate, "total_low": total.low, "total_high": total.high}
            for factor, first, total in zip(factors, found.first, found.total, strict=True)
        ]
        return pa.Table.from_pylist(rows)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "folder": str(self.folder),
            "name": self.name,
            "question": self.file.question,
            "engine": self.about["engine"],
            "status": self.about["status"],
            "digest": self.digest,
            "replicates": len(self.table),
            "seconds": self.about["seconds"],
            "points": [
                row | {"status": status, "replicates": n}
                for row, (_, status, n) in zip(self.points.to_pylist(), self.ends, strict=True)
            ],
            "means": {name: self.mean(name).to_pylist() for name in self.measures},
            **self._more(),
        }

    def _more(self) -> dict[str, Any]:
        """Return what only some studies have."""
        told: dict[str, Any] = {}
        if "rare" in self.measures:
            told["rare"] = self.rare().to_pylist()
        if self.file.stop is not None and self.file.stop.against is not None:
            told["differences"] = {
                name: self.differences(name).to_pylist() for name in self.main_measures
            }
        if self.file.design.kind == "saltelli":
            told["sobol"] = {name: self.sobol(name).to_pylist() for name in self.main_measures}
        return told

    def __repr__(self) -> str:
        """Return what it is in one line."""
        return (
            f"<Study {self.name!r}: {len(self.labels)} points, {len(self.table)} replicates, "
            f"in {str(self.folder)!r}>"
        )

    def _repr_html_(self) -> str:
        """Return a table of the main measures, for notebooks."""
        names = self.main_measures
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ("point", "n", *names))
        means = [self.mean(name).to_pylist() for name in names]
        body = ""
        for number, label in enumerate(self.labels[:_SHOWN_ROWS]):
            cells = [html.escape(label), str(self.ends[number][2])]
            cells += [
                f"{of[number]['mean']:.4g} ({of[number]['low']:.4g} to {of[number]['high']:.4g})"
                for of in means
            ]
            body += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        more = len(self.labels) - _SHOWN_ROWS
        note = f"<p>and {more} more points</p>" if more > 0 else ""
        title = f"<b>{html.escape(self.name)}</b> {html.escape(self.file.question)}"
        return f"<p>{title}</p><table><tr>{head}</tr>{body}</table>{note}"

    @property
    def _probabilities(self) -> list[str]:
        passed = [name for name in self.measures if name.startswith(RARE + "passed.")]
        return ["rare", *passed]

    def _rule(self, measure: str) -> tuple[str, int]:
        stop = self.file.stop or Stop(measure=measure)
        return stop.rule, stop.floor

    def _number(self, point: str | int) -> int:
        labels = self.labels
        if isinstance(point, int) and 0 <= point < len(labels):
            return point
        found = [i for i, label in enumerate(labels) if label == point]
        if not found:
            raise ConfigError.unknown(
                file=str(self.folder), key="point", name=str(point), valid=labels
            )
        return found[0]

    def _column(self, measure: str) -> pa.ChunkedArray:
        if measure not in self.measures:
            raise ConfigError.unknown(
                file=str(self.folder), key="measure", name=measure, valid=self.measures
            )
        return self.table[measure]

    def _values(self, point: int, measure: str) -> tuple[Ints, Floats]:
        first, stop = self._starts[point : point + 2].tolist()
        values = self._column(measure).slice(first, stop - first)
        return self.table["replicate"].slice(first, stop - first).to_numpy(), values.to_numpy()


def _paired(a: Floats, b: Floats, rule: str, floor: int) -> tuple[float, float, int, float]:
    """Return mean, half of the interval, pairs, and what pairing saved."""
    both = np.isfinite(a) & np.isfinite(b)
    a, b = a[both], b[both]
    apart = b - a
    if len(apart) < 2:  # noqa: PLR2004
        return (float(apart.mean()) if len(apart) else math.nan), math.inf, len(apart), math.nan
    alone, paired = float(a.var(ddof=1) + b.var(ddof=1)), float(apart.var(ddof=1))
    saved = alone / paired if paired > 0.0 else math.nan
    return float(apart.mean()), half_width(apart, rule, floor), len(apart), saved


def _apart(a: Floats, b: Floats) -> tuple[float, float, int, float]:
    """Return the same of independent samples, by Welch's degrees of freedom."""
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    n = min(len(a), len(b))
    if n < 2:  # noqa: PLR2004
        return math.nan, math.inf, n, math.nan
    of_a, of_b = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    mean, spread = float(b.mean() - a.mean()), of_a + of_b
    if spread == 0.0:
        return mean, 0.0, n, math.nan
    freedom = spread**2 / (of_a**2 / (len(a) - 1) + of_b**2 / (len(b) - 1))
    return mean, float(stats.t.ppf(1.0 - ALPHA / 2.0, freedom)) * math.sqrt(spread), n, math.nan
