"""Benchmarks of the tracker, ours and a peer's: `python -m benchmarks.tracking`."""
