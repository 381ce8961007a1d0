"""Figure of links: age of plots at the command post as bandwidth, jamming and a cut act."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.kernel.clock import NS
from tdome.kernel.random import Streams
from tdome.world.links import Links
from tdome.world.schema.conditions import LinkOutage, SiteLink
from tdome.world.schema.conditions import Links as File
from tdome.world.succession import NEVER, Posts

PERIOD_S, ROWS, END_S = 4.0, 100, 240.0
OUTAGES = [
    LinkOutage(link="all", from_s=80.0, to_s=120.0, factor=0.5),
    LinkOutage(link="direct", from_s=140.0, to_s=180.0),
    LinkOutage(link="relayed", from_s=140.0, to_s=180.0),
]
SITES = ("direct", "relayed", "mast")


def ages(site: str, bandwidth: float) -> tuple[list[float], list[float]]:
    """Return when scans of 100 plots left and how old they were on arrival, s; lost ones not."""
    own = [SiteLink(name="relayed", relay="mast"), SiteLink(name="mast", delay_s=0.6)]
    file = File(delay_s=0.2, jitter_s=0.05, bandwidth_bytes_s=bandwidth, sites=own, outages=OUTAGES)
    links = Links(file, Posts(SITES, {}, [], 0), 0, Streams(1))
    left, age = [], []
    for seq, t in enumerate(np.arange(0.0, END_S, PERIOD_S).tolist()):
        now = round(t * NS)
        at = links.up(site, "Plots", seq, ROWS, now)
        if at != NEVER:
            left.append(t)
            age.append((at - now) / NS)
    return left, age


def main() -> None:
    """Draw the figure."""
    figure = Figure()
    axes = figure.subplots()
    for site, bandwidth, label in (
        ("direct", 0.0, "no limit of bandwidth"),
        ("direct", 2_000.0, "2,000 bytes/s"),
        ("relayed", 2_000.0, "2,000 bytes/s, with a relay"),
    ):
        axes.plot(*ages(site, bandwidth), "o", markersize=3.5, label=label)
    axes.axvspan(80.0, 120.0, color="#E69F00", alpha=0.15, label="jammed, factor 0.5")
    axes.axvspan(140.0, 180.0, color="#000000", alpha=0.10, label="direct links cut")
    axes.set_xlabel("time of the scan, s")
    axes.set_ylabel("age on arrival, s")
    axes.legend(loc="upper left")
    save(figure, "links")


main()
