"""The compiled scenario: everything that replicates share, in flat arrays.

A pure function of the texts of scenario and plan and of the bundled catalogue:
:func:`compile_tables` asks for nothing else, and :func:`digest_of` hashes these texts with every
source that can change the tables or the loop.
"""

import math
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np

from tdome.command.assignment.greedy import LINK_S, READY_PERIODS, WAIT_S
from tdome.earth.transmission import extinction
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.plan.books.sensors import sensor_book
from tdome.plan.books.units import UnitBook, unit_book
from tdome.plan.plan import Plan
from tdome.run.library import Inputs, terrain_of
from tdome.run.screening.compiled.behaviour import correlation, kinds_of, plots_of
from tdome.run.screening.compiled.limits import limits_of
from tdome.run.screening.compiled.looks import firm_quantiles
from tdome.run.screening.compiled.objects import Objects, objects_of
from tdome.run.screening.compiled.paths import Library, east_north, library_of
from tdome.run.screening.compiled.windows import Books, Windows, windows_of
from tdome.run.screening.loop import layout as at
from tdome.run.screening.loop.luck import tables_of
from tdome.score.damage import taken
from tdome.world.scenario import Scenario

_NEARBY = 100e3  # m from a target, within which an asset can be hit

DOCTRINES: dict[str, Callable[[Plan], tuple[int, int]]] = {
    "single": lambda _: (1, 1),
    "salvo": lambda plan: (plan.doctrine.salvo_rounds, plan.doctrine.salvo_rounds),
    "shoot-look-shoot": lambda plan: (1, plan.doctrine.last_chance_rounds),
    "shoot-shoot-look": lambda plan: (2, max(2, plan.doctrine.last_chance_rounds)),
}
"""Rounds early and late of the doctrines that a screening knows; as doctrine/by_rule.py."""


class Tables(msgspec.Struct, frozen=True, eq=False):
    """Arrays of a compiled scenario; their columns are in :mod:`.layout`.

    ``book``: the true units. ``limits``: words for what is left out.
    """

    scenario: Scenario
    plan: Plan
    book: UnitBook
    objects: Objects
    library: Library
    windows: Windows
    window: Floats
    firm: Floats
    groups: Longs
    near: Floats
    kinds: Floats
    believed: Floats
    units: Floats
    rules: Floats
    betas: Floats
    limits: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of the arrays."""
        held = (self.window, self.firm, self.groups, self.near, self.windows.met, self.windows.sspk)
        return sum(array.nbytes for array in (*held, self.library.knots, self.betas))


def compile_tables(inputs: Inputs) -> Tables:
    """Compile a scenario. Raises ConfigError as a run would, and for doctrines it does not know.

    Nor does it know any command but one with one picture and one plan of fire.
    """
    scenario, plan = inputs.scenario(), inputs.plan()
    _one_command(plan)
    rounds = _doctrine(plan)
    terrain = terrain_of(inputs, scenario)
    weather, source = scenario.file.weather, plan.source
    air = extinction(weather.visibility_km * 1e3, weather.rain_mm_h)
    book = unit_book(plan.file.fire_units, scenario.catalogue, source, air)
    sensors = sensor_book(plan.file.sensors, scenario.catalogue, source)
    threats, referee = scenario.threats, scenario.file.referee
    objects = objects_of(scenario)
    if not len(objects.key):
        raise ConfigError(inputs.scenario_source, None, "raids", "no raid: nothing to screen")
    library = library_of(scenario, objects, terrain)
    classes = (threats.names, threats.family)
    believed = plan.units.sspk_against(*classes)
    books = Books(book, sensors, book.sspk_against(*classes), believed)
    windows = windows_of(library, objects, plan, books)
    plots = plots_of(threats)[objects.threat_class[library.group]]
    rhos = [correlation(threats, c, referee) for c in range(len(threats.names))]
    betas, rho_row = tables_of([*rhos, referee.battery_correlation])
    near, first_near = _near(scenario, plan, objects)
    return Tables(
        scenario=scenario,
        plan=plan,
        book=book,
        objects=objects,
        library=library,
        windows=windows,
        window=np.column_stack([windows.opens, windows.last, windows.step]).reshape(-1, at.WINDOW),
        firm=firm_quantiles(library, sensors, weather, plots, terrain),
        groups=_groups(objects, library, first_near),
        near=near,
        kinds=kinds_of(threats, plan, referee, rho_row),
        believed=believed,
        units=_units(plan, book),
        rules=_rules(scenario, plan, rounds, rho_row),
        betas=betas,
        limits=limits_of(scenario, plan),
    )


def digest_of(inputs: Inputs) -> str:
    """Hash the texts of a design point with the version of the code: 32 hexadecimal digits."""
    digest = blake2b(digest_size=16)
    for text in (inputs.scenario_text, inputs.plan_text, _sources()):
        digest.update(f"{len(text)}:".encode() + text.encode())
    if inputs.terrain is not None:
        digest.update(Path(inputs.terrain).read_bytes())
    return digest.hexdigest()


@cache
def _sources() -> str:
    """Hash every source and the catalogue of the package: any of them may change the tables."""
    digest = blake2b(digest_size=16)
    package = Path(__file__).parents[3]
    for file in sorted([*package.rglob("*.py"), *(package / "catalogue").glob("*.toml")]):
        digest.update(str(file.relative_to(package)).encode() + file.read_bytes())
    return digest.hexdigest()


def _one_command(plan: Plan) -> None:
    for key in ("picture", "fire"):
        if (level := getattr(plan.file.coordination, key)) != "integrated":
            where = f"coordination.{key}"
            problem = f"key {where!r}: a screening knows one picture and one plan of fire"
            hint = f'{level!r} needs full runs: engine = "stepwise"'
            raise ConfigError(plan.source, None, where, problem, hint)


def _doctrine(plan: Plan) -> tuple[int, int]:
    firing = plan.doctrine.firing
    if firing not in DOCTRINES:
        fault = ConfigError.unknown(
            file=plan.source, key="doctrine.firing", name=firing, valid=list(DOCTRINES)
        )
        fault.problem += ": a screening can not fire so; full runs can"
        raise fault
    return DOCTRINES[firing](plan)


def _groups(objects: Objects, library: Library, first_near: list[int]) -> Longs:
    out = np.zeros((len(objects.salvo), at.GROUP), np.int64)
    out[:, at.CLASS], out[:, at.RAID] = objects.threat_class, objects.raid
    out[:, at.FIRST_PATH], out[:, at.LAST_PATH] = library.first[:-1], library.first[1:]
    out[:, at.RANKED] = library.rank
    out[:, at.FIRST_NEAR], out[:, at.LAST_NEAR] = first_near[:-1], first_near[1:]
    return out


def _near(scenario: Scenario, plan: Plan, objects: Objects) -> tuple[Floats, list[int]]:
    """Assets near each group's target, on a plane about it."""
    book, assets = scenario.threats, plan.assets
    rows: list[list[float]] = []
    first = [0]
    for g, name in enumerate(objects.target):
        place, kind = scenario.places[name], int(objects.threat_class[g])
        origin = math.radians(place.lat_deg), math.radians(place.lon_deg)
        for a in range(len(assets.names)):
            east, north = east_north(origin, float(assets.lat[a]), float(assets.lon[a]))
            if math.hypot(east, north) > _NEARBY:
                continue
            reach = float(assets.radius[a] + book.damage_radius[kind])
            damage = 0.0 if book.decoy[kind] else float(book.damage_fraction[kind])
            takes = taken(assets, a, damage) / float(assets.dispersal[a])
            rows.append([a, east, north, reach, float(assets.value[a]), takes])
        first.append(len(rows))
    return np.array(rows, np.float64).reshape(-1, at.NEAR), first


def _units(plan: Plan, book: UnitBook) -> Floats:
    ours, doctrine = plan.units, plan.doctrine
    out = np.zeros((len(ours.names), at.UNIT))
    answer = plan.authority.answer_time_s + plan.clock.decide_s + LINK_S
    paid = ours.cost[ours.cost > 0.0]
    out[:, at.LEAD] = answer + ours.reaction
    out[:, at.PRICE] = doctrine.round_price * ours.cost / (np.median(paid) if len(paid) else 1.0)
    out[:, at.SPACING], out[:, at.ROUNDS] = book.spacing, book.rounds
    out[:, at.STOCK], out[:, at.CHANNELS] = book.stock, book.channels
    out[:, at.RELOAD], out[:, at.COOLS] = book.reload, book.cools
    out[:, at.ILLUMINATORS], out[:, at.UPLINKS] = book.illuminators, book.uplinks
    out[:, at.TERMINAL] = book.terminal
    return out


def _rules(
    scenario: Scenario, plan: Plan, rounds: tuple[int, int], rho_row: dict[float, int]
) -> Floats:
    doctrine, referee = plan.doctrine, scenario.file.referee
    out = np.zeros(at.RULES)
    by_class = isinstance(referee.raid_failure, str)
    out[at.DECIDE], out[at.LOOK] = plan.clock.decide_s, doctrine.assessment_delay_s
    out[at.WAIT], out[at.READY] = plan.clock.decide_s + WAIT_S, READY_PERIODS * plan.clock.decide_s
    out[at.MOST_SHOTS], out[at.EARLY], out[at.LATE] = doctrine.max_shots_per_threat, *rounds
    out[at.SURE], out[at.HARMLESS] = doctrine.sure_of_hit, doctrine.harmless_below_value
    out[at.DURATION] = scenario.duration
    out[at.BY_CLASS] = by_class
    out[at.RAID_FAILURE] = 0.0 if by_class else float(referee.raid_failure)
    out[at.BATTERY] = rho_row[referee.battery_correlation]
    out[at.LINK] = scenario.file.links.delay_s + scenario.file.links.jitter_s
    return out
