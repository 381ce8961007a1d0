"""A wreck falls past a flight: samples of a second, and the closest approach between them."""

import matplotlib.pyplot as plt
import numpy as np
from house import save

from tdome.score.airspace import WRECK_NEAR, closest


def main() -> None:
    """Draw distance at the samples and closest approach, for a flight that passes at 300 m."""
    t = np.arange(0.0, 21.0)
    place = np.column_stack([230.0 * (t - 10.4), np.full(len(t), 300.0), 60.0 * (t - 9.0)])
    velocity = np.tile([230.0, 0.0, 60.0], (len(t), 1))
    figure, axes = plt.subplots()
    axes.plot(t, np.linalg.norm(place, axis=1), "o", label="at the samples")
    axes.plot(t, closest(place, velocity, 1.0), label="closest within half a second")
    axes.axhline(WRECK_NEAR, ls=":", color="k", label="endangered below")
    axes.set(xlabel="time, s", ylabel="distance, m", ylim=(0.0, 2_500.0))
    axes.legend()
    save(figure, "airspace")


main()
