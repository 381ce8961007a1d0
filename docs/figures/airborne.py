"""Where an airborne radar is over one turn, from the book that world and command share."""

import math

import matplotlib.pyplot as plt
import numpy as np
from house import save

from tdome.earth.orbit import on_circle

RADIUS, SPEED = 30e3, 180.0


def main() -> None:
    """Draw the ground track with a mark for each of twelve equal times."""
    middle = np.radians([25.0]), np.radians([121.5])
    period = round(2e9 * math.pi * RADIUS / SPEED)
    orbit = np.array([[RADIUS, SPEED]])
    turn = np.linspace(0, period, 121).astype(np.int64).tolist()
    track = np.degrees([np.ravel(on_circle(*middle, orbit, at)) for at in turn])
    figure, axes = plt.subplots(figsize=(4.2, 4.0))
    axes.plot(track[:, 1], track[:, 0])
    axes.plot(track[::10, 1], track[::10, 0], "o")
    for k in range(0, 120, 30):
        axes.annotate(f"{turn[k] / 1e9:.0f} s", (track[k, 1], track[k, 0]))
    axes.plot(121.5, 25.0, "+")
    axes.set_xlabel("longitude, degrees")
    axes.set_ylabel("latitude, degrees")
    axes.set_aspect(1.0 / math.cos(middle[0][0]))
    save(figure, "airborne")


if __name__ == "__main__":
    main()
