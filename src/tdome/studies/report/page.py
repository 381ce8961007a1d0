"""Pieces of HTML: tables whose cells say which number they hold, and nothing that is fetched."""

import html
import math
from collections.abc import Iterable, Sequence

from tdome.studies.estimators.interval import Interval
from tdome.studies.report.style import STYLE

_WHOLE = 1e4  # from here on no digits behind the point
_NOTHING = '<td class="n">–</td>'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def text(value: object) -> str:
    """Return a value as HTML text."""
    return html.escape(str(value))


def shown(number: float) -> str:
    """Return a number for people: four digits, thousands apart; infinity and nothing as signs."""
    if math.isnan(number):
        return "–"
    if math.isinf(number):
        return "∞" if number > 0.0 else "−∞"
    plain = f"{number:,.0f}" if abs(number) >= _WHOLE else f"{number:.4g}"
    return plain.replace("-", "−").replace(",", "\u2009")


def cell(number: Interval | None, measure: str, point: int | str, statistic: str) -> str:
    """Return a cell with estimate and interval; its attributes say what it is, in full digits."""
    if number is None:
        return _NOTHING
    told = {
        "measure": measure,
        "point": point,
        "statistic": statistic,
        "value": repr(number.estimate),
        "low": repr(number.low),
        "high": repr(number.high),
    }
    attributes = " ".join(f'data-{key}="{text(value)}"' for key, value in told.items())
    ends = f"{shown(number.low)} … {shown(number.high)}"
    return f'<td class="n" {attributes}>{shown(number.estimate)}<br><small>{ends}</small></td>'


def plain_cell(number: float | None, measure: str, point: int | str, statistic: str) -> str:
    """Return a cell with a number that has no interval."""
    if number is None or math.isnan(number):
        return _NOTHING
    return (
        f'<td class="n" data-measure="{text(measure)}" data-point="{text(point)}" '
        f'data-statistic="{statistic}" data-value="{number!r}">{shown(number)}</td>'
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are made by the functions above, or plain text to be escaped."""
    head = "".join(f"<th>{text(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(c if c.startswith("<td") else f"<td>{text(c)}</td>" for c in row) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table><caption>{text(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def page(title: str, sections: Iterable[tuple[str, str]]) -> str:
    """Return the whole file from sections (heading, HTML)."""
    body = "".join(f"<section><h2>{text(head)}</h2>{inner}</section>" for head, inner in sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{text(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{text(title)}</h1>{body}</main></body></html>\n"
    )
