"""Figure of the page coverage: the bundled scenario drone-swarm, as the command draws it."""

from house import PAGES, slim

from tdome.run.library import find_inputs
from tdome.siting.coverage import cover
from tdome.siting.drawing import draw

plan = find_inputs("drone-swarm").plan()
draw(
    cover(plan, altitudes=(100.0, 1000.0, 5000.0), classes=None, rcs=0.1),
    PAGES / "coverage.svg",
)
slim(PAGES / "coverage.svg")
