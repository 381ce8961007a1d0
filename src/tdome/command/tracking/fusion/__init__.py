"""Fusion: sensor tracks to system tracks, measurements that come late, numbers that last."""
