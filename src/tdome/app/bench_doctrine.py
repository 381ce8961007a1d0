"""``tdome bench doctrine``: policies for waves and few rounds, against bounds none can beat."""

from typing import Literal

import msgspec
from cyclopts import App
from rich.table import Table
from rich.text import Text

from tdome.app.screen import BAD, GOOD, err, say, show, table, write_json
from tdome.run.doctrine.bench import DEFAULT, Result, measure
from tdome.run.doctrine.families import HELD_OUT, TUNING
from tdome.run.doctrine.summary import Goal, families, goals, losses

EXAMPLES = """Examples
  tdome bench doctrine --quick           a first look: one instance of each family
  tdome bench doctrine                   the held-out instances, some minutes
  tdome bench doctrine --part all --json"""

command = App(name="doctrine", help_epilogue=EXAMPLES)


@command.default
def doctrine(
    *,
    part: Literal["held-out", "tuning", "all"] = "held-out",
    quick: bool = False,
    rollout: bool = True,
    json: bool = False,
) -> None:
    """Measure firing policies on waves that share few rounds, beside lower bounds.

    All instances are notional; the model is in the documentation under assignment/doctrines.

    Parameters
    ----------
    part
        Which instances: held-out ones (the default policy was not tuned on them), or the others.
    quick
        One instance of each family, few runs: figures are rough.
    rollout
        Play the policy that simulates its choices too; it takes a third of the time.
    json
        Print one JSON object and nothing else.
    """
    wanted = {"held-out": HELD_OUT, "tuning": TUNING, "all": None}[part]
    with err().status("compiling kernels (first time only)") as status:
        found = measure(
            wanted,
            quick=quick,
            rollout=rollout,
            say=lambda name: status.update(f"measuring {name}"),
        )
    reached, lost = goals(found), losses(found)
    if json:
        rows = msgspec.to_builtins(found)
        told = {"results": rows, "goals": msgspec.to_builtins(reached), "losses": lost}
        write_json({"default": DEFAULT, "quick": quick, **told})
        return
    show(_families(found), _exact(found), _goals(reached))
    say(f"Where the default ({DEFAULT}) misses a goal or a baseline leaks less:")
    for line in lost or ["nowhere"]:
        say(f"  {line}")


def _families(found: list[Result]) -> Table:
    columns = ["n", "salvo 2", "1 a look", "pro rata", "fixed", "re-solved", "default", "/ B5"]
    if any(one.rollout for one in found):
        columns.append("rollout")
    made = table("Mean leak over the path-wise bound B3", "family", *columns)
    for row in families(found):
        figures = [f"{x:.2f}" for x in row.values() if isinstance(x, float)]
        made.add_row(str(row["family"]), str(row["instances"]), *figures)
    made.caption = (
        "1 can not be beaten; / B5: the default over the tighter bound B5; "
        "rollout: over the default, on fewer paths"
    )
    return made


def _exact(found: list[Result]) -> Table:
    columns = ("exact", "B3", "B5", "1 a look", "re-solved", "default", "±")
    made = table("Small instances: leak above exact dynamic programming", "instance", *columns)
    for one in found:
        mine = one.of(DEFAULT)
        if one.b1 is None or mine.above_exact is None or mine.above_exact_pm is None:
            continue
        others = [one.of(name).above_exact or 0.0 for name in ("one-per-look", "re-solved")]
        made.add_row(
            one.instance,
            *(f"{x:.2f}" for x in (one.b1, one.b3, one.b5)),
            *(f"{x:+.1%}" for x in (*others, mine.above_exact)),
            f"{mine.above_exact_pm:.1%}",
        )
    return made


def _goals(reached: list[Goal]) -> Table:
    made = table("Goals", "what", "goal", "measured", "met", texts=4)
    for goal in reached:
        word = "" if goal.met is None else "yes" if goal.met else "no"
        made.add_row(
            goal.what, goal.goal, goal.measured, Text(word, style=GOOD if goal.met else BAD)
        )
    return made
