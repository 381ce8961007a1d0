"""Sensors of the simulated world: who is seen, and what is measured."""
