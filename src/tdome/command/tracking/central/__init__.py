"""Central plot fusion: the engine, with registration of its sensors and scans that come late."""

from tdome.command.tracking.central.options import Options
from tdome.command.tracking.central.tracker import CentralTracker

__all__ = ["CentralTracker", "Options"]
