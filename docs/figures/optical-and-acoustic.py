"""How far a piston drone is heard, and seen by day, by night and in haze."""

import numpy as np
from house import save
from matplotlib.figure import Figure
from one_flyer import DRONE, hang, sensor

from tdome.world.sensors.receivers import acoustic, optical
from tdome.world.sensors.receivers.reach import Moment

LOOKS = 250


def main() -> None:
    """Draw the share of looks in which a drone is noticed over its distance."""
    figure = Figure(figsize=(7.0, 3.4))
    left, right = figure.subplots(1, 2, sharey=True)
    post, bodies = sensor("acoustic-node")
    ranges = np.linspace(200.0, 5_000.0, 30)
    share = []
    for distance in ranges:
        hang(post, bodies, DRONE, (0.0, distance, 0.2 * distance))
        looks = [acoustic.look(post, bodies, Moment(0.0, n)) for n in range(LOOKS)]
        share.append(np.mean([(look.rows == DRONE).any() for look in looks]))
    left.plot(ranges / 1e3, share)
    left.set(xlabel="distance, km", ylabel="share of looks", title="heard", ylim=(0.0, 1.02))
    cases = {"noon, 300 km": (4, 300.0), "noon, 10 km": (4, 10.0)}
    cases |= {"night, 300 km": (16, 300.0), "noon, 2 km": (4, 2.0)}
    for label, (hour, visibility) in cases.items():
        post, bodies = sensor("optical", hour=hour, visibility=visibility)
        ranges = np.linspace(500.0, 29_000.0, 40)
        share = []
        for distance in ranges:
            hang(post, bodies, DRONE, (0.0, distance, 0.05 * distance))
            toward = bodies.position_at(DRONE, 0.0)[None, :3]
            looks = [optical.look(post, bodies, Moment(0.0, n, toward)) for n in range(LOOKS)]
            share.append(np.mean([len(look.rows) > 0 for look in looks]))
        right.plot(ranges / 1e3, share, label=label)
    right.set(xlabel="distance, km", title="seen, by visibility")
    right.legend(fontsize=7)
    save(figure, "optical-and-acoustic")


main()
