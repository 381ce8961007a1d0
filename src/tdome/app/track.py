"""``tdome track``: the tracker alone, on recorded plots."""

import math
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.table import Table

from tdome.app.progress import SimulatedTime
from tdome.app.screen import counted, err, say, show, span, table, write_json
from tdome.kernel.errors import ConfigError
from tdome.kernel.jit import cache_folder
from tdome.run.tracking.api import (
    LATE,
    Tracked,
    hiding_what_stands,
    preset,
    told_every,
    track_read,
)
from tdome.run.tracking.inputs import read_recording
from tdome.score.picture.report import CUTOFF, PictureScore

EXAMPLES = """Examples
  tdome track scene.npz --score scene.npz
  tdome track plots.parquet --sensors sites.toml --out tracks
  tdome track runs/first-steps-1 --score runs/first-steps-1
  tdome track plots.parquet --sensors plan.toml --out tracks.geojson
  tdome track scene.npz --workers 2 --tell-every 4
  tdome track scene.npz --score scene.npz --json | jq .score.gospa_m

INPUT is a .npz scene, the folder of a run, or any number of .parquet plots (with
--sensors: a site file, or a plan). Rows that can not be meant are refused,
counted, and kept with --out. See docs/concepts/tracking/formats.md."""

_MOST_REASONS = 6
_SURE = 0.95  # probability that there are any biases: from there on they are corrected

command = App(name="track", help_epilogue=EXAMPLES)


@command.default
def track(  # noqa: PLR0913  (what people may ask for)
    *input: Path,  # noqa: A002  (the word that people read)
    sensors: Path | None = None,
    out: Path | None = None,
    score: Path | None = None,
    filter: str = "imm",  # noqa: A002  (the word that people type)
    association: str = "gnn",
    registration: Literal["on", "off"] = "on",
    late: Annotated[float, Parameter(validator=Number(gte=0.0, lt=3600.0))] = LATE,
    cutoff_m: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1e6))] = CUTOFF,
    tell_every: Annotated[float, Parameter(validator=Number(gte=0.0, lte=1e6))] = 0.0,
    standing: Literal["told", "hidden"] = "told",
    workers: Annotated[int, Parameter(validator=Number(gte=1, lte=256))] = 1,
    json: bool = False,
) -> None:
    """Track recorded plots, and score the tracks where the truth is known.

    Parameters
    ----------
    input
        What to track; see below.
    sensors
        Site file or plan file (TOML) that says where the sensors of the plots are.
    out
        A .parquet or .geojson file, or a new folder for all there is.
    score
        Truth: a .npz scene, .parquet, or the folder of a run.
    filter
        imm: three modes of motion, lives by scores (if not given); ekf: one filter, by counts;
        ukf: the like with an unscented update.
    association
        gnn: the best pairs (if not given); jpda: shared plots; lmb: several hypotheses.
    registration
        on (if not given): estimate the biases of sensors that see the same targets, and correct
        their plots; off: take plots as they are.
    late
        How late a scan may come and still be used, s; 10 if not given.
    cutoff_m
        Distance from which on a track is of nobody, m; 1000 if not given.
    tell_every
        Seconds between two reports of the tracks; 0 (if not given): after each scan.
    standing
        told (if not given): all that is tracked; hidden: what has stood for a minute, as masts and
        wind farms do, is counted and not told of, as in `tdome run`.
    workers
        Threads for large pictures; 1 if not given. The tracks are the same for any number.
    json
        Print one JSON object and nothing else.
    """
    settings = told_every(preset(filter, association), tell_every)
    if standing == "hidden":
        settings = hiding_what_stands(settings)
    with SimulatedTime(err(), "reading", count=False) as progress:
        read = read_recording(input, sensors)
        if not read.recording.plots:
            refused = f"{len(read.refused):,} rows were refused" if len(read.refused) else ""
            raise ConfigError(str(input[0]), None, "", "has no plot that can be used", refused)
        warm = next(cache_folder().rglob("fold.*.nbc"), None) is not None
        progress.expect(
            float(read.recording.at[-1] - read.recording.at[0]) * 1e-9,
            "tracking" if warm else "compiling kernels (first run only)",
        )
        done = track_read(
            read, score, settings=settings, cutoff=cutoff_m, registration=registration == "on",
            late=late, workers=workers, progress=progress,
        )  # fmt: skip
    files = done.write(out) if out is not None else []
    if json:
        write_json(done.as_dict() | {"files": [str(file) for file in files]})
    else:
        _report(done, files)


def _report(done: Tracked, files: list[Path]) -> None:
    found = done.as_dict()
    say(
        f"{counted(found['plots'], 'plot')} in {counted(found['scans'], 'scan')} of "
        f"{counted(len(found['sensors']), 'sensor')}, {span(found['seconds'])}",
        "bold",
    )
    say("")
    if done.score is not None:
        show(score_table(done.score))
    pace = found["plots"] / done.cpu_s if done.cpu_s else float("inf")
    say(f"Tracks     {done.numbers:,} in all, {found['rows']:,} rows")
    say(
        f"Time       {done.cpu_s:.3g} s of CPU for tracking with loading its kernels, "
        f"{pace:,.0f} plots a second"
    )
    for line in _biases(done):
        say(line)
    if done.late:
        say(f"Late       {counted(done.late, 'scan')} came late and were used")
    for name, reasons in (("Refused", done.refused.table()), ("Unused", _unused(done))):
        for row in reasons[:_MOST_REASONS]:
            say(f"{name:<10} {row['count']:,}: {row['reason']}")
        if len(reasons) > _MOST_REASONS:
            say(f"{'':<10} and {len(reasons) - _MOST_REASONS} more reasons: --json lists all")
    for file in files:
        say(f"Written    {file}")
    if files and done.sites.flat and files[0].name != files[-1].name:
        say("           no GeoJSON: the frame is flat, it has no latitudes and longitudes")
    if not files:
        say("Nothing was written: --out tracks keeps the tracks.")


def _biases(done: Tracked) -> list[str]:
    """Return a line for each sensor that taught any: its biases with their standard errors."""
    found = done.registration
    if found is None:
        return []
    degree = math.degrees(1.0)
    plots = sum(site.plots for site in found.sites)
    if found.any < _SURE:
        seen = f"none found, from {counted(plots, 'plot')} of common targets"
        return [f"Biases     {seen if plots else 'no targets are seen by two sensors'}"]
    lines = []
    for site in (site for site in found.sites if site.plots):
        parts = [
            f"{word} {value * unit:+.{digits}f} ± {sigma * unit:.{digits}f} {name}"
            for word, value, sigma, unit, name, digits in (
                ("range", site.range_m, site.range_sigma_m, 1.0, "m", 1),
                ("azimuth", site.azimuth_rad, site.azimuth_sigma_rad, degree, "deg", 3),
                ("elevation", site.elevation_rad, site.elevation_sigma_rad, degree, "deg", 3),
                ("time", site.time_s, site.time_sigma_s, 1.0, "s", 3),
            )
            if sigma > 0.0
        ]
        lines.append(f"Biases     {site.site}: {', '.join(parts)} ({counted(site.plots, 'plot')})")
    return lines


def _unused(done: Tracked) -> list[dict[str, str | int]]:
    return [{"reason": reason, "count": count} for reason, count in done.unused.items()]


def score_table(score: PictureScore) -> Table:
    """Return the figures against truth, one row each with what is ideal."""
    made = table(
        f"Against truth, {score.pictures:,} pictures, cut-off {score.cutoff_m:,.0f} m",
        *("figure", "value", "ideal"),
    )
    siap, nees, nis = score.siap, score.nees, score.nis
    rows: list[tuple[str, str, str]] = [
        ("GOSPA", f"{score.gospa_m:,.1f} m", "0"),
        ("OSPA", f"{score.ospa_m:,.1f} m", "0"),
        ("position error, RMS", f"{score.rms_m:,.1f} m", "0"),
        ("missed, of truths in a picture", f"{score.missed:,.2f} of {score.truths:,.1f}", "0"),
        ("false, of tracks in a picture", f"{score.false:,.2f} of {score.tracks:,.1f}", "0"),
        ("SIAP completeness", f"{siap.completeness:.4f}", "1"),
        ("SIAP ambiguity", f"{siap.ambiguity:.4f}", "1"),
        ("SIAP spuriousness", f"{siap.spuriousness:.4f}", "0"),
        ("SIAP position accuracy", f"{siap.position_m:,.1f} m", "0"),
        ("SIAP velocity accuracy", f"{siap.velocity_m_s:,.1f} m/s", "0"),
        ("SIAP number changes, per hour", f"{siap.number_changes_per_s * 3600.0:,.2f}", "0"),
        ("SIAP longest segment", f"{siap.longest_segment:.4f}", "1"),
        ("NEES, mean of states", f"{nees.mean:,.2f}", f"{nees.low:.2f} to {nees.high:.2f}"),
    ]
    if nis is not None and nis.values:
        rows.append(
            ("NIS, mean of updates", f"{nis.mean:,.2f}", f"{nis.low:.2f} to {nis.high:.2f}")
        )
    for row in rows:
        made.add_row(*row)
    return made
