"""Bar 8: recorded flights under three radars with biases, against the peer's best."""

from collections.abc import Iterator

from benchmarks.tracking import judge, ours, registered, tune_flights
from benchmarks.tracking.peer import environment
from benchmarks.tracking.rows import Row, interval
from benchmarks.tracking.scenes import flights

from tdome.command.tracking.engine import Settings

SHARE, NARROW_M, WIDE_M = 0.90, 300.0, 500.0


def rows() -> Iterator[Row]:
    """Yield a row per window, the mean with and without registration, and the accuracy figures."""
    shares: dict[str, list[float]] = {"with": [], "without": []}
    worst, settings = 0.0, tune_flights.chosen()
    for window in tune_flights.HELD_OUT:
        scene = flights.make(*window)
        first = tune_flights.first_scan(scene)
        _, tracks = environment.cached(scene, **settings)
        theirs = judge.gospa(scene, tracks, first)
        plain = judge.gospa(scene, ours.run(scene, Settings.imm()), first)
        own = judge.gospa(scene, registered.run(scene, Settings.imm())[0], first)
        shares["with"].append(own.gospa / theirs.gospa)
        shares["without"].append(plain.gospa / theirs.gospa)
        worst = max(worst, own.horizontal_m)
        yield Row(
            8,
            f"GOSPA / Stone Soup's best, {scene.name}",
            "",
            f"{shares['with'][-1]:.3f}",
            None,
            f"{own.gospa:.0f} / {theirs.gospa:.0f} m; horizontal RMS {own.horizontal_m:.0f} / "
            f"{theirs.horizontal_m:.0f} m; missed {own.missed:.2f} / {theirs.missed:.2f}; "
            f"false {own.false:.2f} / {theirs.false:.2f}",
        )
    for word, values in shares.items():
        mean, half = interval(values)
        what = f"GOSPA / Stone Soup's best, {len(values)} windows, {word} registration of biases"
        yield Row(8, what, "<= 0.90", f"{mean:.3f} ± {half:.3f}", mean <= SHARE)
    for name, limit in (("3 NM", NARROW_M), ("5 NM", WIDE_M)):
        what = f"horizontal RMS, worst window, EUROCONTROL {name} figure"
        yield Row(8, what, f"<= {limit:.0f} m", f"{worst:.0f} m", worst <= limit)
