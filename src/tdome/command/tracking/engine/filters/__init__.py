"""Filters: motion, polar measurements, updates, modes, as kernels on packed rows."""
