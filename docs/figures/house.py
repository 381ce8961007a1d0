"""House style of the figures: one size, colours that survive a colour-blind eye, stable SVG."""

import re
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

from cycler import cycler
from matplotlib.figure import Figure

PAGES = Path(__file__).parents[1] / "concepts" / "models"
# Okabe and Ito, "Color Universal Design" (2008).
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]

mpl.rcParams.update(
    {
        "figure.figsize": (7.0, 3.6),
        "figure.constrained_layout.use": True,
        "axes.prop_cycle": cycler(color=COLOURS),
        "axes.grid": True,
        "grid.alpha": 0.3,
        "font.size": 9.0,
        "svg.hashsalt": "tdome",  # the same drawing gives the same file
        "svg.fonttype": "none",  # text stays text: small, and searchable
    }
)


def save(figure: Figure, name: str) -> None:
    """Write a figure for the model page of that name."""
    PAGES.mkdir(parents=True, exist_ok=True)
    file = PAGES / f"{name}.svg"
    figure.savefig(file, metadata={"Date": None, "Creator": "tdome"})
    slim(file)


def slim(file: Path) -> None:
    """Cut coordinates to a hundredth of a point: a third of the size, and no eye sees it."""
    drawing = file.read_text("utf-8")
    file.write_text(re.sub(r"(\d\.\d\d)\d+", r"\1", drawing), "utf-8")
