"""The public verbs: ``td.plan_laydown``, ``td.plan_inventory``, ``td.plan_coverage``.

Defence only: the raids are given; nothing here searches for a better attack.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tdome.kernel.errors import ConfigError
from tdome.plan.schema import FireUnitSite, SensorSite
from tdome.run.library import Inputs
from tdome.siting.models.decay import GAP, TIME, Progress
from tdome.siting.planning import coverage, inventory, laydown
from tdome.siting.planning.asked import JUDGES, Proposal, Words, ask, numbers_of, risk_of, words_of
from tdome.siting.planning.demand import demand_of
from tdome.siting.planning.force import groups_of
from tdome.siting.planning.sites import WITHIN_KM, spots_of
from tdome.siting.planning.trial import choose as choose_plan
from tdome.siting.planning.trial import try_out

Done = Callable[[int, int], None]
LEAST_SEEDS = 2  # by which simulation may choose


def plan_laydown(  # noqa: PLR0913  (a public verb)
    scenario: str | Path,
    *,
    plan: str | Path | None = None,
    move: Words = "all",
    add: Words | Mapping[str, int] | None = None,
    sites: str | Path | None = None,
    grid: int | None = None,
    within_km: float = WITHIN_KM,
    per_site: int = 1,
    judge: str = "mean",
    tail: float = 0.2,
    apart: bool = False,
    near_price: float = 0.0,
    move_price: float = laydown.MOVE_PRICE,
    time: float = TIME,
    gap: float = GAP,
    check: int = 0,
    rank: int = 0,
    choose: bool = False,
    seed: int = 1,
    progress: Progress | None = None,
    done: Done | None = None,
) -> Proposal:
    """Propose where to put fire units against the raids of a scenario.

    Parameters
    ----------
    scenario, plan : bundled name, folder or file; plan file instead of the scenario's own.
    move : names or types of units that may move, ``"all"`` or ``"none"``.
    add : new units, ``{"medium-range": 2}`` or ``"medium-range=2"``.
    sites, grid, within_km : candidate sites: a CSV or TOML file, about how many of a seeded grid
        over land no farther than ``within_km`` from an asset. Present sites always are.
    per_site : units at one site at most.
    judge, tail : ``"mean"`` loss over the raids, of the ``"worst"``, ``"cvar"`` of the worst share.
    apart : each raid is met alone, with all rounds; else they come one after the other, as the
        scenario has it. Worst and cvar are over raids apart.
    near_price : value that a km of mean distance (weighted by value) from assets to the nearest
        unit that covers them is worth.
    move_price : share of what is at stake that moving one unit must be worth.
    time, gap : seconds, and relative gap at which to stop.
    check, rank : simulate on so many seeds, with so many other plans to rank.
    choose : propose, of the plans simulated (the present one is among them), the one that protected
        most value on average, and try it on as many fresh seeds.
    seed : of the grid, of other plans, and first seed of the check.
    progress, done : called with (what, value, bound) of the search; (runs done, of all) of a check.

    Raises
    ------
    ConfigError : with the nearest valid name, or the file and line at fault.
    """
    _refuse_unchecked(check, rank, choose=choose)
    asked = ask(scenario, plan)
    demand = demand_of(asked.plan, asked.file, together=judge == JUDGES[0] and not apart)
    groups = groups_of(asked.plan.file.fire_units, words_of(move), numbers_of(add), FireUnitSite)
    present = asked.plan.file.fire_units
    file = Path(sites) if sites is not None else None
    spots = spots_of(
        asked.plan, present, asked.terrain, file=file, grid=grid, within_km=within_km, seed=seed
    )
    risk = risk_of(len(demand.raids), judge, tail)
    ground = laydown.ground_of(asked, demand, groups, spots, risk, per_site, near_price, move_price)
    found = laydown.propose(ground, time=time, gap=gap, rank=rank, seed=seed, progress=progress)
    return _checked(found, asked.inputs, range(seed, seed + check), done, choose=choose)


def plan_inventory(  # noqa: PLR0913  (a public verb)
    scenario: str | Path,
    *,
    plan: str | Path | None = None,
    add: Words | Mapping[str, int] | None = None,
    spare: float = inventory.SPARE,
    keep: float = inventory.KEEP,
    judge: str = "mean",
    tail: float = 0.2,
    apart: bool = False,
    time: float = TIME,
    gap: float = GAP,
    check: int = 0,
    rank: int = 0,
    choose: bool = False,
    seed: int = 1,
    progress: Progress | None = None,
    done: Done | None = None,
) -> Proposal:
    """Propose how to split the rounds of each type among its batteries.

    ``add``: more rounds by type; ``spare``: times the largest present load that one battery may
    hold, ``keep``: share of its rounds that each battery keeps. The others as in `plan_laydown`.
    """
    _refuse_unchecked(check, rank, choose=choose)
    asked = ask(scenario, plan)
    demand = demand_of(asked.plan, asked.file, together=judge == JUDGES[0] and not apart)
    risk = risk_of(len(demand.raids), judge, tail)
    if not spare >= 1.0:
        raise ConfigError("--spare", None, "", f"must be 1 or more, not {spare}")
    if not 0.0 <= keep <= 1.0:
        raise ConfigError("--keep", None, "", f"must be from 0 to 1, not {keep}")
    stock = inventory.Stock(asked, demand, risk, add=numbers_of(add), spare=spare, keep=keep)
    found = inventory.propose(stock, time=time, gap=gap, rank=rank, seed=seed, progress=progress)
    return _checked(found, asked.inputs, range(seed, seed + check), done, choose=choose)


def plan_coverage(  # noqa: PLR0913  (a public verb)
    scenario: str | Path,
    *,
    plan: str | Path | None = None,
    move: Words = "all",
    add: Words | Mapping[str, int] | None = None,
    sites: str | Path | None = None,
    grid: int | None = None,
    within_km: float = WITHIN_KM,
    per_site: int = 1,
    times: int = 1,
    altitudes: Sequence[float] = coverage.ALTITUDES,
    azimuths: int = coverage.AZIMUTHS,
    ring_km: float = coverage.RING_KM,
    rcs: float = coverage.RCS,
    time: float = TIME,
    gap: float = GAP,
    check: int = 0,
    rank: int = 0,
    choose: bool = False,
    seed: int = 1,
    progress: Progress | None = None,
    done: Done | None = None,
) -> Proposal:
    """Propose where to put radars, so that they see the air around the assets, ``times`` over.

    Parameters
    ----------
    times : how many radars are to see each point; each further one counts half of that before.
    altitudes, azimuths, ring_km : demand points: heights in m over the ground, on so many bearings,
        so far outside of each asset.
    rcs : cross-section to be seen, m^2.

    The others as in `plan_laydown`. Radars that a fire unit names as its own, that are turned to a
    sector or fly stay where they are.
    """
    _refuse_unchecked(check, rank, choose=choose)
    asked = ask(scenario, plan)
    points = coverage.points_of(asked, altitudes, azimuths, ring_km * 1e3)
    present = coverage.may_move(asked.plan)
    groups = groups_of(
        asked.plan.file.sensors, words_of(move), numbers_of(add), SensorSite, present
    )
    sensors = asked.plan.file.sensors
    spots = spots_of(
        asked.plan, sensors, asked.terrain, file=Path(sites) if sites is not None else None,
        grid=grid, within_km=within_km, seed=seed,
    )  # fmt: skip
    scene = coverage.scene_of(asked, points, groups, spots, rcs, times, per_site)
    found = coverage.propose(scene, time=time, gap=gap, rank=rank, seed=seed, progress=progress)
    return _checked(found, asked.inputs, range(seed, seed + check), done, choose=choose)


def _refuse_unchecked(check: int, rank: int, *, choose: bool) -> None:
    if rank and not check:
        problem = "other plans are ranked by simulation, and none is asked for"
        raise ConfigError("--rank", None, "", problem, "as in --check 5 --rank 8")
    if choose and check < LEAST_SEEDS:
        problem = f"simulation chooses on {LEAST_SEEDS} seeds or more, not {check}"
        raise ConfigError("--choose", None, "", problem, "as in --check 5 --rank 8 --choose")


def _checked(
    found: Proposal, inputs: Inputs, seeds: range, done: Done | None, *, choose: bool
) -> Proposal:
    """Add a check by simulation to a proposal, and let it choose, if that is asked for."""
    if len(seeds):
        found.trial = try_out(inputs, found.alternatives, seeds, done)
    if choose and found.trial is not None:
        found.choice = choose_plan(inputs, found.alternatives, found.trial, done)
        found.plan_text = found.choice.text
    return found
