"""Threats to civil warnings by zone.

Contract: ``base.py``, checked by ``check.py``. Baseline: :class:`ZoneWarner` in ``zones.py``.
"""
