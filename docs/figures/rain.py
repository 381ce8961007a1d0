"""Rain: attenuation by frequency, and what is left of the range."""

import numpy as np
from house import save
from matplotlib.figure import Figure
from radar_site import bodies_at, book_of, place, radars_of, share_seen

from tdome.earth.rain import rain_loss

figure = Figure()
left, right = figure.subplots(1, 2)
ghz = np.geomspace(1.0, 40.0, 100)
for rate in (2.0, 10.0, 50.0):
    left.plot(ghz, [1e3 * rain_loss(f * 1e9, rate) for f in ghz], label=f"{rate:g} mm/h")
left.set(xscale="log", yscale="log", xlabel="GHz", ylabel="one way, dB/km")
left.legend()
rates = np.array([0.0, 2.0, 5.0, 10.0, 20.0, 40.0])
for band in (3.0, 5.6, 9.5):
    book = book_of(
        reference_range_km=100.0, frequency_ghz=band, clutter_height_m=0.0, rain_plots_per_mm_h=0.0
    )
    reach = []
    for rate in rates:
        low, high = 2e3, 120e3
        while high - low > 500.0:
            middle = 0.5 * (low + high)
            bodies = bodies_at(place(book, middle, 1.5), 1.0)
            if share_seen(radars_of(book, rain=float(rate)), bodies, 1000) > 0.5:
                low = middle
            else:
                high = middle
        reach.append(0.5e-3 * (low + high))
    right.plot(rates, reach, "o-", markersize=3, label=f"{band:g} GHz")
right.set(xlabel="rain, mm/h", ylabel="range with Pd = 0.5, km", ylim=(0.0, None))
right.legend()
save(figure, "rain")
