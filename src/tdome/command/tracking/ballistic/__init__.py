"""Filters for bodies that fall or are still under power, with the drag in the state.

``settings`` the beliefs, ``motion`` prediction, ``measurement`` update in the sensor's own frame,
``initiation`` the first state from a few plots, ``modes`` the interacting pair of laws, ``columns``
all of it for many tracks at once. Method, equations and figures:
docs/concepts/tracking/ballistic.md.

State (x, y, z, vx, vy, vz, b, u) and then three errors (range, azimuth, elevation) of each sensor
slot, if there are any: ECEF, m, m/s; b = ln(Cd A / m); u specific thrust, m/s^2.
"""
