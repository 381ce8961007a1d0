"""The sections of a report, in the order of a reader's questions."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec
import numpy as np

from tdome.messages.base import Floats, Longs
from tdome.studies.design.mixes import price_of
from tdome.studies.design.schema import Line, Price
from tdome.studies.estimators.sensitivity import SobolIndices
from tdome.studies.estimators.splitting import probability
from tdome.studies.measures.names import measure_of
from tdome.studies.report import figures
from tdome.studies.report.assumptions import Assumption
from tdome.studies.report.drivers import Driver, Level
from tdome.studies.report.folder import StudyFolder
from tdome.studies.report.page import cell, plain_cell, table, text
from tdome.studies.report.summary import Saved, Spread, unit_of

_STATISTICS = ("mean", "p5", "p50", "p95", "cvar")
_HEADS = ("point", "n", "mean", "P5", "P50", "P95", "CVaR 95 %", "null")
_MOST_CURVES = 8
_MOST_MANIFEST = 60


def question(study: StudyFolder) -> str:
    """Return what was asked."""
    file = study.file
    asked = text(file.get("question", "") or "No question was written.")
    told = f'<p class="question">{asked}</p>'
    if file.get("description"):
        told += f"<p>{text(file['description'])}</p>"
    return (
        f'{told}<p class="soft">Scenario {text(file.get("scenario", ""))}; '
        f"{len(study.labels)} design points, {len(study.point):,} replicates. Intervals: 95 %, "
        "under each number.</p>"
    )


def warnings(told: Sequence[str]) -> str:
    """Return the validity warnings."""
    if not told:
        return "<p>None.</p>"
    return f'<ul class="doubts">{"".join(f"<li>{text(one)}</li>" for one in told)}</ul>'


def results(study: StudyFolder, spreads: Sequence[Spread]) -> str:
    """Return figure and table of each shown measure."""
    pieces = []
    for rank, measure in enumerate(study.measures):
        mine = [one for one in spreads if one.measure == measure]
        title = f"{measure}, {unit_of(measure)}".rstrip(", ")
        pieces.append(f'<h3>{text(title)}</h3><p class="soft">{text(_meaning(measure))}</p>')
        if rank == 0 and any("p50" in one.numbers for one in mine):
            pieces += [
                figures.distributions(mine, study.labels, title),
                '<p class="soft">Line: P5 to P95 of replicates; tick: median; diamond and bar: '
                "mean with its interval.</p>",
                _curves(study, measure, mine, title),
            ]
        pieces.append(table(title, _HEADS, [_row(study, one) for one in mine]))
    return "".join(pieces)


def _meaning(measure: str) -> str:
    try:
        return measure_of(measure).meaning
    except KeyError:
        return "a measure of the study's own"


def _curves(study: StudyFolder, measure: str, mine: Sequence[Spread], title: str) -> str:
    curves = {
        study.labels[one.point]: _there(study, measure, one.point)
        for one in mine[:_MOST_CURVES]
        if one.n
    }
    return figures.exceedance(curves, title)


def _there(study: StudyFolder, measure: str, point: int) -> Floats:
    values = study.values(measure, point)
    return values[np.isfinite(values)]


def _row(study: StudyFolder, one: Spread) -> list[str]:
    numbers = [cell(one.numbers.get(k), one.measure, one.point, k) for k in _STATISTICS]
    n = plain_cell(float(one.n), one.measure, one.point, "n")
    nulls = plain_cell(float(one.nulls), one.measure, one.point, "nulls")
    return [study.labels[one.point], n, *numbers, nulls]


def exchange(study: StudyFolder, spreads: Sequence[Spread]) -> str:
    """Return money beside value: never one without the other."""
    cost = {one.point: one for one in spreads if one.measure == "cost.defence" and one.numbers}
    # What this raid would have taken is known to full runs; a screening knows what is left.
    known = {one.measure for one in spreads if one.numbers}
    of_value = "value.saved" if "value.saved" in known else "value.protected"
    value = {one.point: one for one in spreads if one.measure == of_value and one.numbers}
    rows = []
    for point in sorted(cost.keys() & value.keys()):
        x, y = cost[point].numbers["mean"], value[point].numbers["mean"]
        rows.append(
            {"point": study.labels[point], "cost": x.estimate, "saved": y.estimate}
            | {"cost_low": _finite(x.low, x.estimate), "cost_high": _finite(x.high, x.estimate)}
            | {"saved_low": _finite(y.low, y.estimate), "saved_high": _finite(y.high, y.estimate)}
        )
    if not rows:
        return "<p>The study measures no cost or no value.</p>"
    return figures.trade(rows, f"{of_value} (mean)") + (
        "<p>A ratio of prices alone is misleading: a dear round may save far more than it costs. "
        "Prices are those of the catalogue.</p>"
    )


def mixes(study: StudyFolder, points: Longs) -> str:
    """Return what each mix of a budget buys and costs, also at the ends of its prices."""
    if not study.paid:
        return ""
    rows = [
        [
            study.labels[point],
            *(
                plain_cell(float(study.paid[column][point]), column, point, "money")
                for column in ("spent", "left", "spent.low", "spent.high")
            ),
        ]
        for point in points.tolist()
    ]
    heads = ("point", "spent", "left", "the same at low prices", "at high prices")
    return table("The same money, USD, point by point", heads, rows) + (
        '<p class="soft">Spent is what was bought; cost.defence above is what was fired of all '
        "there was. What is left pays for no whole thing of the line that it was for.</p>"
    )


def prices(study: StudyFolder) -> str:
    """Return the prices of a budget's lines with their sources."""
    lines = [msgspec.convert(line, Line) for line in study.file.get("lines", [])]
    rows = []
    for line in lines:
        price = price_of(line)
        numbers = (price.value, price.low, price.high)
        told = "this study" if isinstance(line.price, Price) else line.price
        cells = (plain_cell(number, "price", line.name, "price") for number in numbers)
        rows.append([line.name, *cells, price.source, told])
    heads = ("line", "price of one, USD", "low", "high", "source", "number")
    return table("Prices that the budget is spent at", heads, rows) if rows else ""


def _finite(end: float, otherwise: float) -> float:
    return end if np.isfinite(end) else otherwise


def indices(study: StudyFolder, found: dict[str, SobolIndices]) -> str:
    """Return Sobol indices of the mean of some measures, the first one as a figure too."""
    told = ""
    for measure, one in found.items():
        if not np.isfinite([index.estimate for index in one.total]).all():
            told += f"<p>{text(measure)} does not vary, or is not there in all replicates.</p>"
            continue
        if not told:
            told += figures.indices(list(study.factors), one, f"share of variance of {measure}")
        rows = [
            [
                name,
                cell(first, measure, name, "first"),
                cell(total, measure, name, "total"),
            ]
            for name, first, total in zip(study.factors, one.first, one.total, strict=True)
        ]
        told += table(f"Sobol indices of the mean of {measure}", ("factor", "first", "total"), rows)
    note = (
        '<p class="soft">First: the share of the variance that a factor explains by itself over '
        "its range; total: with all that it does together with others. The luck that replicates "
        "leave in a point's mean is taken off. Shares are of these ranges: a factor that is held "
        "more tightly drives less.</p>"
    )
    return told + note if found else ""


def driving(
    strengths: Sequence[Driver], r_squared: float, levels: Sequence[Level], measure: str
) -> str:
    """Return what drives the result."""
    if not strengths:
        return "<p>The study varies no factor.</p>"
    rows = [
        [
            one.factor,
            plain_cell(one.share, measure, one.factor, "share"),
            plain_cell(one.rank_coefficient, measure, one.factor, "rank"),
        ]
        for one in strengths
    ]
    told = any(one.share >= 0.0 for one in strengths)
    heads = ("factor", "share of variance", "rank coefficient")
    by_level = [
        [
            *(one.factor, one.level, str(one.points)),
            cell(one.mean, measure, f"{one.factor}={one.level}", "level"),
        ]
        for one in levels
    ]
    believe = f" They explain R² = {r_squared:.2f} of the ranks." if np.isfinite(r_squared) else ""
    return (
        (figures.shares(strengths) if told else "")
        + table(f"What drives the mean of {measure} over design points", heads, rows)
        + '<p class="soft">Shares: first-order, less what chance would show. Rank coefficients '
        f"tell direction.{believe}</p>"
        + f'<div class="effects">{"".join(figures.effects(levels, f"mean of {measure}"))}</div>'
        + table(
            "Mean at each level, over all points that have it",
            ("factor", "level", "points", "mean"),
            by_level,
        )
    )


def methods(study: StudyFolder, factors: Sequence[Saved]) -> str:
    """Return differences to the reference point, and how many replicates methods saved."""
    rows = [
        [
            one.measure,
            study.labels[one.point],
            cell(one.difference, one.measure, one.point, "difference"),
            plain_cell(one.pairs, one.measure, one.point, "saved-pairs"),
            cell(one.adjusted, one.measure, one.point, "adjusted"),
            plain_cell(one.both, one.measure, one.point, "saved-both"),
            cell(one.mean, one.measure, one.point, "controlled"),
            plain_cell(one.control, one.measure, one.point, "saved-control"),
        ]
        for one in factors
    ]
    heads = (
        *("measure", "point", "difference", "saved by common random numbers"),
        *("difference with control", "saved by both", "mean with control", "saved by control"),
    )
    return (
        f"<p>Differences are to {text(study.labels[study.reference])}, over replicates with the "
        "same luck. A factor of 5 means: five times the replicates would have been needed "
        "otherwise; below 1 the method did harm.</p>"
    ) + table("Differences, and factors of replicates saved", heads, rows)


def rare(study: StudyFolder) -> str:
    """Return the probability of the rare event by splitting; nothing where none was asked for."""
    asked = study.file.get("rare")
    if asked is None or "rare" not in study.columns:
        return ""
    rows = []
    for point, label in enumerate(study.labels):
        trees = study.values("rare", point)
        plain, cost = (study.values(f"rare.{name}", point) for name in ("plain", "cost"))
        if not len(trees):
            continue
        found = probability(trees, cost)
        numbers = (("plain", float(plain.sum())), ("cost", found.cost), ("saved", found.saved))
        cells = [plain_cell(number, "rare", point, name) for name, number in numbers]
        of = cell(found.interval, "rare", point, "probability")
        rows.append([label, str(len(trees)), of, *cells])
    above = f" above {asked['above']:g}" if "above" in asked else ""
    heads = ("point", "trees", "probability", "plain runs with it", "cost, runs", "saved")
    return table(f"Rare event: {asked['measure']}{above}, by splitting", heads, rows) + (
        '<p class="soft">Each run is split on its way to the event. Saved: plain runs of the same '
        "cost have that many times the variance; below 1 splitting did harm.</p>"
    )


def assumed(numbers: Sequence[Assumption]) -> str:
    """Return all catalogue numbers with their sources."""
    rows = [
        [
            *(one.class_id, one.key),
            *(f'<td class="n">{value:g}</td>' for value in (one.value, one.low, one.high)),
            *(one.status, one.source, one.book),
        ]
        for one in numbers
    ]
    heads = ("class", "number", "value", "low", "high", "status", "source", "book")
    return (
        "<p>What the world has (truth), and where the plan believes something else (belief). Units "
        "are in the names. Factors are varied on top.</p>"
        f"<details><summary>{len(rows)} numbers</summary>"
        + table("Catalogue numbers of the classes in use", heads, rows)
        + "</details>"
    )


def design(study: StudyFolder) -> str:
    """Return design, factors and arms as they were written."""
    rows = [[key, str(value)] for key, value in study.file.get("design", {}).items()]
    told = table("Design", ("key", "value"), rows)
    for kind in ("factors", "arms"):
        listed = [
            [one.get("name", ""), ", ".join(f"{k} = {v}" for k, v in one.items() if k != "name")]
            for one in study.file.get(kind, [])
        ]
        told += table(kind.title(), ("name", "what"), listed) if listed else ""
    return told


def again(study: StudyFolder) -> str:
    """Return how to get the same, and the manifest."""
    content = (study.path / "table.parquet").read_bytes()
    tables = "".join(
        table(name, tuple(rows[0]), [[str(value) for value in row.values()] for row in rows])
        for name, rows in study.manifest.items()
        if 0 < len(rows) <= _MOST_MANIFEST
    )
    return (
        "<p>The same numbers, from this folder:</p>"
        "<pre>tdome study study.toml --out again</pre>"
        f"<p>table.parquet, BLAKE2b: <code>{blake2b(content, digest_size=16).hexdigest()}</code>. "
        "Every number above is computed from it; cells hold theirs in full digits (attributes "
        f"<code>data-value</code>, <code>data-low</code>, <code>data-high</code>).</p>{tables}"
    )
