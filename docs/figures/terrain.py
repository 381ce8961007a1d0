"""Synthetic ground: a map, and a cut through two seeds."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.earth.terrain import SyntheticTerrain


def main() -> None:
    """Draw a map of two degrees for one seed, and its heights along one parallel for two."""
    figure = Figure(figsize=(7.0, 3.4))
    left, right = figure.subplots(1, 2)
    lat, lon = np.linspace(24.0, 26.0, 70), np.linspace(120.0, 122.0, 70)
    ground = SyntheticTerrain(0).height(np.radians(lat)[:, None], np.radians(lon)[None, :])
    drawn = left.contourf(lon, lat, ground, levels=[0, 1, 200, 400, 600, 800, 1000, 1400, 2000])
    figure.colorbar(drawn, ax=left, label="height, m")
    left.set(xlabel="longitude, °", ylabel="latitude, °", title="seed 0")
    lon = np.linspace(120.0, 122.0, 300)
    for seed in (0, 1):
        height = SyntheticTerrain(seed).height(np.radians(25.0), np.radians(lon))
        right.plot(lon, height, label=f"25° N, seed {seed}")
    right.set(xlabel="longitude, °", ylabel="height, m")
    right.legend(fontsize=7)
    save(figure, "terrain")


main()
