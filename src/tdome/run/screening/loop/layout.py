"""Columns of the flat arrays that the compiled loop of a replicate reads and writes."""

# Units (u, UNIT): s from a decision to the launch, s between rounds, price of a round in value,
# rounds in the launchers, stock, channels, s to reload, 1 where a beam cools, illuminators,
# uplinks, s of the terminal phase.
LEAD, SPACING, PRICE, ROUNDS, STOCK, CHANNELS, RELOAD, COOLS = range(8)
ILLUMINATORS, UPLINKS, TERMINAL, UNIT = range(8, 12)

# Windows (m, WINDOW): first and last launch, s after the threat's, and between launches of the
# grid.
OPENS, LAST, STEP, WINDOW = range(4)

# Classes (c, KIND): s from the firm track to a candidate; 1 where it falls; 1 where it comes home;
# share of value that command believes a hit takes; error of the predicted impact, m, LATE s before
# it, and its growth with the time left; probability that a round finds it within its basket; s
# after the last intercept when a miss is known; probability that a kill is taken for a miss, or a
# miss for a kill, and s until that is found out; place of its correlation; its share of raids and
# of bodies that nothing works against.
DELAY, FALLS, RETURNS, HARM, SIGMA, GROWTH, MEETS, LOOKED, FALSE_MISS, FALSE_KILL = range(10)
RISEN, RHO, UNCOVERED, UNENGAGED, KIND = range(10, 15)

# Groups (g, GROUP), integers: class, raid, first and last path aimed, last of all, rank of speed,
# first and last asset nearby.
CLASS, RAID, FIRST_PATH, LAST_PATH, RANKED, FIRST_NEAR, LAST_NEAR, GROUP = range(8)

# Assets near a group (k, NEAR): row, east and north of the target, m, reach, value, true share
# taken.
ASSET, NEAR_EAST, NEAR_NORTH, REACH, VALUE, TAKES, NEAR = range(7)

# Rules: s between decisions, s until a miss is known as planned, s that waiting has to be possible,
# s for which a launch may wait, shots at one threat, rounds early and late, sure of a hit, least
# value at risk, s that the scenario lasts, 1 where raid failures go by class, else their
# probability; correlation within a battery: place of its table.
DECIDE, LOOK, WAIT, READY, MOST_SHOTS, EARLY, LATE, SURE, HARMLESS, DURATION = range(10)
BY_CLASS, RAID_FAILURE, BATTERY, LINK, RULES = range(10, 15)

# Keys of a replicate, before those of raids.
LAUNCHES, SHOTS, ENGAGED, SCREEN, FIXED_KEYS = range(5)

# Times of an object (n, TIME): start, end, last decision that any unit can act on, s; error of its
# predicted impact in standard deviations.
START, END, GONE, OFF_EAST, OFF_NORTH, TIME = range(6)
# Words of an object (n, WORD): path, rounds fired at it, shots judged, fate, next in its bucket,
# asset hit, whether engaged.
PATH, FIRED, JUDGED, FATE, NEXT, HITS_ASSET, WORD = range(7)

# Fates.
FLYING, KILLED, LEAKED, HARMLESS_FATE, FAILED_FATE, NOT_LAUNCHED = range(6)

# State of a unit (u, STATE): rounds, stock, next launch, refill due (inf: none).
HAS, SPARE, FREE_AT, REFILL, STATE = range(5)

# What is wanted of a candidate (n, WISH): return, launch, intercept, SSPK; words: unit, rounds,
# version of the unit.
GAIN, AT, MET, CHANCE, WISH = range(5)
BY, SALVO, VERSION, CHOICE = range(4)
