"""tdome: an open, layered air- and missile-defence system in software.

For research, teaching, exercises and policy: defensive, unclassified, notional.

    import tdome as td
    run = td.run("first-steps", seed=1)
    run.outcome.by_class.to_pandas()
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a type checker sees the verb; at run time it is the room, which is callable
    from tdome.run.api import run
else:
    from tdome import run

__all__ = ["run"]
