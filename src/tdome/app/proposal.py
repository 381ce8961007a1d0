"""A proposal of the planning aid on screen: what to change, what it saves, how sure that is."""

import math
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from tdome.app.screen import BAD, GOOD, QUIET, counted, listed, say, show, table
from tdome.siting.planning.asked import Proposal
from tdome.siting.planning.trial import MEASURES, Choice, Trial

_MOST_ROWS = 30
_WORDS = {
    "killed": "killed",
    "leaked": "leaked",
    "value_protected": "value protected",
    "rounds_fired": "rounds fired",
    "cost_usd": "cost, $ M",
}


class Working:
    """The progress line: how good the plan is so far, then how many raids were simulated."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            SpinnerColumn(style=GOOD),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24, complete_style=GOOD, finished_style=GOOD, pulse_style=GOOD),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("asking who reaches what", total=None)

    def searching(self, what: str, value: float, bound: float) -> None:
        """Show the best loss and its bound."""
        self._bar.update(self._task, description=f"{what}: loss {value:.4g}, bound {bound:.4g}")

    def simulating(self, done: int, total: int) -> None:
        """Show how many runs are done."""
        words = f"simulating raid {done + 1} of {total}"
        self._bar.update(self._task, description=words, completed=done, total=total)

    def __enter__(self) -> "Working":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def report(found: Proposal) -> None:
    """Print a proposal."""
    _head(found)
    show(
        *(made for made in (_rows(found), _losses(found, "raid"), _losses(found, "asset")) if made)
    )
    if found.left_out:
        say(f"Left out   {listed(found.left_out, 6)}", QUIET)
    if found.trial is not None:
        _check(found.trial)
        if found.choice is not None:
            _choice(found.choice, found.trial)
    else:
        say("Not simulated: --check 5 runs present and proposed plan on the same seeds.", QUIET)


def _head(found: Proposal) -> None:
    judged = {"mean": "mean over the raids", "worst": "worst raid"}.get(found.judge, found.judge)
    judged = "weight of points" if found.kind == "coverage" else judged
    lost = "not seen" if found.kind == "coverage" else "lost"
    say(f"{found.scenario}: {found.kind}, by the plan's own beliefs ({judged})", "bold")
    say("")
    say(f"Present    {_value(found.present)} of {_value(found.at_stake)} {lost}")
    say(f"Proposed   {_value(found.lost)} {lost}", GOOD if found.lost < found.present else "")
    proven = "optimal" if found.status == "optimal" else "time ran out"
    say(
        f"Bound      no plan of this model has less than {_value(found.bound)}; this one has "
        f"{_value(found.value)}\n           with the price of moves (gap {found.gap:.2g}, "
        f"{proven}, {found.seconds:.1f} s)"
    )
    for name, figure in found.figures.items():
        shown = f"{figure:.1%}" if name.startswith("seen") else f"{figure:,.4g}"
        say(f"{name.replace('_', ' '):<28} {shown}")
    say("")


def _value(number: float) -> str:
    number = 0.0 if abs(number) < 1e-9 else number  # noqa: PLR2004  (rounding)
    return f"{number:,.4g}" if abs(number) < 1e4 else f"{number:,.0f}"  # noqa: PLR2004


def _rows(found: Proposal) -> Table | None:
    if found.kind == "inventory":
        return _rounds(found)
    rows = [row for row in found.rows if row["moved_km"] is None or row["moved_km"] > 0.0]
    if not rows:
        say("Nothing moves.\n")
        return None
    made = table("What moves", "unit", "type", "to", "lat", "lon", "road km", texts=3)
    for row in rows[:_MOST_ROWS]:
        moved = "new" if row["moved_km"] is None else f"{row['moved_km']:,.1f}"
        place = f"{row['lat_deg']:.3f}", f"{row['lon_deg']:.3f}"
        made.add_row(row["unit"], row["type"], row["site"], *place, moved)
    stays = len(found.rows) - len(rows)
    made.caption = f"{counted(stays, 'other')} may move and stay; km as the crow flies"
    if len(rows) > _MOST_ROWS:
        made.caption = f"the first {_MOST_ROWS} of {len(rows)}: --json lists all"
    return made


def _rounds(found: Proposal) -> Table:
    made = table("Rounds", "battery", "type", "present", "proposed", "one more saves", texts=2)
    for row in found.rows[:_MOST_ROWS]:
        change = row["proposed"] - row["present"]
        style = GOOD if change > 0 else BAD if change < 0 else ""
        made.add_row(
            row["unit"], row["type"], f"{row['present']:,}",
            Text(f"{row['proposed']:,}", style=style), f"{row['price']:.3g}",
        )  # fmt: skip
    made.caption = "one more saves: at most this much of the loss above (shadow price)"
    if len(found.rows) > _MOST_ROWS:
        made.caption = f"the first {_MOST_ROWS} of {len(found.rows)}: --json lists all"
    return made


def _losses(found: Proposal, of: str) -> Table | None:
    rows: list[dict[str, Any]] = found.by_raid if of == "raid" else found.by_asset
    if not rows:
        return None
    what = "not seen" if found.kind == "coverage" else "lost"
    made = table(f"By {of}", of, "at stake", f"{what} at present", f"{what} as proposed")
    for row in rows[:_MOST_ROWS]:
        style = GOOD if row["proposed"] < row["present"] - 1e-9 else ""
        style = BAD if row["proposed"] > row["present"] + 1e-9 else style
        made.add_row(
            row[of], _value(row["at_stake"]), _value(row["present"]),
            Text(_value(row["proposed"]), style=style),
        )  # fmt: skip
    return made


# ---------------------------------------------------------------- check by simulation


def _check(trial: Trial) -> None:
    show(_compared(trial))
    if len(trial.plans) > 2:  # noqa: PLR2004  (others than present and proposed)
        show(_ranked(trial))
    tau = trial.tau()
    if tau is not None:
        say(
            f"Rank correlation of model and simulation over {len(trial.plans)} plans: "
            f"Kendall tau {tau[0]:.2f} (p = {tau[1]:.2g})."
        )
        if tau[0] < 0.5:  # noqa: PLR2004  (a weak one)
            say(
                "The model does not rank these plans as the simulation does: trust the simulation.",
                BAD,
            )
    mean, half = trial.difference("value_protected")
    if not math.isfinite(half) or abs(mean) <= half:
        say("The simulation does not tell the two plans apart: more seeds (--check) may.", BAD)
    elif mean < 0.0:
        say("In simulation the proposal protects LESS: the model misses something here.", BAD)


def _choice(choice: Choice, trial: Trial) -> None:
    seeds, others = counted(len(trial.seeds), "seed"), len(trial.plans)
    if choice.fresh is None:
        say(f"Chosen     the present plan: none of {others} protected more on {seeds}.", GOOD)
        return
    say(f"Chosen     {choice.name}: it protected most of {others} plans on {seeds}.", GOOD)
    made = table("What it changes", "site", "key", "present", "chosen", texts=2)
    for row in choice.changes[:_MOST_ROWS]:
        made.add_row(row["site"], row["key"], str(row["before"] or "-"), str(row["after"]))
    show(made, _compared(choice.fresh, f"{choice.name}, on fresh seeds", choice.name))


def _compared(trial: Trial, title: str = "Check by simulation", name: str = "proposed") -> Table:
    title += f": {counted(len(trial.seeds), 'seed')}, the same for both plans"
    made = table(title, "mean of a run", "present", name, "difference", "95 % interval")
    for measure in MEASURES:
        scale = 1e-6 if measure == "cost_usd" else 1.0
        before, after = trial.means(measure)[:2] * scale
        mean, half = (scale * number for number in trial.difference(measure))
        wide = f"{mean - half:+,.2f} to {mean + half:+,.2f}" if math.isfinite(half) else "not known"
        made.add_row(_WORDS[measure], f"{before:,.1f}", f"{after:,.1f}", f"{mean:+,.2f}", wide)
    made.caption = f"of {_value(trial.value)} of value; paired differences, Student's interval"
    return made


def _ranked(trial: Trial) -> Table:
    made = table("Plans ranked", "plan", "model: lost", "simulation: lost")
    lost = trial.value - trial.means("value_protected")
    for k in sorted(range(len(trial.plans)), key=lambda k: float(trial.model[k])):
        made.add_row(trial.plans[k], _value(float(trial.model[k])), _value(float(lost[k])))
    made.caption = "model: all raids together; it knows no time, no channels and no tracking"
    return made
