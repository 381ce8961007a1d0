"""The raid as it went and as it would have gone: rounds, decisions, what was struck."""
