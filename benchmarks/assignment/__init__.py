"""Benchmarks of weapon assignment."""
