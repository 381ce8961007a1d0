"""Coalescence control: close tracks keep their own plots instead of sharing them.

Where two tracks can swap their plots at nearly the same likelihood, Bayes' probabilities are near
one half each, and the weighted update draws both tracks to the middle between the targets. Blom
and Bloem ("Probabilistic data association avoiding track coalescence", IEEE T-AC 45(2), 2000:
JPDA*) keep of all permutations of the same plots over the same tracks only the most likely one.
Here that is done once for the whole scan: the most likely joint event (exact assignment) says
who owns which plot, and a track that owns one may not claim the plot of another. What stays are
the doubts that matter: missed or not, and free plots (clutter) beside the own one.
"""

from tdome.kernel.jit import kernel
from tdome.messages.base import Floats, Ints


@kernel
def unmix(start: Ints, column: Ints, chosen: Ints, owner: Ints, ratio: Floats) -> int:
    """Set ratio to 0 where a track claims the plot that another one owns; return how many.

    Parameters
    ----------
    start, column, ratio
        Candidates, CSR; ratio (c,) is changed in place.
    chosen
        (k,) place in ``column`` of each track's plot in the most likely joint event, -1 for none. A
        track without one keeps all its claims: nobody draws it to the middle.
    owner
        (plots,) scratch.
    """
    owner[:] = -1
    tracks = len(start) - 1
    for i in range(tracks):
        if chosen[i] >= 0:
            owner[column[chosen[i]]] = i
    dropped = 0
    for i in range(tracks):
        if chosen[i] < 0:
            continue
        for k in range(start[i], start[i + 1]):
            if owner[column[k]] >= 0 and owner[column[k]] != i and ratio[k] > 0.0:
                ratio[k] = 0.0
                dropped += 1
    return dropped
