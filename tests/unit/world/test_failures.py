"""Launches and guidance fail as often as the class says, each in its own way."""

import numpy as np
import pytest
from scipy.stats import binom

from tdome.earth.geodesy import great_circle_distance
from tdome.kernel.random import Streams
from tdome.plan.catalogue import bundled_catalogue
from tdome.world.bodies.flights import compile_bodies
from tdome.world.bodies.launches import GUIDANCE_MISS, draw_launches
from tdome.world.bodies.table import Failure, State
from tdome.world.scenario import read_scenario
from tdome.world.world import World

DRAWS = 2000
OFF = "srbm = { launch_failure = 0, guidance_failure = 0 }"
CRUISE_OFF = "cruise = { launch_failure = 0, guidance_failure = 0 }"


def with_rates(text, launch, guidance, count=6):
    rates = f"{{ launch_failure = {launch}, guidance_failure = {guidance} }}"
    text = text.replace(OFF, f"srbm = {rates}").replace(CRUISE_OFF, f"cruise = {rates}")
    return read_scenario(text.replace("count = 6", f"count = {count}", 1), "scenario.toml")


@pytest.mark.parametrize(("launch", "guidance"), [(0.15, 0.1), (0.4, 0.0), (0.0, 0.3)])
def test_shares_match_over_many_draws(scenario_text, launch, guidance):
    launches = draw_launches(with_rates(scenario_text, launch, guidance, DRAWS), Streams(7))
    drawn = [one.failure for one in launches if one.threat_class == 0]
    assert len(drawn) == DRAWS
    failed, strayed = drawn.count(Failure.LAUNCH), drawn.count(Failure.GUIDANCE)
    for count, probability in ((failed, launch), (strayed, (1.0 - launch) * guidance)):
        low, high = binom.interval(0.9999, DRAWS, probability)
        assert low <= count <= high


def test_bundled_missiles_carry_the_sourced_rates():
    srbm = bundled_catalogue().threats["srbm"]
    assert srbm.launch_failure is not None
    assert srbm.launch_failure.nominal == 0.15
    assert srbm.guidance_failure is not None
    assert srbm.guidance_failure.nominal == 0.1


def test_a_failed_launch_falls_back_far_short(scenario_text):
    bodies = compile_bodies(with_rates(scenario_text, 1, 0), Streams(7))
    whole = compile_bodies(with_rates(scenario_text, 0, 0), Streams(7))
    for row in np.flatnonzero(bodies.hostile):
        assert bodies.failure[row] == Failure.LAUNCH
        assert bodies.key[row] == whole.key[row]
        assert bodies.ends_at[row] < whole.ends_at[row]
        start, end = (bodies.position_at(row, t)[:3] for t in (0.0, bodies.ends_at[row]))
        full = whole.position_at(row, whole.ends_at[row])[:3]
        assert np.linalg.norm(end - start) < 0.9 * np.linalg.norm(full - start)
    assert (bodies.aim_lat == whole.aim_lat).all()


def test_a_launch_that_fails_later_flies_farther(scenario_text):
    scenario = with_rates(scenario_text, 1, 0)
    bodies = compile_bodies(scenario, Streams(7))
    launches = {one.key: one for one in draw_launches(scenario, Streams(7))}
    rows = np.flatnonzero(bodies.hostile & (bodies.threat_class == 0))
    share = [launches[int(bodies.key[row])].fails_after for row in rows]
    reach = [
        np.linalg.norm(bodies.position_at(r, 1e9)[:3] - bodies.position_at(r, 0.0)[:3])
        for r in rows
    ]
    assert np.argsort(share).tolist() == np.argsort(reach).tolist()


def test_a_failed_guidance_comes_down_kilometres_off(scenario_text):
    strayed = compile_bodies(with_rates(scenario_text, 0, 1), Streams(7))
    whole = compile_bodies(with_rates(scenario_text, 0, 0), Streams(7))
    rows = np.flatnonzero(whole.hostile)
    ends = np.array([strayed.ground_point(row) for row in rows])
    off = great_circle_distance(ends[:, 0], ends[:, 1], whole.aim_lat[rows], whole.aim_lon[rows])
    low, high = GUIDANCE_MISS
    assert off.min() > low - 100.0
    assert off.max() < high + 100.0
    assert (whole.rcs == strayed.rcs).all()


def test_the_ledger_says_failed_and_the_run_ends(scenario_text, plan, play):
    world = World(with_rates(scenario_text, 1, 0), plan, seed=7)
    play(world)
    objects = world.ledger().objects.to_pylist()
    states = {row["state"] for row in objects if row["kind"] == "threat"}
    assert states == {State.FAILED.name.lower()}
    assert world.hostile_left() == 0
