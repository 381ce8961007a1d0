"""Time of flight and reach of the rounds of the catalogue, and footprints against three threats."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.command.assignment.firing_solution import solve1
from tdome.earth.flyout import RAYS, REACH, time1
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite

TYPES = ("terminal-ballistic", "medium-range", "short-range", "very-short-range", "gun")
SITES = [FireUnitSite(name=t, type=t, lat_deg=0.0, lon_deg=0.0) for t in TYPES]
BOOK = unit_book(SITES, bundled_catalogue(), "figure")


def footprint(unit: int, speed: float, warning: float) -> np.ndarray:
    """Where a threat at 2 km height and that speed is met first, by its offset across the way."""
    limits = (BOOK.min_range, BOOK.max_range, BOOK.min_altitude, BOOK.max_altitude)
    row = np.array([6.378137e6, 0.0, 0.0, 0.0, *(column[unit] for column in limits)])
    step = 80e3 / speed / 400.0
    t = step * np.arange(400)
    met = []
    for across in np.linspace(-35e3, 35e3, 141):
        ahead = 45e3 - speed * t
        up = 6.378137e6 + 2e3 - 0.5 * (ahead**2 + across**2) / 6.378137e6
        path = np.column_stack([up, ahead, np.full(400, across)])
        end = (45e3 + 35e3) / speed
        at, _, _ = solve1(
            path, np.full(400, 2e3), step, end, row, BOOK.fly_out[unit], float(warning)
        )
        met.append((across / 1e3, (45e3 - speed * at) / 1e3))
    return np.array(met)


def main() -> None:
    """Draw mean speed to a range, reach by altitude, and footprints."""
    figure = Figure(figsize=(9.0, 3.4))
    speed, reach, ground = figure.subplots(1, 3)
    for u, name in enumerate(TYPES):
        table = BOOK.fly_out[u]
        far = min(table[4, REACH], BOOK.max_range[u])
        place = np.linspace(0.02, 1.0, 60) * far
        times = np.array([time1(table, r, (4.0 / (RAYS - 1.0)) ** 2) for r in place])
        speed.plot(place / 1e3, place / times, label=name)
        sines = (np.arange(RAYS) / (RAYS - 1.0)) ** 2
        out = np.minimum(table[:, REACH], BOOK.max_range[u])
        reach.plot(out * np.sqrt(1.0 - sines**2) / 1e3, out * sines / 1e3)
    speed.set(xlabel="slant range, km", ylabel="mean speed to it, m/s")
    speed.legend(fontsize=6)
    reach.set(xlabel="ground range, km", ylabel="height, km", title="reach of the table")
    for threat, at in (("drone", 60.0), ("cruise", 250.0), ("supersonic", 700.0)):
        line = footprint(1, at, 30.0)
        ground.plot(line[:, 0], line[:, 1], label=f"{threat}, {at:.0f} m/s")
    ground.set(
        xlabel="across, km", ylabel="first met, km ahead", title="medium-range, fired at 30 s"
    )
    ground.legend(fontsize=6)
    save(figure, "fly-out")


main()
