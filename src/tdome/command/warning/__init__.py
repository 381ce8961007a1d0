"""Threats to civil warnings by zone.

Contract: ``base.py``, checked by ``check.py``. Default: :class:`StagedWarner` in ``staged.py``;
baseline: :class:`ZoneWarner` in ``zones.py``.
"""
