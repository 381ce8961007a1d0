"""Threats x fire units to a fire plan (weapon assignment). Contract: ``base.py``."""
