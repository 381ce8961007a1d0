"""The errors that tdome raises on purpose, each with the exit code of a command that it ends.

TdomeError                1  anything below
├── ConfigError           2  a file or folder that a person wrote is missing or wrong
├── JournalError          3  a journal can not be written or read
└── CausalityError        4  something was put into the past: a bug in the caller

Anything else that escapes is a bug too, and keeps its own traceback.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import ClassVar, Self


class TdomeError(Exception):
    """Root of the tree: catch this one at the front door."""

    exit_code: ClassVar[int] = 1


class ConfigError(TdomeError):
    """A fault in a file that a person wrote: says where, what, and the likely cure.

    Parameters
    ----------
    file : name of the file, as the person gave it.
    line : line of the key or of its nearest parent, counted from 1; None if there is no text.
    key : full path of the key, as in ``sensors[2].range_km``; empty if the fault has no key.
    problem : one sentence without the place.
    hint : what to do about it; may be empty.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, file: str, line: int | None, key: str, problem: str, hint: str = "") -> None:
        super().__init__(file, line, key, problem, hint)  # all of them, or it can not be pickled
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
        self.hint = hint

    @classmethod
    def unknown(cls, *, file: str, key: str, name: str, valid: Sequence[str]) -> Self:
        """Return the error for a name that is not one of ``valid``, with the nearest valid one."""
        near = get_close_matches(name, valid, n=1, cutoff=0.4)
        hint = f"valid: {', '.join(sorted(valid))}" if valid else "there is none to name"
        hint = f"nearest valid name: {near[0]!r}" if near else hint
        at_key = f"key {key!r}: " if key else ""
        return cls(file, None, key, f"{at_key}{name!r} is not known", hint)

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.problem}" + (f"; {self.hint}" if self.hint else "")


class JournalError(TdomeError):
    """A journal can not be written, is not a journal, or is damaged (not merely cut short)."""

    exit_code: ClassVar[int] = 3


class CausalityError(TdomeError):
    """A clock or an event queue was asked to go backwards."""

    exit_code: ClassVar[int] = 4
