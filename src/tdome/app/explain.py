"""``tdome explain``: the whole story of one track or engagement of a run."""

from math import degrees, isnan
from pathlib import Path
from typing import Any

from cyclopts import App
from rich.table import Table
from rich.text import Text

from tdome.app.condense import condensed
from tdome.app.decided import tell_decision
from tdome.app.folder import run_folder
from tdome.app.screen import BAD, GOOD, QUIET, out, say, say_indented, write_json
from tdome.kernel.errors import TdomeError
from tdome.run.record import digest, read_inputs, read_manifest
from tdome.score.story import Line, Story, tell

EXAMPLES = """Examples
  tdome explain runs/first-steps-1 T1        track 1
  tdome explain runs/first-steps-1 E1        engagement 1
  tdome explain runs/first-steps-1 T1 --full every line, none condensed"""

MOST_DECISIONS = 4

_STYLES = {
    **dict.fromkeys(("recommended", "order", "report", "operator"), GOOD),
    **dict.fromkeys(("refusal", "warning"), BAD),
}


command = App(name="explain", help_epilogue=EXAMPLES)


@command.default
def explain(run: Path, subject: str, /, *, full: bool = False, json: bool = False) -> None:
    """Tell the whole story of one track or engagement.

    What was seen, believed, considered, refused and ordered, and what came of it; for each
    engagement why it was recommended and what was worse about the other options. Told from the
    journal, so that a run that was cut off can be explained as well. Times are seconds since the
    start of the scenario.

    Parameters
    ----------
    run
        Run folder.
    subject
        A track (T12 or 12) or an engagement (E3).
    full
        Every line of the record; otherwise repetitions are thinned out to changes.
    json
        Print one JSON object, always in full, and nothing else.
    """
    folder = run_folder(run)
    manifest, inputs = read_manifest(folder), read_inputs(folder)
    start = manifest.start
    if digest(inputs.plan_text) != manifest.hashes.get("plan"):
        raise TdomeError(f"{inputs.plan_source} was changed since the run: names would be wrong")
    story = tell(folder, inputs.plan(), subject)
    if json:
        write_json(story)
        return
    _head(story, start)
    lines = story.lines if full else condensed(story.lines)
    out().print(_told(lines, start))
    for decision in story.decisions if full else story.decisions[:MOST_DECISIONS]:
        tell_decision(decision, start)
    untold = len(story.decisions) - MOST_DECISIONS
    if untold > 0 and not full:
        say(f"{untold} more engagements: explain E… each, or --full.", QUIET)
    hidden = len(story.lines) - len(lines)
    if hidden:
        say(f"{hidden:,} similar lines not shown: --full shows them.", QUIET)
    _truth(story.truth, start)
    if not story.complete:
        say("The journal was cut short: the story ends where the record ends.", BAD)


def _head(story: Story, start: int) -> None:
    engagements = ", ".join(f"E{number}" for number in story.engagements) or "none"
    say(f"Track T{story.track_number}; engagements: {engagements}", "bold")
    seen = ", ".join(f"{name} {count}" for name, count in story.plots.items()) or "none"
    times = f"{_since(story.first_at, start)} to {_since(story.last_at, start)}"
    out().print(Text(f"Plots by sensor, {times}: {seen}"))
    say("")


def _told(lines: list[Line], start: int) -> Table:
    told = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    told.add_column("time s", justify="right")
    told.add_column("topic")
    told.add_column("what", overflow="fold")
    for line in lines:
        topic = Text(line.topic, style=_STYLES.get(line.topic, ""))
        told.add_row(f"{(line.at - start) / 1e9:.1f}", topic, line.text)
    return told


def _truth(truth: dict[str, object], start: int) -> None:
    if not truth:
        say("The truth is not on record: the run was not finished.", QUIET)
        return
    say("")
    say("Truth (the judge's book; the decision side never sees it)", "bold")
    found, shots = truth["object"], truth["shots"]
    say_indented(_object(found, start) if isinstance(found, dict) else str(found))
    for shot in shots if isinstance(shots, list) else []:
        say_indented(_shot(shot, start))


def _object(row: dict[str, Any], start: int) -> str:
    lat, lon = degrees(row["end_lat"]), degrees(row["end_lon"])
    what = " ".join(filter(None, (row["threat_class"], row["kind"])))
    raid = f" of raid {row['raid']}" if row["raid"] else ""
    aim = f", aimed at {row['aim']}" if row["aim"] else ""
    return (
        f"object {row['object_id']}: {what}{raid}{aim}, from {_since(row['launched_at'], start)}; "
        f"{row['state']} at {_since(row['ended_at'], start)}, {lat:.3f} N {lon:.3f} E"
    )


def _shot(row: dict[str, Any], start: int) -> str:
    return (
        f"E{row['engagement']} round {row['round']} of {row['unit']}: launched "
        f"{_since(row['launched_at'], start)}, there {_since(row['intercept_at'], start)}, "
        f"{_miss(row['miss_distance'])}SSPK {row['sspk']:.2f}: "
        f"{'hit' if row['hit'] else 'no hit'} ({row['reason']})"
    )


def _miss(metres: float) -> str:
    """Say how far the target was from the point predicted; nothing where it was gone."""
    return "" if isnan(metres) else f"{metres:,.0f} m from the predicted point, "


def _since(at: int, start: int) -> str:
    return f"{(at - start) / 1e9:.1f} s" if at > 0 else "never"
