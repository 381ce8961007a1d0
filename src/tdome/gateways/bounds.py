"""Bounds of what a door takes for a measurement. It imports nothing: all doors need it."""

LAST_ADDRESS = 0xFFFFFF  # 24-bit transponder addresses
FARTHEST = 1.0e7  # m: no sensor of this field measures a longer range
LOWEST, HIGHEST = 6.3e6, 1.0e8  # m from the Earth's centre: nothing that is told of is elsewhere
FASTEST = 20_000.0  # m/s: nothing comes faster, and nothing that answers flies faster
