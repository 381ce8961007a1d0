"""Who is hit and what is seen of it: the same law for the referee and for a rollout's luck."""

import numpy as np
from numpy.typing import NDArray

from tdome.command.assignment.doctrine.chances import after1
from tdome.kernel.jit import kernel
from tdome.kernel.random import philox4x64, uniform1
from tdome.run.doctrine.instance import Floats, Ints


@kernel
def resolve1(  # noqa: PLR0913, PLR0917  (a kernel)
    key: NDArray[np.uint64],
    path: int,
    wave: int,
    k: int,
    pk: Floats,
    errors: Floats,
    shots: Ints,
    cls: Ints,
    belief: Floats,
    alive: Ints,
) -> int:
    """Who is hit, and what is seen; return the kills. Beliefs and lives are changed in place."""
    word, seen, kills = np.empty(4, np.uint64), np.empty(3), 0
    for i in range(len(cls)):
        if shots[i] == 0:
            continue
        hit = pk[k, cls[i]]
        philox4x64(key[0], key[1], path, wave, i + 1, k + 1, word)
        if alive[i] == 1 and uniform1(word[0]) >= (1.0 - hit) ** shots[i]:
            alive[i] = 0
            kills += 1
        wrong = errors[0] if alive[i] == 1 else errors[1]
        looks_alive = alive[i] if uniform1(word[1]) >= wrong else 1 - alive[i]
        after1(belief[i], shots[i], hit, errors[0], errors[1], seen)
        belief[i] = seen[1] if looks_alive == 1 else seen[2]
    return kills
