"""Composition root: who is plugged into whom, at what pace.

``tdome.run(...)`` is the room's main verb.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tdome.run.operator import Operator
    from tdome.run.record import Run


class _Room(ModuleType):
    """The package, made callable.

    ``tdome.run`` is a room of the house and the verb of the public API.
    """

    def __call__(  # noqa: PLR0913  (the public verb)
        self,
        scenario: str | Path,
        *,
        seed: int = 1,
        plan: str | Path | None = None,
        out: str | Path | None = None,
        wire: bool = False,
        operator: "Operator | None" = None,
        progress: Callable[[float, int], None] | None = None,
    ) -> "Run":
        """See :func:`tdome.run.api.run`."""
        from tdome.run.api import run  # noqa: PLC0415  (the room itself must import nothing)

        return run(
            scenario,
            seed=seed,
            plan=plan,
            out=out,
            wire=wire,
            operator=operator,
            progress=progress,
        )


sys.modules[__name__].__class__ = _Room
