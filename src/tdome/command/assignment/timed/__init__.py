"""Weapon assignment over launch windows: rounds to threats in time, by prices and search."""
