"""Where what separates from a medium-range missile comes down, against the missile itself."""

import math

from house import save
from matplotlib.figure import Figure

from tdome.earth.geodesy import destination, great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch
from tdome.world.bodies.launches import Luck
from tdome.world.bodies.separation import shed

HERE = math.radians(33.0), math.radians(113.0)
THERE = tuple(map(float, destination(*HERE, math.radians(140.0), 1500e3)))
AIM = Aim(*HERE, *THERE, math.radians(36.0), 70e3, 1.0 / 10_000.0)
SOLUTION = solve_launch(AIM)
assert SOLUTION is not None
PATH = ballistic_path(AIM, SOLUTION, 0.0)


def profile(path):
    """Distance from the launch point and height, km."""
    lat, lon, height = ecef_to_geodetic(path[:, 1:4])
    return great_circle_distance(*HERE, lat, lon) / 1e3, height / 1e3


figure = Figure()
left, right = figure.subplots(1, 2)
pieces = shed(PATH, Luck(Streams(1)("world", "launches"), 1), 1, 8)
for axes in (left, right):
    for piece in pieces:
        bright = piece.rcs > 0.1
        axes.plot(*profile(piece.path), "C1" if bright else "C2", lw=1.4 if bright else 0.7)
    axes.plot(*profile(PATH), "C0", lw=1.8)
    axes.set(xlabel="distance, km", ylabel="height, km")
left.plot([], [], "C0", label="missile")
left.plot([], [], "C1", label="spent stage")
left.plot([], [], "C2", label="fragments")
left.legend()
right.set(xlim=(1380, 1510), ylim=(0, 80))
save(figure, "separation")
