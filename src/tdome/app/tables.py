"""The outcome of a run as tables of at most 80 columns and a few sentences."""

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from tdome.app.screen import BAD, GOOD, QUIET, counted, dollars, listed, span, table, tinted
from tdome.run.record import Manifest
from tdome.score.airspace import Airspace
from tdome.score.origin import Origin
from tdome.score.outcome import Outcome
from tdome.score.warned import WarningScore

MOST_ASSETS = 20


def outcome_tables(outcome: Outcome) -> list[Table]:
    """Return the tables by class, layer and asset, of lost sites if any, of people underneath."""
    tables = [_by_class(outcome), _by_layer(outcome), _by_asset(outcome)]
    return [*tables, *([_sites(outcome)] if len(outcome.sites) else []), _exposure(outcome)]


def _by_class(outcome: Outcome) -> Table:
    counts = ["launched", "engaged", "killed", "leaked", "harmless", "ignored"]
    counts += [rare for rare in ("failed", "flying") if outcome.totals[rare]]
    made = table("By threat class", "class", *counts)
    made.caption = "harmless: came down where nothing is; ignored: those of them never engaged"
    total = {"class": "all", **outcome.totals}
    for row in [*outcome.by_class.to_pylist(), total]:
        if row is total:
            made.add_section()
        made.add_row(row["class"], *(_count(row[key], key) for key in counts))
    return made


def _count(number: int, key: str) -> Text | str:
    return tinted(number, _TINTS[key]) if key in _TINTS else f"{number:,}"


_TINTS = {"killed": GOOD, "leaked": BAD, "ignored": GOOD, "failed": "", "flying": ""}


def _by_layer(outcome: Outcome) -> Table:
    rows = outcome.by_layer.to_pylist()
    rare = [name for name in ("reloaded", "lost") if any(row[f"rounds_{name}"] for row in rows)]
    made = table(
        "By layer", "layer", "units", "rounds fired", "rounds left", *rare, "cost", "kills"
    )
    for row in rows:
        made.add_row(
            row["layer"],
            f"{row['units']:,}",
            f"{row['rounds_fired']:,}",
            tinted(row["rounds_left"], "") if row["rounds_left"] else Text("none", style=BAD),
            *(f"{row[f'rounds_{name}']:,}" for name in rare),
            dollars(row["cost_usd"]),
            tinted(row["kills"], GOOD),
        )
    return made


def _by_asset(outcome: Outcome) -> Table:
    made = table("By defended asset", "asset", "value", "leakers", "value protected")
    rows = outcome.by_asset.to_pylist()
    if len(rows) > MOST_ASSETS:
        rows = sorted(rows, key=lambda row: -row["value_lost"])[:MOST_ASSETS]
        made.caption = (
            f"the {MOST_ASSETS} that lost most, of {len(outcome.by_asset)}; all: outcome.json"
        )
    for row in rows:
        share = row["value_protected"] / row["value"]
        made.add_row(
            row["asset"],
            f"{row['value']:,.6g}",
            tinted(row["leakers"], BAD),
            Text(f"{share:.1%}", style=GOOD if row["value_lost"] == 0.0 else BAD),
        )
    return made


def _sites(outcome: Outcome) -> Table:
    made = table("Sites out of action", "site", "kind", "hits", "time down", "for good", texts=2)
    rows = outcome.sites.to_pylist()
    if len(rows) > MOST_ASSETS:
        made.caption = f"the first {MOST_ASSETS} of {len(rows)}; all: outcome.json"
    for row in rows[:MOST_ASSETS]:
        made.add_row(
            row["site"],
            row["kind"],
            f"{row['hits']:,}",
            span(row["down_s"]),
            Text("yes", style=BAD) if row["for_good"] else Text("no", style=QUIET),
        )
    return made


def _exposure(outcome: Outcome) -> Table:
    counts = ("came down", "people exposed", "sheltered", "unsheltered", "nobody known")
    made = table("People underneath", "cause", *counts)
    made.caption = "expected numbers, two digits; not casualties. nobody known: no population given"
    for one in outcome.exposure:
        made.add_row(
            one.cause,
            f"{one.events:,}",
            _two_digits(one.exposed),
            _two_digits(one.sheltered),
            Text(_two_digits(one.unsheltered), style=BAD if one.unsheltered else GOOD),
            f"{one.unknown:,}",
        )
    return made


def _two_digits(count: float) -> str:
    return f"{float(f'{count:.2g}'):,.10g}"


def summary(outcome: Outcome, manifest: Manifest) -> Iterator[str]:
    """Yield the sentences below the tables: totals, warnings, air picture, the door, time taken."""
    totals = outcome.totals
    share = totals["value_protected"] / totals["value"]
    wasted = totals["rounds_on_debris"]
    yield (
        f"Total      {share:.1%} of the value protected; {totals['rounds_fired']:,.0f} rounds for "
        f"{dollars(totals['cost_usd'])}" + (f", {wasted:,.0f} of them at debris" if wasted else "")
    )
    for head, line in zip(("Warnings", "", "", "", ""), _warned(outcome.warnings), strict=False):
        yield f"{head:<10} {line}"
    yield from _airspace(outcome.airspace)
    yield from _origin(outcome.origin)
    siap = outcome.siap
    yield (
        f"Picture    completeness {siap['completeness']:.2f}, ambiguity {siap['ambiguity']:.2f}, "
        f"spuriousness {siap['spuriousness']:.2f}, position {siap['position_rms_m']:,.0f} m"
    )
    refused = sum(int(row["count"]) for row in manifest.quarantine)
    if refused:
        reasons = sorted({str(row["reason"]) for row in manifest.quarantine})
        yield f"Door       {refused:,} messages in quarantine: {listed(reasons, 3)}"
    if manifest.unused:
        rows = sum(int(row["count"]) for row in manifest.unused)
        reasons = sorted({str(row["reason"]) for row in manifest.unused})
        yield f"Unused     {rows:,} reports, orders and looks: {listed(reasons, 3)}"
    pace = manifest.simulated_s / manifest.wall_s if manifest.wall_s else float("inf")
    yield f"Time       {span(manifest.wall_s)} of wall time, {pace:,.0f} times real time"


def _origin(origin: Origin) -> Iterator[str]:
    """Yield the sides from which falling tracks came, where there were any."""
    if not origin.tracks:
        return
    cells = [f"{cell.share:.0%} {cell.sector} {cell.band}" for cell in origin.cells]
    rest = [f"{origin.not_told:.0%} not told"] if origin.not_told else []
    yield f"Origin     of {counted(origin.tracks, 'falling track')}: {listed(cells + rest, 3)}"


def _airspace(airspace: Airspace) -> Iterator[str]:
    """Yield a sentence where there were flights to protect."""
    if not airspace.flights:
        return
    burst = airspace.nearest_burst_m
    nearest = "none burst" if burst is None else f"the nearest burst {burst / 1e3:,.1f} km away"
    yield (
        f"Airspace   {counted(airspace.flights, 'civil or friendly flight')}: "
        f"{counted(airspace.engaged, 'order')} at them,"
    )
    yield (
        f"{'':<10} {counted(airspace.bursts_near, 'burst')} and "
        f"{counted(airspace.wrecks_near, 'wreck')} near them, {nearest}"
    )


def _warned(warnings: WarningScore) -> Iterator[str]:
    yield (
        f"{counted(warnings.alerts, 'alert')} in {counted(warnings.zones_warned, 'zone')}, "
        f"{warnings.false_alerts:,} of them false (status: Exercise):"
    )
    yield (
        f"{warnings.averted:,} where what was to come was shot down, "
        f"{warnings.debris_came:,} where debris fell,"
    )
    yield (
        f"{warnings.nothing_came:,} where nothing was to come "
        f"({warnings.idle_zone_minutes:,.0f} of {warnings.zone_minutes:,.0f} minutes of warning)"
    )
    yield f"{warnings.impacts_warned:,} of {warnings.impacts_in_zones:,} impacts in zones warned of"
    if warnings.median_lead_s is not None and warnings.shortest_lead_s is not None:
        median, shortest = span(warnings.median_lead_s), span(warnings.shortest_lead_s)
        yield f"lead time {median} in the median, {shortest} at the shortest"
