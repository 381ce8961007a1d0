"""System tracks to threats (JDL levels 2-3): class, identity, impact point, value at risk.

Contract: ``base.py``, checked by ``check.py``. Baseline: :class:`KinematicEvaluator` in
``kinematic.py``.
"""
