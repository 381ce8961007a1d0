"""The flight that command guesses from a cue, beside the flight that is."""

import math

import numpy as np
from house import COLOURS, save
from matplotlib.figure import Figure
from one_flyer import PLAN

from tdome.command.sensing.search import guessed
from tdome.earth.geodesy import great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic, enu_axes
from tdome.plan.plan import read_plan
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch

LAUNCH = math.radians(33.0), math.radians(119.0)
PORT = math.radians(25.0), math.radians(121.5)


def main() -> None:
    """Draw height over ground range; guesses from cues that are one sigma off."""
    plan = read_plan(PLAN.format(kind="x-band").replace('["drone"]', '["mrbm"]'), "figure")
    book = plan.threats
    figure = Figure()
    axes = figure.subplots()
    angle, altitude = float(book.flight_path_angle[0]), float(book.burnout_altitude[0])
    for factor in (0.85, 1.0, 1.15):
        aim = Aim(*LAUNCH, *PORT, factor * angle, altitude, 1.0 / float(book.beta[0]))
        path = ballistic_path(aim, solve_launch(aim), 0.0)
        lat, lon, height = ecef_to_geodetic(path[:, 1:4])
        away = great_circle_distance(*LAUNCH, lat, lon)
        label = "what flies: flight path angle ± 15 %" if factor == 1.0 else None
        axes.plot(away / 1e3, height / 1e3, color=COLOURS[0], lw=1.2, label=label)
    place, enu = path[0, 1:4], enu_axes(*LAUNCH)
    ages = np.arange(5.0, 700.0, 5.0)
    for off in (-5e3, 0.0, 5e3):
        points = [guessed(plan, 0, place + off * enu[1], float(age)) for age in ages]
        lat, lon, height = ecef_to_geodetic(np.array([p for p in points if p is not None]))
        away = great_circle_distance(*LAUNCH, lat, lon)
        label = "what is guessed: cue ± 5 km" if off == 0.0 else None
        axes.plot(away / 1e3, height / 1e3, "--", color=COLOURS[1], lw=1.0, label=label)
    axes.set(xlabel="ground range from the launch, km", ylabel="height, km")
    axes.legend(fontsize=8)
    save(figure, "space-cue")


main()
