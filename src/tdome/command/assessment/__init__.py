"""Evidence to kill assessment.

Contract: ``base.py``, checked by ``check.py``. Default: :class:`BayesAssessor` in ``bayes.py``;
baseline: :class:`LooksAssessor` in ``looks.py``.
"""
