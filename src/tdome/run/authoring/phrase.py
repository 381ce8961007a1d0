"""A raid in words: "60 drones from the north-west in three groups over 40 minutes".

Grammar (case, hyphens, commas and "the" do not matter; [x] may be left out, x* may repeat):

    phrase    = clause ((";" | "and" | "then") clause)*
    clause    = [AFTER] item (("," | "and") item)* modifier*
    item      = NUMBER CLASS                60 drones, a dozen cruise missiles, 8 srbm
    modifier  = "from" ["the"] DIRECTION    north-west, NW, NNE
              | "from" ["bearing"] NUMBER ["degrees"]
              | ["from" | "at"] NUMBER "km" ["out" | "away"]
              | "in" NUMBER ("groups" | "waves" | "streams")
              | ("over" | "within" | "in") TIME
              | ["with"] ("decoy share" ["of"] NUMBER "%" | NUMBER "%" "decoys")
              | AFTER
    AFTER     = "after" TIME | TIME "later"
    TIME      = NUMBER ("seconds" | "minutes" | "hours")

A clause that follows "and" begins with the clause before it, one that follows "then" when the
launches of that one end; "after TIME" counts from the beginning of the clause before. Direction
is asked for once; later clauses keep it until they name their own. Without "over" a clause
launches at once, with the spacing that ``raids`` gives.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NoReturn, TypeVar

import msgspec

from tdome.kernel.errors import ConfigError
from tdome.plan.catalogue import Catalogue
from tdome.run.authoring.words import DIRECTIONS, NUMBERS, POINTS, TIMES, class_names, longest

T = TypeVar("T")

MOST = 5000  # of one class in one clause: what a salvo may hold
LONGEST_S = 86_400.0
_WORD = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?|[^\W\d_]+|[%°;,]|\S")
_GROUPS = ("group", "groups", "wave", "waves", "stream", "streams", "axes")
_PERCENT = ("%", "percent", "per")
_STARTERS = ("and", "then", "after", "from", "in", "over", "decoy")
_EXAMPLE = "for example: 60 drones from the north-west in three groups over 40 minutes"


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One raid. ``items`` are (class id, count); angles degrees, lengths km, times s.

    ``distance_km`` is None where each class keeps its usual one; ``starts_s`` counts from the
    beginning of the phrase; ``decoy_share`` is of the count, 0 to 1.
    """

    items: tuple[tuple[str, int], ...]
    bearing_deg: float
    said_from: str
    distance_km: float | None = None
    groups: int = 1
    over_s: float = 0.0
    decoy_share: float = 0.0
    starts_s: float = 0.0


def parse_phrase(text: str, catalogue: Catalogue) -> list[Clause]:
    """Read a phrase; raises ConfigError that says at which word, and what was expected there."""
    return _Reader(text, catalogue).phrase()


class _Heard:
    """The modifiers of one clause, as far as it was read."""

    def __init__(self) -> None:
        self.items: dict[str, int] = {}
        self.bearing: float | None = None
        self.said_from = ""
        self.distance: float | None = None
        self.groups: int | None = None
        self.over: float | None = None
        self.share: float | None = None
        self.after: float | None = None


class _Reader:
    """Reads from left to right; ``at`` is the next word."""

    def __init__(self, text: str, catalogue: Catalogue) -> None:
        plain = re.sub(r"[-\u2010-\u2014]", " ", text.lower())
        self.words: list[str] = [word for word in _WORD.findall(plain) if word != "the"]
        self.names = class_names(catalogue)
        self.at = 0

    # ------------------------------------------------------------ clauses

    def phrase(self) -> list[Clause]:
        if not self.words:
            self.refuse("the phrase is empty", _EXAMPLE)
        clauses: list[Clause] = []
        link = "and"
        while self.at < len(self.words):
            heard = self.clause()
            clauses.append(self.finished(heard, link, clauses[-1] if clauses else None))
            link = self.link()
        return clauses

    def link(self) -> str:
        """Skip what joins two clauses; "then" if it is said, also as "and then"."""
        began, link = self.at, "and"
        while self.peek() in {",", ";", "and", "then"}:
            link = "then" if self.take() == "then" else link
        if self.at > began and self.at == len(self.words):
            self.refuse("the phrase ends in the middle", _EXAMPLE)
        return link

    def clause(self) -> _Heard:
        heard = _Heard()
        while self.after(heard):
            self.skip(",")
        self.item(heard)
        while self.more_items():
            self.item(heard)
        while self.more_modifiers():
            self.modifier(heard)
        return heard

    def finished(self, heard: _Heard, link: str, before: Clause | None) -> Clause:
        bearing, said_from = heard.bearing, heard.said_from
        if bearing is None and before is not None:
            bearing, said_from = before.bearing_deg, before.said_from
        if bearing is None:
            self.refuse("no direction is given", 'say "from the north-west" or "from bearing 310"')
        starts = before.starts_s if before else 0.0
        if heard.after is not None:
            starts += heard.after
        elif link == "then" and before is not None:
            starts += before.over_s
        total = sum(heard.items.values())
        groups = heard.groups or 1
        if groups > total:
            self.refuse(f"{groups} groups can not be made of {total}", "ask for fewer groups")
        return Clause(
            items=tuple(heard.items.items()),
            bearing_deg=bearing,
            said_from=said_from,
            distance_km=heard.distance,
            groups=groups,
            over_s=heard.over or 0.0,
            decoy_share=heard.share or 0.0,
            starts_s=starts,
        )

    # ------------------------------------------------------------ parts of a clause

    def item(self, heard: _Heard) -> None:
        count = self.number("how many, as in 60 drones")
        if count != int(count) or not 1 <= count <= MOST:
            self.refuse(f"{count:,.10g} of a class", f"a whole number from 1 to {MOST}", back=1)
        size = longest(self.names, self.words, self.at)
        if size == 0:
            self.refuse_word("the name of a class", [" ".join(name) for name in self.names])
        name = self.names[tuple(self.words[self.at : self.at + size])]
        self.at += size
        heard.items[name] = heard.items.get(name, 0) + int(count)
        if heard.items[name] > MOST:
            self.refuse(f"{heard.items[name]} {name}", f"at most {MOST} of a class", back=1)

    def more_items(self) -> bool:
        """Whether another item follows a comma or "and"; skips these if so."""
        ahead = self.at
        while ahead < len(self.words) and self.words[ahead] in {",", "and"}:
            ahead += 1
        if ahead == self.at or not self.is_item(ahead):
            return False
        self.at = ahead
        return True

    def is_item(self, at: int) -> bool:
        began = at
        while at < len(self.words) and _is_number(self.words[at]):
            at += 1
        return at > began and longest(self.names, self.words, at) > 0

    def more_modifiers(self) -> bool:
        """Whether a modifier follows; skips the comma, "and" or "with" before it if so."""
        ahead = self.at
        while ahead < len(self.words) and self.words[ahead] in {",", "and", "with", "a"}:
            if ahead > self.at and self.is_item(ahead):
                return False
            ahead += 1
        if ahead >= len(self.words) or self.words[ahead] in {";", "then"}:
            return False
        if (ahead > self.at and self.is_item(ahead)) or self.is_next_clause(ahead):
            return False
        self.at = ahead
        return True

    def is_next_clause(self, at: int) -> bool:
        """Whether words such as "20 minutes later 30 cruise" begin a clause of their own."""
        began, self.at = self.at, at
        try:
            return self.after(_Heard()) and self.is_item(self.at)
        except ConfigError:
            return False
        finally:
            self.at = began

    def modifier(self, heard: _Heard) -> None:
        word = self.peek()
        if word == "from":
            self.take()
            self.whence(heard)
        elif word in {"at", "out"} or self.unit_after_number() == "km":
            self.skip("at", "out")
            self.distance(heard)
        elif word in {"in", "over", "within", "during"}:
            self.take()
            self.groups_or_time(heard)
        elif word == "decoy":
            self.take()
            self.share_of_decoys(heard)
        elif self.unit_after_number() in _PERCENT:
            heard.share = self.once(heard.share, self.percent())
            self.expect("decoys", "decoy")
        elif not self.after(heard):
            expected = 'from, in, over, decoy share, after, "and" or "then"'
            self.refuse_word(expected, _STARTERS)

    def whence(self, heard: _Heard) -> None:
        size = longest(DIRECTIONS, self.words, self.at)
        if size:
            words = self.words[self.at : self.at + size]
            self.at += size
            heard.bearing = self.once(heard.bearing, DIRECTIONS[tuple(words)])
            heard.said_from = f"the {POINTS[heard.bearing]}"
            return
        if self.unit_after_number() == "km":
            self.distance(heard)
            return
        named = self.skip("bearing")
        if not named and not _is_number(self.peek()):
            choices = [" ".join(words) for words in DIRECTIONS]
            self.refuse_word('a direction ("north-west", "NW", "bearing 310")', choices)
        bearing = self.number("a bearing in degrees")
        self.skip("degrees", "degree", "deg", "°")
        if not 0.0 <= bearing <= 360.0:  # noqa: PLR2004
            self.refuse(f"bearing {bearing:g}", "0 to 360 degrees from north, clockwise", back=1)
        heard.bearing = self.once(heard.bearing, bearing)
        heard.said_from = f"bearing {bearing:g}"

    def distance(self, heard: _Heard) -> None:
        heard.distance = self.once(heard.distance, self.number("a distance in km"))
        self.expect("km")
        self.skip("out", "away", "off")

    def groups_or_time(self, heard: _Heard) -> None:
        number = self.number("a number of groups or a time")
        if self.peek() not in _GROUPS:
            heard.over = self.once(heard.over, self.time(number))
            return
        self.take()
        if number != int(number) or number < 1:
            self.refuse(f"{number:g} groups", "a whole number from 1", back=2)
        heard.groups = self.once(heard.groups, int(number))

    def share_of_decoys(self, heard: _Heard) -> None:
        self.expect("share")
        self.skip("of")
        heard.share = self.once(heard.share, self.percent())

    def percent(self) -> float:
        share = self.number("a share in %")
        if self.expect("%", "percent", "per") == "per":
            self.expect("cent")
        if not 0.0 <= share <= 100.0:  # noqa: PLR2004
            self.refuse(f"{share:g} %", "a share from 0 to 100 %", back=1)
        return share / 100.0

    def after(self, heard: _Heard) -> bool:
        """Read "after 20 minutes" or "20 minutes later" if it is there."""
        if self.skip("after"):
            heard.after = self.once(heard.after, self.time(self.number("a time")))
            return True
        if self.unit_after_number() not in TIMES:
            return False
        heard.after = self.once(heard.after, self.time(self.number("a time")))
        self.expect("later")
        return True

    def time(self, number: float) -> float:
        unit = self.expect(*TIMES)
        seconds = number * TIMES[unit]
        if seconds > LONGEST_S:
            self.refuse(f"{number:g} {unit}", "at most 24 hours", back=2)
        return seconds

    # ------------------------------------------------------------ words

    def peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def skip(self, *words: str) -> bool:
        """Take the next word if it is one of these."""
        found = self.peek() in words
        self.at += found
        return found

    def expect(self, *words: str) -> str:
        if self.peek() not in words:
            self.refuse_word(" or ".join(map(repr, words[:6])), words)
        return self.take()

    def number(self, expected: str) -> float:
        """Take digits, or number words, which add up."""
        if not _is_number(self.peek()):
            self.refuse_word(expected, [])
        word = self.take()
        if word[0].isdigit():
            value = float(word.replace(",", ""))
            return value * NUMBERS[self.take()] if self.peek() in {"dozen", "hundred"} else value
        value = float(NUMBERS[word])
        while self.peek() in NUMBERS and self.peek() not in {"a", "an"}:
            more = NUMBERS[self.take()]
            value = (
                value * more if self.words[self.at - 1] in {"dozen", "hundred"} else value + more
            )
        return value

    def unit_after_number(self) -> str:
        ahead = self.at
        while ahead < len(self.words) and _is_number(self.words[ahead]):
            ahead += 1
        return self.words[ahead] if self.at < ahead < len(self.words) else ""

    def once(self, before: T | None, value: T) -> T:
        if before is not None:
            self.refuse("this is said twice in one clause", 'join two raids with "and" or "then"')
        return value

    def refuse_word(self, expected: str, valid: Iterable[str]) -> NoReturn:
        found = self.peek()
        near = get_close_matches(found, list(valid), n=2, cutoff=0.6) if found else []
        hint = f"expected {expected}" + (f"; nearest: {', '.join(near)}" if near else "")
        what = f"{found!r} is not understood" if found else "the phrase ends too early"
        self.refuse(what, hint)

    def refuse(self, problem: str, hint: str, back: int = 0) -> NoReturn:
        at = min(self.at - back, len(self.words) - 1)
        place = f"word {at + 1} ({self.words[at]!r}): " if self.words else ""
        raise ConfigError("raid phrase", None, "", f"{place}{problem}", hint)


def _is_number(word: str) -> bool:
    return word[:1].isdigit() or word in NUMBERS
