"""Time, order, chance, names and memory: everything that knows no air defence."""
