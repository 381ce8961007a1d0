"""The progress line: on standard error, on a terminal only, gone when the run is over."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn

from tdome.app.screen import GOOD, span


class SimulatedTime:
    """Shows how far simulated time has come and how many hostile objects are left.

    Call it as ``progress(simulated seconds, hostile objects left)``; :meth:`expect` says what it
    runs towards.
    """

    def __init__(self, console: Console, waiting_for: str, *, count: bool = True) -> None:
        self._bar = Progress(
            SpinnerColumn(style=GOOD),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24, complete_style=GOOD, finished_style=GOOD, pulse_style=GOOD),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._count = count
        self._end = 0.0
        self._task: TaskID = self._bar.add_task(waiting_for, total=None, left="")

    def expect(self, end: float, waiting_for: str | None = None) -> None:
        """Run towards ``end`` simulated seconds; until the first call say what is waited for."""
        self._end = end
        if waiting_for is not None:
            self._bar.update(self._task, description=waiting_for)

    def __call__(self, now: float, left: int) -> None:
        """Show ``now`` (simulated seconds) and the number of hostile objects left."""
        self._bar.update(
            self._task,
            total=self._end,
            completed=now,
            description=f"{span(now)} of {span(self._end)}",
            left=f"{left} hostile objects left" if self._count else "",
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()


class Counting:
    """Shows how many of a number of things are done, and how long the rest will take."""

    def __init__(self, console: Console, waiting_for: str, things: str) -> None:
        self._bar = Progress(
            SpinnerColumn(style=GOOD),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24, complete_style=GOOD, finished_style=GOOD, pulse_style=GOOD),
            TextColumn("{task.fields[left]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._things = things
        self._task: TaskID = self._bar.add_task(waiting_for, total=None, left="")

    def __call__(self, done: int, most: int, seconds_left: float) -> None:
        """Show what is done, at most to do, and seconds left (nan: not known yet)."""
        known = seconds_left >= 0.0
        self._bar.update(
            self._task,
            total=most if done else None,
            completed=done,
            description=f"{done:,} of {most:,} {self._things}",
            left=f"{span(seconds_left)} left at most" if known else "",
        )

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
