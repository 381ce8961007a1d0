"""Doors for recorded plots: files of many scans into columns, bad rows into quarantine."""
