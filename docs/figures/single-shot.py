"""The four factors of the single-shot kill probability, for the medium-range class."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue
from tdome.plan.schema import FireUnitSite
from tdome.world.effectors.single_shot import Encounter, single_shot

SITE = FireUnitSite(name="a", type="medium-range", lat_deg=0.0, lon_deg=0.0)
BOOK = unit_book([SITE], bundled_catalogue(), "figure")
PLACE = np.array([6.378137e6, 0.0, 0.0])


def meet(aspect: float = 0.0, load: float = 1.0, miss: float = 0.0, jamming: float = 0.0) -> float:
    """Return the SSPK for an aspect (rad), load (g), miss (m) and share of jamming."""
    velocity = 300.0 * np.array([0.0, -np.cos(aspect), np.sin(aspect)])
    now = np.concatenate([PLACE + np.array([0.0, 10e3, 0.0]), velocity])
    felt = np.array([9.80665 * (load - 1.0), 0.0, 0.0])
    before = np.concatenate([now[:3] - velocity, velocity - felt])
    return single_shot(BOOK, 0, 0.7, Encounter(PLACE, now, before, miss, jamming))


def main() -> None:
    """Draw one panel for each factor."""
    figure = Figure(figsize=(8.0, 2.8))
    panels = figure.subplots(1, 4, sharey=True)
    sweeps = (
        ("aspect, deg", np.linspace(0, 180, 91), lambda x: meet(aspect=np.radians(x))),
        ("PIP error, m", np.linspace(0, 600, 61), lambda x: meet(miss=x)),
        ("load, g", np.linspace(0, 14, 57), lambda x: meet(load=x)),
        ("jamming, J / (J + S)", np.linspace(0, 1, 21), lambda x: meet(jamming=x)),
    )
    for panel, (label, values, law) in zip(panels, sweeps, strict=True):
        panel.plot(values, [law(float(x)) for x in values])
        panel.set(xlabel=label, ylim=(0.0, 0.8))
    panels[0].set_ylabel("SSPK, nominal 0.7")
    save(figure, "single-shot")


main()
