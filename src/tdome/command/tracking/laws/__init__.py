"""Laws of motion as kernels on one track: ballistic flight, what can fly, measured lines."""
