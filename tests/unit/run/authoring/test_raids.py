"""Raids from phrases: what is asked for comes out, whatever the seed, and it can fly."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.earth.geodesy import great_circle_distance, initial_bearing
from tdome.kernel.errors import ConfigError
from tdome.kernel.random import Streams
from tdome.plan.catalogue import bundled_catalogue
from tdome.run.authoring.phrase import Clause, parse_phrase
from tdome.run.authoring.raids import (
    AXIS_SPREAD_DEG,
    Generated,
    generate,
    places_text,
    raids_text,
    reach_km,
)
from tdome.world.bodies.flights import compile_bodies
from tdome.world.scenario import Scenario, read_scenario
from tdome.world.schema.raids import Place

BOOK = bundled_catalogue()
AIMS = [
    Place(name="A", lat_deg=24.0, lon_deg=121.0),
    Place(name="B", lat_deg=25.0, lon_deg=121.5),
]
ASKED = "60 drones from the north-west in three groups over 40 minutes, decoy share 38 %"
HEAD = 'name = "x"\nstart = 2030-05-01T04:00:00Z\nduration_s = 86400.0\n\n'


def read(phrase: str) -> list[Clause]:
    return parse_phrase(phrase, BOOK)


def made(phrase: str, seed: int = 7, aims: list[Place] = AIMS) -> Generated:
    return generate(read(phrase), aims, BOOK, seed=seed)


def flown(generated: Generated, aims: list[Place] = AIMS) -> Scenario:
    return read_scenario(HEAD + places_text(aims) + "\n" + raids_text(generated.raids, "r"), "x")


def counts(generated: Generated) -> Counter[str]:
    total: Counter[str] = Counter()
    for raid in generated.raids:
        for salvo in raid.salvos:
            total[salvo.type] += salvo.count
    return total


def test_the_phrase_of_the_issue() -> None:
    (clause,) = read(ASKED)
    assert clause.items == (("drone", 60),)
    assert (clause.bearing_deg, clause.groups, clause.over_s) == (315.0, 3, 2400.0)
    generated = made(ASKED)
    assert counts(generated) == {"drone": 37, "decoy-drone": 23}  # 38 % of 60 is 22.8
    (raid,) = generated.raids
    assert sorted({salvo.first_s for salvo in raid.salvos}) == [0.0, 800.0, 1600.0]
    last = max(salvo.first_s + salvo.count * salvo.interval_s for salvo in raid.salvos)
    assert last == pytest.approx(2400.0, abs=1.0)


@pytest.mark.parametrize(
    ("phrase", "items"),
    [
        ("8 SRBM and a dozen cruise missiles from NNW", (("srbm", 8), ("cruise", 12))),
        ("sixty-four UAVs from bearing 310 degrees", (("drone", 64),)),
        ("1,000 one-way attack drones from west", (("drone", 1000),)),
        ("two hundred short-range rockets from the east", (("rocket", 200),)),
        ("3 jet drones, 2 jet-drones from the ESE", (("jet-drone", 5),)),
        ("a supersonic cruise missile from the south", (("supersonic-cruise", 1),)),
        ("5 ballistic missiles from the south west 300 km out", (("srbm", 5),)),
    ],
)
def test_counts_and_names_of_classes(phrase: str, items: tuple[tuple[str, int], ...]) -> None:
    (clause,) = read(phrase)
    assert clause.items == items


@pytest.mark.parametrize("name", list(BOOK.threats))
def test_every_class_is_known_by_its_id_and_plural_and_flies_from_its_usual_distance(
    name: str,
) -> None:
    for said in (f"1 {name}", f"2 {name}s", f"1 {name.replace('-', ' ')}"):
        assert read(f"{said} from the west")[0].items[0][0] == name
    scenario = flown(made(f"4 {name} from the west", aims=AIMS[:1]), AIMS[:1])
    assert len(compile_bodies(scenario, Streams(1))) >= 4  # a class may come in parts


def test_then_after_and_and() -> None:
    first, second, third, fourth = read(
        "20 drones from the north over 10 minutes, then 9 cruise with 6 srbm after 20 minutes "
        "and 3 rockets from the east, then 5 drones".replace(" with ", " and ")
    )
    assert (first.starts_s, second.starts_s) == (0.0, 1200.0)
    assert second.items == (("cruise", 9), ("srbm", 6))
    assert second.bearing_deg == first.bearing_deg == 0.0
    assert (third.starts_s, third.bearing_deg) == (1200.0, 90.0)
    assert (fourth.starts_s, fourth.bearing_deg) == (1200.0, 90.0)
    first, second = read("20 drones from N over 10 minutes then 9 cruise")
    assert second.starts_s == 600.0
    first, second = read("20 drones from N; 30 minutes later 9 cruise from W")
    assert second.starts_s == 1800.0


@pytest.mark.parametrize(
    ("phrase", "word", "cure"),
    [
        ("", "empty", "for example"),
        ("60 dornes from the north", "'dornes'", "drones"),
        ("60 drones fron the north", "'fron'", "from"),
        ("60 drones from the nroth", "'nroth'", "north"),
        ("60 drones from", "ends too early", "direction"),
        ("60 drones", "no direction", "from the north-west"),
        ("many drones from the north", "'many'", "how many"),
        ("0 drones from the north", "0 of a class", "1 to 5000"),
        ("9000 drones from the north", "9000", "5000"),
        ("2.5 drones from the north", "2.5", "whole number"),
        ("6 drones from the north over 10 parsecs", "'parsecs'", "'min'"),
        ("6 drones from the north over 40 hours", "40 hours", "24 hours"),
        ("6 drones from the north in 7 groups", "7 groups", "fewer"),
        ("6 drones from the north, decoy share 120 %", "120 %", "0 to 100"),
        ("6 drones from the north from the south", "twice", "then"),
        ("6 drones from bearing 400", "400", "360"),
        ("6 drones from the north and", "ends in the middle", "for example"),
        ("6 drones from the north then", "ends in the middle", "for example"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_was_expected(
    phrase: str, word: str, cure: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(phrase)
    assert word in caught.value.problem
    assert cure in caught.value.hint


@pytest.mark.parametrize(
    ("phrase", "cure"),
    [
        ("5 srbm from the west 900 km away", "it flies"),
        ("5 rockets from the west 2 km away", "it flies"),
        ("5 fighters from the west with 40 % decoys", "clause of its own"),
    ],
)
def test_what_can_not_fly_is_refused(phrase: str, cure: str) -> None:
    with pytest.raises(ConfigError, match="class") as caught:
        made(phrase)
    assert cure in caught.value.hint


def test_no_place_is_refused() -> None:
    with pytest.raises(ConfigError, match="no place"):
        made(ASKED, aims=[])


def test_groups_come_from_about_the_direction() -> None:
    aim = AIMS[0]
    here = math.radians(aim.lat_deg), math.radians(aim.lon_deg)
    (raid,) = made("90 drones from the west in 9 groups", aims=[aim]).raids
    there = np.radians([(s.launch_lat_deg, s.launch_lon_deg) for s in raid.salvos])
    bearings = np.degrees(initial_bearing(*here, there[:, 0], there[:, 1]))
    assert np.all(np.abs(bearings - 270.0) < AXIS_SPREAD_DEG + 1.0)
    assert np.ptp(bearings) > 5.0


def test_far_targets_are_left_to_classes_that_reach_them() -> None:
    far = [AIMS[0], Place(name="far", lat_deg=22.0, lon_deg=120.3)]
    (raid,) = made("40 rockets from the east", aims=far).raids
    (salvo,) = raid.salvos
    assert len(salvo.targets) == 1


def test_a_clause_more_changes_no_earlier_one_and_another_seed_does() -> None:
    one = made(ASKED)
    more = made(f"{ASKED}, then 8 srbm from the west")
    assert more.raids[0] == one.raids[0]
    assert made(ASKED, seed=8).raids != one.raids


def test_names_stay_free() -> None:
    clauses = read("3 drones from the west")
    taken = ["drone from the west", "drone from the west 2"]
    generated = generate(clauses, AIMS, BOOK, seed=1, taken=taken)
    assert generated.raids[0].name == "drone from the west 3"


KINDS = st.sampled_from(["drone", "cruise", "srbm", "jet-drone", "mrbm"])


@st.composite
def phrases(draw: st.DrawFn) -> tuple[str, Counter[str], int]:
    """Return a phrase, what it asks for, and how many of these may be decoys."""
    words, asked, decoys = [], Counter[str](), 0
    for number in range(draw(st.integers(1, 3))):
        kind, count = draw(KINDS), draw(st.integers(1, 80))
        clause = f"{count} {kind}s"
        groups = draw(st.integers(1, min(count, 4)))
        if number == 0 or draw(st.booleans()):
            clause += f" from bearing {draw(st.integers(0, 360))}"
        clause += draw(st.sampled_from(["", f" in {groups} groups"]))
        clause += draw(st.sampled_from(["", f" over {draw(st.integers(1, 90))} minutes"]))
        if "drone" in kind and draw(st.booleans()):
            share = draw(st.integers(0, 100))
            clause += f", decoy share {share} %"
            decoys += math.floor(count * share / 100 + 0.5)
        words.append(clause)
        asked[kind] += count
    return draw(st.sampled_from([", then ", "; "])).join(words), asked, decoys


@settings(max_examples=60, deadline=None)
@given(phrases(), st.integers(0, 2**63 - 1))
def test_counts_add_up_and_everything_can_fly(
    case: tuple[str, Counter[str], int], seed: int
) -> None:
    phrase, asked, decoys = case
    generated = made(phrase, seed)
    total = counts(generated)
    assert total.total() == asked.total()
    assert total["decoy-drone"] == pytest.approx(decoys, abs=1)
    assert raids_text(made(phrase, seed).raids, "r") == raids_text(generated.raids, "r")
    scenario = flown(generated)  # validates
    assert scenario.file.raids == generated.raids
    for raid in generated.raids:
        for salvo in raid.salvos:
            low, high = reach_km(BOOK.threats[salvo.type])
            for name in salvo.targets:
                aim = scenario.places[name]
                point = (salvo.launch_lat_deg, salvo.launch_lon_deg, aim.lat_deg, aim.lon_deg)
                away = float(great_circle_distance(*np.radians(point))) / 1e3
                assert low - 1e-9 <= away <= high + 1e-9


@settings(max_examples=8, deadline=None)
@given(phrases(), st.integers(0, 2**63 - 1))
def test_the_world_flies_what_was_generated_within_the_time_said(
    case: tuple[str, Counter[str], int], seed: int
) -> None:
    generated = made(case[0], seed)
    bodies = compile_bodies(flown(generated), Streams(seed % 1000))
    assert len(bodies) >= case[1].total()  # a class may come in parts
    assert bodies.ends_at.max() <= generated.ends_s
