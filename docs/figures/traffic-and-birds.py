"""Tracks of flocks in still air and in wind, and the levels of an airway."""

import numpy as np
from house import COLOURS, save
from matplotlib.figure import Figure

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.kernel.random import Streams
from tdome.world.bodies.flights import compile_bodies
from tdome.world.scenario import read_scenario

HEAD = 'name = "sky"\nstart = 2030-01-01T00:00:00Z\nduration_s = 2400\n'
BIRDS = '[[birds]]\nname = "b"\ncount = 12\nlat_deg = 25.0\nlon_deg = 121.0\nradius_km = 10\n'
AIRWAY = """
[[flights]]
name = "a"
count = 40
route = [[24.5, 120.5], [25.0, 121.0], [25.2, 121.6]]
interval_s = 60
first_s = -600
first_address = 1
levels = 6
"""


def main() -> None:
    """Draw birds on the left, levels by direction on the right."""
    figure = Figure(figsize=(7.0, 3.4))
    left, right = figure.subplots(1, 2)
    for wind, colour in ((0.0, COLOURS[0]), (8.0, COLOURS[1])):
        text = f"{HEAD}{BIRDS}[weather]\nwind_east_m_s = {wind}\n"
        bodies = compile_bodies(read_scenario(text, "sky"), Streams(1))
        for row in range(len(bodies)):
            states = [bodies.position_at(row, t)[:3] for t in np.linspace(0.0, 2400.0, 120)]
            lat, lon, _ = ecef_to_geodetic(np.array(states))
            label = f"wind {wind:g} m/s to the east" if row == 0 else None
            left.plot(np.degrees(lon), np.degrees(lat), color=colour, lw=0.8, label=label)
    left.set(xlabel="longitude, °", ylabel="latitude, °", title="twelve flocks, 40 min")
    left.legend(fontsize=7)
    bodies = compile_bodies(read_scenario(HEAD + AIRWAY, "sky"), Streams(1))
    for row in range(len(bodies)):
        times = np.linspace(bodies.launches_at[row], bodies.ends_at[row], 30)
        lat, lon, height = ecef_to_geodetic([bodies.position_at(row, t)[:3] for t in times])
        out = lon[-1] > lon[0]
        right.plot(np.degrees(lon), height / 1e3, color=COLOURS[0 if out else 1], lw=0.8)
    right.set(xlabel="longitude, °", ylabel="height, km", title="an airway of six levels")
    save(figure, "traffic-and-birds")


main()
