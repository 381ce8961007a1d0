"""Our code against the closed forms of domain.md 5, cell by cell of its tables.

A cell that is drawn must lie in the central 99.9 % of what the formula says of so many draws (over
some hundred cells one may be out by chance once in ten); a cell that is computed, within rounding.
"""

import math
from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from scipy.stats import binom

from tdome.earth.horizon import radio_horizon
from tdome.run.assignment.api import assign
from tdome.studies.validation.forms import drills, formulas, magazines

Z = 3.29  # 99.9 %
CONFIDENCE = 0.999
EXACT = 1e-9
_TABLE_K = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
_WARHEADS = (
    *((0.7, 2, 5), (0.7, 2, 10), (0.7, 2, 20), (0.8, 2, 10), (0.8, 2, 20)),
    *((0.85, 2, 20), (0.7, 3, 20), (0.8, 4, 20)),
)
_SALVOS = (*([1] * n for n in (1, 2, 3, 4)), [2, 1], [2, 2])
_SIDES = ((10, 10, 0.7), (10, 20, 0.7), (20, 20, 0.7), (50, 50, 0.7), (10, 10, 1.0))
_BATCHES = 40


class Cell(msgspec.Struct, frozen=True):
    """One value: what, the closed form, ours, and where ours must lie."""

    what: str
    reference: float
    ours: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether ours lies where it must."""
        return self.low <= self.ours <= self.high


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark: section of domain.md, which code of ours did it, its cells."""

    name: str
    section: str
    code: str
    cells: list[Cell]

    @property
    def missed(self) -> list[Cell]:
        """Cells where ours is not the closed form."""
        return [cell for cell in self.cells if not cell.inside]

    @property
    def worst(self) -> Cell:
        """The cell that is farthest off, for its width."""
        return max(self.cells, key=lambda c: abs(c.ours - c.reference) / (c.high - c.low + 1e-12))


def forms(draws: int = 4000) -> list[Form]:
    """Return all benchmarks; ``draws`` of each drawn cell."""
    made = (
        ("Barrage of n rounds: kill", "5.1", "referee", _barrage),
        ("No leaker, independent", "5.1", "referee", _no_leaker),
        ("No leaker, detection common", "5.1", "referee, raid_failure", _no_leaker_common),
        ("No leaker, detection alone", "5.1", "referee, unengaged_share", _no_leaker_alone),
        ("Leakers of 10, law", "5.1", "referee", _law),
        ("Beta-binomial records of 4", "3.4", "referee", _records),
        ("Layers .7, .8, .9: leak", "5.1", "doctrine benchmark", _layers),
        ("Shoot-look-shoot: rounds", "5.1", "doctrine benchmark", _shots),
        ("Shoot-look-shoot: leak", "5.1", "doctrine benchmark", _leaks),
        ("Channels, exponential flights", "5.4", "fire units", _exponential),
        ("Channels, constant flights", "5.4", "fire units", _constant),
        ("Coordinated fire: kills", "5.5", "timed planner", _together),
        ("Coordinated fire: least leak", "5.5", "exact assigner", _exactly),
        ("Uncoordinated fire: kills", "5.5", "referee", _alone),
    )
    drawn = [
        Form(name=name, section=section, code=code, cells=list(of(draws)))
        for name, section, code, of in made
    ]
    return [
        *drawn,
        Form(name="Inventory: rounds left", section="5.3", code="magazines", cells=_inventory()),
        Form(name="Radar range by RCS", section="5.8", code="sensing", cells=_ranges()),
        Form(name="Radar horizon", section="5.8", code="horizon", cells=_horizons()),
    ]


Cells = Iterator[Cell]
Of = Callable[[int], Cells]


def _share(what: str, reference: float, count: float, trials: int) -> Cell:
    low, high = binom.interval(CONFIDENCE, trials, reference)
    return Cell(what, reference, count / trials, float(low) / trials, float(high) / trials)


def _mean(what: str, reference: float, ours: float, error: float) -> Cell:
    return Cell(what, reference, ours, reference - Z * error, reference + Z * error)


def _barrage(draws: int) -> Cells:
    for k in _TABLE_K:
        for n in (1, 2, 3, 4):
            leaked = int(drills.leakers_at_referee(k, n, 1, draws).sum())
            yield _share(f"k {k}, n {n}", formulas.barrage(k, n), draws - leaked, draws)


def _no_leaker(draws: int) -> Cells:
    for k, n, w in _WARHEADS:
        clean = int((drills.leakers_at_referee(k, n, w, draws // 4) == 0).sum())
        yield _share(f"k {k}, n {n}, W {w}", formulas.no_leaker(k, n, w), clean, draws // 4)


def _no_leaker_common(draws: int) -> Cells:
    for k, n, w in _WARHEADS:
        clean = int((drills.leakers_at_referee(k, n, w, draws // 4, common=0.05) == 0).sum())
        law = formulas.no_leaker(k, n, w, 0.95)
        yield _share(f"k {k}, n {n}, W {w}", law, clean, draws // 4)


def _no_leaker_alone(draws: int) -> Cells:
    for k, n, w in _WARHEADS:
        clean = int((drills.leakers_at_referee(k, n, w, draws // 4, alone=0.05) == 0).sum())
        law = formulas.no_leaker(k, n, w, 0.95, common=False)
        yield _share(f"k {k}, n {n}, W {w}", law, clean, draws // 4)


def _law(draws: int) -> Cells:
    found = drills.leakers_at_referee(0.7, 2, 10, draws)
    for x, p in enumerate(formulas.leakers(0.7, 2, 10)[:5]):
        yield _share(f"{x} leakers", float(p), int((found == x).sum()), draws)


def _records(draws: int) -> Cells:
    """SRBM, Kinzhal and Kh-101 of domain.md 3.4: mean and correlation."""
    for mean, rho in ((0.22, 0.19), (0.27, 0.51), (0.86, 0.065)):
        found, law = drills.records_at_referee(mean, rho, 4, draws), formulas.records(mean, rho, 4)
        for x in (0, 4):
            count = int((found == x).sum())
            yield _share(f"p {mean}, rho {rho}, {x} hits", float(law[x]), count, draws)


def _layers(draws: int) -> Cells:
    kills = [0.7, 0.8, 0.9]
    fired = drills.fired_by_salvos(kills, [1, 1, 1], draws)
    yield _share("leak", 1.0 - formulas.layers(kills), fired.leaked, fired.targets)


def _shots(draws: int) -> Cells:
    for k in _TABLE_K:
        for salvos in _SALVOS:
            fired = drills.fired_by_salvos([k] * len(salvos), salvos, draws // 10)
            mean, deviation = formulas.shots(k, salvos)
            error = deviation / math.sqrt(fired.targets) + EXACT
            yield _mean(_named(k, salvos), mean, fired.rounds / fired.targets, error)


def _leaks(draws: int) -> Cells:
    for k in _TABLE_K:
        for salvos in _SALVOS:
            fired = drills.fired_by_salvos([k] * len(salvos), salvos, draws // 10)
            law = 1.0 - formulas.barrage(k, sum(salvos))
            yield _share(_named(k, salvos), law, fired.leaked, fired.targets)


def _named(k: float, salvos: list[int]) -> str:
    return f"k {k}, salvos {'-'.join(str(n) for n in salvos)}"


def _exponential(draws: int) -> Cells:
    return _lost(draws, constant=False)


def _constant(draws: int) -> Cells:
    return _lost(draws, constant=True)


def _lost(draws: int, *, constant: bool) -> Cells:
    """Refusals follow one another: the error is that of 40 batches."""
    for n in (2, 4, 8, 16):
        for load in (1.0, 2.0, 4.0, 8.0, 16.0):
            lost = drills.lost_calls(n, load, 2 * draws, constant=constant)
            batches = lost[: len(lost) // _BATCHES * _BATCHES].reshape(_BATCHES, -1).mean(axis=1)
            law = formulas.erlang_b(n, load)
            error = max(float(batches.std(ddof=1)) / math.sqrt(_BATCHES), _rare(law, len(lost)))
            yield _mean(f"N {n}, a {load:g}", law, float(lost.mean()), error)


def _rare(share: float, trials: int) -> float:
    """Return the binomial error of a share, never that of less than one loss."""
    return math.sqrt(max(share * (1.0 - share), 1.0 / trials) / trials)


def _together(_: int) -> Cells:
    for targets, shooters, kill in _SIDES:
        law = formulas.coordinated(targets, shooters, kill)
        ours = drills.kills_by_plan(targets, shooters, kill)
        yield _computed(_side(targets, shooters, kill), law, ours)


def _exactly(_: int) -> Cells:
    for targets, shooters, kill in _SIDES:
        table = np.full((1, targets), kill)
        done = assign(np.ones(targets), table, np.array([shooters]))
        law = targets - formulas.coordinated(targets, shooters, kill)
        yield _computed(_side(targets, shooters, kill), law, done.objective)


def _alone(draws: int) -> Cells:
    for targets, shooters, kill in _SIDES:
        ours, error = drills.kills_at_random(targets, shooters, kill, draws // 4)
        law = formulas.uncoordinated(targets, shooters, kill)
        yield _mean(_side(targets, shooters, kill), law, ours, error)


def _side(targets: int, shooters: int, kill: float) -> str:
    return f"T {targets}, S {shooters}, p {kill}"


def _computed(what: str, reference: float, ours: float, relative: float = EXACT) -> Cell:
    width = max(abs(reference), 1.0) * relative
    return Cell(what, reference, ours, reference - width, reference + width)


def _inventory() -> list[Cell]:
    return [
        _computed(f"{wanted} ordered", max(formulas.spare_left(wanted), 0.0), left)
        for wanted in (96, 100, 150, 200, 250)
        for left in [magazines.spare_left(wanted)]
    ]


def _ranges() -> list[Cell]:
    whole = drills.reach(1.0)
    return [
        _computed(f"RCS {rcs:g} m2", rcs**0.25, drills.reach(rcs) / whole)
        for rcs in (10.0, 0.1, 0.01, 0.001)
    ]


def _horizons() -> list[Cell]:
    """Return cells: the printed 4.12 km for a root of a metre is 4.122 with our mean radius."""
    pairs = ((10, 30), (10, 100), (15, 5), (15, 50), (2600, 30))
    return [
        _computed(
            f"{a} m, {b} m: km",
            4.12 * (math.sqrt(a) + math.sqrt(b)),
            float(radio_horizon(float(a), float(b))) / 1e3,
            1e-3,
        )
        for a, b in pairs
    ]
