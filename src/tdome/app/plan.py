"""``tdome plan``: where to put units and sensors, how to split rounds; checked by simulation."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from tdome.app.coverage import heights_of
from tdome.app.proposal import Working, report
from tdome.app.screen import err, say, write_json
from tdome.siting.models.decay import GAP, TIME
from tdome.siting.planning import coverage as eyes
from tdome.siting.planning import inventory as stock
from tdome.siting.planning import laydown as ground
from tdome.siting.planning.api import plan_coverage, plan_inventory, plan_laydown
from tdome.siting.planning.asked import Proposal
from tdome.siting.planning.sites import WITHIN_KM
from tdome.siting.planning.written import refuse_taken, write

EXAMPLES = """Examples
  tdome plan laydown short-range-rockets --check 3
  tdome plan inventory drone-swarm --judge worst
  tdome plan laydown mine --add medium-range=2 --out better.toml
  tdome run mine --plan better.toml

Give --json to any of them for one JSON object and nothing else. By what the
plan believes; the raids are those of the scenario, and no others are looked
for. See docs/concepts/siting/README.md."""

LAYDOWN = """Examples
  tdome plan laydown short-range-rockets
  tdome plan laydown taiwan-layered --move medium-range,short-range --judge worst
  tdome plan laydown mine --sites sites.csv --add medium-range=2 --out better.toml
  tdome plan laydown drone-swarm --check 5 --rank 6 --choose --out better.toml

Candidate sites: those of the units, those of --sites (CSV with the columns
name,lat_deg,lon_deg,height_m or TOML with [[sites]]), a seeded grid over land."""

INVENTORY = """Examples
  tdome plan inventory short-range-rockets --add short-range=60
  tdome plan inventory drone-swarm --judge worst --keep 0
  tdome plan inventory taiwan-layered --add terminal-ballistic=24 --check 2

--json has the price of one more round of each battery."""

COVERAGE = """Examples
  tdome plan coverage radar-loss
  tdome plan coverage radar-loss --times 2 --altitude-m 100,500 --rcs 0.03
  tdome plan coverage mine --move none --add gap-filler=3 --sites hills.csv
  tdome plan coverage mine --add gap-filler=2 --out seen.toml --check 3

`tdome coverage` shows what a plan sees; this proposes where its radars go."""

command = App(name="plan", help_epilogue=EXAMPLES)
_coverage = App(name="coverage", help_epilogue=COVERAGE)
_laydown = App(name="laydown", help_epilogue=LAYDOWN)
_inventory = App(name="inventory", help_epilogue=INVENTORY)
for _part in (_coverage, _laydown, _inventory):
    command.command(_part)

_Count = Annotated[int, Parameter(validator=Number(gte=0, lte=10_000))]
_Positive = Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))]
_Share = Annotated[float, Parameter(validator=Number(gte=0.0, lte=1.0))]
_Size = Annotated[float, Parameter(validator=Number(gte=0.0, lte=1e6))]


@_laydown.default
def laydown(  # noqa: PLR0913  (what people may ask for)
    scenario: str,
    /,
    *,
    plan: Path | None = None,
    move: str = "all",
    add: str | None = None,
    sites: Path | None = None,
    grid: _Count | None = None,
    within_km: Annotated[float, Parameter(validator=Number(gt=0.0, lte=500.0))] = WITHIN_KM,
    per_site: _Positive = 1,
    judge: str = "mean",
    tail: _Share = 0.2,
    apart: bool = False,
    near_price: _Size = 0.0,
    move_price: _Share = ground.MOVE_PRICE,
    time: _Size = TIME,
    gap: _Share = GAP,
    check: _Count = 0,
    rank: _Count = 0,
    choose: bool = False,
    seed: _Count = 1,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Propose where to put fire units, so that the least value is lost to the given raids.

    Parameters
    ----------
    scenario
        Bundled name, folder with scenario.toml, or TOML file; its raids are what is planned for.
    plan
        Plan file instead of the one that the scenario names.
    move
        Names or types of units that may move, with commas; all (if not given) or none.
    add
        New units, TYPE=N with commas.
    sites
        CSV or TOML file of candidate sites.
    grid
        About how many sites of a grid over land; 40 if neither this nor --sites is given.
    within_km
        How far from an asset the grid goes; 25 if not given.
    per_site
        Units at one site at most; 1 if not given, or as many as there are.
    judge
        mean (loss over the raids, if not given), worst (of them), cvar (mean of the worst --tail).
    tail
        Share of the worst raids for --judge cvar; 0.2 if not given.
    apart
        Each raid is met alone, with all rounds; else all must be met with the same rounds. Worst
        and cvar are over raids apart.
    near_price
        Value of each km of mean distance from assets to the nearest unit that covers them.
    move_price
        Share of what is at stake that moving one unit must be worth; 0.0001 if not given.
    time
        Seconds after which the best plan so far is returned; 30 if not given.
    gap
        Relative gap to the proven bound at which to stop; 0.001 if not given.
    check
        Simulate present and proposed plan on so many seeds.
    rank
        Simulate so many other plans, too: does the model rank as the simulation does?
    choose
        Of all plans simulated, the present one too, propose the one that protected most; then try
        it on as many fresh seeds.
    seed
        Of the grid and the other plans, and first seed of the check; 1 if not given.
    out
        A new .toml file for the proposed plan: `tdome run SCENARIO --plan FILE`.
    json
        Print one JSON object and nothing else.
    """
    if out is not None:
        refuse_taken(out)
    with Working(err()) as working:
        found = plan_laydown(
            scenario, plan=plan, move=move, add=add, sites=sites, grid=grid, within_km=within_km,
            per_site=per_site, judge=judge, tail=tail, apart=apart, near_price=near_price,
            move_price=move_price, time=time, gap=gap, check=check, rank=rank, choose=choose,
            seed=seed, progress=working.searching, done=working.simulating,
        )  # fmt: skip
    _answer(found, out, json=json)


@_coverage.default
def coverage(  # noqa: PLR0913  (what people may ask for)
    scenario: str,
    /,
    *,
    plan: Path | None = None,
    move: str = "all",
    add: str | None = None,
    sites: Path | None = None,
    grid: _Count | None = None,
    within_km: Annotated[float, Parameter(validator=Number(gt=0.0, lte=500.0))] = WITHIN_KM,
    per_site: _Positive = 1,
    times: Annotated[int, Parameter(validator=Number(gte=1, lte=8))] = 1,
    altitude_m: str = "100,1000,5000",
    azimuths: Annotated[int, Parameter(validator=Number(gte=1, lte=360))] = eyes.AZIMUTHS,
    ring_km: Annotated[float, Parameter(validator=Number(gte=0.0, lte=1000.0))] = eyes.RING_KM,
    rcs: Annotated[float, Parameter(validator=Number(gt=0.0, lte=1e5))] = eyes.RCS,
    time: _Size = TIME,
    gap: _Share = GAP,
    check: _Count = 0,
    rank: _Count = 0,
    choose: bool = False,
    seed: _Count = 1,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Propose where to put radars, so that they see the air around the assets.

    Parameters
    ----------
    scenario
        Bundled name, folder with scenario.toml, or TOML file.
    plan
        Plan file instead of the one that the scenario names.
    move
        Names or types of radars that may move, with commas; all (if not given) or none.
    add
        New radars, TYPE=N with commas.
    sites
        CSV or TOML file of candidate sites.
    grid
        About how many sites of a grid over land; 40 if neither this nor --sites is given.
    within_km
        How far from an asset the grid goes; 25 if not given.
    per_site
        Radars at one site at most; 1 if not given, or as many as there are.
    times
        How many radars are to see each point; each one counts half of that before. 1 if not given.
    altitude_m
        Heights of the points over the ground, m, with commas; 100,1000,5000 if not given.
    azimuths
        Points around each asset; 12 if not given.
    ring_km
        How far outside of an asset its points lie; 20 if not given.
    rcs
        Radar cross-section to be seen, m^2; 0.1 if not given.
    time
        Seconds after which the best plan so far is returned; 30 if not given.
    gap
        Relative gap to the proven bound at which to stop; 0.001 if not given.
    check
        Simulate present and proposed plan on so many seeds.
    rank
        Simulate so many other plans, too: does the model rank as the simulation does?
    choose
        Of all plans simulated, the present one too, propose the one that protected most; then try
        it on as many fresh seeds.
    seed
        Of the grid and the other plans, and first seed of the check; 1 if not given.
    out
        A new .toml file for the proposed plan: `tdome run SCENARIO --plan FILE`.
    json
        Print one JSON object and nothing else.
    """
    heights = heights_of(altitude_m)
    if out is not None:
        refuse_taken(out)
    with Working(err()) as working:
        found = plan_coverage(
            scenario, plan=plan, move=move, add=add, sites=sites, grid=grid, within_km=within_km,
            per_site=per_site, times=times, altitudes=heights, azimuths=azimuths, ring_km=ring_km,
            rcs=rcs, time=time, gap=gap, check=check, rank=rank, choose=choose, seed=seed,
            progress=working.searching, done=working.simulating,
        )  # fmt: skip
    _answer(found, out, json=json)


@_inventory.default
def inventory(  # noqa: PLR0913  (what people may ask for)
    scenario: str,
    /,
    *,
    plan: Path | None = None,
    add: str | None = None,
    spare: Annotated[float, Parameter(validator=Number(gte=1.0, lte=1000.0))] = stock.SPARE,
    keep: _Share = stock.KEEP,
    judge: str = "mean",
    tail: _Share = 0.2,
    apart: bool = False,
    time: _Size = TIME,
    gap: _Share = GAP,
    check: _Count = 0,
    rank: _Count = 0,
    choose: bool = False,
    seed: _Count = 1,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Propose how to split the rounds of each type among its batteries, before the raid is known.

    Parameters
    ----------
    scenario
        Bundled name, folder with scenario.toml, or TOML file; its raids are what is planned for.
    plan
        Plan file instead of the one that the scenario names.
    add
        More rounds, TYPE=N with commas.
    spare
        Times the largest present load of its type that a battery may hold; 2 if not given.
    keep
        Share of its rounds that each battery keeps; 0.25 if not given.
    judge
        mean (loss over the raids, if not given), worst (of them), cvar (mean of the worst --tail).
    tail
        Share of the worst raids for --judge cvar; 0.2 if not given.
    apart
        Each raid is met alone, with all rounds; else all must be met with the same rounds. Worst
        and cvar are over raids apart.
    time
        Seconds after which the best plan so far is returned; 30 if not given.
    gap
        Relative gap to the proven bound at which to stop; 0.001 if not given.
    check
        Simulate present and proposed plan on so many seeds.
    rank
        Simulate so many other plans, too: does the model rank as the simulation does?
    choose
        Of all plans simulated, the present one too, propose the one that protected most; then try
        it on as many fresh seeds.
    seed
        Of the other plans, and first seed of the check; 1 if not given.
    out
        A new .toml file for the proposed plan: `tdome run SCENARIO --plan FILE`.
    json
        Print one JSON object and nothing else.
    """
    if out is not None:
        refuse_taken(out)
    with Working(err()) as working:
        found = plan_inventory(
            scenario, plan=plan, add=add, spare=spare, keep=keep, judge=judge, tail=tail,
            apart=apart, time=time, gap=gap, check=check, rank=rank, choose=choose, seed=seed,
            progress=working.searching, done=working.simulating,
        )  # fmt: skip
    _answer(found, out, json=json)


def _answer(found: Proposal, out: Path | None, *, json: bool) -> None:
    if out is not None:
        write(found.plan_text, out)
    if json:
        write_json(found.as_dict() | {"file": None if out is None else str(out)})
        return
    report(found)
    if out is not None:
        say(f"Written    {out}: tdome run {found.scenario} --plan {out}")
