"""Figures of a report: Altair charts, rendered to SVG by Vega itself, embedded as such.

No script runs in the page: the SVG prints, follows the page's light or dark colours (they are CSS
variables), and each mark tells its values when pointed at and to screen readers. 10 to 40 kB each;
Vega's script alone would be 900 kB (measured, vl-convert 1.9), and nobody could check it here. The
chart's specification with its data is kept beside it, so that anybody can open it in Vega.
"""

import html
import json
import re
from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import vl_convert

from tdome.messages.base import Floats
from tdome.studies.estimators.sensitivity import SobolIndices
from tdome.studies.report.drivers import Driver, Level
from tdome.studies.report.summary import Spread

PALETTE = tuple(f"var(--c{k})" for k in range(8))  # Okabe and Ito, by the page's style sheet
WIDTH = 620
_ROW = 24
_STEPS = 200  # of a curve, at most

Rows = list[dict[str, Any]]
AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart


def distributions(spreads: Sequence[Spread], labels: Sequence[str], title: str) -> str:
    """Return P5 to P95, median and mean with its interval, of one measure at points."""
    rows: Rows = []
    for one in spreads:
        numbers = one.numbers
        if "p50" not in numbers:
            continue
        row = {key: numbers[key].estimate for key in ("p5", "p50", "p95", "mean", "cvar")}
        row["low"], row["high"] = _ends(numbers["mean"].low, numbers["mean"].high, row["mean"])
        rows.append({"point": labels[one.point]} | row)
    base = alt.Chart(alt.InlineData(values=rows)).encode(y=_rows_of("point"))
    spread = base.mark_rule(color=PALETTE[0], strokeWidth=2).encode(
        x=alt.X("p5:Q", title=title, scale=alt.Scale(zero=False)), x2="p95:Q"
    )
    middle = base.mark_tick(color=PALETTE[0], thickness=3, size=14).encode(x="p50:Q")
    interval = base.mark_rule(color=PALETTE[1], strokeWidth=6, opacity=0.7).encode(
        x="low:Q", x2="high:Q"
    )
    mean = base.mark_point(color=PALETTE[1], filled=True, shape="diamond", size=60, opacity=1.0)
    chart = alt.layer(spread, middle, interval, mean.encode(x="mean:Q"))
    return embedded(chart.properties(width=WIDTH, height=max(_ROW * len(rows), 60)))


def exceedance(curves: dict[str, Floats], title: str) -> str:
    """Return P(more than x) over x for points (label -> replicates), as steps."""
    rows: Rows = []
    for label, values in curves.items():
        ordered = np.unique(values)
        ordered = ordered[np.linspace(0, len(ordered) - 1, min(len(ordered), _STEPS)).astype(int)]
        above = 1.0 - np.searchsorted(np.sort(values), ordered, side="right") / len(values)
        pairs = zip(ordered.tolist(), above.tolist(), strict=True)
        rows += [{"point": label, "x": x, "share": share} for x, share in pairs]
    whole = alt.Scale(domain=[0, 1])
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(interpolate="step-after", strokeWidth=2)
        .encode(
            x=alt.X("x:Q", title=title, scale=alt.Scale(zero=False)),
            y=alt.Y("share:Q", title="share of replicates with more", scale=whole),
            color=_colour("point", len(curves)),
            strokeDash=alt.StrokeDash("point:N", title=None, sort=None),
        )
    )
    return embedded(chart.properties(width=WIDTH, height=240))


def trade(rows: Rows, title: str) -> str:
    """Return value against the price of the rounds: label, cost, saved with intervals."""
    base = alt.Chart(alt.InlineData(values=rows))
    few = len(rows) <= len(PALETTE)
    colour = _colour("point", len(rows)) if few else alt.ColorValue(PALETTE[0])
    across = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x=alt.X("cost_low:Q", title="USD for rounds (mean)", axis=alt.Axis(format="~s")),
        x2="cost_high:Q",
        y=alt.Y("saved:Q", title=title, scale=alt.Scale(zero=False)),
        color=colour,
    )
    upright = base.mark_rule(strokeWidth=2, opacity=0.6).encode(
        x="cost:Q", y="saved_low:Q", y2="saved_high:Q", color=colour
    )
    dots = base.mark_point(filled=True, size=70, opacity=1.0).encode(
        x="cost:Q", y="saved:Q", color=colour
    )
    return embedded(alt.layer(across, upright, dots).properties(width=WIDTH, height=280))


def effects(levels: Sequence[Level], title: str) -> list[str]:
    """Return one figure per factor: the mean at each level with its interval."""
    figures = []
    for factor in dict.fromkeys(level.factor for level in levels):
        rows: Rows = []
        for one in levels:
            if one.factor == factor:
                low, high = _ends(one.mean.low, one.mean.high, one.mean.estimate)
                rows.append(
                    {"level": one.level, "mean": one.mean.estimate, "low": low, "high": high}
                )
        base = alt.Chart(alt.InlineData(values=rows)).encode(
            x=alt.X("level:N", title=factor, sort=None, axis=alt.Axis(labelAngle=0))
        )
        rule = base.mark_rule(color=PALETTE[0], strokeWidth=3).encode(
            y=alt.Y("low:Q", title=title, scale=alt.Scale(zero=False)), y2="high:Q"
        )
        dot = base.mark_point(color=PALETTE[0], filled=True, size=60, opacity=1.0)
        chart = alt.layer(rule, dot.encode(y="mean:Q"))
        figures.append(embedded(chart.properties(width=WIDTH // 2, height=200)))
    return figures


def shares(drivers: Sequence[Driver]) -> str:
    """Return the share of variance of each factor as bars."""
    rows = [{"factor": one.factor, "share": one.share} for one in drivers if one.share >= 0.0]
    whole = alt.Scale(domain=[0, 1])
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=PALETTE[0])
        .encode(
            y=_rows_of("factor"),
            x=alt.X("share:Q", title="share of variance", scale=whole, axis=alt.Axis(tickCount=5)),
        )
    )
    return embedded(chart.properties(width=WIDTH, height=max(_ROW * len(rows), 60)))


def indices(factors: Sequence[str], found: SobolIndices, title: str) -> str:
    """Return first-order and total index of each factor with their intervals."""
    rows: Rows = []
    for kind, of in (("first", found.first), ("total", found.total)):
        for name, one in zip(factors, of, strict=True):
            ends = {"low": one.low, "high": one.high}
            rows.append({"factor": name, "index": kind, "value": one.estimate} | ends)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=_rows_of("factor"), yOffset="index:N", color=_colour("index", 2)
    )
    value = alt.X("low:Q", title=title, axis=alt.Axis(tickCount=6))
    rule = base.mark_rule(strokeWidth=3).encode(x=value, x2="high:Q")
    dot = base.mark_point(filled=True, size=50, opacity=1.0).encode(x="value:Q")
    height = max(_ROW * len(factors), 60)
    return embedded(alt.layer(rule, dot).properties(width=WIDTH, height=height))


def _ends(low: float, high: float, otherwise: float) -> tuple[float, float]:
    """Return ends that can be drawn: where nothing is bounded, no bar."""
    return (low, high) if np.isfinite([low, high]).all() else (otherwise, otherwise)


def _rows_of(field: str) -> alt.Y:
    return alt.Y(f"{field}:N", title=None, sort=None, axis=alt.Axis(labelLimit=260))


def _colour(field: str, n: int) -> alt.Color:
    scale = alt.Scale(range=list(PALETTE[: max(n, 1)]))
    return alt.Color(f"{field}:N", title=None, sort=None, scale=scale)


_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        **dict.fromkeys(("labelColor", "titleColor", "domainColor", "tickColor"), "currentColor"),
        "gridColor": "var(--line)",
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor", "orient": "top"}
    | {"columns": 3, "labelLimit": 190},
}
_NAMESPACE = re.compile(r' xmlns(:xlink)?="[^"]*"')
_MARK = re.compile(r'<(path|rect|text)([^>]*?) aria-label="([^"]*)"([^>]*?)(?:/>|></\1>)')


def embedded(chart: AnyChart) -> str:
    """Return a chart as an HTML figure: its SVG, with values to read, and its specification."""
    spec: dict[str, Any] = chart.to_dict()
    spec["config"] = _CONFIG
    svg = _NAMESPACE.sub("", str(vl_convert.vegalite_to_svg(spec)))
    svg = _MARK.sub(r'<\1\2 aria-label="\3"\4><title>\3</title></\1>', svg)
    name = f"f{_number_of(svg):x}"
    svg = svg.replace('id="', f'id="{name}-').replace("url(#", f"url(#{name}-")
    spec.pop("$schema", None)
    kept = html.escape(json.dumps(spec, separators=(",", ":")), quote=False)
    return f"<figure>{svg}<details><summary>Vega-Lite</summary><pre>{kept}</pre></details></figure>"


def _number_of(text: str) -> int:
    """Return a number of a text, for names that must differ within a page and not between runs."""
    total = 0
    for byte in text.encode():
        total = (total * 31 + byte) % 0xFFFFFFFB
    return total
