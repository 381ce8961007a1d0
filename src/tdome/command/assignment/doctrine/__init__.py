"""Firing doctrines: how many rounds for a threat now, and what a round is worth (``base.py``)."""
