"""Planning aids: what a laydown is believed to see and to reach, and where to put what.

By the laws that command itself uses (imported, not written again) and the plan's own books. The
files here are for a planner's eye, not predictions of an outcome: they know no magazines, no kill
probability and no more than one arrival at a time. ``planning`` takes the raids that a scenario
gives and proposes laydowns, splits of rounds and sites of radars, by the ``models``; a proposal is
checked by simulation. Only that check sees truth.
"""
