"""Who answers a station, by distance and height."""

import numpy as np
from house import save
from matplotlib.figure import Figure
from one_flyer import AIRLINER, hang, sensor

from tdome.earth.wgs84 import enu_to_ecef
from tdome.world.sensors.receivers import cooperative
from tdome.world.sensors.receivers.reach import Moment


def main() -> None:
    """Draw the share of looks that are answered on the left, errors of place on the right."""
    figure = Figure(figsize=(7.0, 3.4))
    left, right = figure.subplots(1, 2)
    post, bodies = sensor("cooperative")
    ranges = np.linspace(20e3, 420e3, 60)
    for height in (300.0, 3_000.0, 10_000.0):
        share = []
        for distance in ranges:
            fall = distance**2 / (2.0 * 6_371e3)  # so that the height over ground is kept
            hang(post, bodies, AIRLINER, (distance, 0.0, height - fall))
            looks = [cooperative.look(post, bodies, Moment(0.0, n)) for n in range(150)]
            share.append(np.mean([len(look.rows) for look in looks]))
        left.plot(ranges / 1e3, share, label=f"{height:,.0f} m high")
    left.set(xlabel="range, km", ylabel="share of looks answered", ylim=(0.0, 1.02))
    left.legend(fontsize=7)
    hang(post, bodies, AIRLINER, (50e3, 0.0, 9_000.0))
    looks = [cooperative.look(post, bodies, Moment(0.0, n)) for n in range(400)]
    said = np.concatenate([look.columns["ecef"] for look in looks])
    truth = enu_to_ecef(np.array([50e3, 0.0, 9e3]), post.site, post.book.axes[post.row])
    off = (said - truth) @ post.book.axes[post.row].T
    right.plot(off[:, 0], off[:, 1], ".", ms=3)
    right.set(xlabel="error to the east, m", ylabel="error to the north, m", aspect="equal")
    save(figure, "cooperative")


main()
