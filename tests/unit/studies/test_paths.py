"""Paths of factors: what they find, what they refuse, and with which cure."""

from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tdome.kernel.config import parse_toml
from tdome.kernel.errors import ConfigError
from tdome.run.library import find_inputs
from tdome.studies.design.paths import Documents, Place, find_places, value_at, with_value
from tdome.studies.design.written import toml_text


def documents(scenario: str) -> Documents:
    inputs = find_inputs(scenario)
    return {
        "plan": parse_toml(inputs.plan_text, dict[str, Any], "plan"),
        "scenario": parse_toml(inputs.scenario_text, dict[str, Any], "scenario"),
    }


ROCKETS = documents("short-range-rockets")


def places(said: str, of: Documents = ROCKETS) -> list[Place]:
    return find_places(said, of, "factors[0].path", "study.toml")


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("plan.doctrine.firing", 1),
        ("plan.doctrine.round_price", 1),
        ("plan.authority.persons", 1),
        ("plan.fire_units[type=short-range].rounds", 5),
        ("plan.fire_units[name=battery 2].rounds", 1),
        ("plan.fire_units[*].reloads", 5),
        ("plan.fire_units[4].rounds", 1),
        ("scenario.raids[*].salvos[*].count", 8),
        ("scenario.raids[name=barrage 1].salvos[0].count", 1),
        ("scenario.weather.rain_mm_h", 1),
        ("plan.beliefs.effectors.short-range.round_cost_usd", 1),
        ("scenario.truth.effectors.short-range.round_cost_usd", 1),
        ("catalogue.effectors.short-range.round_cost_usd", 2),
    ],
)
def test_a_path_finds_all_that_it_means(said: str, count: int) -> None:
    assert len(places(said)) == count


def test_a_catalogue_number_stands_in_both_books_and_each_keeps_its_own() -> None:
    believed, true = places("catalogue.effectors.short-range.sspk_ballistic")
    assert (believed.book, true.book) == ("plan", "scenario")
    changed = with_value(believed, 0.5, ROCKETS)
    assert value_at(believed, changed) == 0.5
    assert value_at(true, changed) == value_at(true, ROCKETS) != 0.5


def test_all_classes_that_have_a_number() -> None:
    assert len(places("catalogue.effectors[*].round_cost_usd")) > 10


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("plan.doctrin.firing", "plan.doctrine"),
        ("plan.doctrine.fireing", "plan.doctrine.firing"),
        ("scenario.salvos[*].count", "scenario.raids[*].salvos[*].count"),
        ("plan.fire_units.rounds", "[name=…]"),
        ("plan.fire_units[9].rounds", "0 to 4"),
        ("plan.fire_units[type=short-rnge].rounds", "short-range"),
        ("plan.fire_units[*].roundz", "rounds"),
        ("plan.doctrine", "firing"),
        ("plan.name.first", "no keys"),
        ("world.weather", "plan, scenario"),
        ("plan", "plan.fire_units"),
        ("plan.[", "plan.fire_units"),
        ("scenario.jammers[0].start_s", "scenario.weather"),
        ("catalogue.effectors.short-range.sspk", "sspk_"),
        ("catalogue.effectors.short-rang.sspk_drone", "short-range"),
        ("catalogue.efectors.short-range.sspk_drone", "effectors"),
        ("catalogue.effectors.short-range", "catalogue.effectors.short-range"),
        ("catalogue.effectors[*].colour", "colour"),
    ],
)
def test_a_wrong_path_is_told_with_the_cure(said: str, cure: str) -> None:
    with pytest.raises(ConfigError) as told:
        places(said)
    assert told.value.key == "factors[0].path"
    assert cure in str(told.value)


def test_what_is_not_written_has_the_value_that_holds() -> None:
    (price,) = places("plan.doctrine.round_price")
    assert value_at(price, ROCKETS) == 0.02
    first_steps = documents("first-steps")
    (rounds,) = places("plan.fire_units[*].rounds", first_steps)
    catalogue = places("catalogue.effectors.terminal-ballistic.rounds", first_steps)[0]
    assert value_at(rounds, first_steps) == value_at(catalogue, first_steps) > 0
    fewer = with_value(catalogue, 3, first_steps)
    assert value_at(rounds, fewer) == 3


def test_the_rest_is_untouched() -> None:
    before = tomli_w.dumps(ROCKETS["plan"])
    (one,) = places("plan.fire_units[name=battery 2].rounds")
    changed = with_value(one, 1, ROCKETS)
    assert tomli_w.dumps(ROCKETS["plan"]) == before
    assert [unit["rounds"] for unit in changed["plan"]["fire_units"]] == [180, 1, 180, 180, 180]
    assert changed["scenario"] is ROCKETS["scenario"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False), TEXTS,
    st.datetimes(), st.dates(),
)  # fmt: skip
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        SCALARS, lambda x: st.lists(x, max_size=3) | st.dictionaries(TEXTS, x, max_size=3)
    ),
    max_size=4,
)


@given(DOCUMENTS.filter(lambda d: "inf" not in str(d)))
def test_what_is_written_reads_back_the_same(document: dict[str, Any]) -> None:
    assert parse_toml(toml_text(document), dict[str, Any], "x") == document


@pytest.mark.parametrize("name", ["taiwan-layered", "jammed-approach", "mixed-week"])
def test_shipped_inputs_read_back_the_same(name: str) -> None:
    for document in documents(name).values():
        assert parse_toml(toml_text(document), dict[str, Any], "x") == document
