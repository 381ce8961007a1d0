"""Plots shared between tracks: marginal probabilities (JPDA by belief propagation), no runaway."""
