"""Exact static assignment of rounds to threats, with certificates: for studies and research."""
