"""Fire plan to authorised orders; engagement states; operator authority. Contract: ``base.py``."""
