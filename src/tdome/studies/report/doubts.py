"""Validity warnings: where a reader must not believe a number, said before the numbers."""

import math

import numpy as np

from tdome.studies.design.mixes import COLUMNS
from tdome.studies.estimators.tails import ENOUGH
from tdome.studies.report.assumptions import Assumption
from tdome.studies.report.folder import StudyFolder
from tdome.studies.report.summary import CVAR_AT, Spread
from tdome.studies.validation.recorded import recorded

FEW = 30  # replicates
WIDE = 0.1  # of the mean
UNEQUAL = 0.05  # of a budget that is left
_TOLD = 5  # of a list
RECORDED = ("launched", "engaged", "killed", "leaked", "no_leaker", "kills", "rounds.fired")
"""Measures that the validation record compares with public data; all others are outside it."""


def doubts(
    study: StudyFolder, spreads: list[Spread], numbers: list[Assumption], factors_told: bool
) -> list[str]:
    """Return the warnings, each one sentence or two, the gravest first."""
    told = [
        _screening(study),
        _policies(study),
        _unequal(study),
        _few(study),
        _wide(spreads),
        _tails(spreads),
        _nulls(spreads),
        _uneven(study),
    ]
    told += [_record(), _outside(study), _notional(numbers), _many(study)]
    if not factors_told:
        told.append(
            "There are too few points to tell what drives the result: shares of variance are not "
            "given."
        )
    return [sentence for sentence in told if sentence]


def _screening(study: StudyFolder) -> str:
    if study.engine != "screening":
        return ""
    return (
        "This is a screening: tables and guesses stand for sensors, tracking and decisions. Every "
        "number below is biased, totals less than their parts, and none is a result. Use it to "
        "find where to look; `tdome calibrate` shows how far it is off, and the engine `screened` "
        "gives figures."
    )


def _policies(study: StudyFolder) -> str:
    whole = study.file.get("policy")
    arms = [(one["name"], one.get("policy", whole)) for one in study.file.get("arms", [])]
    own = [f"{policy} ({name})" for name, policy in arms or [("all points", whole)] if policy]
    if not own:
        return ""
    return (
        f"Not the plan's doctrine but a policy of the study's author decides: {', '.join(own)}; "
        "its text is among the inputs in the study folder."
    )


def _unequal(study: StudyFolder) -> str:
    if not study.paid:
        return ""
    spent, low, high, left = (np.array(study.paid[name]) for name in COLUMNS)
    ends = [f"{end.min() / 1e6:.4g} to {end.max() / 1e6:.4g}" for end in (low, high)]
    said = (
        f"Mixes cost the same at the prices as written only: at their low ends {ends[0]}, at their "
        f"high ends {ends[1]} million USD."
    )
    if (left > UNEQUAL * (spent + left)).any():
        said += f" Some leave more than {UNEQUAL:.0%} of the money: they are not quite comparable."
    return said


def _few(study: StudyFolder) -> str:
    counts = np.bincount(study.point, minlength=len(study.labels))
    few = int((counts < FEW).sum())
    if not few:
        return ""
    return (
        f"Few replicates: {few} of {len(counts)} points have less than {FEW} (the fewest: "
        f"{int(counts.min())}). Student's intervals lean on the central limit; do not trust them."
    )


def _wide(spreads: list[Spread]) -> str:
    wide = [
        f"{one.measure} ({number.half_width:.3g} of {number.estimate:.3g})"
        for one in spreads
        if (number := one.numbers.get("mean")) is not None
        and number.estimate != 0.0
        and number.half_width > WIDE * abs(number.estimate)
    ]
    if not wide:
        return ""
    more = f" and {len(wide) - _TOLD} more" if len(wide) > _TOLD else ""
    return (
        f"Wide intervals: half of more than {WIDE:.0%} of the mean for "
        f"{', '.join(wide[:_TOLD])}{more}."
    )


def _tails(spreads: list[Spread]) -> str:
    n = min((one.n for one in spreads if "p95" in one.numbers), default=0)
    open_ends = any(
        math.isinf(end)
        for one in spreads
        for key, number in one.numbers.items()
        if key != "mean"
        for end in (number.low, number.high)
    )
    thin = 0 < n * (1.0 - CVAR_AT) < ENOUGH
    if not open_ends and not thin:
        return ""
    said = "Tails are thin: "
    if open_ends:
        said += "an interval written with ∞ is not bounded by so few replicates; "
    if thin:
        said += f"CVaR rests on {n * (1.0 - CVAR_AT):.0f} replicates or less and is a little low; "
    return said.removesuffix("; ") + "."


def _nulls(spreads: list[Spread]) -> str:
    absent = sorted({one.measure for one in spreads if one.nulls})
    if not absent:
        return ""
    return (
        f"Not in every replicate: {', '.join(absent)}. Their means are over those replicates that "
        "have them, and can not be compared where these differ."
    )


def _uneven(study: StudyFolder) -> str:
    first = np.sort(study.seed[study.rows(0)])
    for point in range(1, len(study.labels)):
        if not np.array_equal(np.sort(study.seed[study.rows(point)]), first):
            return (
                "Points do not all have the same seeds: differences are over common seeds only, "
                "and there are none where a study does without common random numbers."
            )
    return ""


def _record() -> str:
    rows = recorded().predicted
    if not rows:
        return ""
    parts = [f"{inside} of {n} of table {table}" for table, (inside, n) in rows.items()]
    return (
        f"How the whole chain stands against public claims that it was not fitted to: inside are "
        f"{' and '.join(parts)} (docs/validation.md, misses first)."
    )


def _outside(study: StudyFolder) -> str:
    outside = [name for name in study.measures if not name.startswith(RECORDED)]
    if not outside:
        return ""
    return (
        f"Outside the validation record, which speaks of interceptions: {', '.join(outside)}. "
        "No public data say whether these are right."
    )


def _notional(numbers: list[Assumption]) -> str:
    if not numbers:
        return "The catalogue numbers behind this study could not be found."
    notional = sum(one.status == "notional" for one in numbers)
    return (
        f"{notional} of {len(numbers)} parameters are notional: our own choice or an order of "
        "magnitude. Compare alternatives; do not read absolute numbers as forecasts."
    )


def _many(study: StudyFolder) -> str:
    k = (len(study.labels) - 1) * len(study.measures)
    if k <= 1:
        return ""
    return (
        f"Each interval covers 95 % by itself. Of {k} comparisons about {0.05 * k:.0f} would "
        "exclude the truth by chance."
    )
