"""What each kind of input gains: the standard scenes with more, or less, measured of each plot.

    PYTHONPATH=src:. python -m benchmarks.tracking.inputs [--seeds 5] [--targets 100]

The draws of flyers, places and false plots are those of :mod:`.scenes.standard` (seeds 901 …, held
out); range rates, heights and addresses are drawn beside them. False plots have range rates of
-400 … 400 m/s, and no heights. Reports: a station beside the radar tells the places of half of the
flyers (30 m) and their addresses every 4 s, 2 s after the radar. ``confirm``: mean scans from a
flyer's first one to the first picture with a track within 500 m; ``false``: mean tracks of nobody.
Without any height a track's height is a guess: such rows are judged in the plane.
"""

import argparse
import statistics
from time import process_time

import msgspec
import numpy as np
from benchmarks.tracking.scenes import standard
from benchmarks.tracking.scenes.scene import NS, Scene

from tdome.command.tracking.engine import Settings, track
from tdome.messages.recording import Recording, TrackHistory
from tdome.plan.books.sites import SiteBook
from tdome.score.picture.report import score_tracks

Case = tuple[Recording, SiteBook]
RATE_M_S, HEIGHT_M, PLACE_M, BAND = 1.0, 30.0, 30.0, 400.0
NEAR_M, FIRST_SEED = 500.0, 901
ADDRESS = 4096


def truth_of(scene: Scene) -> np.ndarray:
    """Return the true state x, vx, y, vy, z, vz of each plot, (M, 6); nan for false ones."""
    state = scene.truth[scene.plot_scan, np.maximum(scene.source, 0)].copy()
    state[scene.source < 0] = np.nan
    return state


def rates(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Return a range rate for each plot, m/s."""
    state = truth_of(scene)
    place, velocity = state[:, 0::2], state[:, 1::2]
    rate = (place * velocity).sum(axis=1) / np.linalg.norm(place, axis=1)
    rate += RATE_M_S * rng.normal(size=len(rate))
    return np.where(scene.source < 0, rng.uniform(-BAND, BAND, len(rate)), rate)


def cases(scene: Scene) -> dict[str, Case]:
    """Return the recordings and sites of a scene, by the kind of input."""
    rng = np.random.default_rng(len(scene.polar))
    recording, sites = scene.recording(), scene.sites()
    nothing = np.full(recording.plots, np.nan)
    sigma, level = sites.sigma.copy(), sites.sigma.copy()
    sigma[:, 3], level[:, 2] = RATE_M_S, np.nan
    rate = rates(scene, rng)
    height = truth_of(scene)[:, 4] + HEIGHT_M * rng.normal(size=recording.plots)
    address = np.where(scene.source < 0, -1, ADDRESS + scene.source).astype(np.int32)

    def with_(columns: dict[str, np.ndarray], errors: np.ndarray) -> Case:
        return (
            msgspec.structs.replace(recording, **columns),
            msgspec.structs.replace(sites, sigma=errors),
        )

    flat = {"elevation_rad": nothing}
    return {
        "range, azimuth, elevation": with_({}, sites.sigma),
        "and range rate (1 m/s)": with_({"range_rate_m_s": rate}, sigma),
        "and told heights (30 m)": with_({"height_m": height}, sites.sigma),
        "and addresses": with_({"address": address}, sites.sigma),
        "and reports of half of the flyers": reported(scene, recording, sites, rng),
        LEVEL: with_(flat, level),
        "2-D radar and told heights": with_({**flat, "height_m": height}, level),
        "2-D radar, heights, range rate": with_(
            {**flat, "height_m": height, "range_rate_m_s": rate},
            np.where(np.isnan(level), np.where([[0, 0, 0, 1]], sigma, np.nan), level),
        ),
    }


def reported(scene: Scene, recording: Recording, sites: SiteBook, rng: np.random.Generator) -> Case:
    """Return the recording with the reports of a station between the radar's scans."""
    parts: list[dict[str, np.ndarray]] = []
    at, sensor, volume, counts = [], [], [], []
    for k in range(len(scene.t)):
        begin, end = int(recording.start[k]), int(recording.start[k + 1])
        names = [n for n in recording.__struct_fields__ if n not in SCANS]
        parts.append({n: getattr(recording, n)[begin:end] for n in names})
        parts[-1]["place_sigma_m"] = np.full(end - begin, np.nan)
        there = np.flatnonzero(np.isfinite(scene.truth[k, :, 0]))
        there = there[there % 2 == 0]
        place = (
            scene.truth[k, there][:, 0::2]
            + 0.5 * standard.PERIOD_S * (scene.truth[k, there][:, 1::2])
        )
        place = place + PLACE_M * rng.normal(size=place.shape)
        nothing = np.full(len(there), np.nan)
        parts.append(
            {
                "range_m": np.linalg.norm(place, axis=1),
                "azimuth_rad": np.mod(np.arctan2(place[:, 0], place[:, 1]), 2.0 * np.pi),
                "elevation_rad": np.arctan2(place[:, 2], np.hypot(place[:, 0], place[:, 1])),
                "range_rate_m_s": nothing,
                "snr_db": nothing.astype(np.float32),
                "address": (ADDRESS + there).astype(np.int32),
                "height_m": nothing,
                "place_sigma_m": np.full(len(there), PLACE_M),
            }
        )
        at += [scene.t[k], scene.t[k] + 0.5 * standard.PERIOD_S]
        sensor += [0, 1]
        volume += [True, False]
        counts += [end - begin, len(there)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    both = Recording(
        at=np.round(np.array(at) * NS).astype(np.int64),
        sensor=np.array(sensor, np.int32),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        volume=np.array(volume),
        **columns,
    )
    twice = {
        name: np.concatenate([getattr(sites, name)] * 2)
        for name in ("origin", "axes", "detection", "false_plots", "reach", "elevation", "period")
    }
    twice["false_plots"][1], twice["reach"][1] = 0.01, [0.0, 400e3]
    twice["elevation"][1] = [-0.2, 1.5]
    sigma = np.vstack([sites.sigma, np.full((1, 4), np.nan)])
    place = np.array([np.nan, PLACE_M])
    return both, SiteBook(
        names=("radar", "station"), flat=True, sigma=sigma, place_sigma=place, **twice
    )


LEVEL = "range, azimuth (2-D radar; in the plane)"
SCANS = ("at", "sensor", "start", "volume", "place_sigma_m")


def until_confirmed(scene: Scene, tracks: TrackHistory, used: int) -> float:
    """Return the mean scans from a flyer's first to the first picture with a track near it.

    used: of x, y, z that count.
    """
    times, waits = np.round(scene.t * NS).astype(np.int64), []
    first = np.isfinite(scene.truth[:, :, 0]).argmax(axis=0)
    seen = np.full(scene.truth.shape[1], -1)
    for k, time in enumerate(times):
        told = tracks.state[tracks.at == time, :3]
        if not len(told):
            continue
        place = scene.truth[k][:, [0, 2, 4]]
        away = np.linalg.norm((place[:, None] - told[None])[..., :used], axis=2).min(axis=1)
        seen = np.where((seen < 0) & (away < NEAR_M), k, seen)
    waits = (seen - first)[seen >= 0]
    return float(waits.mean())


def measured(scene: Scene, case: Case, settings: Settings, *, flat: bool) -> list[float]:
    """Return GOSPA m, rms m, scans until confirmed, false tracks, NEES and M plots a CPU second."""
    recording, sites = case
    times = np.round(scene.t * NS).astype(np.int64)
    tracks = track(recording, sites, settings)
    began = process_time()
    track(recording, sites, settings)
    rate = recording.plots / (process_time() - began) / 1e6
    truth = scene.truth_history()
    if flat:
        level = np.array([1.0, 1.0, 0.0, 1.0, 1.0, 0.0])
        truth = msgspec.structs.replace(truth, state=truth.state * level)
        tracks = msgspec.structs.replace(tracks, state=tracks.state * level)
    score = score_tracks(tracks, truth, times=times, skip=5)
    own = until_confirmed(scene, tracks, 2 if flat else 3)
    return [score.gospa_m, score.rms_m, own, score.false, score.nees.median, rate]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--targets", type=int, default=100)
    chosen = parser.parse_args()
    rows: dict[str, list[list[float]]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + chosen.seeds):
        scene = standard.make(chosen.targets, seed)
        for name, case in cases(scene).items():
            rows.setdefault(name, []).append(
                measured(scene, case, Settings.imm(), flat=name == LEVEL)
            )
    print("| measured | GOSPA m | rms m | confirm, scans | false | NEES median | M plots/s |")
    print("|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        means = [statistics.fmean(column) for column in zip(*found, strict=True)]
        shown = [f"{means[0]:.0f}", f"{means[1]:.0f}", *(f"{mean:.2f}" for mean in means[2:])]
        print(f"| {name} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    main()
