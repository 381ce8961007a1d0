"""Pairing of tracks and plots: grid over plots, gates, exact sparse assignment."""
