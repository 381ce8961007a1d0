"""Assumptions: every catalogue number behind the classes that a study's plans and scenarios use."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tdome.kernel.config import parse_toml
from tdome.plan.catalogue import Catalogue, Overrides, bundled_catalogue, overridden
from tdome.plan.classes.quantity import Quantity
from tdome.plan.schema import PlanFile
from tdome.run.library import find_inputs
from tdome.world.schema.scenario import ScenarioFile


class Assumption(NamedTuple):
    """One number. book: "truth" (what the world has) or "belief" (what the plan says instead)."""

    kind: str
    class_id: str
    key: str
    value: float
    low: float
    high: float
    status: str
    source: str
    book: str


def assumptions(folder: Path, file: dict[str, Any]) -> list[Assumption]:
    """Return all numbers, by class in the catalogue's order.

    From the inputs that the study kept (``inputs/``), or else from the scenario that it names.
    Factors are varied on top of these.
    """
    plans, scenarios = _files(folder, file)
    used = _used(plans, scenarios)
    rows: dict[tuple[str, str, str, str, float], Assumption] = {}
    for scenario in scenarios:
        for row in _rows(scenario.truth, "truth", used):
            rows.setdefault((row.kind, row.class_id, row.key, row.book, row.value), row)
    for plan in plans:
        for row in _rows(plan.beliefs, "belief", used):
            if row.key in plan.beliefs.get(row.kind, {}).get(row.class_id, {}):
                rows.setdefault((row.kind, row.class_id, row.key, row.book, row.value), row)
    order = {key: rank for rank, key in enumerate(dict.fromkeys(key[:2] for key in rows))}
    return sorted(rows.values(), key=lambda row: order[row.kind, row.class_id])


def _files(folder: Path, file: dict[str, Any]) -> tuple[list[PlanFile], list[ScenarioFile]]:
    kept = sorted((folder / "inputs").glob("*.toml"))
    texts = [(path.name, path.read_text("utf-8")) for path in kept]
    if not texts:
        inputs = find_inputs(file.get("scenario", ""))
        texts = [("plan.toml", inputs.plan_text), ("scenario.toml", inputs.scenario_text)]
    plans = [parse_toml(text, PlanFile, name) for name, text in texts if name.startswith("plan")]
    scenarios = [
        parse_toml(text, ScenarioFile, name) for name, text in texts if name.startswith("scenario")
    ]
    return plans, scenarios


def _used(plans: list[PlanFile], scenarios: list[ScenarioFile]) -> dict[str, set[str]]:
    flown = {
        salvo.type for scenario in scenarios for raid in scenario.raids for salvo in raid.salvos
    }
    return {
        "threats": flown | {name for plan in plans for name in plan.threats},
        "sensors": {site.type for plan in plans for site in plan.sensors},
        "effectors": {site.type for plan in plans for site in plan.fire_units},
    }


def _rows(overrides: Overrides, book: str, used: dict[str, set[str]]) -> list[Assumption]:
    catalogue: Catalogue = overridden(bundled_catalogue(), overrides, f"{book} of the study", book)
    return [
        Assumption(
            *(kind, class_id, key, q.nominal, q.low, q.high, q.status, q.source, book),
        )
        for kind, classes in used.items()
        for class_id, entry in getattr(catalogue, kind).items()
        if class_id in classes
        for key, q in quantities(entry)
    ]


def quantities(entry: msgspec.Struct) -> list[tuple[str, Quantity]]:
    """Return key and quantity of a class, also those by threat class."""
    found: list[tuple[str, Quantity]] = []
    for key in entry.__struct_fields__:
        value = getattr(entry, key)
        if isinstance(value, Quantity):
            found.append((key, value))
        elif isinstance(value, dict):
            found += [(f"{key}.{name}", q) for name, q in value.items() if isinstance(q, Quantity)]
    return found
