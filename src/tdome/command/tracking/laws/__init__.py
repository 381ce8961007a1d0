"""The two laws of motion that a track is tried under: flight in the air, and ballistic flight."""
