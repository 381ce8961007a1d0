"""Bar 5: filters tell their errors rightly where targets fly as the filters believe."""

from collections.abc import Iterator

import numpy as np
from benchmarks.tracking import registered, registration_scene
from benchmarks.tracking.rows import Row
from benchmarks.tracking.scenes import matched
from msgspec.structs import replace

from tdome.command.tracking.engine import Engine, Settings
from tdome.messages.base import Floats

FLIGHTS, SEED = 600, 7001
REST, RADARS, TARGETS, LASTS_S, SCENES = 0.2, 4, 50, 60.0, 20
STATE, SURE = 6, 1.96
# Lone targets without false plots: a track must live to the end, whatever the luck of its plots.
_LONG = replace(
    Settings(scored=True, merge=0.0, gate=30.0, acceleration=(20.0, 5.0)),
    new=3.0, drop=-30.0, drop_tentative=-30.0, coast=100.0,
)  # fmt: skip
MATCHED: dict[str, Settings] = {
    "EKF": Settings.gnn_ekf(),
    "UKF": replace(Settings.gnn_ekf(), filter="ukf"),
    "IMM, turns of 0.03 rad/s": replace(
        _LONG, filter="imm", confirm_hits=2, confirm=0.0, speed=(220.0, 20.0), hard=(100.0, 5.0),
        rate=0.03, rate_noise=1e-5, stay=(60.0, 20.0, 30.0),
    ),
}  # fmt: skip


def last_nees(
    flown: Settings,
    count: int,
    seed: int,
    believed: Settings | None = None,
    rate_sigma: float = np.nan,
) -> Floats:
    """Return the NEES of lone flights at their last scan; nan where the track was lost.

    flown: how they move; believed: of the filter, if it is to be another. rate_sigma: m/s,
    of measured range rates, if there are any.
    """
    found = []
    for recording, truth in matched.flights(count, flown, seed, rate_sigma):
        tracks = Engine(matched.sites(rate_sigma), believed or flown).fold(recording)
        own = np.flatnonzero(tracks.scan == len(recording) - 1)
        if not len(own):
            found.append(np.nan)
            continue
        off = np.linalg.norm(tracks.state[own, :3] - truth[:3], axis=1)
        row = own[np.argmin(off)]
        error = tracks.state[row] - truth
        found.append(error @ np.linalg.solve(tracks.covariance[row], error))
    return np.array(found)


def rows() -> Iterator[Row]:
    """Yield the rows of bar 5 on matched models."""
    for name, settings in MATCHED.items():
        values = last_nees(settings, FLIGHTS, SEED)
        lost = int(np.isnan(values).sum())
        values = values[np.isfinite(values)]
        # Of independent flights; the spread is their own, so that it holds for mixtures too.
        half = SURE * float(values.std(ddof=1)) / np.sqrt(len(values))
        mean = float(values.mean())
        yield Row(
            5,
            f"matched NEES, {name}, {len(values)} flights",
            f"6 ± {half:.2f}",
            f"{mean:.2f}",
            bool(abs(mean - STATE) <= half),
            f"{lost} lost; 95 % bounds of the mean",
        )
    yield rest_row()


def rest_row() -> Row:
    """Return what is left of biases after 60 s in the running tracker, in sigma of the plots."""
    sites = registration_scene.ring(RADARS)
    off = []
    for seed in range(SCENES):
        scene = registration_scene.scene(sites, seed, TARGETS, LASTS_S)
        found = registered.biases(registered.tracked(scene.recording, sites, Settings.imm()))
        off.append((found - scene.bias)[:, :3] / sites.sigma[:, :3])
    size = np.abs(np.array(off))
    within, worst = float((size < REST).mean()), float(size.max())
    rms = np.sqrt(np.square(size).mean(axis=(0, 1)))
    return Row(
        5,
        f"rest of biases of 1-3 sigma after 60 s, td.track, {RADARS} radars, {size.size} biases",
        f"< {REST} sigma",
        f"rms {float(np.sqrt(np.square(size).mean())):.3f}",
        bool(worst < REST),
        f"range, azimuth, elevation {rms[0]:.3f} {rms[1]:.3f} {rms[2]:.3f}; {within:.1%} below "
        f"{REST}; worst {worst:.2f}",
    )
