"""Directions without range: they feed confirmed tracks; where several sites' meet, tracks begin."""
