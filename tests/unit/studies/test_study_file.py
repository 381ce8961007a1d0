"""STUDY.toml: designs that it makes, and mistakes that are told before anything runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdome.kernel.errors import ConfigError
from tdome.run.record import digest
from tdome.studies.design.definition import read_study
from tdome.studies.design.shelf import shipped_studies

HEAD = 'name = "x"\nscenario = "first-steps"\n'
ROUNDS = '[[factors]]\nname = "rounds"\npath = "plan.fire_units[*].rounds"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.toml"
    path.write_text(text)
    return path


def rounds(study: Any) -> list[int]:
    return [point.inputs.plan().file.fire_units[0].rounds for point in study.points]


def test_full_factorial_crosses_levels_and_arms(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{ROUNDS}levels = [1, 4]\n"
        '[[factors]]\nname = "rain"\npath = "scenario.weather.rain_mm_h"\nlow = 0.0\nhigh = 20.0\n'
        'steps = 3\n[[arms]]\nname = "looks"\n[[arms]]\nname = "salvo"\n'
        'set = {"plan.doctrine.firing" = "salvo", "plan.doctrine.salvo_rounds" = 3}\n'
    )
    study = read_study(written(tmp_path, text))
    assert len(study.points) == 2 * 2 * 3
    assert study.points[0].label == "looks, rounds=1, rain=0"
    assert study.points[-1].label == "salvo, rounds=4, rain=20"
    assert rounds(study) == [1, 1, 1, 4, 4, 4] * 2
    assert study.points[-1].inputs.plan().doctrine.salvo_rounds == 3
    assert study.points[0].inputs.plan().doctrine.firing == "shoot-look-shoot"
    table = study.points_table()
    assert table.column_names == ["point", "label", "arm", "rounds", "rain"]
    assert table["rain"].to_pylist()[:3] == [0.0, 10.0, 20.0]


def test_nothing_varied_is_one_point_of_the_files_as_they_are(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, HEAD))
    assert [point.label for point in study.points] == ["base"]
    assert study.points[0].inputs == study.bases["base"]


@pytest.mark.parametrize("kind", ["latin-hypercube", "sobol"])
def test_sampled_designs_fill_the_range_and_are_reproducible(tmp_path: Path, kind: str) -> None:
    text = (
        f'{HEAD}[design]\nkind = "{kind}"\npoints = 16\n{ROUNDS}low = 1\nhigh = 20\n'
        '[[factors]]\nname = "rcs"\npath = "scenario.truth.threats.srbm.rcs_m2"\nscale = true\n'
        'low = 0.1\nhigh = 10.0\nlog = true\n[[factors]]\nname = "firing"\n'
        'path = "plan.doctrine.firing"\nlevels = ["salvo", "single"]\n'
    )
    if "rcs_m2" not in catalogue_keys():
        text = text.replace("rcs_m2", next(k for k in catalogue_keys() if k.startswith("rcs")))
    study = read_study(written(tmp_path, text))
    again = read_study(written(tmp_path, text))
    other = read_study(written(tmp_path, text.replace("points", "seed = 2\npoints")))
    assert [p.values for p in study.points] == [p.values for p in again.points]
    assert [p.values for p in study.points] != [p.values for p in other.points]
    table = study.points_table()
    bins = np.floor((np.log10(table["rcs"].to_numpy()) + 1.0) / 2.0 * 16)
    assert sorted(bins) == list(range(16))  # one point in each sixteenth of the range
    assert all(isinstance(value, int) for value in rounds(study))
    assert table["firing"].to_pylist().count("salvo") == 8


def catalogue_keys() -> list[str]:
    from tdome.plan.catalogue import bundled_catalogue  # noqa: PLC0415

    return list(bundled_catalogue().threats["srbm"].__struct_fields__)


def test_scale_multiplies_what_is_there_and_whole_stays_whole(tmp_path: Path) -> None:
    text = (
        'name = "x"\nscenario = "short-range-rockets"\n[[factors]]\nname = "raid"\nscale = true\n'
        'path = "scenario.raids[*].salvos[*].count"\nlevels = [0.25, 1, 2]\n'
    )
    study = read_study(written(tmp_path, text))
    counts = [
        [salvo.count for raid in p.inputs.scenario().file.raids for salvo in raid.salvos]
        for p in study.points
    ]
    assert counts[1] == [170, 150, 76, 90, 60, 75, 75, 150]
    assert counts[0] == [42, 38, 19, 22, 15, 19, 19, 38]  # halves to the even one
    assert counts[2] == [2 * count for count in counts[1]]


def test_arms_may_bring_their_own_plan(tmp_path: Path) -> None:
    plan = read_study({"name": "x", "scenario": "first-steps"}).bases["base"].plan_text
    (tmp_path / "other.toml").write_text(plan.replace('name = "battery"', 'name = "other"'))
    text = (
        f'{HEAD}[design]\nkind = "list"\n[[arms]]\nname = "a"\n[[arms]]\nname = "b"\n'
        'plan = "other.toml"\n'
    )
    study = read_study(written(tmp_path, text))
    names = [point.inputs.plan().units.names for point in study.points]
    assert names == [("battery",), ("other",)]
    assert {"plan of arm 'a'", "plan of arm 'b'"} <= set(study.hashes())


def test_seeds_are_common_unless_said_otherwise(tmp_path: Path) -> None:
    common = read_study(written(tmp_path, f"{HEAD}{ROUNDS}levels = [1, 2]\n"))
    assert common.seeds(0, 0, 5) == common.seeds(1, 0, 5)
    assert common.seeds(0, 3, 5) == common.seeds(0, 0, 5)[3:]
    text = f"{HEAD}[design]\ncommon_random_numbers = false\n{ROUNDS}levels = [1, 2]\n"
    apart = read_study(written(tmp_path, text))
    assert not {*apart.seeds(0, 0, 50)} & {*apart.seeds(1, 0, 50)}
    other = read_study(written(tmp_path, f"{HEAD}[design]\nseed = 2\n{ROUNDS}levels = [1, 2]\n"))
    assert not {*common.seeds(0, 0, 50)} & {*other.seeds(0, 0, 50)}


def test_comments_and_the_budget_decide_nothing(tmp_path: Path) -> None:
    study = read_study(written(tmp_path, HEAD))
    longer = read_study(written(tmp_path, f"# more\n{HEAD}[budget]\nseconds = 5.0\n"))
    assert study.hashes() == longer.hashes()
    other = read_study(written(tmp_path, f"{HEAD}[design]\nseed = 2\n"))
    assert study.hashes() != other.hashes()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (f"{HEAD}sede = 3\n", 3, "sede"),
        (f'{HEAD}[design]\nkind = "factorial"\n', 4, "full-factorial"),
        ('name = "x"\nscenario = "frist-steps"\n', 2, "first-steps"),
        (f'{HEAD}plan = "nowhere.toml"\n', 3, "nowhere.toml"),
        (f"{HEAD}{ROUNDS}", 3, "levels"),
        (f"{HEAD}{ROUNDS}low = 1\nhigh = 4\n", 3, "steps"),
        (f"{HEAD}{ROUNDS}low = 4\nhigh = 1\nsteps = 3\n", 3, "low below high"),
        (f"{HEAD}{ROUNDS}levels = [1]\nlow = 1\n", 3, "either"),
        (f"{HEAD}{ROUNDS}levels = [1]\nlog = true\n", 3, "log"),
        (f'{HEAD}{ROUNDS}levels = ["a"]\nscale = true\n', 6, "multiply"),
        (f"{HEAD}{ROUNDS}levels = [1]\n{ROUNDS}levels = [1]\n", 8, "twice"),
        (f'{HEAD}[design]\nkind = "sobol"\npoints = 12\n{ROUNDS}low = 1\nhigh = 4\n', 5, "8 or 16"),
        (f'{HEAD}[design]\nkind = "sobol"\n{ROUNDS}low = 1\nhigh = 4\n', 3, "number of points"),
        (f"{HEAD}[design]\npoints = 12\n", 4, "leave it out"),
        (f'{HEAD}[design]\nkind = "list"\n', 4, "arms"),
        (f'{HEAD}[stop]\nmeasure = "leaked"\n', 3, "half_width"),
        (f'{HEAD}[stop]\nmeasure = "leaked"\nrelative = 0.1\n', 3, "raise replicates"),
        (f"{HEAD}{ROUNDS}levels = [1, 2]\n[budget]\nreplicates = 1\n", 8, "need 2"),
        (f'{HEAD}[[factors]]\nname = "r"\npath = "plan.fire_unit[*].rounds"\nlevels = [1]\n', 5,
         "plan.fire_units"),
        (f'{HEAD}[[factors]]\nname = "seed"\npath = "plan.clock.decide_s"\nlevels = [1]\n', 4,
         "every study"),
        (f'{HEAD}[[arms]]\nname = "a"\nset = {{"plan.doctrine.fire" = 1}}\n', 5, "firing"),
        (f'{HEAD}[[arms]]\nname = "a"\nscale = {{"plan.doctrine.firing" = 2.0}}\n', 5, "no number"),
    ],
)  # fmt: skip
def test_mistakes_are_told_with_file_line_and_cure(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as told:
        read_study(path)
    assert (told.value.file, told.value.line) == (str(path), line), told.value
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("levels", "said"),
    [("[4, -1]", "rounds=-1"), ("[4, 1.5, 'a']", "rounds=a"), ("[20000]", "rounds=20000")],
)
def test_a_point_that_can_not_be_is_named(tmp_path: Path, levels: str, said: str) -> None:
    with pytest.raises(ConfigError) as told:
        read_study(written(tmp_path, f"{HEAD}{ROUNDS}levels = {levels}\n"))
    assert f"design point '{said}'" in str(told.value)
    assert "fire_units[0].rounds" in str(told.value)
    assert told.value.line == 3


def test_a_name_that_no_catalogue_has_is_a_fault_of_the_point(tmp_path: Path) -> None:
    text = (
        f'{HEAD}[[factors]]\nname = "t"\npath = "plan.fire_units[*].type"\n'
        'levels = ["terminal-ballistic", "terminal-balistic"]\n'
    )
    with pytest.raises(ConfigError, match=r"t=terminal-balistic.*nearest.*terminal-ballistic"):
        read_study(written(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "cure"), [("magazin-depth", "magazine-depth"), ("no/such.toml", "shipped studies")]
)
def test_a_wrong_name_of_a_study(name: str, cure: str) -> None:
    with pytest.raises(ConfigError, match=cure):
        read_study(name)


@pytest.mark.parametrize("name", shipped_studies())
def test_shipped_studies_are_whole(name: str) -> None:
    study = read_study(name)
    assert study.file.question.endswith("?")
    assert study.file.measures
    different = {digest(p.inputs.plan_text + p.inputs.scenario_text) for p in study.points}
    some_alike = study.file.design.kind == "saltelli"  # a whole number of A may be that of B
    assert len(different) == len(study.points) or some_alike
