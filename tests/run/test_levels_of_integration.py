"""Several pictures in one run: each hears its own sensors and orders its own units; all replays."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdome.command.federation import SPAN
from tdome.kernel.errors import ConfigError
from tdome.messages.codes import OrderKind
from tdome.messages.fire import EngagementOrders, Magazines, Recommendations
from tdome.messages.tracks import Associations, SystemTracks
from tdome.run.api import simulate
from tdome.run.library import find_inputs
from tdome.run.record import read_inputs
from tdome.run.replay import replay
from tdome.run.screening.screen import compile_screen
from tdome.score.evidence import Evidence
from tdome.score.story import tell

LEVELS = [("integrated", "own"), ("zone", "zone"), ("own", "own")]


@pytest.fixture
def inputs(compose: Any) -> Any:
    """Return a function: six missiles at one city, two radars and two batteries, at a level."""

    def of(picture: str, fire: str, control: str = "tight") -> Any:
        first = find_inputs("first-steps")
        scenario, plan = tomllib.loads(first.scenario_text), tomllib.loads(first.plan_text)
        scenario["raids"][0]["salvos"][0] |= {"count": 6, "interval_s": 4.0}
        radar, battery = plan["sensors"][0], plan["fire_units"][0] | {"rounds": 6}
        plan["clock"] = {"decide_s": 2.0}  # half the steps: what takes the time here
        plan["coordination"] = {"picture": picture, "fire": fire}
        plan["doctrine"] = plan.get("doctrine", {}) | {"weapon_control": control}
        where = {"lat_deg": radar["lat_deg"], "lon_deg": radar["lon_deg"]}
        plan["command_posts"] = [{"name": n, **where} for n in ("east", "west")]
        plan["sensors"] = [
            radar | {"name": f"radar {n}", "command_post": n} for n in ("east", "west")
        ]
        plan["fire_units"] = [
            battery | {"name": f"battery {n}", "command_post": n, "sensor": f"radar {n}"}
            for n in ("east", "west")
        ]
        return compose(scenario, plan)

    return of


@pytest.mark.parametrize(("picture", "fire"), LEVELS[1:])
def test_each_picture_keeps_to_its_own(
    picture: str, fire: str, inputs: Any, tmp_path: Path
) -> None:
    run = simulate(inputs(picture, fire), tmp_path / "run", seed=3, wire=True, relabel=7)
    assert replay(run.folder).equal
    said = Evidence(run.folder)
    used, orders = said.all(Associations), said.all(EngagementOrders)
    for message in used:
        assert np.array_equal(message.track_number // SPAN, message.sensor)
    assert sum(len(message) for message in orders)
    for order in orders:
        assert np.array_equal(order.track_number // SPAN, order.unit)
        assert np.array_equal(order.engagement // SPAN, order.unit)
    asked = said.column(Recommendations, "engagement")
    engage = said.column(EngagementOrders, "kind") == OrderKind.ENGAGE
    ordered = said.column(EngagementOrders, "engagement")[engage]
    assert len(np.unique(asked)) == len(asked)
    assert len(np.unique(ordered)) == len(ordered)
    assert all((m.rounds_left >= 0).all() and len(m) == 2 for m in said.all(Magazines))
    for tracks in said.all(SystemTracks):
        assert (np.diff(tracks.track_number) > 0).all()
    assert tell(run.folder, read_inputs(run.folder).plan(), f"E{ordered[-1]}").decisions


def test_who_does_not_share_fires_twice(inputs: Any, tmp_path: Path) -> None:
    """The same missile, two batteries: two rounds where one would do; one where they are told."""
    fired = {
        level: simulate(inputs("integrated", level), tmp_path / level, seed=3)
        for level in ("integrated", "own")
    }
    assert replay(fired["own"].folder).equal
    rounds = {level: run.outcome.totals["rounds_fired"] for level, run in fired.items()}
    assert rounds["own"] > rounds["integrated"]


def test_hold_is_kept_by_every_picture(inputs: Any, tmp_path: Path) -> None:
    run = simulate(inputs("own", "own", control="hold"), tmp_path / "run", seed=3)
    assert not len(Evidence(run.folder).column(Recommendations, "engagement"))
    assert run.outcome.totals["rounds_fired"] == 0


@pytest.mark.parametrize(("picture", "fire"), LEVELS)
def test_a_screening_refuses_what_it_does_not_know(picture: str, fire: str, inputs: Any) -> None:
    with pytest.raises(ConfigError, match="a screening knows one picture and one plan of fire"):
        compile_screen(inputs(picture, fire))
