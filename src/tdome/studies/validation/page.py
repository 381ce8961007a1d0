"""The record as a page: misses first and as plainly as hits. No date: hashes say what it is of."""

from collections.abc import Iterator
from importlib.resources import files

from tdome.studies.validation.cases import FIRST_SEED, cases
from tdome.studies.validation.record import Record, stands_for
from tdome.studies.validation.rows import INSIDE, NO_CASE, NOT_RUN, Estimate, Row


def page(record: Record) -> str:
    """Return the page."""
    parts = [_prose("page_head.md"), *_warnings(record), _summary(record), *_misses(record)]
    parts += [_table(record, "A", "Table A: engagements over Israel, whole chain")]
    parts += [_table(record, "B", "Table B: Ukraine by kind of weapon")]
    parts += [_forms(record), _not_compared(record), _made_of(record)]
    parts.append(_prose("page_limits.md"))
    return "\n".join(parts)


def _prose(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def figure(value: float) -> str:
    """Return a number with three decimals, two where it is above 1."""
    return f"{value:.3f}" if abs(value) <= 1.0 else f"{value:.2f}"


def public(row: Row) -> str:
    """Return the public range or point."""
    if row.low is None or row.high is None:
        return "-"
    if row.low == row.high:
        return figure(row.low)
    return f"{figure(row.low)}-{figure(row.high)}"


def ours(estimate: Estimate | None, of: str) -> str:
    """Return our value, its interval, and what it is of."""
    if estimate is None:
        return "-"
    if of in cases() and estimate.n == 1:
        return f"{figure(estimate.value)} (one run)"
    if estimate.low == estimate.high:
        return figure(estimate.value)
    between = f"{figure(estimate.low)}-{figure(estimate.high)}"
    return f"{figure(estimate.value)} ({between})"


def _warnings(record: Record) -> Iterator[str]:
    if record.stale:
        names = ", ".join(record.stale)
        yield f"**Stale:** recorded runs of {names} belong to other inputs and are left out.\n"
    if record.sources != record.recorded_by:
        yield (
            "**Other code:** the runs on record were made by other sources "
            f"({record.recorded_by}) than those that wrote this page ({record.sources}).\n"
        )


def _summary(record: Record) -> str:
    lines = ["## In short\n", "| rows | inside | of |", "|---|---|---|"]
    for use in ("predicted", "calibrated"):
        for table in ("A", "B"):
            inside, all_ = record.of(use, table)
            lines.append(f"| table {table}, {use} | {inside} | {all_} |")
    inside, all_ = record.of("control")
    lines.append(f"| table B, control (must be outside) | {inside} | {all_} |")
    cells = sum(len(form.cells) for form in record.forms)
    missed = sum(len(form.missed) for form in record.forms)
    lines.append(f"| closed forms, cells | {cells - missed} | {cells} |")
    return "\n".join(lines) + "\n"


def _misses(record: Record) -> Iterator[str]:
    yield "## Where we miss\n"
    for row in record.rows:
        if row.verdict in {INSIDE, NO_CASE, NOT_RUN} or row.use == "control":
            continue
        why = record.note(row) or row.how
        yield (
            f"- **{row.event}, {row.measure}** ({row.use}, {row.verdict}): public {public(row)}, "
            f"ours {ours(row.ours, row.of)}. {_sentence(why)}"
        )
    yield ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _table(record: Record, table: str, title: str) -> str:
    heads = ("event", "measure", "use", "claimed", "sceptic", "range", "ours (95 %)", "of")
    lines = [f"## {title}\n", f"| {' | '.join(heads)} | verdict | why |", "|---" * 10 + "|"]
    for row in record.rows:
        if row.table != table or row.verdict == NO_CASE:
            continue
        why = "; ".join(text for text in (row.how, record.note(row)) if text)
        cells = (
            *(row.event, row.measure, row.use, row.claimed, row.sceptic or "-", public(row)),
            *(ours(row.ours, row.of), row.of, _strong(row), why),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _strong(row: Row) -> str:
    return row.verdict if row.verdict == INSIDE else f"**{row.verdict}**"


def _forms(record: Record) -> str:
    lines = [
        "## Closed forms\n",
        "`domain.md` 5: Wilkening, shoot-look-shoot, Erlang-B, occupancy, inventory, radar; 3.4:",
        "beta-binomial. Our own code at their tasks. A drawn cell must lie in the central 99.9 %",
        "of what the formula says, a computed one within rounding (horizon: 0.1 %: the printed",
        "4.12 is rounded). The last columns are of the cell that is farthest off, for its width.\n",
        "| benchmark | section | our code | cells inside | cell | formula | ours |",
        "|---" * 7 + "|",
    ]
    for form in record.forms:
        worst, inside = form.worst, len(form.cells) - len(form.missed)
        lines.append(
            f"| {form.name} | {form.section} | {form.code} | {inside} of {len(form.cells)} | "
            f"{worst.what} | {worst.reference:.5g} | {worst.ours:.5g} |"
        )
    return "\n".join(lines) + "\n"


def _not_compared(record: Record) -> str:
    lines = ["## Not compared\n"]
    for row in record.rows:
        if row.verdict == NO_CASE:
            lines.append(f"- {row.event}: {row.claimed} ({row.source}). {_sentence(row.how)}")
        elif row.verdict == NOT_RUN:
            lines.append(f"- {row.event}, {row.measure}: no run of the case on record.")
    lines += [
        "- Shipped scenarios without a public event: `taiwan-layered`, `drone-swarm`,",
        "  `first-steps`, `heavy-rocket-salvo`, `mixed-week`, `radar-loss`, `jammed-approach`,",
        "  `civil-traffic-peak`.",
        "- CSIS wargame products (5.2): a game with catastrophes of the attacker; we model none.",
    ]
    return "\n".join(lines) + "\n"


def _made_of(record: Record) -> str:
    lines = [
        "## What it was made of\n",
        f"{record.runs} runs of the whole chain, made by sources `{record.recorded_by}`;",
        f"seeds from {FIRST_SEED} on, and 1 and 2 of rockets (golden runs). A run keeps its",
        "counts, its journal hash and the hash of its scenario, plan and catalogue",
        "(`src/tdome/studies/validation/recorded.json`).\n",
        "| case | inputs, first seed | stands for |",
        "|---|---|---|",
    ]
    told = stands_for()
    for case, digest in sorted(record.inputs.items()):
        lines.append(f"| {case} | `{digest}` | {told.get(case, 'raids of one kind at one city')} |")
    return "\n".join(lines) + "\n"
