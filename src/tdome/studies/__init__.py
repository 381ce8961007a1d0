"""Studies: many runs of one question, and what they say with their uncertainty."""
