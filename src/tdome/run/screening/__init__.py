"""Screening: a scenario compiled once, and replicates of it in one compiled loop over tables.

``compile_screen(inputs).replicates(seeds)``. A screening is fast and biased: no figure of it is
published without the correction by paired full runs (docs/concepts/studies/screening.md).
"""
