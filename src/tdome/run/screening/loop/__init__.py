"""What a replicate does: start, choose, shoot and count, in compiled loops over the tables."""
