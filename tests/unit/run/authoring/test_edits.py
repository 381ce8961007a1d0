"""Edits keep what they do not mean: comments, order, spacing."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tdome.kernel.errors import ConfigError
from tdome.kernel.toml_lines import layout_of
from tdome.run.authoring.edit import Draft, add_raid, check, open_draft, remove_raid, set_value
from tdome.run.authoring.splice import with_block, with_value, without_block
from tdome.run.authoring.templates import from_template, templates

SCENARIO = from_template("mine", "layered")["scenario.toml"]
PLAN = from_template("mine", "layered")["plan.toml"]


def draft(text: str = SCENARIO) -> Draft:
    return Draft(Path("scenario.toml"), "scenario", text)


def lines_changed(before: str, after: str) -> set[str]:
    return set(after.splitlines()) ^ set(before.splitlines())


@pytest.mark.parametrize("name", templates())
def test_spans_are_where_the_values_are(name: str) -> None:
    for text in from_template("x", name).values():
        document = tomllib.loads(text)
        spans = layout_of(text).values
        assert len(spans) > 10
        for path, (begins, ends) in spans.items():
            value = document
            for step in path:
                value = value[step]
            assert tomllib.loads(f"v = {text[begins:ends]}")["v"] == value


def test_a_value_is_changed_where_it_stands_and_its_comment_stays() -> None:
    after = set_value(draft(), "raids[name=cruise].salvos[0].count=20")
    check(after)
    assert lines_changed(SCENARIO, after.text) == {"count = 10", "count = 20"}
    after = set_value(draft(), "referee.correlation=0.3")
    assert "correlation = 0.3 # of hits within a raid" in after.text


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("weather.rain_mm_h=8", ("weather", "rain_mm_h"), 8),
        ("links.jitter_s = 0.5", ("links", "jitter_s"), 0.5),
        ("raids[0].salvos[0].scatter_km=2.0", ("raids", 0, "salvos", 0, "scatter_km"), 2.0),
        ("places[name=Port].lat_deg=37.2", ("places", 1, "lat_deg"), 37.2),
        ("description=a = b # c", ("description",), "a = b # c"),
        ('raids[1].salvos[0].targets=["City"]', ("raids", 1, "salvos", 0, "targets"), ["City"]),
        ("terrain=heights.tif", ("terrain",), "heights.tif"),
        ("truth.effectors.gun.rounds=5.0", ("truth", "effectors", "gun", "rounds"), 5.0),
    ],
)
def test_what_is_said_is_what_is_written(
    assignment: str, path: tuple[str | int, ...], value: object
) -> None:
    after = set_value(draft(), assignment)
    check(after)
    found = tomllib.loads(after.text)
    for step in path:
        found = found[step]
    assert found == value
    assert [line for line in SCENARIO.splitlines() if "#" in line] == [
        line for line in after.text.splitlines() if "#" in line and "a = b" not in line
    ]


@pytest.mark.parametrize(
    ("assignment", "cure"),
    [
        ("wether.rain_mm_h=8", "'weather'"),
        ("weather.rain_mm=8", "'rain_mm_h'"),
        ("raids[name=cruse].start_s=1", "'cruise'"),
        ("raids[9].start_s=1", "0 to 2"),
        ("raids.start_s=1", "[name="),
        ("name.x=1", "no keys"),
        ("places[0]", "has no ="),
        ("=4", "the key is missing"),
        ("raids[0].salvos[0].count=many", "whole number"),
        ("raids[0].salvos[0].type=srmb", "'srbm'"),
        ("weather=5", "a table"),
    ],
)
def test_mistakes_are_answered_with_the_cure(assignment: str, cure: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check(set_value(draft(), assignment))
    assert cure in str(caught.value)


def test_a_plan_is_edited_as_well() -> None:
    plan = Draft(Path("plan.toml"), "plan", PLAN)
    after = set_value(plan, "fire_units[name=terminal].rounds=12")
    after = set_value(after, "beliefs.threats.cruise.rcs_m2=0.2")
    check(after)
    document = tomllib.loads(after.text)
    assert document["fire_units"][0]["rounds"] == 12
    assert document["beliefs"]["threats"]["cruise"] == {"rcs_m2": 0.2}
    with pytest.raises(ConfigError, match="belong to a scenario"):
        remove_raid(plan, "cruise")


def test_a_raid_goes_with_its_comment_and_leaves_that_of_the_next() -> None:
    after = remove_raid(draft(), "drones").text
    assert "# Civil flights" in after
    assert "decoy" not in after.partition("[[raids]]")[2]
    gone = remove_raid(draft(), "ballistic").text
    assert "Launched so as to arrive" not in gone
    none = draft()
    for name in ("drones", "cruise", "ballistic"):
        none = remove_raid(none, name)
    check(none)
    assert "raids" not in tomllib.loads(none.text)
    with pytest.raises(ConfigError, match="nearest valid name: 'drones'"):
        remove_raid(draft(), "drone")


def test_an_added_raid_is_aimed_and_the_duration_grows() -> None:
    after = add_raid(draft(), "60 drones from the north over 2 hours", seed=3, targets=["Port"])
    check(after)
    document = tomllib.loads(after.text)
    assert [raid["name"] for raid in document["raids"]][-1] == "drone from the north"
    assert document["raids"][-1]["salvos"][0]["targets"] == ["Port"]
    assert document["duration_s"] > 7200.0
    assert remove_raid(after, "drone from the north").text.split() == (
        set_value(draft(), f"duration_s={document['duration_s']}").text.split()
    )
    campaign = ", then ".join(["2 drones from the north over 24 hours"] * 31)
    with pytest.raises(ConfigError, match="720 at most"):
        add_raid(draft(), campaign, seed=3)
    with pytest.raises(ConfigError, match="'Port'"):
        add_raid(draft(), "6 drones from the north", seed=3, targets=["Prot"])


def test_a_new_place_is_added_once_and_before_the_raids() -> None:
    after = add_raid(draft(), "6 drones from the north", seed=3, near=(37.5, -40.0))
    after = add_raid(after, "6 drones from the east", seed=3, near=(37.5, -40.0))
    check(after)
    assert [p["name"] for p in tomllib.loads(after.text)["places"]].count("near 37.5, -40") == 1
    assert after.text.index("near 37.5") < after.text.index("[[raids]]")


def test_a_list_in_one_piece_is_left_alone() -> None:
    text = 'name = "x"\nstart = 2030-05-01T04:00:00Z\nduration_s = 9.0\nraids = []\n'
    with pytest.raises(ConfigError, match="in one piece"):
        add_raid(draft(text), "6 drones from the north", seed=1, near=(1.0, 2.0))


def test_bundled_and_missing_scenarios_are_not_opened(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--template first-steps"):
        open_draft("first-steps")
    with pytest.raises(ConfigError, match="no such file"):
        open_draft(tmp_path)


VALUES = st.one_of(
    st.integers(-(2**40), 2**40), st.booleans(), st.lists(st.integers(0, 9), max_size=3)
)
DOCUMENT = """# head
a = 1 # one
b.c = [1, 2,
  3] # three
t = { x = 1, y = { z = 2 } }

# first
[[r]]
n = "p # q"
  # inside
[[r.s]]
k = '''
[[r]]
'''

[u.v]
w = 2030-01-01 # day
# second
[[r]]
"""
Change = tuple[tuple[str | int, ...], object]
PATHS = st.sampled_from(
    [
        *(("a",), ("b", "c"), ("b", "d"), ("t", "x"), ("t", "new"), ("t", "y", "q"), ("new",)),
        *(("r", 0, "n"), ("r", 0, "m"), ("r", 0, "s", 0, "k"), ("r", 0, "s", 0, "j")),
        *(("u", "v", "w"), ("u", "v", "x"), ("g", "h", "i"), ("r", 1, "n"), ("q q", "é")),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(PATHS, VALUES), min_size=1, max_size=6))
def test_any_values_one_after_the_other(
    changes: list[tuple[tuple[str | int, ...], object]],
) -> None:
    text = DOCUMENT
    for path, value in changes:
        text = with_value(text, path, str(value).lower())  # checks itself
    assert [line for line in text.splitlines() if line.lstrip().startswith("#")] == [
        line for line in DOCUMENT.splitlines() if line.lstrip().startswith("#")
    ]


def test_blocks_come_and_go() -> None:
    more = with_block(DOCUMENT, "r", "# third\n[[r]]\nn = 3\n")
    assert tomllib.loads(more)["r"][2] == {"n": 3}
    assert without_block(more, "r", 2).strip() == DOCUMENT.strip()
    assert "# second" not in without_block(DOCUMENT, "r", 1)
    assert "# first" not in without_block(DOCUMENT, "r", 0)
    assert tomllib.loads(with_block(DOCUMENT, "z", "[[z]]\n"))["z"] == [{}]
