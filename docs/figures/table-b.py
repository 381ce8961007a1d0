"""Table B: simulated share intercepted against the published ranges, nine rows."""

import matplotlib.pyplot as plt
from house import COLOURS, save

from tdome.studies.validation.ukraine.at_referee import referee_table

verdicts, _ = referee_table()
figure, axis = plt.subplots()
for place, verdict in enumerate(reversed(verdicts)):
    low, high = verdict.ranges["mean"]
    axis.plot([low, high], [place, place], color=COLOURS[5], linewidth=8.0, solid_capstyle="butt")
    axis.plot(verdict.tuned, place, "|", color=COLOURS[0], markersize=14.0, markeredgewidth=2.0)
    axis.plot(verdict.held_out, place, "|", color=COLOURS[4], markersize=14.0, markeredgewidth=2.0)
    mark = "o" if not verdict.misses else "X"
    axis.plot(verdict.simulated.mean, place, mark, color=COLOURS[1])
axis.set_yticks(range(len(verdicts)), [verdict.name for verdict in reversed(verdicts)])
axis.set_xlabel(
    "share intercepted. Band: class-years; blue: 2022-24 (tuned on);\n"
    "orange: 2025-26 (held out); red: referee level (cross: outside a range)"
)
save(figure, "table-b")
