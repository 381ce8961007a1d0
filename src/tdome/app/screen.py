"""What people see: consoles, two colours that a colour-blind eye tells apart, tables, JSON.

Colour never says anything that the words do not say too; without a terminal, and with NO_COLOR,
there is none.
"""

import sys
from collections.abc import Sequence

import msgspec
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GOOD = "bold #2b8ccb"  # blue and vermilion, near Okabe and Ito's: dark and light terminals
BAD = "bold #d55e00"
QUIET = "dim"

WIDEST = 100  # columns: wider tables are harder to read, not easier


class _Screen(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to ``main`` that the reader has gone (rich would exit with 1)."""
        raise BrokenPipeError


def out() -> Console:
    """Return a console on standard output, as it is now."""
    console = _Screen(file=sys.stdout, highlight=False, markup=False, emoji=False)
    console.width = min(console.width, WIDEST)
    return console


def err() -> Console:
    """Return a console on standard error, as it is now."""
    return _Screen(file=sys.stderr, highlight=False, markup=False, emoji=False)


def say(text: str, style: str = "") -> None:
    """Write one line to standard output; a long one is left whole, so that paths can be copied."""
    out().print(Text(text, style=style), soft_wrap=True)


def say_indented(text: str) -> None:
    """Write a paragraph to standard output, wrapped and set in by two columns."""
    out().print(Padding(Text(text), (0, 0, 0, 2)))


def complain(message: str) -> None:
    """Write one line of complaint to standard error, whatever a file or argument put into it."""
    visible = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in message
    )
    err().print(Text.assemble(("tdome:", BAD), " ", visible), soft_wrap=True)


def write_json(value: object) -> None:
    """Write a value to standard output as JSON; what is not a number becomes null."""
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(encoded.decode() + "\n")


def table(title: str, *columns: str, texts: int = 1) -> Table:
    """Return an empty table: the first ``texts`` columns hold words, the others numbers."""
    made = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption_justify="left",
        caption_style=QUIET,
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for place, name in enumerate(columns):
        made.add_column(name, justify="left" if place < texts else "right", overflow="fold")
    return made


def show(*tables: Table) -> None:
    """Print tables, an empty line after each."""
    console = out()
    for one in tables:
        console.print(one)
        console.print()


def tinted(value: float, style: str) -> Text:
    """Return a count, in a colour unless it is zero."""
    return Text(f"{value:,}", style=style if value else QUIET)


def listed(names: Sequence[str], most: int) -> str:
    """Return names with commas, the first ``most`` of them, and how many there are beyond."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def counted(number: int, thing: str) -> str:
    """Return ``1 raid``, ``3 raids``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def span(seconds: float) -> str:
    """Return a duration for people: ``42 s``, ``12 min 05 s``, ``3 h 00 min``."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004  (seconds of a minute)
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"  # noqa: PLR2004
    minutes, left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {left:02d} s"


def dollars(amount: float) -> str:
    """Return an amount of US dollars for people: ``$0.9 M``, ``$1,240 M``, ``$40 k``."""
    if amount >= 1e6:  # noqa: PLR2004
        return f"${amount / 1e6:,.1f} M"
    return f"${amount / 1e3:,.0f} k" if amount >= 1e3 else f"${amount:,.0f}"  # noqa: PLR2004
