"""The scenario file: what IS. Read by the world only; the plan holds what we believe.

Keys carry their unit. Launch points are notional points at sea or inland, given only so that
trajectories have the published ranges; nothing here is a position of a real system.
"""
