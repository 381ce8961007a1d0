"""Directions of two finders that cross at a transponder, and who is heard how far."""

import math

import numpy as np
from house import COLOURS, save
from matplotlib.figure import Figure
from one_flyer import AIRLINER, hang, sensor

from tdome.world.sensors.receivers import passive
from tdome.world.sensors.receivers.reach import Moment


def main() -> None:
    """Draw crossings on the left, the share of looks that hear on the right."""
    figure = Figure(figsize=(7.0, 3.4))
    left, right = figure.subplots(1, 2)
    post, bodies = sensor("passive-rf")
    emitter, base = np.array([60.0, 40.0]), np.array([30.0, 0.0])
    for place, colour in ((np.zeros(2), COLOURS[0]), (base, COLOURS[1])):
        east, north = 1e3 * (emitter - place)
        hang(post, bodies, AIRLINER, (east, north, 9_000.0))
        for n in range(30):
            look = passive.look(post, bodies, Moment(0.0, n + int(place[0])))
            for azimuth in look.columns["azimuth_rad"][look.rows >= 0]:
                end = place + 110.0 * np.array([math.sin(azimuth), math.cos(azimuth)])
                left.plot(*zip(place, end, strict=True), color=colour, lw=0.4)
        left.plot(*place, "^", color=colour)
    left.plot(*emitter, "k*", ms=9)
    left.set(xlabel="east, km", ylabel="north, km", title="30 looks of two finders, σ = 1°")
    for jammer, label in ((0.0, "transponder"), (1.0, "jammer on board")):
        bodies.jammer[AIRLINER] = jammer
        ranges = np.linspace(50.0, 395.0, 24)
        share = []
        for distance in ranges:
            hang(post, bodies, AIRLINER, (1e3 * distance, 0.0, 18_000.0))
            looks = [passive.look(post, bodies, Moment(0.0, n)) for n in range(400)]
            share.append(np.mean([(look.rows >= 0).any() for look in looks]))
        right.plot(ranges, share, label=label)
    right.set(xlabel="range, km", ylabel="share of looks", ylim=(0.0, 1.02), title="who is heard")
    right.legend(fontsize=7)
    save(figure, "passive-sensors")


main()
