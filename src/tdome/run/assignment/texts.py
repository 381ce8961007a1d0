"""The two public text forms of instances.

square: n, n values, n x n probabilities, row = weapon, one round each (Sonuc, Sen and Bayir 2017,
"A parallel simulated annealing algorithm for the weapon-target assignment problem"). listed: a
line M N K (types, threats, rounds of each type), N values, lines i j p (Andersen, Pavlikov and
Toffolo 2022, Annals of Operations Research, doi 10.1007/s10479-022-04525-6); a pair that is not
listed has p = 0. The number of words in the first line that has any says which.
"""

import numpy as np
from numpy.typing import NDArray

from tdome.kernel.errors import ConfigError
from tdome.run.assignment.instance import PAIRS, Floats, Instance

_HEADER = 3  # words
_MOST_ROUNDS = 2**31 - 1


class _Words:
    """The words of a text as numbers, and the line of each for complaints."""

    def __init__(self, read: bytes, name: str) -> None:
        self.name = name
        try:
            self.lines = [line.split() for line in read.decode().splitlines()]
        except UnicodeDecodeError as fault:
            problem = f"is not text (byte {fault.start})"
            raise self.fault(None, problem, "one of the two text forms") from None
        words = [word for line in self.lines for word in line]
        try:
            self.numbers: Floats = np.array(words, np.float64)
        except ValueError:
            place = next(k for k, word in enumerate(words) if not _is_number(word))
            raise self.fault(place, f"{words[place]!r} is not a number", "a number") from None

    def line(self, place: int) -> int:
        """Return the line (from 1) of a word."""
        ends = np.cumsum([len(line) for line in self.lines])
        return int(np.searchsorted(ends, place, side="right")) + 1

    def fault(self, place: int | None, problem: str, expected: str) -> ConfigError:
        line = None if place is None else self.line(place)
        return ConfigError(self.name, line, "", problem, f"expected: {expected}")

    def must(self, good: NDArray[np.bool_], first: int, expected: str, step: int = 1) -> None:
        """Complain of the first word that is not as it must be."""
        if not good.all():
            place = first + step * int(np.argmin(good))
            raise self.fault(place, f"{self.numbers[place]:.12g} can not be", expected)

    def count(self, number: int, what: str) -> None:
        """Complain if there are more or fewer words."""
        found = len(self.numbers)
        if found != number:
            problem = f"there are {found:,} numbers"
            raise self.fault(min(found, number + 1) - 1, problem, f"{number:,}: {what}")


def read_text(read: bytes, name: str) -> Instance:
    """Read either form; ConfigError with the line and what was expected there."""
    words = _Words(read, name)
    if not len(words.numbers):
        raise ConfigError(name, None, "", "is empty", "expected: n, or a line M N K")
    header = next(len(line) for line in words.lines if line)
    if header == 1:
        return _square(words)
    if header == _HEADER:
        return _listed(words)
    raise words.fault(0, f"the first line has {header} numbers", "n alone, or M N K")


def _whole(numbers: Floats, below: float) -> NDArray[np.bool_]:
    good: NDArray[np.bool_] = (numbers >= 0.0) & (numbers < below) & (numbers == np.floor(numbers))
    return good


def _square(words: _Words) -> Instance:
    numbers = words.numbers
    words.must(_whole(numbers[:1], PAIRS**0.5 + 1), 0, "a whole number n of types and threats")
    n = int(numbers[0])
    words.count(1 + n + n * n, f"n = {n}, n values, n x n probabilities")
    v, p = numbers[1 : 1 + n], numbers[1 + n :]
    words.must(np.isfinite(v) & (v >= 0.0), 1, "a value >= 0")
    words.must((p >= 0.0) & (p <= 1.0), 1 + n, "a probability in [0, 1]")
    return Instance.of(v, p.reshape(n, n), 1, words.name)


def _listed(words: _Words) -> Instance:
    numbers = words.numbers
    words.must(_whole(numbers[:3], _MOST_ROUNDS + 1), 0, "whole numbers M N K")
    types, threats, rounds = (int(number) for number in numbers[:3])
    if types * threats > PAIRS:
        problem = f"{types} x {threats} pairs are too many"
        raise words.fault(0, problem, f"at most {PAIRS:,}")
    first = _HEADER + threats
    if len(numbers) < first or (len(numbers) - first) % 3:
        problem = f"there are {len(numbers):,} numbers"
        expected = f"3, {threats} values, and three for each line i j p"
        raise words.fault(len(numbers) - 1, problem, expected)
    v, rows = numbers[_HEADER:first], numbers[first:].reshape(-1, 3)
    words.must(np.isfinite(v) & (v >= 0.0), _HEADER, "a value >= 0")
    words.must(_whole(rows[:, 0], types), first, f"a type from 0 to {types - 1}", 3)
    words.must(_whole(rows[:, 1], threats), first + 1, f"a threat from 0 to {threats - 1}", 3)
    words.must((rows[:, 2] >= 0) & (rows[:, 2] <= 1), first + 2, "a probability in [0, 1]", 3)
    i, j = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    _, once = np.unique(i * max(threats, 1) + j, return_index=True)
    if len(once) < len(rows):
        again = np.setdiff1d(np.arange(len(rows)), once)[0]
        problem = f"the pair {i[again]} {j[again]} is there twice"
        raise words.fault(first + 3 * int(again), problem, "each pair once")
    p = np.zeros((types, threats))
    p[i, j] = rows[:, 2]
    return Instance.of(v, p, rounds, words.name)


def square_text(instance: Instance) -> str:
    """Write the square form; numbers in full (repr), so that they are read again bit for bit."""
    rows = [[instance.threats], *([v] for v in instance.values.tolist())]
    rows += instance.kill_probability.tolist()
    return _lines(rows)


def listed_text(instance: Instance) -> str:
    """Write the listed form with all pairs; every type has as many rounds as the first."""
    rounds = int(instance.rounds[0])
    rows: list[list[float]] = [[instance.types, instance.threats, rounds]]
    rows += [[v] for v in instance.values.tolist()]
    p = instance.kill_probability.tolist()
    rows += [[i, j, p[i][j]] for i in range(instance.types) for j in range(instance.threats)]
    return _lines(rows)


def _lines(rows: list[list[float]]) -> str:
    return "".join(" ".join(map(repr, row)) + "\n" for row in rows)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
