"""Write pytrajlib_table.json: arcs of pytrajlib 1.0.0a6 outside the air, one row a minute.

Not run by the tests. Install the wheel anywhere and name its folder:

    pip install --target /tmp/ptl pytrajlib==1.0.0a6
    PYTHONPATH=/tmp/ptl python tests/analytic/pytrajlib_table.py

What pytrajlib is asked for: a full trajectory with every error source off (perfect navigation, no
geoid error, no wind). Rows above 150 km after burn-out are kept: it has no air there, a spherical
Earth that does not turn and gravity GM / r^2. It holds the acceleration over each step, so its
steps must be short: at 0.01 s they cost about a metre in 300 s.
"""

import csv
import json
import tempfile
from itertools import takewhile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
STEP = 0.01  # s
ARCS = {"north-east": ([30.0, 20.0], [40.0, 95.0]), "south": ([45.0, 10.0], [-5.0, 25.0])}
FIRST, LAST, EVERY = 300.0, 600.0, 60.0  # s
QUIET = dict.fromkeys(
    (
        "grav_error",
        "atm_model",
        "ins_nav",
        "gnss_nav",
        "initial_x_error",
        "initial_pos_error",
        "initial_vel_error",
        "initial_angle_error",
        "acc_scale_stability",
        "gyro_bias_stability",
        "gyro_noise",
    ),
    0,
)


def arc(launch: list[float], aim: list[float]) -> list[list[float]]:
    """Fly one trajectory and return rows (t, x, y, z, vx, vy, vz), inertial, m and m/s."""
    import pytrajlib  # noqa: PLC0415 - only where the table is written

    with tempfile.TemporaryDirectory() as folder:
        pytrajlib.run(
            None,
            num_runs=1,
            traj_output=1,
            time_step_main=STEP,
            output_dir=f"{folder}/",
            launch_lat_lon=launch,
            aim_lat_lon=aim,
            **QUIET,
        )
        with (Path(folder) / "trajectory.txt").open() as file:
            lines = csv.reader(file)
            next(lines)
            early = takewhile(lambda row: float(row[0]) <= LAST + 1.0, lines)
            table = np.array([[float(row[i]) for i in (0, 2, 3, 4, 5, 6, 7)] for row in early])
    wanted = np.arange(FIRST, LAST + 1.0, EVERY)
    nearest = [int(np.abs(table[:, 0] - t).argmin()) for t in wanted]
    found = table[nearest]
    assert np.linalg.norm(found[:, 1:4], axis=1).min() > 6371e3 + 150e3
    return [[float(x) for x in row] for row in found]


if __name__ == "__main__":
    made = {
        "source": "pytrajlib 1.0.0a6, all errors off, time_step_main 0.01 s",
        "gravity": "6.67408e-11 * 5.972e24 / r^2, sphere, no rotation, no air",
        "columns": ["t", "x", "y", "z", "vx", "vy", "vz"],
        "arcs": {name: arc(*ends) for name, ends in ARCS.items()},
    }
    (HERE / "pytrajlib_table.json").write_text(json.dumps(made, indent=1) + "\n")
