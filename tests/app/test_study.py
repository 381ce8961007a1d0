"""``tdome study`` as a person meets it."""

from pathlib import Path

import pytest

from tdome.kernel.errors import ConfigError
from tdome.studies import api
from tdome.studies.report.paper import find_browser
from tdome.studies.running.base import Answer, Inline

from .conftest import Tdome, is_one_line_of_complaint

NOISE = """
name = "noise"
question = "How noisy?"
scenario = "first-steps"
engine = "tests.study_engines:Noise"
measures = ["loss"]

[design]
replicates = 5

[[factors]]
name = "rounds"
path = "plan.fire_units[*].rounds"
levels = [4, 12]
"""


@pytest.fixture
def noise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "noise.toml"
    path.write_text(NOISE)
    return path


def test_means_intervals_and_where_to_look(tdome: Tdome, noise: Path) -> None:
    said = tdome("study", noise, "--workers", "0")
    assert said.code == 0, said.err
    for words in ("How noisy?", "loss", "rounds=4", "rounds=12", "10 of 2 design points",
                  "studies/noise-1/table.parquet"):  # fmt: skip
        assert words in said.out
    assert "normal" not in said.out  # not what was asked about
    assert all(len(line) <= 100 for line in said.out.splitlines())


def test_each_study_has_its_folder_and_the_last_one_is_resumed(tdome: Tdome, noise: Path) -> None:
    first = tdome("study", noise, "--workers", "0", "--json")
    second = tdome("study", noise, "--workers", "0", "--json")
    assert first.json["folder"] == "studies/noise-1"
    assert second.json["folder"] == "studies/noise-1.2"
    assert first.json["digest"] == second.json["digest"]
    again = tdome("study", noise, "--workers", "0", "--resume", "--json")
    assert again.json["folder"] == "studies/noise-1.2"
    assert [row["replicates"] for row in again.json["points"]] == [5, 5]
    assert again.json["means"]["loss"][1]["n"] == 5


def test_ctrl_c_tells_how_to_go_on(
    tdome: Tdome, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(Inline):
        answers = 1

        def take(self, timeout: float) -> list[Answer]:
            if self.answers == 0:
                raise KeyboardInterrupt
            self.answers -= 1
            return super().take(timeout)

    with monkeypatch.context() as patch:
        patch.setattr(api, "Inline", Interrupted)
        said = tdome("study", noise, "--workers", "0", "--out", "s", "--json")
    assert said.code == 130
    assert said.out == ""
    assert "noise.toml --out s --resume goes on" in said.err
    assert len(list(Path("s/parts").iterdir())) == 1
    assert tdome("study", noise, "--workers", "0", "--out", "s", "--resume").code == 0


def test_shipped_studies_are_listed(tdome: Tdome) -> None:
    said = tdome("study", "--list", "--json")
    assert {"magazine-depth", "doctrine-comparison"} <= {row["name"] for row in said.json}
    assert "magazine-depth" in tdome("study", "--list").out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ((), "--list"),
        (("magazine-dept",), "'magazine-depth'"),
        (("no.toml",), "shipped studies"),
        (("noise.toml", "--resume"), "no such folder"),
        (("noise.toml", "--out", "noise.toml"), "not an empty folder"),
        (("noise.toml", "--workers", "-1"), ">= 0"),
    ],
)
def test_mistakes_get_one_line(
    tdome: Tdome, noise: Path, words: tuple[str, ...], hint: str
) -> None:
    said = tdome("study", *words)
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert hint in said.err
    assert not Path("studies").exists()


def test_a_wrong_path_is_told_with_line_and_cure(tdome: Tdome, noise: Path) -> None:
    noise.write_text(NOISE.replace("fire_units[*].rounds", "fire_unit[*].rounds"))
    said = tdome("study", noise)
    assert is_one_line_of_complaint(said)
    assert "noise.toml:13" in said.err
    assert "plan.fire_units" in said.err


def _browser(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_report_on_paper_needs_a_browser_before_it_begins(
    tdome: Tdome, noise: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOME_BROWSER", "no-such-browser")
    said = tdome("study", noise, "--workers", "0", "--pdf")
    assert said.code == 2
    assert is_one_line_of_complaint(said)
    assert "'no-such-browser' is no program" in said.err
    assert not Path("studies").exists()
    broken = _browser(tmp_path / "broken", "echo no display >&2")
    monkeypatch.setenv("TDOME_BROWSER", broken)
    said = tdome("study", noise, "--workers", "0", "--pdf", "--out", "s")
    assert said.code == 2
    assert "printed nothing: no display" in said.err
    assert Path("s/report.html").is_file()  # the study itself is done and kept


def test_a_report_on_paper_by_a_real_browser(tdome: Tdome, noise: Path) -> None:
    try:
        find_browser()
    except ConfigError:
        pytest.skip("no browser on this machine")
    said = tdome("study", noise, "--workers", "0", "--pdf", "--out", "s")
    assert said.code == 0, said.err
    assert "s/report.pdf" in said.out
    paper = Path("s/report.pdf").read_bytes()
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") >= 1
