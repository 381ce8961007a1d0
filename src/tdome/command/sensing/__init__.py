"""Picture to sensor tasks (JDL level 4).

Contract: ``base.py``, checked by ``check.py``. Default: :class:`PriorityManager` in
``priority.py``; by what a look is worth: :class:`ValueManager` in ``value.py``.
"""
