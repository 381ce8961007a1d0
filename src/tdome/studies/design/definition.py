"""A study, read and checked once: its points, each with the plan and scenario that it runs.

All points are read before anything runs, so that a value which no plan can have is told at once,
with the point's name.
"""

import datetime as dt
import math
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from tdome.kernel.config import decode_text, faults_located, parse_toml
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import object_key
from tdome.kernel.toml_types import Toml
from tdome.plan.catalogue import catalogue_text
from tdome.plan.plan import build_plan, read_plan
from tdome.plan.schema import PlanFile
from tdome.run.library import Inputs, find_inputs
from tdome.run.record import digest
from tdome.run.screening.policy_file import read_policy, split_name
from tdome.studies.design.mixes import COLUMNS, paid, shared_out
from tdome.studies.design.paths import (
    OVERRIDES,
    Documents,
    Place,
    find_places,
    takes_whole_only,
    value_at,
    with_value,
)
from tdome.studies.design.rare import check_rare
from tdome.studies.design.rows import MOST_POINTS, design_rows
from tdome.studies.design.schema import Arm, Line, StudyFile, Value, varied_names
from tdome.studies.design.shelf import find_study
from tdome.studies.design.written import toml_text
from tdome.world.scenario import build_scenario, read_scenario
from tdome.world.schema.scenario import ScenarioFile

_NATIVE = (dt.datetime, dt.date, dt.time)
BASE = "base"
"""Label of the only point of a study that varies nothing."""


class Point(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One design point: its number from 0, its label, arm and values, and what it runs.

    values: how many of each line are bought, then the value of each factor.
    """

    number: int
    label: str
    arm: str | None
    values: tuple[Value, ...]
    inputs: Inputs


class Definition(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A study: the file as read, its points, and the inputs before anything is varied, by arm."""

    file: StudyFile
    text: str
    source: str
    points: tuple[Point, ...]
    bases: dict[str, Inputs]

    def seeds(self, point: int, first: int, stop: int) -> list[int]:
        """Return the seeds of a point's replicates first..stop-1.

        They depend on the study's seed and the replicate alone, or, without common random numbers,
        on the point too. Any one of them can be given to ``tdome run --seed``.
        """
        design = self.file.design
        where = () if design.common_random_numbers else (point,)
        return [object_key("study", design.seed, *where, r) for r in range(first, stop)]

    def points_table(self) -> pa.Table:
        """Return one row for each point: point, label, arm (if there are any), lines, factors.

        A budget's points also say what they cost (:data:`tdome.studies.design.mixes.COLUMNS`).
        """
        columns: dict[str, Any] = {
            "point": pa.array([one.number for one in self.points], pa.int32()),
            "label": pa.array([one.label for one in self.points], pa.string()),
        }
        if self.file.arms:
            columns["arm"] = pa.array([one.arm for one in self.points], pa.string())
        for f, name in enumerate(varied_names(self.file)):
            columns[name] = _column([one.values[f] for one in self.points])
        if self.file.lines:
            costs = zip(*(self._paid(one) for one in self.points), strict=True)
            columns |= dict(zip(COLUMNS, map(pa.array, costs), strict=True))
        return pa.table(columns)

    @property
    def reference(self) -> int | None:
        """Number of the point that others are compared with while they run; None if there is none.

        Raises ConfigError for a label that no point has.
        """
        against = None if self.file.stop is None else self.file.stop.against
        if against is None:
            return None
        labels = [point.label for point in self.points]
        if against not in labels:
            key = "stop.against"
            raise ConfigError.unknown(file=self.source, key=key, name=against, valid=labels)
        return labels.index(against)

    def _paid(self, point: Point) -> tuple[float, ...]:
        lines = self.file.lines
        bought = [n for n in point.values[: len(lines)] if isinstance(n, int)]
        return paid(bought, lines, self.file.design.money or 0.0)

    def hashes(self) -> dict[str, str]:
        """Return a hash of each thing that decides the results, by its name."""
        settled = msgspec.structs.replace(self.file, budget=type(self.file.budget)())
        found = {"study file": digest(msgspec.json.encode(settled, order="sorted").decode())}
        for name, inputs in self.bases.items():
            arm = "" if name == BASE else f" of arm {name!r}"
            found[f"scenario{arm}"] = digest(inputs.scenario_text)
            found[f"plan{arm}"] = digest(inputs.plan_text)
            if inputs.policy_text:
                found[f"policy{arm}"] = digest(f"{inputs.policy_source}\n{inputs.policy_text}")
            for kind, path in (("terrain", inputs.terrain), ("zones", inputs.zones_file())):
                if path is not None:
                    found[f"{kind}{arm}"] = blake2b(path.read_bytes(), digest_size=16).hexdigest()
        for kind in ("threats", "sensors", "effectors"):
            found[f"catalogue of {kind}"] = digest(catalogue_text(kind))
        rows = [(one.label, one.inputs.scenario_text, one.inputs.plan_text) for one in self.points]
        found["design points"] = digest(msgspec.json.encode(rows).decode())
        return found


def read_study(what: str | Path | dict[str, Any]) -> Definition:
    """Read a study from a shipped name, a file or a dictionary, and check all of its points.

    Raises ConfigError with file, line, key, and the point where it is a point's fault.
    """
    text, source, home = _text_of(what)
    file = parse_toml(text, StudyFile, source)
    with faults_located(text):
        rows = design_rows(file, source)
        if len(rows) * max(1, len(file.arms)) > MOST_POINTS:
            problem = f"key 'arms': more than {MOST_POINTS:,} points"
            raise ConfigError(source, None, "arms", problem)
        bases = _bases(file, home, source)
        maker = _Maker(file, source, rows, bases)
        points = tuple(maker.points())
        if file.rare is not None:
            check_rare(file.rare, bases.values(), source)
    _check_budget(file, len(points), text, source)
    made = Definition(file=file, text=text, source=source, points=points, bases=bases)
    with faults_located(text):
        _check_reference(made)
    return made


def point_texts(label: str, inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Yield (file name, text) of what a point runs, to be run again by ``tdome run``."""
    yield "scenario.toml", f"# design point: {label}\n{inputs.scenario_text}"
    yield "plan.toml", f"# design point: {label}\n{inputs.plan_text}"


def _text_of(what: str | Path | dict[str, Any]) -> tuple[str, str, Path]:
    if isinstance(what, dict):
        return toml_text(what), "study", Path()
    found = find_study(what)
    return decode_text(found.raw, found.source), found.source, found.home


def _bases(file: StudyFile, home: Path, source: str) -> dict[str, Inputs]:
    """Return the inputs before anything is varied, by arm."""

    def of(plan: str | None, key: str) -> Inputs:  # before any policy
        beside = home / file.scenario
        scenario = str(beside) if beside.exists() else file.scenario
        if plan is not None and not (home / plan).is_file():
            problem = f"key {key!r}: there is no file {str(home / plan)!r}"
            raise ConfigError(source, None, key, problem)
        try:
            return find_inputs(scenario, None if plan is None else home / plan)
        except ConfigError as fault:
            if fault.file not in {"scenario", scenario}:
                raise  # a fault inside of the scenario or plan has its own place
            problem = f"key 'scenario': {fault.problem}"
            raise ConfigError(source, None, "scenario", problem, fault.hint) from None

    if not file.arms:
        return {BASE: _with_policy(of(file.plan, "plan"), file.policy, home, "policy", source)}
    found = {}
    for i, arm in enumerate(file.arms):
        inputs = of(arm.plan or file.plan, f"arms[{i}].plan" if arm.plan else "plan")
        key = f"arms[{i}].policy" if arm.policy else "policy"
        found[arm.name] = _with_policy(inputs, arm.policy or file.policy, home, key, source)
    return found


def _with_policy(inputs: Inputs, name: str | None, home: Path, key: str, source: str) -> Inputs:
    """Return inputs with the text of a policy, read and tried. Raises ConfigError."""
    if name is None:
        return inputs
    path = home / split_name(name, key, source)[0]
    try:
        text = decode_text(path.read_bytes(), str(path))
    except OSError as fault:
        problem = f"key {key!r}: {str(path)!r} can not be read: {fault.strerror}"
        raise ConfigError(source, None, key, problem) from None
    read_policy(text, name)
    return msgspec.structs.replace(inputs, policy_text=text, policy_source=name)


class _Maker:
    """Makes the points: arms, each crossed with all rows of the design."""

    def __init__(
        self,
        file: StudyFile,
        source: str,
        rows: list[tuple[Value, ...]],
        bases: dict[str, Inputs],
    ) -> None:
        self.file, self.source, self.rows, self.bases = file, source, rows, bases
        self.good: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, str], list[tuple[Place, bool]]] = {}
        self.unvaried: Documents = {}

    def points(self) -> Iterator[Point]:
        number = 0
        arms: list[tuple[int, Arm | None]] = list(enumerate(self.file.arms)) or [(0, None)]
        for a, arm in arms:
            base = self.bases[BASE if arm is None else arm.name]
            documents: Documents = {
                "plan": parse_toml(base.plan_text, dict[str, Any], base.plan_source),
                "scenario": parse_toml(base.scenario_text, dict[str, Any], base.scenario_source),
            }
            self.found, self.unvaried = {}, documents
            changed = documents if arm is None else self._with_arm(documents, arm, f"arms[{a}]")
            for row in self.rows:
                values, varied = self._with_row(changed, row)
                label = self._label(arm, values)
                inputs = self._inputs(base, documents, varied)
                self._check(label, inputs, varied, "arms" if arm else "factors")
                yield Point(
                    number=number,
                    label=label,
                    arm=None if arm is None else arm.name,
                    values=values,
                    inputs=inputs,
                )
                number += 1

    def _with_arm(self, documents: Documents, arm: Arm, key: str) -> Documents:
        for path, value in arm.set.items():
            documents = self._put(documents, path, value, f'{key}.set."{path}"', scale=False)[1]
        for path, by in arm.scale.items():
            documents = self._put(documents, path, by, f'{key}.scale."{path}"', scale=True)[1]
        return documents

    def _with_row(
        self, documents: Documents, row: tuple[Value, ...]
    ) -> tuple[tuple[Value, ...], Documents]:
        """Return the values as they were used (rounded where whole), and the documents."""
        lines = self.file.lines
        used = [*row[: len(lines)]]
        for i, (line, n) in enumerate(zip(lines, used, strict=True)):
            documents = self._bought(documents, line, n, f"lines[{i}].path")
        factors = zip(self.file.factors, row[len(lines) :], strict=True)
        for i, (factor, value) in enumerate(factors):
            paths = [factor.path] if isinstance(factor.path, str) else factor.path
            for path in paths:
                key = f"factors[{i}].path"
                put, documents = self._put(documents, path, value, key, scale=factor.scale)
            used.append(put)
        return tuple(used), documents

    def _bought(self, documents: Documents, line: Line, n: Value, key: str) -> Documents:
        """Return the documents with n of a line shared out over its places."""
        paths = [line.path] if isinstance(line.path, str) else line.path
        found = [one for path in paths for one in self._places(path, key)]
        shares = shared_out(n if isinstance(n, int) else 0, len(found))
        for (place, whole), share in zip(found, shares, strict=True):
            there = value_at(place, documents) if line.on_top else 0
            of_class = place.steps[0] == OVERRIDES[place.book]  # of all units at once, in two books
            if not whole or of_class or not isinstance(there, int | float):
                problem = f"key {key!r}: {paths} is no whole number of things to buy"
                hint = "a number of rounds, reloads or dispersal"
                raise ConfigError(self.source, None, key, problem, hint)
            documents = with_value(place, round(there) + share, documents)
        return documents

    def _put(
        self, documents: Documents, path: str, value: Value, key: str, *, scale: bool
    ) -> tuple[Value, Documents]:
        """Return the value that was put (the factor itself where it scales), and the documents."""
        used = value
        for place, whole in self._places(path, key):
            new: Toml = value
            if scale:
                there = value_at(place, documents)
                factor = value if isinstance(value, int | float) else math.nan
                if isinstance(there, bool) or not isinstance(there, int | float):
                    problem = f"key {key!r}: there is no number at {path!r} to multiply"
                    raise ConfigError(self.source, None, key, problem, "give levels to set")
                new = there * factor
            if whole and isinstance(new, float):
                new = round(new)
                used = value if scale else new
            documents = with_value(place, new, documents)
        return used, documents

    def _places(self, path: str, key: str) -> list[tuple[Place, bool]]:
        """Return the places of a path, in the files before anything is varied, once for an arm."""
        if (path, key) not in self.found:
            places = find_places(path, self.unvaried, key, self.source)
            self.found[path, key] = [(one, takes_whole_only(one, self.unvaried)) for one in places]
        return self.found[path, key]

    def _label(self, arm: Arm | None, row: tuple[Value, ...]) -> str:
        parts = [] if arm is None else [arm.name]
        for name, value in zip(varied_names(self.file), row, strict=True):
            parts.append(f"{name}={_shown(value)}")
        return ", ".join(parts) or BASE

    def _inputs(self, base: Inputs, before: Documents, after: Documents) -> Inputs:
        changed = {
            f"{book}_text": toml_text(after[book]) for book in after if after[book] != before[book]
        }
        return msgspec.structs.replace(base, **changed)

    def _check(self, label: str, inputs: Inputs, documents: Documents, key: str) -> None:
        """Read plan and scenario of a point; only if that fails find out why, from the texts."""
        for book in ("plan", "scenario"):
            text = inputs.plan_text if book == "plan" else inputs.scenario_text
            if (book, text) in self.good:
                continue
            try:
                _build(inputs, documents, book)
            except (msgspec.ValidationError, ConfigError):
                self._explain(label, inputs, book, key)
            self.good.add((book, text))

    def _explain(self, label: str, inputs: Inputs, book: str, key: str) -> None:
        try:
            if book == "plan":
                read_plan(inputs.plan_text, inputs.plan_source)
            else:
                read_scenario(inputs.scenario_text, inputs.scenario_source)
        except ConfigError as fault:
            problem = f"design point {label!r}: {fault.file}: {fault.problem}"
            raise ConfigError(self.source, None, key, problem, fault.hint) from None


def _build(inputs: Inputs, documents: Documents, book: str) -> None:
    if book == "plan":
        build_plan(_converted(documents["plan"], PlanFile), inputs.plan_source)
    else:
        build_scenario(_converted(documents["scenario"], ScenarioFile), inputs.scenario_source)


def _converted(document: Toml, type_: type[Any]) -> Any:  # noqa: ANN401  (a struct of that type)
    return msgspec.convert(document, type_, builtin_types=_NATIVE, str_keys=True)


def _check_budget(file: StudyFile, points: int, text: str, source: str) -> None:
    least = points * (1 if file.stop is None else file.stop.floor)
    most = file.budget.replicates
    if most is not None and most < least:
        key = "budget.replicates"
        problem = f"key {key!r}: {most:,}, but {points:,} points need {least:,} at least"
        with faults_located(text):
            raise ConfigError(source, None, key, problem)


def _check_reference(made: Definition) -> None:
    if made.reference is not None and len(made.points) < 2:  # noqa: PLR2004
        key = "stop.against"
        problem = f"key {key!r}: there is no other point to compare with"
        raise ConfigError(made.source, None, key, problem)


def _column(values: list[Value]) -> pa.Array:
    if all(isinstance(value, bool) for value in values):
        return pa.array(values, pa.bool_())
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        return pa.array([_shown(value) for value in values], pa.string())
    whole = all(isinstance(value, int) for value in values)
    return pa.array(values, pa.int64() if whole else pa.float64())


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
