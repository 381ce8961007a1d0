"""Sensors that send nothing: they hear or see what others give off, each by its own law."""
