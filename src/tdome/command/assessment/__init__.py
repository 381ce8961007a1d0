"""Evidence to kill assessment. Contract: ``base.py``."""
