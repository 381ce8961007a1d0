"""Launches that three limits allow: channels, illuminators, reload; from the world's own units."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.kernel.clock import NS
from tdome.messages.codes import OrderKind, Reason
from tdome.plan.books.units import unit_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.schema import FireUnitSite
from tdome.world.effectors.deeds import Obey
from tdome.world.effectors.units import Units

SITE = FireUnitSite(name="a", type="medium-range", lat_deg=24.0, lon_deg=121.0)


def accepted(**limits: float) -> np.ndarray:
    """Count accepted orders over time: one a second, each flying 30 s to 12 km overhead."""
    true = overridden(
        bundled_catalogue(), {"effectors": {"medium-range": limits}}, "figure", "truth"
    )
    units = Units(unit_book([SITE], true, "figure"))
    up = units.place[0] / np.linalg.norm(units.place[0])
    pip = tuple(float(x) for x in units.place[0] + 12e3 * up)
    count, out = 0, []
    for second in range(180):
        now = second * NS
        for engagement in list(units.open.values()):
            if engagement.launch_at <= now and not engagement.fired:
                units.fire(engagement.number)
            if engagement.intercept_at <= now:
                units.ended(engagement, engagement.fired[0])
        order = Obey(second, 0, 1, OrderKind.ENGAGE, now, now + 40 * NS, pip)
        count += units.obey(order, now) == Reason.CHOSEN
        out.append(count)
    return np.array(out)


def main() -> None:
    """Draw the count under each limit."""
    figure = Figure()
    panel = figure.subplots()
    plenty = {"rounds": 200.0, "reaction_s": 5.0}
    for label, limits in (
        ("salvo spacing 2 s only", {"channels": 99.0}),
        ("6 channels", {"channels": 6.0}),
        ("6 channels, 2 illuminators for 15 s", {"illuminators": 2.0, "terminal_s": 15.0}),
        ("6 channels, 18 rounds", {"rounds": 18.0}),
    ):
        panel.step(range(180), accepted(**{**plenty, **limits}), label=label)
    panel.set(xlabel="time, s (an order a second, 40 s to each intercept)", ylabel="accepted")
    panel.legend()
    save(figure, "fire-units")


main()
