"""Range of detection under stand-off jamming, and burn-through of a self-screening target."""

import math

import numpy as np
from house import save
from matplotlib.figure import Figure
from radar_site import bodies_at, book_of, place, radars_of, share_seen

from tdome.earth.wgs84 import ecef_to_geodetic
from tdome.world.schema.jammers import Jammer

book = book_of(reference_range_km=100.0, clutter_height_m=0.0, false_plots_per_scan=0.0)
figure = Figure()
left, right = figure.subplots(1, 2)


def half_range(**seen: object) -> float:
    """Return where 1 m^2 is seen in every second look, km."""
    low, high = 1e3, 150e3
    while high - low > 500.0:
        middle = 0.5 * (low + high)
        bodies = bodies_at(place(book, middle, 4.0), 1.0)
        if share_seen(radars_of(book, **seen), bodies, 300) > 0.5:
            low = middle
        else:
            high = middle
    return 0.5e-3 * (low + high)


lat, lon, height = ecef_to_geodetic(place(book, 150e3, 4.0))
where = {"lat_deg": math.degrees(lat), "lon_deg": math.degrees(lon), "altitude_m": float(height)}
levels, fine = np.arange(0.0, 41.0, 8.0), np.linspace(0.0, 40.0, 100)
drawn = [half_range(jammers=(Jammer(name="j", j_n_db=one, **where),)) for one in levels]
heard = 10.0 ** (fine / 10.0) * (100.0 / 150.0) ** 2
left.plot(fine, 100.0 * (1.0 + heard) ** -0.25, label="fourth root of 1 + J/N")
left.plot(levels, drawn, "k.", label="draws of the code")
left.set(xlabel="J/N at 100 km, dB (jammer at 150 km)", ylabel="range with Pd = 0.5, km")
left.legend()
distance = np.geomspace(3.0, 200.0, 100)
at_reference = 10.0 * math.log10(-math.log(book.false_alarm[0]) / math.log(2.0) - 1.0)
right.plot(distance, at_reference + 40.0 * np.log10(100.0 / distance), label="echo of 1 m²")
for j_n_db in (10.0, 25.0):
    noise = 10.0 * np.log10(1.0 + 10.0 ** (j_n_db / 10.0) * (100.0 / distance) ** 2)
    right.plot(distance, noise + at_reference, label=f"needed, own jammer of {j_n_db:g} dB")
right.set(xscale="log", xlabel="range, km", ylabel="power over the radar's noise, dB")
right.legend()
save(figure, "jamming")
