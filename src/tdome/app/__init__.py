"""The command line: people's words in, tables out; it decides and computes nothing of its own.

A file for each command, imported only when that command is asked for: the rooms below bring NumPy,
Numba and SciPy with them, and ``tdome --help`` must answer at once.
"""
