"""Figure of survivability: what hardening and decoy sites save; what a lost post costs."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.kernel.clock import NS
from tdome.kernel.random import Streams
from tdome.world.hiding import Hiding
from tdome.world.succession import Posts

SALVOS, LOSS = 4_000, 0.8


def survives(aimed: int, decoys: int, hardening: float) -> float:
    """Return the share of sites that stand after so many objects, by the model's own draws."""
    hiding = Hiding(decoys=decoys, decoy_distance=1e4, stale=0.0, moved=0.0)
    luck, stream = Streams(1)("aim"), Streams(1)("loss")
    stood = 0
    for salvo in range(SALVOS):
        keys = [salvo * 100 + n for n in range(aimed)]
        true = [k for k in keys if hiding.aim((0.0, 0.0), luck.draw(k)) == (0.0, 0.0)]
        stood += all(stream.draw(k)[0] >= LOSS * (1.0 - hardening) for k in true)
    return stood / SALVOS


def main() -> None:
    """Draw the figure."""
    figure = Figure()
    left, right = figure.subplots(1, 2)
    aimed = range(9)
    for decoys, hardening in ((0, 0.0), (0, 0.5), (1, 0.0), (3, 0.0)):
        shares = [survives(n, decoys, hardening) for n in aimed]
        left.plot(aimed, shares, "o-", label=f"{decoys} decoy sites, hardening {hardening:g}")
    left.set_xlabel("objects aimed at the site")
    left.set_ylabel("probability that it works on")
    left.legend(fontsize=7.5)

    posts = Posts(("north", "south"), {"north": 0, "south": 1}, [1, 2], 60 * NS)
    events = {50: (posts.lose, 0), 150: (posts.lose, 1), 260: (posts.restore, 0)}
    times, heard = np.arange(0, 360), {"north": [], "south": []}
    for t in times.tolist():
        if t in events:
            act, post = events[t]
            act(post, t * NS)
        for zone, column in heard.items():
            column.append(posts.hears(zone, t * NS) == t * NS)
    for level, (zone, column) in enumerate(heard.items()):
        right.fill_between(times, level, level + 0.7 * np.array(column), step="post", label=zone)
    right.set_yticks([0.35, 1.35], ["zone north", "zone south"])
    right.set_xlabel("time, s")
    right.set_title("posts lost at 50 and 150 s,\nnorth repaired at 260 s", fontsize=8)
    save(figure, "survivability")


main()
