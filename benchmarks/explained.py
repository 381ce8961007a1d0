"""Bar 7: every number that ``tdome explain`` prints of a recommendation, computed again.

    python benchmarks/explained.py RUN... [--engagements 100] [--seed 1]

Reads the journal as plain MCAP and msgpack, the plan's classes as plain numbers, and what
``tdome explain E… --json`` prints; computes each printed number on its own, in plain Python, and
compares. Of decision code and judge nothing is imported. Exit code 1 where a number disagrees.

Computed again: Pk and its interval from the believed classes and the catalogue's low, nominal and
high; expected loss with and without; return after the price of rounds; rounds left from reports and
engagements; launch window and intercept from the predicted path (own integration of the flight) and
the unit's envelope; the parts of the loss and the priority.
"""

import argparse
import json
import math
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pymap3d
from mcap.reader import make_reader
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from tdome.earth.atmosphere import density1
from tdome.plan.plan import Plan
from tdome.run.record import read_inputs

FREE = 2  # weapon control
ANSWERED = {0, 14, 15, 18, 23}  # reports and verdicts; denied, no answer, unit refused, silent
PLAIN = {"single", "salvo", "shoot-look-shoot", "shoot-shoot-look"}  # the price of a round alone
HOLDING = {0, 1, 3, 4}  # recommended, authorised, launched, in flight
MU, OMEGA, EARTH, J2 = 3.986004418e14, 7.292115e-5, 6_378_137.0, 1.0826267e-3
URGENCY_S, CLIMB_S = 60.0, 30.0
Row = dict[str, Any]
Floats = NDArray[np.float64]


class Check(NamedTuple):
    """One number: where, what, as printed, as computed again, how far it may be off."""

    engagement: int
    what: str
    printed: float
    again: float
    slack: float

    @property
    def agrees(self) -> bool:
        """Whether they agree."""
        return abs(self.printed - self.again) <= self.slack + 1e-6 * abs(self.again)


class Shot(NamedTuple):
    """What the options of one decision have in common; flight: s -> ECEF."""

    shares: list[float]
    family: int
    value: float
    falls: bool
    flight: Callable[[float], Floats]


class Journal:
    """Messages of a run by topic, as dicts of arrays."""

    def __init__(self, folder: Path) -> None:
        self.by_topic: dict[str, list[Row]] = defaultdict(list)
        with (folder / "journal.mcap").open("rb") as file:
            for _, channel, message in make_reader(file).iter_messages(log_time_order=False):
                self.by_topic[channel.topic].append(_plain(message.data))

    def at(self, topic: str, now: int) -> Row | None:
        """Return the message of a topic at an instant."""
        found = [row for row in self.by_topic[topic] if row["header"][2] == now]
        return found[-1] if found else None


def _plain(payload: bytes) -> Row:
    row: Row = msgspec.msgpack.decode(payload)
    for name, value in row.items():
        if isinstance(value, list) and len(value) == 3 and isinstance(value[2], bytes):  # noqa: PLR2004
            row[name] = np.frombuffer(value[2], value[0]).reshape(value[1])
    return row


def main() -> None:
    """Compare what is asked for and print what disagrees."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--engagements", type=int, default=100, help="drawn over all runs")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    drawn = [(run, e) for run in asked.runs for e in _engagements(Journal(run))]
    random.Random(asked.seed).shuffle(drawn)  # noqa: S311 - a sample
    chosen: dict[Path, list[int]] = defaultdict(list)
    for run, engagement in drawn[: asked.engagements]:
        chosen[run].append(engagement)
    checks = [
        check for run, numbers in chosen.items() for check in computed_again(run, numbers, printed)
    ]
    wrong = [check for check in checks if not check.agrees]
    for check in wrong[:20]:
        sys.stdout.write(f"E{check.engagement} {check.what}: {check.printed} / {check.again}\n")
    done = sum(map(len, chosen.values()))
    sys.stdout.write(f"{done} engagements, {len(checks):,} numbers, {len(wrong)} disagree\n")
    sys.exit(1 if wrong or not checks else 0)


def _engagements(journal: Journal) -> list[int]:
    return [int(e) for asked in journal.by_topic["Recommendations"] for e in asked["engagement"]]


def computed_again(
    run: Path, numbers: list[int], explain: Callable[[Path, int], Row]
) -> Iterator[Check]:
    """Compare what ``explain(run, number)`` tells of some engagements of a run."""
    journal, plan = Journal(run), read_inputs(run).plan()
    for number in sorted(numbers):
        story = explain(run, number)
        told = next(d for d in story["decisions"] if d["engagement"] == number)
        yield from _of_decision(told, journal, plan)


def printed(run: Path, number: int) -> Row:
    """Return what ``tdome explain`` prints of an engagement."""
    command = [sys.executable, "-m", "tdome", "explain", str(run), f"E{number}", "--json"]
    said = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own words
    story: Row = json.loads(said.stdout)
    return story


def _of_decision(told: Row, journal: Journal, plan: Plan) -> Iterator[Check]:
    number, now = told["engagement"], told["at"]
    grounds, options = journal.at("Grounds", now), journal.at("FirePlan", now)
    assert grounds is not None
    assert options is not None
    k = grounds["engagement"].tolist().index(number)
    value = float(grounds["value_at_risk"][k])
    to_go = max((int(grounds["impact_at"][k]) - now) / 1e9, 0.0)

    def check(what: str, printed: float, again: float, slack: float = 1e-9) -> Check:
        return Check(number, what, printed, again, slack)

    yield check("loss without", told["loss_without"], value)
    parts = sum(stake["loss"] for stake in told["stakes"]) + told["elsewhere"]
    yield check("parts of the loss", told["loss_without"], parts)
    yield check("nothing elsewhere is below 0", min(told["elsewhere"], 0.0), 0.0)
    yield check("priority", told["priority"], value / (1.0 + to_go / URGENCY_S))
    yield check("urgency", told["urgency"], 1.0 / (1.0 + to_go / URGENCY_S))
    shares = grounds["class_probability"][k].astype(float).tolist()
    for name, share in told["classes"]:
        row = plan.threats.names.index(name) if name in plan.threats.names else -1
        yield check(f"share of {name}", share, shares[row])
    falls = bool(grounds["inv_beta"][k] > 0.0)
    shot = Shot(shares, int(grounds["family"][k]), value, falls, _flight(grounds, k))
    taken = defaultdict(int)
    for unit, rounds, reason in zip(
        options["unit"], options["rounds"], options["reason"], strict=True
    ):
        if reason == 0:
            taken[int(unit)] += int(rounds)
    left = _left(journal, plan, now)
    for option in told["options"]:
        u = plan.units.names.index(option["unit"])
        for one in _of_option(option, u, shot, plan):
            yield one._replace(engagement=number)
        code = _code_holds(option, told, plan.weapon_control[u], left[u] - taken[u])
        yield check(f"{option['unit']}: {option['reason']} holds", 1.0, float(code))
        mine = option["rounds"] if option["reason"] == "CHOSEN" else 0
        after = left[u] - (taken[u] - mine) - option["rounds"]
        yield check(f"{option['unit']}: rounds after", option["rounds_after"], max(after, 0))


def _code_holds(option: Row, told: Row, control: int, left: int) -> bool:
    """Tell whether a reason follows from the other numbers; True for one that says of itself."""
    reason, best = option["reason"], told["options"][0]["marginal_return"]
    hostile = told["identity"] == "HOSTILE"
    solved = option["place"] is not None
    if reason == "CHOSEN":
        return control > 0 and (hostile or control == FREE) and solved and option["rounds"] > 0
    holds = {
        "WEAPONS_HOLD": control == 0,
        "IDENTITY_NOT_HOSTILE": not hostile and control < FREE,
        "OUT_OF_ENVELOPE": not solved,
        "LOW_RETURN": option["marginal_return"] <= 0.0,
        "BETTER_OPTION": solved and option["marginal_return"] <= best,
        "NO_ROUNDS": left <= 0,
    }
    return bool(holds.get(reason, True))


def _of_option(option: Row, u: int, shot: Shot, plan: Plan) -> Iterator[Check]:
    def check(what: str, printed: float, again: float, slack: float = 1e-6) -> Check:
        return Check(0, f"{option['unit']}: {what}", printed, again, slack)

    rounds = option["rounds"]
    for bound, key in (("low", "pk_low"), ("nominal", "pk"), ("high", "pk_high")):
        single = _sspk(plan, u, shot, bound)
        again = 1.0 - (1.0 - single) ** rounds if option["place"] else 0.0
        yield check(key, option[key], again)
    averts = 1.0 - (1.0 - _sspk(plan, u, _harmful(shot, plan), "nominal")) ** rounds
    yield check("saving", option["saving"], averts if option["place"] else 0.0)
    yield check("loss with", option["loss_with"], shot.value * (1.0 - option["saving"]))
    if option["place"] is None:
        return
    costs = plan.units.cost[plan.units.cost > 0.0]
    price = plan.doctrine.round_price * plan.units.cost[u] / (np.median(costs) if len(costs) else 1)
    if rounds and plan.doctrine.firing in PLAIN:
        gain = shot.value * option["saving"] - price * rounds
        yield check("return", option["marginal_return"], gain, 1e-6 * shot.value)
    yield check("window", max(option["opens_s"] - option["closes_s"], 0.0), 0.0, 1e-3)
    lat, lon, height = option["place"]
    ecef = np.array(pymap3d.geodetic2ecef(lat, lon, height))
    there = shot.flight(option["intercept_s"])
    away = float(np.linalg.norm(ecef - there))
    yield check("intercept on the predicted path, m", away, 0.0, 150.0)
    least, most = plan.units.min_range[u], plan.units.max_range[u]
    reaches = [float(np.linalg.norm(ecef - site[:3])) for site in plan.units.stations[u]]
    beyond = min(max(r - most, least - r, 0.0) for r in reaches if not math.isnan(r))
    yield check("within reach, m", beyond, 0.0, 150.0)
    low, top = plan.units.min_altitude[u], plan.units.max_altitude[u]
    yield check("within heights, m", max(height - top, low - height, 0.0), 0.0, 150.0)


def _harmful(shot: Shot, plan: Plan) -> Shot:
    """Weigh the classes by the harm that each would do; what is none of them harms as they do."""
    rows = range(len(shot.shares) - 1)
    real = [c for c in rows if not plan.threats.decoy[c]]
    harm = [0.0 for _ in rows]
    for c in real:
        harm[c] = shot.shares[c] * float(plan.threats.damage_fraction[c])
    known = sum(shot.shares[c] for c in real)
    mean = sum(harm) / known if known > 0.0 else 0.0
    harm.append(shot.shares[-1] * mean if shot.falls else 0.0)
    total = sum(harm)
    return shot._replace(shares=[h / total for h in harm]) if total > 1e-9 else shot  # noqa: PLR2004


def _sspk(plan: Plan, u: int, shot: Shot, bound: str) -> float:
    """Mean over the believed classes; what is none of them counts as its family."""
    units, k = plan.units, 0 if bound == "low" else 1
    if bound == "nominal":
        by_family, own = units.sspk[u], dict(units.sspk_by_class[u])
    else:
        by_family = units.sspk_limits[k, u]
        own = {name: pair[k] for name, pair in units.sspk_limits_by_class[u].items()}
    total = shot.shares[-1] * float(by_family[shot.family])
    for c, share in enumerate(shot.shares[:-1]):
        total += share * float(own.get(plan.threats.names[c], by_family[plan.threats.family[c]]))
    return min(max(total, 0.0), 1.0)


def _left(journal: Journal, plan: Plan, now: int) -> list[int]:
    """Return what each unit has and has not promised, by its reports and open engagements."""
    stock = plan.units.rounds.astype(int).tolist()
    spent: dict[int, int] = defaultdict(int)
    said = journal.by_topic["UnitStatus"] + journal.by_topic["EngagementReports"]

    def order(one: Row) -> tuple[int, bool, int]:
        """By when it was true, then a status after reports, then by number."""
        _, count, valid_at, _ = one["header"]
        return valid_at, "engagement" not in one, count

    for row in sorted((one for one in said if one["header"][3] <= now), key=order):
        for j, unit in enumerate(row["unit"].tolist()):
            stock[unit] = int(row["rounds_left"][j])
            if "engagement" in row and row["state"][j] == 3:  # noqa: PLR2004 - launched
                spent[int(row["engagement"][j])] += int(row["rounds"][j])
    for engagement, (unit, rounds) in _held(journal, now).items():
        stock[unit] -= max(rounds - spent[engagement], 0)
    return [max(count, 0) for count in stock]


def _held(journal: Journal, now: int) -> dict[int, tuple[int, int]]:
    """Return unit and rounds of the engagements that were open when the plan was made.

    The table is of the end of a step: those that it opens are left out, and those that it withdrew
    after the plan, not before it by an answer or a report, count.
    """
    tables = [row for row in journal.by_topic["Engagements"] if row["header"][2] <= now]
    before = [row for row in tables if row["header"][2] < now][-1:]
    open_before = {e for row in before for e, state in _states(row) if state in HOLDING}
    held = {}
    for row in tables[-1:]:
        for j, (engagement, state) in enumerate(_states(row)):
            fresh = row["header"][2] == now and int(row["state_at"][j]) == now
            opened = fresh and state == 0
            withdrawn = (
                fresh
                and state not in HOLDING
                and engagement in open_before
                and int(row["reason"][j]) not in ANSWERED
            )
            if (state in HOLDING and not opened) or withdrawn:
                held[engagement] = int(row["unit"][j]), int(row["rounds"][j])
    return held


def _states(table: Row) -> list[tuple[int, int]]:
    return list(zip(table["engagement"].tolist(), table["state"].tolist(), strict=True))


def _flight(grounds: Row, k: int) -> Callable[[float], Floats]:
    """Return the predicted path, s -> ECEF: a fall with drag, or level flight at one speed."""
    state, inv_beta = grounds["state"][k].astype(float), float(grounds["inv_beta"][k])
    if inv_beta > 0.0:
        solved = solve_ivp(
            lambda _, y: _fall(y, inv_beta), (0.0, 900.0), state, "DOP853", rtol=1e-9, atol=1e-3,
            dense_output=True,
        )  # fmt: skip
        return lambda t: solved.sol(t)[:3]
    return lambda t: _level(state, t)


def _fall(y: Floats, inv_beta: float) -> Floats:
    """Gravity with J2, the turning Earth, drag of the standard atmosphere."""
    place, speed = y[:3], y[3:]
    r = float(np.linalg.norm(place))
    z2 = (place[2] / r) ** 2
    flat = 1.5 * J2 * (EARTH / r) ** 2
    pull = -MU / r**3 * place * (1.0 + flat * (np.array([1.0, 1.0, 3.0]) - 5.0 * z2))
    spin = np.array([0.0, 0.0, OMEGA])
    turned = -2.0 * np.cross(spin, speed) - np.cross(spin, np.cross(spin, place))
    height = float(pymap3d.ecef2geodetic(*place)[2])
    drag = -0.5 * density1(height) * float(np.linalg.norm(speed)) * inv_beta * speed
    return np.concatenate([speed, pull + turned + drag])


def _level(state: Floats, t: float) -> Floats:
    """Fly on with the same speed over the ground and climb, along the great circle."""
    place, speed = state[:3], state[3:]
    r = float(np.linalg.norm(place))
    up = place / r
    climb = float(speed @ up)
    over = speed - climb * up
    pace = float(np.linalg.norm(over))
    if pace <= 0.0:
        return place + up * climb * t
    ahead, angle = over / pace, pace * t / r
    height = float(pymap3d.ecef2geodetic(*place)[2])
    rise = max(climb * min(t, CLIMB_S), -max(height, 0.0))
    return (r + rise) * (math.cos(angle) * up + math.sin(angle) * ahead)


if __name__ == "__main__":
    main()
