"""Doors: how told things arrive.

A file for each standard; what is refused is quarantined and counted, never dropped.
"""
