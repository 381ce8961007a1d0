"""Height over distance of the bundled ballistic classes at their nominal ranges."""

import math

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.earth.geodesy import destination, great_circle_distance
from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.plan.catalogue import bundled_catalogue
from tdome.world.bodies.ballistic import Aim, ballistic_path, solve_launch

HERE = math.radians(25.0), math.radians(117.0)
CLASSES = ("sam-land-attack", "heavy-rocket", "srbm", "aeroballistic", "mrbm")

figure = Figure()
axes = figure.subplots()
for name in CLASSES:
    entry = bundled_catalogue().threats[name]
    there = map(float, destination(*HERE, math.radians(90.0), entry.range_km.nominal * 1e3))
    aim = Aim(
        *HERE,
        *there,
        angle=math.radians(entry.flight_path_angle_deg.nominal),
        burnout_altitude=entry.burnout_altitude_km.nominal * 1e3,
        inv_beta=1.0 / entry.ballistic_coefficient_kg_m2.nominal,
    )
    solution = solve_launch(aim)
    assert solution is not None
    lat, lon, height = ecef_to_geodetic(ballistic_path(aim, solution, 0.0)[:, 1:4])
    away = great_circle_distance(*HERE, lat, lon)
    axes.plot(away / 1e3, height / 1e3, label=f"{name}, {solution.speed:,.0f} m/s")
    assert np.isfinite(height).all()
axes.set(xlabel="distance, km", ylabel="height, km")
axes.legend()
save(figure, "ballistic")
