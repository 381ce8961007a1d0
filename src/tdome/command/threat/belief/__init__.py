"""Class of a track: what it could be, what each source of evidence says, what is believed.

``hypotheses.py``: the plan's classes and the bystanders, as boxes. ``likelihood.py``: kernels, the
log likelihood of what is seen by source. ``recursion.py``: the tempered sum of it, and reasons.
``shares.py``: what all tracks together say of how often each class is met.
"""
