"""Fire units of the simulated world, their rounds, and the referee that judges them."""
