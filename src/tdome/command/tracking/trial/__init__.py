"""Tracks of the chain's tracker, tried under both laws at once: flight in the air, and fall."""
