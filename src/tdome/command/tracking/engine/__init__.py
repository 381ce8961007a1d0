"""The fast core of the tracker: many targets, many asynchronous sites, any frame.

``track(recording, sites, settings)``, or an :class:`Engine` that folds part after part.
"""

from tdome.command.tracking.engine.engine import Engine, track
from tdome.command.tracking.engine.settings import Settings

__all__ = ["Engine", "Settings", "track"]
