"""How fast the engines of a raid are, beside a plain peer: `python -m benchmarks.engine`."""
