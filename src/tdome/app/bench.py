"""``tdome bench``: what this machine does, beside what was recorded of tdome and its peers."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App
from rich.table import Table
from rich.text import Text

from tdome.app.bench_doctrine import command as _doctrine
from tdome.app.screen import BAD, GOOD, err, say, show, table, write_json
from tdome.run.tracking.bench import REPEATS, Measured, measure, recorded

EXAMPLES = """Examples
  tdome bench tracking                 on scenes of its own
  tdome bench tracking std_100.npz     on yours
  tdome bench tracking --json
  tdome bench doctrine --quick         firing policies against bounds

Give --json to any of them for one JSON object and nothing else."""

TRACKING = """Examples
  tdome bench tracking
  tdome bench tracking std_100.npz raid_100.npz
  tdome bench tracking --json | jq .measured"""

command = App(name="bench", help_epilogue=EXAMPLES)
_tracking = App(name="tracking", help_epilogue=TRACKING)
command.command(_tracking)
command.command(_doctrine)


@_tracking.default
def tracking(*scene: Path, json: bool = False) -> None:
    """Measure the tracker on this machine: CPU seconds of one thread, median of five.

    Below stands what the repository's benchmark recorded, with peers, date and machine: figures of
    another machine are no measurement of this one.

    Parameters
    ----------
    scene
        Scenes in the .npz format; scenes of its own if none is given.
    json
        Print one JSON object and nothing else.
    """
    with err().status("compiling kernels (first time only)") as status:
        found = measure(scene, lambda name: status.update(f"measuring {name}"))
    past = recorded()
    if json:
        machine = {"python": platform.python_version(), "machine": platform.machine()}
        machine |= {name: version(name) for name in ("tdome", "numpy", "numba")}
        rows = msgspec.to_builtins(found)
        write_json({"measured": rows, "on": machine, "repeats": REPEATS, "recorded": past})
        return
    show(_measured(found), _recorded(past))
    made = past["made"]
    say(f"Recorded {made['date']} on {made['machine']}")
    say(f"  {', '.join(f'{k} {v}' for k, v in made.items() if k not in _SAID)}")
    say(f"  by {made['command']}, in the repository; the table is in the documentation too")


_SAID = ("date", "machine", "command")


def _measured(found: list[Measured]) -> Table:
    columns = ("CPU s", "plots/s", "GOSPA m", "complete", "spurious")
    made = table("Here and now", "scene", "filter", *columns, "scoring s", texts=2)
    for one in found:
        made.add_row(
            Path(one.scene).name,
            one.filter,
            f"{one.cpu_s:.4f}",
            f"{one.plots_per_cpu_s:,.0f}",
            f"{one.gospa_m:,.0f}",
            f"{one.completeness:.3f}",
            f"{one.spuriousness:.3f}",
            f"{one.score_cpu_s:.4f}",
        )
    made.caption = f"one thread, median of {REPEATS}; GOSPA: p 2, cut-off 1 km, from picture 6 on"
    return made


def _recorded(past: dict[str, Any]) -> Table:
    made = table("On record", "bar", "what", "goal", "measured", "met", texts=4)
    for row in past["rows"]:
        met = row["met"]
        word = "" if met is None else "yes" if met else "no"
        made.add_row(
            *(str(row["bar"]), row["what"], row["goal"], row["measured"]),
            Text(word, style=GOOD if met else BAD),
        )
    return made
