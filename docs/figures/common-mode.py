"""Records by share intercepted: rounds that share luck against rounds that do not."""

import matplotlib.pyplot as plt
import numpy as np
from house import save
from scipy.stats import binom

from tdome.studies.validation.ukraine.at_referee import at_referee, pooled
from tdome.studies.validation.ukraine.records import SEVERAL, row_of, table_b
from tdome.world.effectors.referee import shared_luck

pool = table_b()["pool"]
found = {name: at_referee(row_of(name)) for name in pool["rows"]}
together = pooled(found)
launched = np.concatenate([records.launched for records in found.values()])
launched = launched[launched >= SEVERAL]
mean = pool["mean"]
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
