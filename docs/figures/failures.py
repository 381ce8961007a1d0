"""Where 400 launches come down: as aimed, after a failed guidance, after a failed launch."""

import numpy as np
from house import save
from matplotlib.figure import Figure

from tdome.kernel.random import Streams
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.table import Failure
from tdome.world.scenario import read_scenario

TEXT = """
name = "failures"
start = 2030-01-01T00:00:00Z
duration_s = 2000
[[places]]
name = "aim"
lat_deg = 25.0
lon_deg = 121.5
[[raids]]
name = "raid"
[[raids.salvos]]
type = "srbm"
count = 400
launch_lat_deg = 26.0
launch_lon_deg = 118.0
interval_s = 1
targets = ["aim"]
"""
BODIES = compile_bodies(read_scenario(TEXT, "failures"), Streams(1))
ENDS = np.degrees([BODIES.ground_point(row) for row in range(len(BODIES))])

figure = Figure()
left, right = figure.subplots(1, 2)
for failure, label in (
    (Failure.NONE, "as aimed"),
    (Failure.GUIDANCE, "guidance failed"),
    (Failure.LAUNCH, "launch failed"),
):
    of = failure == BODIES.failure
    for axes in (left, right):
        axes.plot(ENDS[of, 1], ENDS[of, 0], ".", label=f"{label}: {of.sum()}", ms=4)
left.set(xlabel="longitude, °", ylabel="latitude, °")
left.legend()
right.set(xlabel="longitude, °", xlim=(121.38, 121.62), ylim=(24.89, 25.11))
save(figure, "failures")
