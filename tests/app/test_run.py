"""``tdome run``."""

import re
from pathlib import Path

import pytest

from tdome.run.loop import Loop

from .conftest import Said, Tdome, in_a_shell, is_one_line_of_complaint


def test_a_newcomer_sees_tables_and_where_to_look_further(first_steps: tuple[Path, Said]) -> None:
    folder, said = first_steps
    assert said.code == 0, said.err
    assert said.err == ""  # no progress where there is no terminal
    tables = ("By threat class", "By layer", "By defended asset", "People underneath")
    for word in (*tables, "Warnings", "Picture", "Time"):
        assert word in said.out
    assert re.search(r"^srbm +1 ", said.out, re.MULTILINE)
    assert "tdome explain runs/first-steps-1 E1" in said.out
    assert "tdome replay runs/first-steps-1" in said.out
    for name in ("manifest.json", "journal.mcap", "outcome.json", "tables/by_class.parquet"):
        assert (folder / "runs" / "first-steps-1" / name).is_file()


def test_what_is_piped_is_plain_and_fits_eighty_columns(first_steps: tuple[Path, Said]) -> None:
    _, said = first_steps
    assert "\x1b" not in said.out
    tables = said.out[: said.out.index("Run folder")]
    assert max(len(line.rstrip()) for line in tables.splitlines()) <= 80


def test_colour_can_be_refused(tmp_path: Path) -> None:
    terminal = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}  # also where CI runs on a dumb one
    wanted = in_a_shell("catalogue", "srbm", folder=tmp_path, **terminal, NO_COLOR="")
    refused = in_a_shell("catalogue", "srbm", folder=tmp_path, **terminal, NO_COLOR="1")
    assert "\x1b[" in wanted.out
    assert not re.search(r"\x1b\[[\d;]*3[0-9]", refused.out)


def test_json_is_one_object_and_nothing_else(
    tdome: Tdome, tmp_path: Path, first_steps: tuple[Path, Said]
) -> None:
    said = tdome("run", "first-steps", "--json", "--wire", "--out", tmp_path / "run")
    assert said.code == 0
    assert said.err == ""
    assert said.json["folder"] == str(tmp_path / "run")
    assert said.json["outcome"]["totals"]["launched"] == 1
    assert sum(row["launched"] for row in said.json["outcome"]["by_class"]) == 1
    impact, debris = said.json["outcome"]["exposure"]
    assert impact["events"] + debris["events"] == 1  # it came down whole or as a wreck
    known = sum(cause["exposed"] > 0.0 for cause in (impact, debris))
    assert known + impact["unknown"] + debris["unknown"] == 1
    direct = Path(first_steps[0], "runs", "first-steps-1", "manifest.json").read_text("utf-8")
    assert said.json["journal_hash"] in direct  # the wire changes nothing


def test_progress_is_shown_on_a_terminal_and_never_mixed_with_json(tmp_path: Path) -> None:
    words = ("run", "first-steps", "--json")
    said = in_a_shell(*words, folder=tmp_path, FORCE_COLOR="1", TERM="xterm")
    assert said.json["scenario"] == "first-steps"
    assert "1 hostile objects left" in said.err
    assert " of 6 min 00 s" in said.err


def test_a_second_run_gets_a_folder_of_its_own(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folders = [tdome("run", "first-steps", "--seed", 3, "--json").json["folder"] for _ in range(2)]
    assert folders == ["runs/first-steps-3", "runs/first-steps-3.2"]


def test_the_plan_can_be_replaced(tdome: Tdome, tmp_path: Path, finished: Path) -> None:
    plan = (finished / "inputs" / "plan.toml").read_text("utf-8")
    held = tmp_path / "held.toml"
    held.write_text(plan + '\n[doctrine]\nweapon_control = "hold"\n', "utf-8")
    said = tdome("run", "first-steps", "--plan", held, "--out", tmp_path / "held", "--json")
    assert said.code == 0
    assert said.json["outcome"]["totals"]["rounds_fired"] == 0


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("first-step",), "'first-steps'"),
        (("no/such/folder",), "first-steps"),
        (("first-steps", "--plan", "missing.toml"), "missing.toml"),
        (("first-steps", "--out", "/dev/null/run"), "can not be made"),
        (("first-steps", "--out", "/etc"), "never overwritten"),
    ],
)
def test_a_mistake_gets_one_line(tdome: Tdome, words: tuple[str, ...], hint: str) -> None:
    said = tdome("run", *words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert hint in said.err


def test_a_wrong_key_is_told_with_file_line_and_cure(tdome: Tdome, finished: Path) -> None:
    scenario = finished / "inputs" / "scenario.toml"
    text = scenario.read_text("utf-8").replace("launch_spread_km", "launch_spread")
    scenario.write_text(text, "utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("launch_spread "))
    said = tdome("run", scenario)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert f"scenario.toml:{line}: " in said.err
    assert "nearest valid key: 'launch_spread_km'" in said.err


def test_an_interrupted_run_keeps_its_folder(
    tdome: Tdome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = Loop._decide

    def interrupted(loop: Loop, *rest: object) -> object:
        if loop.steps == 300:
            raise KeyboardInterrupt
        return decide(loop, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Loop, "_decide", interrupted)
    out = tmp_path / "run"
    said = tdome("run", "first-steps", "--out", out)
    assert said.code == 130
    assert str(out) in said.err
    assert said.err.endswith("tdome: interrupted\n")
    monkeypatch.undo()
    assert tdome("explain", out, "T1").code == 0
    replayed = tdome("replay", out)
    assert replayed.code == 3
    assert is_one_line_of_complaint(replayed)
    assert "not finished" in replayed.err
