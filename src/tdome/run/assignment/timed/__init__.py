"""The timed assignment problem for research: seeded raids, and a certified bound."""
