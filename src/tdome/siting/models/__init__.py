"""Optimisation models of the planning aid: arrays in, plan and proven bound out; no places."""
