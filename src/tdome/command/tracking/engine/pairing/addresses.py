"""Transponder addresses in association: who says another name is another.

A plot with an address never feeds a track that has another one. It goes rather to the track that
has the same: such a pair is ADDRESS_CREDIT cheaper, the price of e^4 to 1. A plot without an
address may feed any track (the transponder did not answer, or another radar has none), and a plot
with one may name a track that has none.

Where no plot of a site ever told an address, nothing is done.
"""

from tdome.command.tracking.engine.layout import ADDRESS, SAID
from tdome.kernel.jit import kernel_bare
from tdome.messages.base import Floats, Ints, Longs

ADDRESS_CREDIT = 8.0  # in the unit of d^2 + ln |S|


@kernel_bare
def by_address(  # noqa: PLR0913, PLR0917 - flat columns
    names: bool, whole: Longs, part: Ints, count: int, z: Floats, likelihood: bool,
    start: Ints, column: Ints, cost: Floats,
) -> None:  # fmt: skip
    """Take pairs of different addresses out of candidate lists, in place; those of one are cheaper.

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
            said = int(z[column[c], SAID])
            if own > 0 and said > 0 and said != own:
                continue
            column[end] = column[c]
            cost[end] = cost[c]
            if likelihood and said > 0 and said == own:
                cost[end] -= ADDRESS_CREDIT
            end += 1
        begin = last
    start[count] = end
