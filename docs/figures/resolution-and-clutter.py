"""Left: two targets drawn apart. Right: plots of some scans with clutter."""

import numpy as np
from house import save
from matplotlib.figure import Figure
from radar_site import bodies_at, book_of, place, radars_of

figure = Figure()
left, right = figure.subplots(1, 2)
book = book_of(clutter_height_m=0.0, false_plots_per_scan=0.0, error_floor=0.1)
apart = np.linspace(0.0, 90.0, 19)
for shift, label in ((0.0, "at a cell's edge"), (12.0, "12 m behind it")):
    near = 30_000.0 + shift
    plots = []
    for gap in apart:
        pair = np.array([place(book, near, 3.2, 0.4), place(book, near + gap, 3.2, 0.4)])
        looks = [radars_of(book).look(0, bodies_at(pair, 10.0), 0.0, k) for k in range(20)]
        plots.append(np.mean([len(look.rows) for look in looks]))
    left.plot(apart, plots, "o-", markersize=3, label=f"first {label}")
left.set(xlabel="distance between two targets, m", ylabel="plots in a scan", ylim=(0.8, 2.2))
left.legend(title="cell of 30 m")
book = book_of(
    clutter_plots_per_scan=4.0,
    clutter_spots=6,
    clutter_spot_probability=0.8,
    rain_plots_per_mm_h=0.5,
    false_plots_per_scan=1.0,
)
nobody, radars = bodies_at(np.empty((0, 3)), 1.0), radars_of(book, rain=10.0)
for number in range(8):
    look = radars.look(0, nobody, 0.0, number)
    east, north = np.sin(look.azimuth_rad), np.cos(look.azimuth_rad)
    right.plot(look.range_m * east / 1e3, look.range_m * north / 1e3, ".", color="C0", alpha=0.6)
right.set(xlabel="km east", ylabel="km north", aspect="equal", title="eight scans, nobody there")
save(figure, "resolution-and-clutter")
