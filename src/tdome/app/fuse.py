"""``tdome fuse``: the tracks of several sensors, fused into system tracks."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number
from rich.table import Table

from tdome.app.progress import SimulatedTime
from tdome.app.screen import counted, err, say, show, span, table, write_json
from tdome.app.track import score_table
from tdome.command.tracking.fusion.system import TrackFusion
from tdome.kernel.errors import ConfigError
from tdome.run.tracking.fuse import FusedTracks, fuse_read
from tdome.run.tracking.sources import read_sources
from tdome.score.picture.report import CUTOFF

EXAMPLES = """Examples
  tdome fuse north.parquet south.parquet --out system.parquet
  tdome fuse north-tracks south-tracks --out system --score truth.parquet
  tdome fuse *.parquet --bias-m 100 --json | jq .sources

TRACKS is for each sensor or node a .parquet of tracks, or the folder, that
`tdome track --out` wrote. All must be in one frame. Where you have the plots,
track these together instead: see docs/concepts/tracking/fusion.md."""

_MOST_REASONS = 6

command = App(name="fuse", help_epilogue=EXAMPLES)


@command.default
def fuse(
    *tracks: Path,
    out: Path | None = None,
    score: Path | None = None,
    bias_m: Annotated[float, Parameter(validator=Number(gte=0.0, lte=1e5))] = 0.0,
    cutoff_m: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1e6))] = CUTOFF,
    json: bool = False,
) -> None:
    """Fuse the tracks of several sensors into one picture of system tracks.

    Parameters
    ----------
    tracks
        The tracks of each sensor; see below.
    out
        A .parquet or .geojson file, or a new folder for all there is.
    score
        Truth: a .npz scene, .parquet, or the folder of a run.
    bias_m
        How far sensors that are not registered may be off, m (one sigma); 0 if not given.
    cutoff_m
        Distance from which on a track is of nobody, m; 1000 if not given.
    json
        Print one JSON object and nothing else.
    """
    with SimulatedTime(err(), "reading", count=False) as progress:
        sources = read_sources(tracks)
        if not any(len(one) for one in sources.tracks):
            refused = f"{len(sources.refused):,} rows were refused" if len(sources.refused) else ""
            raise ConfigError(str(tracks[0]), None, "", "has no track that can be used", refused)
        progress.expect(sources.seconds, "fusing")
        settings = TrackFusion(bias=bias_m)
        done = fuse_read(sources, score, settings=settings, cutoff=cutoff_m, progress=progress)
    files = done.write(out) if out is not None else []
    if json:
        write_json(done.as_dict() | {"files": [str(file) for file in files]})
    else:
        _report(done, files)


def _report(done: FusedTracks, files: list[Path]) -> None:
    found = done.as_dict()
    rows = sum(one.rows for one in done.sources)
    say(
        f"{counted(rows, 'row')} of tracks of {counted(len(done.sources), 'source')}, "
        f"{span(found['seconds'])}",
        "bold",
    )
    say("")
    show(_source_table(done))
    if done.score is not None:
        show(score_table(done.score))
    pace = rows / done.cpu_s if done.cpu_s else float("inf")
    say(
        f"Tracks     {done.numbers:,} system tracks, {found['rows']:,} rows; "
        f"{done.merged:,} duplicates made one"
    )
    say(f"Time       {done.cpu_s:.3g} s of CPU with loading kernels, {pace:,.0f} rows a second")
    reasons = done.refused.table()
    for row in reasons[:_MOST_REASONS]:
        say(f"Refused    {row['count']:,} of {row['source']}: {row['reason']}")
    if len(reasons) > _MOST_REASONS:
        say(f"{'':<10} and {len(reasons) - _MOST_REASONS} more reasons: --json lists all")
    for file in files:
        say(f"Written    {file}")
    if not files:
        say("Nothing was written: --out system keeps the tracks.")


def _source_table(done: FusedTracks) -> Table:
    """Return what each source gave, one row each."""
    made = table(
        "Sources, by name",
        *("source", "lists", "tracks", "fed system tracks", "share of them", "mean separation"),
    )
    for one in done.sources:
        apart = "-" if one.separation_m != one.separation_m else f"{one.separation_m:,.0f} m"
        made.add_row(
            one.name, f"{one.lists:,}", f"{one.tracks:,}", f"{one.fed:,}", f"{one.share:.1%}", apart
        )
    return made
