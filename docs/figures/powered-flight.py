"""Profiles of the powered classes: low over synthetic hills, high with a dive, a glide."""

import numpy as np
from house import COLOURS, save
from matplotlib.figure import Figure

from tdome.earth.geodesy import great_circle_distance
from tdome.earth.terrain import SyntheticTerrain
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.world.bodies.powered import Flight, route_path
from tdome.world.bodies.table import state1

LAT, LON = np.radians([25.0, 25.0]), np.radians([120.4, 121.0])
TERRAIN = SyntheticTerrain(2)


def flown(flight: Flight) -> tuple[np.ndarray, ...]:
    """Way to go (km), height (m) and speed (m/s) at 500 times."""
    knots = route_path(LAT, LON, flight, TERRAIN)
    times = np.linspace(knots[0, 0], knots[-1, 0], 500)
    rows = np.empty((len(times), 6))
    for t, row in zip(times, rows, strict=True):
        state1(knots, 0, len(knots), t, row)
    lat, lon, height = ecef_to_geodetic(rows[:, :3])
    way = great_circle_distance(lat, lon, LAT[-1], LON[-1]) / 1e3
    return way, height, np.linalg.norm(rows[:, 3:], axis=1)


def main() -> None:
    """Draw heights on the left, the speed of a glide on the right."""
    figure = Figure(figsize=(7.0, 4.6))
    low, high = figure.subplots(2, 1, sharex=True)
    lon = np.linspace(*LON, 1500)
    ground = TERRAIN.height(LAT[0], lon)
    away = great_circle_distance(LAT[0], lon, LAT[-1], LON[-1]) / 1e3
    low.fill_between(away, ground, color="#999999", label="synthetic ground, seed 2")
    way, height, _ = flown(Flight(0.0, 240.0, 60.0, popup_height=700.0, popup_at=5e3))
    low.plot(way, height, label="cruise at 60 m, pop-up to 700 m at 5 km")
    way, height, _ = flown(Flight(0.0, 51.0, 200.0))
    low.plot(way, height, label="piston drone at 200 m", color=COLOURS[2])
    low.set(ylabel="height, m")
    low.legend(fontsize=7, loc="lower center")
    way, height, _ = flown(Flight(0.0, 667.0, 1e4, climbs=False, dive=np.radians(40.0)))
    high.plot(way, height / 1e3, label="supersonic, high with a dive of 40°")
    way, height, speed = flown(Flight(0.0, 250.0, 1.1e4, glide_ratio=7.0))
    label = f"glide bomb, {speed[0]:.0f} to {speed[-1]:.0f} m/s"
    high.plot(way, height / 1e3, label=label)
    high.set(xlabel="way to go, km", ylabel="height, km")
    high.legend(fontsize=7)
    high.invert_xaxis()
    save(figure, "powered-flight")


main()
