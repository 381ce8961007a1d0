"""Users' own doctrines in a screening: the plan's rule bit for bit, limits kept, faults told."""

import re

import msgspec
import numpy as np
import pytest
from numba import njit

import tdome as td
from tdome.kernel.errors import ConfigError, TdomeError
from tdome.run.library import Inputs, find_inputs
from tdome.run.screening import policy as asking
from tdome.run.screening.check import check_policy
from tdome.run.screening.policy_file import read_policy
from tdome.run.screening.screen import Screen, compile_screen

SEEDS = range(1, 97)


@njit
def plans_score(o):
    if o["rounds"] != o["planned"]:
        return 0.0
    return o["value"] * o["kill"] - o["price"] * o["rounds"]


def plans_batch(o):
    return o["value"] * o["kill"] - o["price"] * o["rounds"]


@njit
def pairs_score(o):
    if o["rounds"] != min(o["most"], 2):
        return 0.0
    return o["value"] / (1.0 + o["to_impact"])


def pairs_batch(o):
    return o["value"] / (1.0 + o["to_impact"]), np.minimum(o["most"], 2)


def rockets(count: int = 24, *edits: tuple[str, str]) -> Inputs:
    """The first salvo of heavy-rocket-salvo, with so many rockets."""
    inputs = find_inputs("heavy-rocket-salvo")
    text = inputs.scenario_text[: inputs.scenario_text.index('[[raids]]\nname = "salvo 2"')]
    text = text.replace("count = 36", f"count = {count}").replace("1800.0", "330.0")
    plan = inputs.plan_text
    for edit in edits:
        plan, found = re.subn(*edit, plan)
        assert found, edit
    return msgspec.structs.replace(inputs, scenario_text=text, plan_text=plan)


@pytest.fixture(scope="module")
def screen() -> Screen:
    return compile_screen(rockets(36))


def same(a, b) -> bool:
    return all(np.array_equal(a[name], b[name]) for name in a) and a.keys() == b.keys()


def test_the_plans_doctrine_as_a_policy_gives_the_same_bits(screen):
    wanted = screen.replicates(SEEDS)
    assert wanted["rounds.fired"].std() > 0.0
    for policy in (plans_score, plans_batch):
        assert same(screen.replicates(SEEDS, policy=policy), wanted)
        assert same(screen.replicates(SEEDS, threads=3, policy=policy), wanted)


@pytest.mark.parametrize(
    "edit",
    [
        ("rounds = 24\nreloads = 1", "rounds = 4\nreloads = 2"),
        ('firing = "shoot-look-shoot"', 'firing = "salvo"'),
    ],
    ids=["scarce", "salvo"],
)
def test_the_same_bits_under_other_plans(edit):
    other = compile_screen(rockets(36, edit))
    wanted = other.replicates(SEEDS)
    assert same(other.replicates(SEEDS, policy=plans_batch), wanted)
    assert same(other.replicates(SEEDS, policy=plans_score), wanted)


def test_units_that_can_guide_few_at_once(screen):
    """Illuminators and uplinks bound the rounds that can be fired at all."""
    tables = screen.tables
    units = tables.units.copy()
    units[:, [8, 9]] = 2.0
    few = msgspec.structs.replace(
        screen, tables=msgspec.structs.replace(tables, units=units), digest="few"
    )
    wanted = few.replicates(SEEDS)
    assert not same(wanted, screen.replicates(SEEDS))
    assert same(few.replicates(SEEDS, policy=plans_batch), wanted)
    assert same(
        few.replicates(SEEDS, policy=pairs_batch), few.replicates(SEEDS, policy=pairs_score)
    )


def test_both_forms_of_another_doctrine_are_one(screen):
    one, other = (screen.replicates(SEEDS, policy=p) for p in (pairs_score, pairs_batch))
    assert same(one, other)
    plan = screen.replicates(SEEDS)
    assert one["rounds.fired"].mean() > 1.2 * plan["rounds.fired"].mean()
    fates = one["killed"] + one["leaked"] + one["harmless"] + one["failed"]
    assert np.array_equal(fates, one["launched"])


def test_a_question_that_is_full_changes_nothing(screen, monkeypatch):
    wanted = screen.replicates(SEEDS)
    monkeypatch.setattr(asking, "_ROOM", 1)
    assert same(screen.replicates(SEEDS, policy=plans_batch), wanted)


def test_no_policy_overdraws_a_magazine():
    scarce = compile_screen(rockets(24, (r"rounds = 24\nreloads = 1", "rounds = 3\nreloads = 0")))
    rows = scarce.replicates(SEEDS, policy=lambda o: (o["hit"] + 1.0, o["most"]))
    fired = rows["rounds.fired.layer.terminal"]
    assert fired.max() <= 3 * 3
    assert rows["rounds.fired"].mean() > scarce.replicates(SEEDS)["rounds.fired"].mean()
    assert scarce.replicates(SEEDS, policy=lambda o: 0.0 * o["hit"])["rounds.fired"].max() == 0.0


def test_columns_hold_what_they_say(screen):
    seen = []

    def look(o):
        seen.append(o.copy())
        return plans_batch(o)

    screen.replicates([3, 4], policy=look)
    o = np.concatenate(seen)
    assert set(o["replicate"].tolist()) == {0, 1}
    assert (o["planned"] <= o["most"]).all()
    assert (o["most"] <= o["left"]).all()
    assert (o["channels"] > 0).all()
    assert ((o["to_launch"] >= 0.0) & (o["to_launch"] < o["to_intercept"])).all()
    assert (o["to_intercept"] < o["to_impact"]).all()
    assert np.allclose(o["kill"], 1.0 - (1.0 - o["sspk"]) ** o["planned"])
    assert {screen.classes[k] for k in set(o["kind"].tolist())} == {"heavy-rocket"}
    assert len({screen.units[u] for u in o["unit"].tolist()}) > 1


def test_good_policies_pass_the_check():
    for policy in (plans_score, plans_batch, pairs_batch):
        check_policy(policy, rockets(12), [1, 2, 3])


def _by_chance(o):
    return np.random.default_rng().random(len(o))


def _by_company(o):
    return o["value"] / len(o)


def _by_number(o):
    return o["value"] * (1.0 + o["replicate"])


def _by_place(o):
    return o["value"] * np.arange(1, len(o) + 1)


@njit
def _by_change(o):
    o["value"] = 1.0
    return o["value"]


@pytest.mark.parametrize("policy", [_by_chance, _by_company, _by_number, _by_place, _by_change])
def test_bad_policies_do_not(policy):
    with pytest.raises(AssertionError, match="a policy"):
        check_policy(policy, rockets(12), [1, 2, 3])


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (lambda o: o["value"] * np.nan, "not a number"),
        (lambda _: np.ones(1000000), "options, answers of"),
        (lambda o: (o["value"], o["most"] + 1), "can be fired"),
        (lambda o: (o["value"], o["value"]), "whole numbers"),
        (njit(lambda o: o["value"] * np.nan), "not a number"),
    ],
)
def test_answers_that_are_none_stop_the_run(screen, policy, told):
    with pytest.raises(TdomeError, match=told):
        screen.replicates([1, 2], policy=policy)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def score(o) return 1", "not Python"),
        ("import neighbour", "'neighbour'"),
        ("from . import x", "its neighbours"),
        ("1 / 0", "ZeroDivisionError"),
        ("def scores(o): return o['value']", "nearest valid name: 'scores'"),
        ("from math import exp as score", "not known"),
        ("from numba import njit\n@njit(cache=True)\ndef score(o): return 1.0", "cannot cache"),
    ],
)
def test_faults_of_a_file_are_told(text, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        read_policy(text, "mine.py:score")


MINE = """import numpy as np

def mine(o):
    return o["value"] * o["kill"], np.minimum(o["most"], 2)
"""
STUDY = """
name = "own"
scenario = "first-steps"
engine = "screening"
[design]
kind = "list"
replicates = 30
[[arms]]
name = "plan"
[[arms]]
name = "mine"
policy = "mine.py:mine"
"""


def test_a_study_of_a_policy(tmp_path):
    (tmp_path / "own.toml").write_text(STUDY)
    (tmp_path / "mine.py").write_text(MINE)
    done = td.study(tmp_path / "own.toml", out=tmp_path / "out", workers=0)
    assert done.compare("plan", "mine", measure="rounds.fired").mean > 0.0
    assert (tmp_path / "out" / "inputs" / "policy-1.py").read_text() == MINE
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "decides: mine.py:mine (mine)" in page
    (tmp_path / "mine.py").write_text(MINE.replace("2)", "3)"))
    with pytest.raises(ConfigError, match="other policy of arm 'mine'"):
        td.study(tmp_path / "own.toml", out=tmp_path / "out", workers=0, resume=True)
    with pytest.raises(ConfigError, match="decides by the plan's own rules"):
        td.study(tmp_path / "own.toml", workers=0, engine="stepwise")


@pytest.mark.parametrize("name", ["mine.py", "mine.py:", ":mine", "mine.py:a b", "none.py:mine"])
def test_a_name_that_is_none_is_told(tmp_path, name):
    (tmp_path / "own.toml").write_text(STUDY.replace("mine.py:mine", name))
    with pytest.raises(ConfigError, match=r"arms\[1\].policy"):
        td.study(tmp_path / "own.toml", workers=0)
