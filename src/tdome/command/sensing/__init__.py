"""Picture to sensor tasks (JDL level 4).

Contract: ``base.py``, checked by ``check.py``. Baseline: :class:`PriorityManager` in
``priority.py``.
"""
