"""THE DECISION SIDE: sees messages and the plan, never truth; ``chain.py`` is all of it."""
