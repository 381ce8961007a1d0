"""Plots to system tracks (JDL level 1). The contract is ``base.py``."""
