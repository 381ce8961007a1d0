"""What is on the shelf: ``tdome scenarios``, ``catalogue``, ``validate``, ``doctor``."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tdome.kernel.config import load_toml
from tdome.run.library import bundled_scenarios

from .conftest import Tdome, is_one_line_of_complaint

SCENARIOS = (
    *("civil-traffic-peak", "drone-swarm", "first-steps", "heavy-rocket-salvo", "jammed-approach"),
    *("mixed-raid-2024", "mixed-week", "radar-loss", "short-range-rockets", "taiwan-layered"),
)


def test_scenarios_are_listed_with_their_threats(tdome: Tdome) -> None:
    rows = {row["name"]: row for row in tdome("scenarios", "--json").json}
    assert tuple(sorted(rows)) == SCENARIOS
    assert rows["first-steps"]["threats"] == {"srbm": 1}
    assert sum(rows["short-range-rockets"]["threats"].values()) == 846
    said = tdome("scenarios")
    assert said.code == 0
    for name in SCENARIOS:
        assert name in said.out


def test_the_catalogue_shows_all_classes(tdome: Tdome) -> None:
    shelves = tdome("catalogue", "--json").json
    assert set(shelves) == {"threats", "sensors", "effectors"}
    said = tdome("catalogue")
    for shelf in shelves.values():
        for name in shelf:
            assert name in said.out


def test_a_class_is_shown_with_range_source_and_status(tdome: Tdome) -> None:
    entry = tdome("catalogue", "srbm", "--json").json["threats"]["srbm"]
    said = tdome("catalogue", "srbm")
    assert said.code == 0
    for key, number in entry.items():
        if isinstance(number, dict):
            assert key in said.out
            assert number["source"] in said.out


def test_an_unknown_class_is_answered_with_the_nearest(tdome: Tdome) -> None:
    said = tdome("catalogue", "srmb")
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert "'srbm'" in said.err


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_bundled_scenario_is_valid(tdome: Tdome, name: str) -> None:
    assert name in bundled_scenarios()
    said = tdome("validate", name)
    assert said.code == 0, said.err
    assert said.out.startswith(f"ok  {name}: scenario {name}")


def test_plan_and_scenario_are_told_apart_by_their_keys(tdome: Tdome, finished: Path) -> None:
    inputs = finished / "inputs"
    checked = tdome("validate", inputs / "plan.toml", inputs / "scenario.toml", "--json").json
    assert [one["kind"] for one in checked] == ["plan", "scenario"]
    assert all(one["valid"] for one in checked)


def test_flights_that_nothing_can_fly_are_found(tdome: Tdome, finished: Path) -> None:
    scenario = finished / "inputs" / "scenario.toml"
    text = scenario.read_text("utf-8")
    far = scenario.with_name("far.toml")
    latitude = next(line for line in text.splitlines() if line.startswith("launch_lat_deg"))
    far.write_text(text.replace(latitude, "launch_lat_deg = -60.0"), "utf-8")
    said = tdome("validate", far)
    assert said.code == 2
    assert "raids[0].salvos[0]" in said.err
    assert "can not fly" in said.err


def test_the_first_fault_of_each_file_is_told(tdome: Tdome, finished: Path) -> None:
    plan = finished / "inputs" / "plan.toml"
    text = plan.read_text("utf-8")
    wrong_key = plan.with_name("key.toml")
    wrong_key.write_text(text.replace("radius_km", "radius_m"), "utf-8")
    wrong_class = plan.with_name("class.toml")
    wrong_class.write_text(text.replace('"multifunction"', '"multifunktion"'), "utf-8")
    wrong_stage = plan.with_name("stage.toml")
    wrong_stage.write_text(text + '\n[stages]\ntracking = "gnn-v9"\n', "utf-8")
    no_toml = plan.with_name("syntax.toml")
    no_toml.write_text("name = = 3\n", "utf-8")
    missing = plan.with_name("plam.toml")
    files = (plan, wrong_key, wrong_class, wrong_stage, no_toml, missing)
    said = tdome("validate", *files)
    assert said.code == 2
    assert said.out.startswith(f"ok  {plan}: plan first-steps: 1 sensor, 1 fire unit, 1 asset, ")
    assert said.out.count("\n") == 1
    cures = ("radius_km", "multifunction", "gnn-ekf-v1", "syntax.toml:1", "plan.toml")
    complaints = said.err.splitlines()
    assert len(complaints) == len(cures)
    for complaint, file, cure in zip(complaints, files[1:], cures, strict=True):
        assert complaint.startswith(f"tdome: {file}")
        assert cure in complaint
    checked = tdome("validate", *files, "--json").json
    assert [one["valid"] for one in checked] == [True, False, False, False, False, False]
    assert checked[1]["line"] > 1


def test_what_is_doubtful_is_valid_and_told(tdome: Tdome, finished: Path) -> None:
    scenario = finished / "inputs" / "scenario.toml"
    site = load_toml(finished / "inputs" / "plan.toml", dict[str, Any])["sensors"][0]["name"]
    late = f'\n[[links.sites]]\nname = "{site}"\nclock_offset_s = 60\n'
    scenario.write_text(scenario.read_text("utf-8") + late, "utf-8")
    said = tdome("validate", scenario)
    assert said.code == 0, said.err
    assert "    doubtful: the clock of" in said.out
    (checked,) = tdome("validate", scenario, "--json").json
    assert checked["valid"]
    assert len(checked["doubts"]) == 1


def test_nothing_to_validate_is_a_mistake(tdome: Tdome) -> None:
    said = tdome("validate")
    assert said.code == 2
    assert is_one_line_of_complaint(said)


@pytest.mark.parametrize(("kind", "key"), [("plan", "fire_units"), ("scenario", "raids")])
def test_schemas_for_editors(tdome: Tdome, kind: str, key: str) -> None:
    schema = tdome("validate", "--schema", kind).json
    root = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert key in root["properties"]
    assert root["additionalProperties"] is False


def test_doctor_finds_everything_in_its_place(tdome: Tdome) -> None:
    said = tdome("doctor")
    assert said.code == 0, said.out
    assert "core-imm-v1" in said.out
    assert tdome("doctor", "--json").json["whole"]


def test_doctor_says_what_is_missing(tdome: Tdome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tdome.app.doctor.bundled_scenarios", list)
    said = tdome("doctor")
    assert said.code == 1
    assert "MISSING  scenarios" in said.out


@pytest.mark.parametrize("words", ["catalogue", "catalogue --json"])
def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path, words: str) -> None:
    script = f"{shlex.quote(sys.executable)} -m tdome {words} | true; echo ${{PIPESTATUS[0]}}"
    shell = ["/bin/bash", "-c", script]
    done = subprocess.run(shell, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout == "0\n"
    assert done.stderr == ""
