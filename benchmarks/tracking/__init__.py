"""Benchmarks of the tracker, ours and a peer's: `python -m benchmarks.tracking`."""

import os

# Before NumPy is loaded: one thread for both tools.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
