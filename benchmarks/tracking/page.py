"""Write what was measured into docs/concepts/tracking/benchmarks.md, between its marks.

python -m benchmarks.tracking.page
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "concepts" / "tracking" / "benchmarks.md"
WORDS = {True: "met", False: "**missed**", None: ""}
SETTINGS = (
    "mode", "filter", "q", "q_up", "gate", "confirm", "delete", "delete_tentative", "speed",
    "noise", "clutter", "horizon",
)  # fmt: skip


def _load(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((HERE / name).read_text())
    return told


def results() -> Iterator[str]:
    """Yield the table of the bars."""
    told = _load("results.json")
    made = told["made"]
    yield (
        f"{made['machine']}; Python {made['python']}, NumPy {made['numpy']}, "
        f"Numba {made['numba']}, Stone Soup {made['stonesoup']}; {made['date']}. "
        "Raw: `benchmarks/tracking/results.json`."
    )
    yield ""
    yield "| bar | what | goal | measured | | note |"
    yield "|---|---|---|---|---|---|"
    for row in told["rows"]:
        cells = (row["what"], row["goal"], row["measured"], WORDS[row["met"]], row["note"])
        yield f"| {row['bar']} | {' | '.join(cells)} |"


def settings(name: str) -> Iterator[str]:
    """Yield a table of every setting tried, in the order tried."""
    told = _load(name)
    scenes = list(told["tried"][0]["gospa"])
    names = [one for one in SETTINGS if any(one in row["settings"] for row in told["tried"])]
    yield f"| {' | '.join(names)} | {' | '.join(f'GOSPA {scene}' for scene in scenes)} | score |"
    yield "|---" * (len(names) + len(scenes) + 1) + "|"
    for row in told["tried"]:
        cells = [str(row["settings"].get(one, "")) for one in names]
        cells += [f"{row['gospa'][scene]:,.0f}" for scene in scenes]
        best = row["settings"] == told["best"]["settings"]
        yield f"| {' | '.join(cells)} | {'**' * best}{row['score']:,.1f}{'**' * best} |"


def render(page: str) -> str:
    """Return the page with its tables as the JSON files have them."""
    tables = {
        "results": results(),
        "settings": settings("peer-tuning.json"),
        "flights": settings("peer-flights.json"),
    }
    for mark, lines in tables.items():
        begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
        before, rest = page.split(begin, 1)
        after = rest.split(end, 1)[1] if end in rest else rest
        page = before + "\n".join([begin, *lines, end]) + after
    return page


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text()))
