"""The screening: same bits for any threads, hard limits kept, the law of a plain peer."""

import re

import msgspec
import numpy as np
import pytest
from benchmarks.engine.peer import Peer
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.run.library import Inputs, find_inputs
from tdome.run.screening.compiled.objects import DELAY, DRAWN, EAST, FAILED, NORTH, draw
from tdome.run.screening.compiled.paths import east_north
from tdome.run.screening.compiled.tables import digest_of
from tdome.run.screening.loop.luck import shared1, shared_table
from tdome.run.screening.pairs import agreement
from tdome.run.screening.screen import Screen, compile_screen
from tdome.world.bodies.launches import draw_launches
from tdome.world.bodies.table import Failure
from tdome.world.effectors.referee import shared_luck

SEEDS = range(1, 151)


def one_salvo(count: int = 12, plan_edit: tuple[str, str] = ("", "")) -> Inputs:
    """The first salvo of heavy-rocket-salvo, with so many rockets."""
    inputs = find_inputs("heavy-rocket-salvo")
    text = inputs.scenario_text[: inputs.scenario_text.index('[[raids]]\nname = "salvo 2"')]
    text = text.replace("count = 36", f"count = {count}").replace("1800.0", "330.0")
    plan = re.sub(*plan_edit, inputs.plan_text) if plan_edit[0] else inputs.plan_text
    return msgspec.structs.replace(inputs, scenario_text=text, plan_text=plan)


@pytest.fixture(scope="module")
def screen() -> Screen:
    return compile_screen(one_salvo(36))


def test_threads_and_chunks_change_no_bit(screen: Screen) -> None:
    alone = screen.replicates(SEEDS)
    for threads in (2, 7):
        for name, column in screen.replicates(SEEDS, threads=threads).items():
            assert np.array_equal(column, alone[name]), name
    single = [screen.replicates([seed]) for seed in list(SEEDS)[:20]]
    for name, column in alone.items():
        assert np.array_equal(np.concatenate([row[name] for row in single]), column[:20]), name


def test_what_is_counted_adds_up(screen: Screen) -> None:
    rows = screen.replicates(SEEDS)
    fates = rows["killed"] + rows["leaked"] + rows["harmless"] + rows["failed"]
    assert np.array_equal(fates, rows["launched"])
    assert np.array_equal(rows["leaked"], rows["leaked.class.heavy-rocket"])
    by_layer = sum(column for name, column in rows.items() if name.startswith("kills.layer"))
    assert np.array_equal(rows["killed"], by_layer)
    assert np.allclose(rows["value.lost"] + rows["value.protected"], 150.0)
    shots = rows["rounds.fired"].mean()
    assert abs(rows["control.hits"].mean()) < 4.0 * np.sqrt(0.25 * shots / len(SEEDS))


@settings(max_examples=4, deadline=None)
@given(rounds=st.integers(0, 5), seed=st.integers(0, 2**40))
def test_magazines_are_never_overdrawn(rounds: int, seed: int) -> None:
    edit = (r"rounds = 24\nreloads = 1", f"rounds = {rounds}\nreloads = 0")
    scarce = compile_screen(one_salvo(24, edit))
    rows = scarce.replicates(range(seed, seed + 20))
    fired = rows["rounds.fired.layer.terminal"]
    assert (fired >= 0.0).all()
    assert (fired <= 3 * rounds).all()
    assert (rows["kills.layer.terminal"] <= fired).all()


def test_objects_have_the_luck_of_a_full_run(screen: Screen) -> None:
    tables = screen.tables
    objects, scenario = tables.objects, tables.scenario
    streams = Streams(77)
    drawn = np.empty((len(objects.key), DRAWN))
    draw(
        streams("world", "launches").key,
        objects.key,
        objects.lead,
        objects.group,
        objects.law,
        drawn,
    )
    launches = draw_launches(scenario, streams)
    assert [launch.key for launch in launches] == objects.key.tolist()
    for i, launch in enumerate(launches):
        place = scenario.places[objects.target[objects.group[i]]]
        east, north = east_north(
            (np.radians(place.lat_deg), np.radians(place.lon_deg)), *launch.goal
        )
        assert np.hypot(east - drawn[i, EAST], north - drawn[i, NORTH]) < 5.0
        assert launch.at == pytest.approx(objects.at[i] + drawn[i, DELAY])
        assert (launch.failure == Failure.LAUNCH) == (drawn[i, FAILED] != 0.0)


def test_keys_are_those_of_the_streams(screen: Screen) -> None:
    keys = screen._names.keys([5])
    assert np.array_equal(keys[0, 1], Streams(5)("referee", "shots").key)
    name = screen.tables.book.names[0]
    assert np.array_equal(keys[0, 5], Streams(5)("referee", "raid", "salvo 1", "unit", name).key)


def test_shared_luck_is_the_referees() -> None:
    rho = 0.3
    table = shared_table(rho)
    for mean in (0.2, 0.55, 0.9):
        quantiles = (np.arange(4000) + 0.5) / 4000
        ours = np.array([shared1(table, mean, q) for q in quantiles])
        assert ours.mean() == pytest.approx(mean, abs=2e-3)
        theirs = np.array([shared_luck(mean, rho, q) for q in quantiles[::40]])
        assert np.abs(ours[::40] - theirs).mean() < 3e-3


def test_digest_follows_the_inputs() -> None:
    inputs = one_salvo()
    assert digest_of(inputs) == digest_of(one_salvo())
    others = [
        one_salvo(13),
        one_salvo(plan_edit=("rounds = 24", "rounds = 23")),
    ]
    assert len({digest_of(inputs), *map(digest_of, others)}) == 3


def test_a_doctrine_that_looks_ahead_is_refused() -> None:
    edit = ('firing = "shoot-look-shoot"', 'firing = "lookahead"')
    with pytest.raises(ConfigError, match="can not fire so"):
        compile_screen(one_salvo(2, edit))


def test_a_plain_peer_agrees() -> None:
    screen = compile_screen(one_salvo(12))
    peer, most = Peer(screen.tables), 16
    rows = [peer.replicate(seed) for seed in range(most)]
    quick = screen.replicates(range(2000))
    for name in ("killed", "leaked", "rounds.fired", "value.lost"):
        theirs = np.array([row[name] for row in rows])
        error = np.hypot(quick[name].std() / np.sqrt(most), quick[name].std() / np.sqrt(2000))
        assert abs(theirs.mean() - quick[name].mean()) < 3.5 * error, name


def test_verdicts() -> None:
    full = np.array([10.0, 12.0, 9.0, 11.0, 10.0, 12.0])
    assert agreement("x", full, full + 0.1, 1.0).verdict == "equal"
    assert agreement("x", full, full + 3.0, 1.0).verdict == "corrected"
    wild = full * np.array([0.1, 3.0, 0.1, 3.0, 0.1, 3.0])
    assert agreement("x", full, wild, 1.0).verdict == "refused"
