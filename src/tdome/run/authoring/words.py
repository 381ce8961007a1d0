"""The words of a raid phrase: numbers, compass directions, times and names of classes."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tdome.plan.catalogue import Catalogue

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS: Mapping[str, int] = MappingProxyType(
    {
        **{word: n for n, word in enumerate(_UNITS)},
        **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
        **{"a": 1, "an": 1, "dozen": 12, "hundred": 100},
    }
)
"""Number words; tens and units add up, as in sixty-four."""

TIMES: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
        **dict.fromkeys(("h", "hour", "hours"), 3600.0),
    }
)
"""Time units in s."""

_POINTS = (
    *("north", "north north east", "north east", "east north east"),
    *("east", "east south east", "south east", "south south east"),
    *("south", "south south west", "south west", "west south west"),
    *("west", "west north west", "north west", "north north west"),
)


def _directions() -> dict[tuple[str, ...], float]:
    found: dict[tuple[str, ...], float] = {}
    for n, point in enumerate(_POINTS):
        words = point.split()
        initials = "".join(word[0] for word in words)
        for name in (words, [initials], ["".join(words)]):
            found[tuple(name)] = 22.5 * n
    return found


DIRECTIONS: Mapping[tuple[str, ...], float] = MappingProxyType(_directions())
"""Compass points, as words, run together or as initials -> bearing in degrees."""
POINTS: Mapping[float, str] = MappingProxyType(
    {22.5 * n: point.replace(" ", "-") for n, point in enumerate(_POINTS)}
)
"""Bearing in degrees -> its name."""

_SYNONYMS = {
    "ballistic missile": "srbm",
    "short range ballistic missile": "srbm",
    "medium range ballistic missile": "mrbm",
    "cruise missile": "cruise",
    "supersonic cruise missile": "supersonic-cruise",
    "attack drone": "drone",
    "one way drone": "drone",
    "one way attack drone": "drone",
    "piston drone": "drone",
    "uav": "drone",
    "decoy": "decoy-drone",
    "artillery rocket": "heavy-rocket",
    "short range rocket": "rocket",
    "fighter aircraft": "fighter",
    "aircraft": "fighter",
}


def class_names(catalogue: Catalogue) -> dict[tuple[str, ...], str]:
    """Return words -> class id: ids with and without hyphens, synonyms, and all plurals."""
    said = {name.replace("-", " "): name for name in catalogue.threats}
    said |= {word: name for word, name in _SYNONYMS.items() if name in catalogue.threats}
    plurals = {f"{word}s": name for word, name in said.items()}
    return {tuple(word.split()): name for word, name in {**plurals, **said}.items()}


def longest(
    table: Mapping[tuple[str, ...], float] | Mapping[tuple[str, ...], str],
    words: Sequence[str],
    at: int,
) -> int:
    """Return how many words from ``at`` on are a name of the table, at most; 0 if none is."""
    most = max(map(len, table))
    sizes = range(min(most, len(words) - at), 0, -1)
    return next((n for n in sizes if tuple(words[at : at + n]) in table), 0)
