"""Transponder addresses and own-force replies in association: who says another name is another.

A plot with an address never feeds a track that has another one, and one without any only while it
is new (NEW_HITS plots at most); an own-force reply feeds own force and new tracks alone. So a civil
reply never makes a civil flight of a track that flew without one, whose place it is near; the
flight begins a track of its own, which duplicates are merged with (:mod:`..merge`) if that is
allowed. A plot goes rather to the track that has the same address: such a pair is ADDRESS_CREDIT
cheaper, the price of e^4 to 1. A plot that says nothing may feed any track (the transponder did not
answer, or another radar has none).

Where no plot of a site ever told who it is, nothing is done.
"""

from tdome.command.tracking.engine.layout import ADDRESS, FRIENDLY, HITS, OWN, SAID
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs

ADDRESS_CREDIT = 8.0  # in the unit of d^2 + ln |S|
NEW_HITS = 3  # a track of so few plots may still turn out to be of one who replies


@kernel_bare
def may_feed(whole: Longs, i: int, z: Floats, j: int) -> bool:
    """Tell whether plot j may feed track i, by what both say that they are."""
    new, own = whole[i, HITS] <= NEW_HITS, whole[i, ADDRESS]
    said = int(z[j, SAID])
    if said > 0:
        return bool(said == own or (own == 0 and new))
    return bool(z[j, FRIENDLY] == 0.0 or whole[i, OWN] != 0 or new)


@kernel_bare
def by_address(  # noqa: PLR0913, PLR0917 - flat columns
    names: bool, whole: Longs, part: Ints, count: int, z: Floats, likelihood: bool,
    start: Ints, column: Ints, cost: Floats,
) -> None:  # fmt: skip
    """Take pairs that may not be out of candidate lists, in place; those of one name are cheaper.

    start (count + 1,), column, cost: as :func:`..gating.candidates` left them. names: whether
    there are any. likelihood: False where costs are distances: then nothing is made cheaper.
    """
    if not names:
        return
    end, begin = 0, start[0]
    for n in range(count):
        last = start[n + 1]
        own = whole[part[n], ADDRESS]
        start[n] = end
        for c in range(begin, last):
            if not may_feed(whole, part[n], z, column[c]):
                continue
            column[end] = column[c]
            cost[end] = cost[c]
            if likelihood and own > 0 and int(z[column[c], SAID]) == own:
                cost[end] -= ADDRESS_CREDIT
            end += 1
        begin = last
    start[count] = end
