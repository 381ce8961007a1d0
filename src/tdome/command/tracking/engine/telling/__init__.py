"""Telling: the confirmed tracks as rows of a report, and the room for it."""
