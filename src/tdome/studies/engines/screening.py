"""The engine ``screening``: nothing but the compiled scenario (:mod:`tdome.run.screening`).

Thousands of replicates a second, of a biased model. For surfaces and searches; a report of it says
before all else that its numbers are not figures. A study's own policy may decide in it.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from tdome.messages.base import Floats
from tdome.run.library import Inputs
from tdome.run.screening.policy_file import read_policy
from tdome.run.screening.screen import Screen, compile_screen


class Screening:
    """Tables and one compiled loop instead of a run."""

    name = "screening"
    takes_policies = True

    def rows(
        self, inputs: Inputs, replicates: Sequence[int], seeds: Sequence[int]
    ) -> dict[str, Floats]:
        """Return the columns of a screening; raises ConfigError for a doctrine that it lacks."""
        del replicates  # the seed says it all
        policy = None
        if inputs.policy_text:
            policy = read_policy(inputs.policy_text, inputs.policy_source)
        plain = msgspec.structs.replace(inputs, policy_text="", policy_source="")
        return screen_of(plain).replicates(list(seeds), policy=policy)


@lru_cache(maxsize=2)
def screen_of(inputs: Inputs) -> Screen:
    """Compile a design point once for all its chunks."""
    return compile_screen(inputs)
