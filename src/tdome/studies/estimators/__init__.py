"""Estimates with honest intervals: pure functions on arrays of replicates."""
