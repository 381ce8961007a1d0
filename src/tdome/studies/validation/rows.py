"""One row of the record: a public value, ours with its interval, and the verdict."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy.stats import t as student

INSIDE, PARTLY, OUTSIDE, NOT_RUN, NO_CASE = "inside", "partly", "outside", "not run", "no case"
_CONFIDENCE = 0.975


class Estimate(msgspec.Struct, frozen=True):
    """A value of ours and its 95 % interval, of so many runs or records."""

    value: float
    low: float
    high: float
    n: int


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison.

    use: "calibrated" rows went into shipped parameters, so being inside is no evidence;
    "predicted" ones did not; "control" ones must be outside. low, high: public range, a point where
    they are equal. of: where ours comes from.
    """

    table: str
    event: str
    measure: str
    use: str
    claimed: str
    sceptic: str = ""
    low: float | None = None
    high: float | None = None
    ours: Estimate | None = None
    of: str = ""
    source: str = ""
    how: str = ""

    @property
    def key(self) -> str:
        """Name of the row, for notes."""
        return f"{self.table}: {self.event}: {self.measure}"

    @property
    def verdict(self) -> str:
        """Say whether ours lies in the public range.

        inside: the value does, or the interval holds a public point; partly: only the interval
        meets the range; outside: not even that.
        """
        if self.low is None or self.high is None:
            return NO_CASE
        if self.ours is None:
            return NOT_RUN
        meets = self.ours.low <= self.high and self.low <= self.ours.high
        if self.low <= self.ours.value <= self.high or (meets and self.low == self.high):
            return INSIDE
        return PARTLY if meets else OUTSIDE


def over_runs(values: Sequence[float]) -> Estimate:
    """Return mean and Student's 95 % interval over independent runs; wide where they are few.

    One run tells nothing of its spread: its interval is the value, and whoever shows it says so.
    """
    x = np.asarray(values, np.float64)
    mean = float(x.mean())
    if len(x) < 2:  # noqa: PLR2004  (no spread)
        return Estimate(mean, mean, mean, len(x))
    half = float(student.ppf(_CONFIDENCE, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return Estimate(mean, mean - half, mean + half, len(x))
