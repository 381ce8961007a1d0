"""Table A: runs of our cases against engagements over Israel, row by row of ``israel.toml``."""

from collections.abc import Sequence
from typing import Any

from tdome.studies.validation.cases import shelf
from tdome.studies.validation.rows import Estimate, Row, over_runs
from tdome.studies.validation.simulated import Result


def rows(results: Sequence[Result]) -> list[Row]:
    """Return the rows; what no run stands for is not run."""
    return [_row(said, results) for said in shelf("israel.toml")["rows"]]


def _row(said: dict[str, Any], results: Sequence[Result]) -> Row:
    ours = None
    case, classes = said.get("case"), said.get("classes", ())
    if case is not None:
        found = [share(one, said["measure"], classes) for one in results if one.case == case]
        ours = over_runs(found) if found else None
        if ours is not None and not said["measure"].startswith("rounds"):
            ours = Estimate(ours.value, max(ours.low, 0.0), min(ours.high, 1.0), ours.n)
    kept = ("event", "measure", "use", "claimed", "sceptic", "source", "how", "low", "high")
    told = {key: said[key] for key in kept if key in said}
    if classes:
        told["measure"] += f", {' and '.join(classes)}"
    return Row(table="A", ours=ours, of=case or "", **told)


def share(result: Result, measure: str, classes: Sequence[str] = ()) -> float:
    """Return a measure of a run: ``killed / engaged``, ``rounds / killed`` (of all classes)."""
    above, below = measure.split(" / ")
    if above == "rounds":
        return result.rounds / max(result.total("killed"), 1)
    return result.total(above, classes) / max(result.total(below, classes), 1)
