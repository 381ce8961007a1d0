"""Which implementation stands in which room.

Versioned ids under the entry-point groups ``tdome.<room>``.
"""

from importlib.metadata import entry_points
from typing import Any

from tdome.kernel.errors import ConfigError
from tdome.plan.plan import Plan

ROOMS = ("tracking", "threat", "assignment", "engagement", "assessment", "warning", "sensing")


def implementations(room: str) -> list[str]:
    """Return the versioned ids registered for a room, sorted."""
    return sorted({entry.name for entry in entry_points(group=f"tdome.{room}")})


def build(room: str, plan: Plan) -> Any:  # noqa: ANN401  (the Protocol depends on the room)
    """Build the implementation that the plan names for ``room``.

    Raises ConfigError with the nearest valid id.
    """
    wanted = getattr(plan.file.stages, room)
    for entry in entry_points(group=f"tdome.{room}", name=wanted):
        return entry.load()(plan)
    raise ConfigError.unknown(
        file=plan.source, key=f"stages.{room}", name=wanted, valid=implementations(room)
    )
