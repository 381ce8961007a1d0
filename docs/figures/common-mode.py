"""Records by share intercepted: rounds that share luck against rounds that do not."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from house import save

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import table_b
from scipy.stats import binom

from tdome.world.effectors.referee import shared_luck

pool = table_b.DATA["pool"]
rows = [row for row in table_b.DATA["rows"] if row["name"] in pool["rows"]]
found = {row["name"]: table_b.at_referee(row) for row in rows}
together = table_b.pooled(found)
launched = np.concatenate([found[row["name"]].launched for row in rows])
launched = launched[launched >= table_b.SEVERAL]
mean = 0.233  # domain.md 3.4
alone = [float(np.mean(binom.pmf(count, launched, mean))) for count in (0, launched)]

figure, (left, right) = plt.subplots(1, 2)
places = np.arange(2)
bars = {
    "published": [pool[key] / pool["records"] for key in ("zero", "all")],
    "referee": [together.zero, together.all],
    "independent rounds": alone,
}
for i, (name, heights) in enumerate(bars.items()):
    left.bar(places + 0.27 * (i - 1), heights, 0.25, label=name)
left.set_xticks(places, ["none", "all"])
left.set_ylabel("share of records of two or more")
left.set_title("Ballistic records, none or all intercepted")
left.legend()
u = (np.arange(2000) + 0.5) / 2000
for rho in (0.05, 0.19, 0.51):
    right.plot(u, [shared_luck(0.7, rho, float(q)) for q in u], label=f"ρ = {rho}")
right.axhline(0.7, color="black", linewidth=0.8, linestyle="--")
right.set_xlabel("quantile of the raid")
right.set_ylabel("kill probability of a round")
right.set_title("What a raid makes of k = 0.7")
right.legend()
save(figure, "common-mode")
