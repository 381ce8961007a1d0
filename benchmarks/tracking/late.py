"""`python -m benchmarks.tracking.late`: scans that come late, used or refused, against order.

Recorded flights under three biased radars (bar 8's held-out windows): 20 % of the scans come 0.5 to
8 s late, the others after 0.05 s. Judged at the scans that were in turn: there all three tell of
their tracks at the time they know it.
"""

import sys

import numpy as np
from benchmarks.tracking import judge, registered, tune_flights
from benchmarks.tracking.scenes import flights
from benchmarks.tracking.scenes.scene import NS, Scene
from msgspec.structs import replace

from tdome.command.tracking.engine import Settings
from tdome.messages.recording import TrackHistory

SHARE, SOONEST_S, LATEST_S, AT_ONCE_S = 0.2, 0.5, 8.0, 0.05


def score(scene: Scene, tracks: TrackHistory, judged: list[int]) -> judge.Score:
    """Return the score at some scans; ``tracks.scan`` counts in the scene's order."""
    first = tune_flights.first_scan(scene)
    keep = [n for n, k in enumerate(scene.truth_scan) if k in judged and k >= first]
    some = {"truth": scene.truth[keep], "truth_scan": scene.truth_scan[keep]}
    return judge.gospa(Scene(**vars(scene) | some), tracks, first)


def in_order(tracks: TrackHistory, order: np.ndarray) -> TrackHistory:
    """Return a history with the scans of a late recording named as in the ordered one."""
    scan = order[tracks.scan].astype(np.int32)
    rows = np.lexsort((tracks.number, scan))
    columns = {name: getattr(tracks, name)[rows] for name in tracks.__struct_fields__}
    return replace(TrackHistory(**columns), scan=scan[rows])


def main() -> None:
    """Print a line for each window."""
    for window in tune_flights.HELD_OUT:
        scene = flights.make(*window)
        recording, sites = scene.recording(), scene.sites()
        rng = np.random.default_rng(window[3])
        count = len(recording)
        delay = np.where(
            rng.uniform(size=count) < SHARE, rng.uniform(SOONEST_S, LATEST_S, count), AT_ONCE_S
        )
        order = np.lexsort((recording.at, recording.at + (delay * NS).astype(np.int64)))
        came, _ = recording.taken(order)
        turn = order[came.at >= np.maximum.accumulate(came.at)].tolist()
        ordered = registered.tracked(recording, sites, Settings.imm())
        used = registered.tracked(came, sites, Settings.imm())
        refused = registered.tracked(came, sites, Settings.imm(), late=0.0)
        words = [f"{scene.name}: {used.late} of {count} late; GOSPA, cpu s:"]
        for name, done, rows in (
            ("in order", ordered, ordered.tracks),
            ("late used", used, in_order(used.tracks, order)),
            ("late refused", refused, in_order(refused.tracks, order)),
        ):
            found = score(scene, rows, turn)
            words.append(f"{name} {found.gospa:.1f} m (rms {found.rms_m:.1f}), {done.cpu_s:.2f};")
        sys.stdout.write(" ".join(words) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
