"""Planning aids: what a laydown is believed to see and to reach.

By the laws that command itself uses (imported, not written again) and the plan's own books; no
truth. Aids for a planner's eye, not predictions of an outcome: they know no magazines, no kill
probability and no more than one arrival at a time.
"""
