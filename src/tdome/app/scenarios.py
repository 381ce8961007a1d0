"""``tdome scenarios``: what is bundled."""

from collections import Counter
from typing import Any

from cyclopts import App
from rich.padding import Padding
from rich.text import Text

from tdome.app.screen import QUIET, counted, out, say, span, write_json
from tdome.kernel.config import parse_toml
from tdome.run.library import bundled_scenarios, find_inputs
from tdome.world.schema.scenario import ScenarioFile

EXAMPLES = """Examples
  tdome scenarios
  tdome scenarios --json | jq '.[].name'"""


command = App(name="scenarios", help_epilogue=EXAMPLES)


@command.default
def scenarios(*, json: bool = False) -> None:
    """List the bundled scenarios: threats by class, raids, duration, description.

    Parameters
    ----------
    json
        Print a JSON list and nothing else.
    """
    rows = []
    for name in bundled_scenarios():
        inputs = find_inputs(name)
        file = parse_toml(inputs.scenario_text, ScenarioFile, inputs.scenario_source)
        rows.append(_row(name, file))
    if json:
        write_json(rows)
        return
    for row in rows:
        _show(row)
    say("Run one with `tdome run NAME`.")


def _row(name: str, file: ScenarioFile) -> dict[str, Any]:
    threats: Counter[str] = Counter()
    for raid in file.raids:
        for salvo in raid.salvos:
            threats[salvo.type] += salvo.count
    return {
        "name": name,
        "threats": dict(threats),
        "raids": [raid.name for raid in file.raids],
        "flights": sum(flights.count for flights in file.flights),
        "duration_s": file.duration_s,
        "description": " ".join(file.description.split()),
    }


def _show(row: dict[str, Any]) -> None:
    console = out()
    threats = counted(sum(row["threats"].values()), "threat")
    head = f"{threats} in {counted(len(row['raids']), 'raid')}"
    head += f", {counted(row['flights'], 'flight')}" if row["flights"] else ""
    head += f", {span(row['duration_s'])}"
    console.print(Text.assemble((row["name"], "bold"), "  ", head))
    mix = ", ".join(f"{count:,} {kind}" for kind, count in row["threats"].items())
    console.print(Padding(Text(mix, style=QUIET), (0, 0, 0, 2)))
    console.print(Padding(Text(row["description"]), (0, 0, 1, 2)))
