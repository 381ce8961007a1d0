"""Dwell of a beam by range and weather, from the table that the world and command use."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.earth.flyout import REACH, beam_table, time1
from tdome.earth.transmission import extinction

WEATHER = (("clear, 23 km", 23.0, 0.0), ("haze, 5 km", 5.0, 0.0), ("rain 10 mm/h", 10.0, 10.0),
           ("mist, 2 km", 2.0, 0.0), ("fog, 0.5 km", 0.5, 0.0))  # fmt: skip


def main() -> None:
    """Draw dwell by range on the left, reach by visibility on the right."""
    figure = Figure()
    dwell, reach = figure.subplots(1, 2)
    for name, km, rain in WEATHER:
        table = beam_table(5.0, extinction(km * 1e3, rain), 4e3)
        place = np.linspace(0.0, min(table[0, REACH], 4e3), 80)[:-1]
        dwell.plot(place / 1e3, [time1(table, r, 0.0) for r in place], label=name)
    dwell.set(xlabel="range, km", ylabel="dwell, s", ylim=(0.0, 16.0))
    dwell.legend(fontsize=7)
    for rain in (0.0, 2.0, 10.0, 50.0):
        km = np.geomspace(0.2, 60.0, 80)
        far = [beam_table(5.0, extinction(v * 1e3, rain), 4e3)[0, REACH] / 1e3 for v in km]
        reach.semilogx(km, np.minimum(far, 4.0), label=f"rain {rain:.0f} mm/h")
    reach.set(xlabel="visibility, km", ylabel="reach, km")
    reach.legend(fontsize=7)
    save(figure, "directed-energy")


main()
