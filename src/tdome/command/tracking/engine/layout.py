"""Where each number of a track, a site, a plot and a look stands in its row.

A track is one row of floats and one row of integers, so that all that a scan needs of it lies
together in memory; a deleted track's row is used again. Covariances are packed lower triangles by
rows: entry (i, j <= i) stands at i (i + 1) / 2 + j, so that the 6 x 6 part of a 7 x 7 matrix comes
first. States are (x, y, z, vx, vy, vz[, turn rate]), m, m/s, rad/s, in the frame of the sites.
"""

from typing import Final

# A track's floats.
AT: Final = 0  # time of its state, s since the engine's epoch
SCORE: Final = 1  # log odds that it exists
SEEN: Final = 2  # time of its last plot
BORN: Final = 3  # time of its first plot
UP: Final = 4  # 3: local up
WEIGHT: Final = 7  # 4: probabilities of the modes
DETECTION: Final = 11  # probability of detection in the scan at hand; negative: less it, where
# silence says nothing
CROSS: Final = 12  # radar cross-section, m^2, smoothed; 0: nobody told
SILENCE: Final = 13  # sum of -ln(1 - chance of detection) since its last plot
STILL: Final = 14  # log-likelihood ratio of a point that never moves over the track's own filter,
STILL_SINCE: Final = 15  # the time that the point began at,
STILL_X: Final = 16  # 3: where it is,
STILL_P: Final = 19  # 6: and its covariance, packed; first 0: there is none (radar/still.py)
SPREAD: Final = 25  # Doppler spread, m/s, geometric mean, smoothed; 0: nobody told
HEAD: Final = 26  # first slot; slot 0: the state told to others; slots 1 … : the modes
SLOT: Final = 35  # state (7) and covariance (28) of a slot
COVARIANCE: Final = 7  # where the covariance stands in a slot
MODES: Final = 3
SINGLE: Final = HEAD + SLOT  # floats of a track without modes
FULL: Final = HEAD + (MODES + 1) * SLOT
PULL: Final = FULL  # 3: acceleration of the hard mode, where it has one,
PULL_CROSS: Final = PULL + 3  # 18: its covariance with the slot's six,
PULL_SPREAD: Final = PULL_CROSS + 18  # 6: and its own, packed
PULLED: Final = PULL_SPREAD + 6  # floats of a track with it
# Or there, in a frame with an Earth under it, the fall (see filters/laws.py). Touched only for
# tracks that are tried under it.
FALL_X: Final = FULL  # 2 x 8: states of fall and boost
FALL_P: Final = FALL_X + 16  # 2 x 8 x 8: their covariances
FALL_W: Final = FALL_P + 128  # 2: their probabilities
EVIDENCE: Final = FALL_W + 2  # forgetful log-likelihood ratio of fall over flight in the air
STRAIN: Final = EVIDENCE + 1  # smoothed d^2 under the fall, 3 expected
TOLD: Final = 11  # told of a state with its law
WIDE: Final = STRAIN + 1  # floats of a track with the fall

# What a track flies: its integer SPLIT.
PLAIN: Final = 0  # one filter
AIR: Final = 1  # three modes
AIR_FALL: Final = 2  # three modes, and the fall beside them
FALL_AIR: Final = 3  # the same with the fall in force
FALLING: Final = 4  # the fall alone

# A track's integers.
NUMBER: Final = 0  # 0 while tentative
HITS: Final = 1
MISSED: Final = 2  # looks in vain since the last plot
SPLIT: Final = 3  # what it flies: PLAIN … FALLING
SCAN: Final = 4  # running number of the scan that fed it last
PLOT: Final = 5  # row of that plot
FED: Final = 6  # scans that fed it, in all
ADDRESS: Final = 7  # transponder address + 1; 0: none was told
RING: Final = 8  # 8: the last scans that fed it
RING_SIZE: Final = 8
OWN: Final = 16  # 1 once a valid own-force reply was seen
STORY: Final = 17  # 16: the last plots that fed it, -1: none
STORY_SIZE: Final = 16
SPREADS: Final = 33  # plots that told a Doppler spread
WHOLE: Final = 34

# Lists of rows, and counters.
SURE: Final = 0
MAYBE: Final = 1
FREE: Final = 2
LISTS: Final = 3
NEXT: Final = 3  # the next track number
SCANS: Final = 4  # scans folded
MERGED: Final = 5  # duplicates removed
CROWDED: Final = 6  # candidate pairs dropped because a track had too many
CONTINUED: Final = 7  # numbers that went on in a new track
COUNTERS: Final = 8

# A site.
ORIGIN: Final = 0  # 3
EAST: Final = 3  # 3
NORTH: Final = 6  # 3
ZENITH: Final = 9  # 3
VARIANCE: Final = 12  # 4: range, azimuth, elevation, range rate
CHANCE: Final = 16  # probability of detection
DENSITY: Final = 17  # ln of false plots per m rad^2, as believed now
TOLD_DENSITY: Final = 18  # as the site book tells it
NEAR: Final = 19
FAR: Final = 20
LOW: Final = 21
HIGH: Final = 22
ALTITUDE: Final = 23  # of the site above the ellipsoid (flat: z)
FALSE: Final = 24  # false plots in a scan, as told,
LEARNED: Final = 25  # and as learned: mean of the plots that fed no track
CURVE: Final = 26  # 2: of the ellipsoid at the site along north and along east, 1/m (flat: 0)
KIND: Final = 28  # what it measures: one of the next five
RADAR: Final = 0.0  # range, azimuth, elevation
RADAR_2D: Final = 1.0  # range and azimuth
ANGLES: Final = 2.0  # azimuth and elevation
BEARING: Final = 3.0  # azimuth alone
COOPERATIVE: Final = 4.0  # places that flyers tell, each with its own error
RATES: Final = 29  # 1 once a plot of it told a range rate,
NAMES: Final = 30  # and once one told an address
CELL: Final = 31  # 3: of the resolution: range m, azimuth and elevation rad; 0: not told
MAP_SUM: Final = 34  # of the clutter map's counts
LN_FALSE: Final = 35  # ln of the probability of false alarm; 0: no range law, CHANCE everywhere
POWER: Final = 36  # signal to noise ratio of 1 m^2 at 1 m: SNR = POWER cross-section / R^4
SECTOR: Final = 37  # middle of the sector that it turns to, rad,
HALF_SECTOR: Final = 38  # and half its width; under a range law alone
BARREN: Final = 39  # 1: its plots begin no tracks
SOUND: Final = 40  # s/m: of a site that hears sound; 0 of others
SITE: Final = 41
MAP: Final = SITE  # the clutter map, in rows that have one: see radar/clutter.py

# A plot of the scan at hand.
RANGE: Final = 0
AZIMUTH: Final = 1
ELEVATION: Final = 2
HEIGHT_VARIANCE: Final = 3  # of the elevation, rad^2; 0: that of the site; -1: no elevation
RATE: Final = 4  # of the range, m/s, growing positive; nan: not measured
EXTRA: Final = 5  # 2 ln of the clutter map's factor at this place
PLACE: Final = 6  # variance of each coordinate of a place that was told, m^2; 0: the site's errors
SAID: Final = 7  # transponder address + 1; 0: none
FRIENDLY: Final = 8  # 1: with a valid own-force reply
Z_CROSS: Final = 9  # cross-section that explains its strength, m^2; 0: not told
Z_SPREAD: Final = 10  # Doppler spread, m/s; 0: not told
Z: Final = 11

# What a site would see of a track ("look").
L_Z: Final = 0  # 3: expected range, azimuth, elevation
L_R: Final = 3  # 3: unit vector of growing range
L_A: Final = 6  # 3: of growing azimuth
L_E: Final = 9  # 3: of growing elevation
L_IRHO: Final = 12  # 1 / ground range
L_IR: Final = 13  # 1 / range
L_S: Final = 14  # 6: innovation covariance, packed
L_I: Final = 20  # 6: its inverse, packed
L_LOG: Final = 26  # ln of its determinant
L_HALF: Final = 27  # 3: half widths of the gate
L_X: Final = 30  # 3: position that it was linearised at
# Only of scans that measure range rates (filters/rate.py):
L_RATE: Final = 33  # expected range rate
L_C: Final = 34  # 3: covariance of its innovation with those of range, azimuth, elevation
L_V: Final = 37  # variance of its innovation
L_NOISE: Final = 38  # the part of that which is no doubt of the state
LOOK: Final = 40

# Scratch of the modes, (SCRATCH, SLOT): three mixed slots, the flow between modes, two matrices.
FLOW: Final = 3  # row: nine weights, three totals, then what depends on the step alone:
STEP: Final = 12  # the step, s,
STAYS: Final = 13  # 3: the chance to stay in a mode for it,
LIVES: Final = 16  # the step, s, and
LIVED: Final = 17  # the chance to outlive it
JACOBIAN: Final = 4  # seven rows
PRODUCT: Final = 11  # seven rows
SCRATCH: Final = 18
