"""The core's doors for a live system: what it tells beside plots, and what it reads."""
