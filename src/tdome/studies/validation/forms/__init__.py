"""Closed forms of domain.md, section 5, and our own code at their tasks."""
