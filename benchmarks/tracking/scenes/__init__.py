"""Scenes for the tracker: synthetic raids, benchmark trajectories, real flights, big skies."""
