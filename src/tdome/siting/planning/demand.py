"""What the given raids bring, and where: arrivals by raid, asset, class and side.

Raids are given, never searched for: their composition (class, number, targets, launch area, last
leg) is read from a scenario file; how each class flies, what it damages and how often it fails is
what the plan BELIEVES of it. Objects take a salvo's targets in turn; those aimed at open ground or
at a place outside of all assets do no damage and are left out. Decoys can not be told from what
they imitate: they are shared among the arrivals of their family at the same asset, which then take
more rounds and do no more damage.

Worth of a cell: what an asset loses to all of a raid's arrivals if nothing is shot,
V (1 - prod_c (1 - d_c)^n_c), by the damage law of :mod:`tdome.score.damage` with believed damage
fractions, shared among the cells by n_c d_c. Limits: worth is linear in what leaks (in truth the
first leakers take most); aim errors and scatter are not looked at; sides are 24 bearings.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from tdome.earth.geodesy import great_circle_distance, initial_bearing
from tdome.kernel.errors import ConfigError
from tdome.messages.base import Floats, Longs
from tdome.plan.books.assets import AssetBook
from tdome.plan.books.threats import ThreatBook, threat_book
from tdome.plan.catalogue import bundled_catalogue, overridden
from tdome.plan.plan import Plan
from tdome.score.damage import taken
from tdome.world.schema.raids import Place, Raid, Salvo
from tdome.world.schema.scenario import ScenarioFile

SIDES = 24
_TURN = 2.0 * np.pi / SIDES
_Key = tuple[int, int, int, int]  # raid, asset, class, side


class Demand(msgspec.Struct, frozen=True, eq=False):
    """Cells (j,): rows of raid, asset and class, bearing in rad, arrivals, worth of them all.

    ``threats``: the classes' believed parameters. ``left_out``: what is not planned for, in words.
    """

    raids: tuple[str, ...]
    threats: ThreatBook
    raid: Longs
    asset: Longs
    threat: Longs
    bearing: Floats
    arrivals: Floats
    worth: Floats
    left_out: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.raid)

    def kept(self, rows: Longs, more: Sequence[str] = ()) -> "Demand":
        """Return some of the cells, and why the others are not there."""
        columns = ("raid", "asset", "threat", "bearing", "arrivals", "worth")
        return msgspec.structs.replace(
            self,
            **{name: getattr(self, name)[rows] for name in columns},
            left_out=(*self.left_out, *more),
        )


def demand_of(plan: Plan, file: ScenarioFile, *, together: bool = False) -> Demand:
    """Return what the raids of a scenario bring; ``together``: all of them count as one raid.

    Raises
    ------
    ConfigError : where the scenario has no raid, or none that comes near an asset.
    """
    if not file.raids:
        problem = "this scenario has no raid to plan against"
        raise ConfigError(file.name, None, "raids", problem, "`tdome scenario edit --add-raid`")
    believed = overridden(bundled_catalogue(), plan.file.beliefs, plan.source, "beliefs")
    flown = dict.fromkeys(salvo.type for raid in file.raids for salvo in raid.salvos)
    book = threat_book(list(flown), believed, file.name)
    reader = _Reader(plan.assets, book, {place.name: place for place in file.places})
    for row, raid in enumerate(file.raids):
        reader.read(0 if together else row, raid)
    names = ("all raids",) if together else tuple(raid.name for raid in file.raids)
    found = reader.demand(names)
    if not len(found):
        problem = "no raid of this scenario comes at a defended asset"
        raise ConfigError(file.name, None, "raids", problem, "compare its places with the assets")
    return found


class _Reader:
    """Collects numbers of arrivals by raid, asset, class and side."""

    def __init__(self, assets: AssetBook, book: ThreatBook, places: dict[str, Place]) -> None:
        self.assets, self.book, self.places = assets, book, places
        self.count: dict[_Key, float] = {}
        self.missed: dict[str, int] = {}

    def read(self, raid: int, given: Raid) -> None:
        for salvo in given.salvos:
            threat = self.book.names.index(salvo.type)
            fails = float(self.book.launch_failure[threat] + self.book.guidance_failure[threat])
            works = max(1.0 - fails, 0.0) * (1.0 - salvo.open_ground)
            targets = len(salvo.targets)
            for turn, name in enumerate(salvo.targets):
                number = (salvo.count - turn + targets - 1) // targets
                asset, side = self._at(self.places[name], salvo, threat)
                if asset < 0:
                    self.missed[name] = self.missed.get(name, 0) + number
                elif number and works:
                    key = raid, asset, threat, side
                    self.count[key] = self.count.get(key, 0.0) + number * works

    def _at(self, place: Place, salvo: Salvo, threat: int) -> tuple[int, int]:
        """Return the row of the asset that a place lies in (-1: none), and the side."""
        lat, lon = np.radians(place.lat_deg), np.radians(place.lon_deg)
        away = np.asarray(great_circle_distance(lat, lon, self.assets.lat, self.assets.lon))
        beyond = away - self.assets.radius - self.book.damage_radius[threat]
        asset = int(np.argmin(beyond))
        from_ = (salvo.launch_lat_deg, salvo.launch_lon_deg)
        if salvo.waypoints and np.isnan(self.book.flight_path_angle[threat]):
            from_ = salvo.waypoints[-1]
        turn = float(np.asarray(initial_bearing(lat, lon, *np.radians(from_))))
        return (asset if beyond[asset] <= 0.0 else -1), round(turn / _TURN) % SIDES

    def demand(self, raids: tuple[str, ...]) -> Demand:
        keys = sorted(self.count)
        decoys = [key for key in keys if self.book.decoy[key[2]]]
        real = [key for key in keys if not self.book.decoy[key[2]]]
        left_out = [f"{n} at {name} (no asset there)" for name, n in self.missed.items()]
        arrivals = np.asarray([self.count[key] for key in real], np.float64)
        raid, asset, threat, side = np.array(real, np.int64).reshape(-1, 4).T
        for key in decoys:
            like = (raid == key[0]) & (asset == key[1])
            like &= self.book.family[threat] == self.book.family[key[2]]
            if like.any():
                share = arrivals * like
                arrivals += self.count[key] * share / share.sum()
            else:
                left_out.append(f"{self.count[key]:.0f} {self.book.names[key[2]]} (decoys alone)")
        numbers = np.array([self.count[key] for key in real])
        return Demand(
            raids, self.book, raid, asset, threat,
            np.asarray(side * _TURN, np.float64), arrivals,
            self._worth(raid, asset, threat, numbers), tuple(left_out),
        )  # fmt: skip

    def _worth(self, raid: Longs, asset: Longs, threat: Longs, numbers: Floats) -> Floats:
        assets, damage = self.assets, self.book.damage_fraction
        share = np.array([
            taken(assets, int(a), float(damage[c])) / assets.dispersal[a]
            for a, c in zip(asset, threat, strict=True)
        ])  # fmt: skip
        logs = numbers * np.log1p(-np.minimum(share, 1.0 - 1e-9))
        pair = raid * len(assets.names) + asset
        lost = 1.0 - np.exp(np.bincount(pair, logs))
        parts = numbers * share
        sums = np.bincount(pair, parts)
        shared = parts / np.where(sums > 0.0, sums, 1.0)[pair]
        return np.asarray(assets.value[asset] * lost[pair] * shared, dtype=np.float64)
