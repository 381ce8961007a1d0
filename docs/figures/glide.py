"""Height and speed of a glide of 1,500 km, by lift-to-drag ratio, and one with a turn."""

import math

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.earth.geodesy import destination
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.world.bodies.glide import Glider, glide_path, ground_track, turn_radius

START = math.radians(25.0), math.radians(105.0)


def track(turn):
    """Two legs of 750 km with a turn (deg) between them."""
    points = [START]
    for bearing in (75.0, 75.0 + turn):
        points.append(tuple(map(float, destination(*points[-1], math.radians(bearing), 750e3))))
    made = ground_track(*zip(*points, strict=True), turn_radius(3000.0))
    assert made is not None
    return made


figure = Figure()
left, right = figure.subplots(1, 2)
for ratio, turn in ((2.0, 0.0), (3.0, 0.0), (4.0, 0.0), (3.0, 30.0)):
    path = glide_path(track(turn), Glider(ratio, 3000.0, 45e3), 0.0, 1600.0)
    assert path is not None
    height = ecef_to_geodetic(path[:, 1:4])[2]
    label = f"L/D {ratio:g}" + (f", turn of {turn:g}°" if turn else "")
    left.plot(path[:, 0], height / 1e3, label=label)
    right.plot(path[:, 0], np.linalg.norm(path[:, 4:], axis=1), label=label)
left.axhspan(25.0, 60.0, color="0.9", zorder=0)
left.set(xlabel="time, s", ylabel="height, km")
right.set(xlabel="time, s", ylabel="speed, m/s")
right.legend()
save(figure, "glide")
