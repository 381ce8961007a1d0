"""Every page of the documentation is executed: its commands and its Python, in order."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tdome.plan.catalogue import bundled_catalogue

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"`((?:src|tests|docs|benchmarks)/[\w./-]+)`|\]\(([\w./-]+)\)")
PAGES = sorted(DOCS.rglob("*.md"))


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_runs(page: Path, tmp_path: Path) -> None:
    for language, code in BLOCK.findall(page.read_text("utf-8")):
        if language == "python":
            done = run(sys.executable, "-W", "error", "-c", code, cwd=tmp_path)
            assert done.returncode == 0, f"{code}\n{done.stderr}"
            continue
        for line in code.splitlines():
            program, *words = shlex.split(line, comments=True)
            assert program == "tdome", f"{page.name} shows a command that is not ours: {line}"
            done = run(sys.executable, "-m", "tdome", *words, cwd=tmp_path)
            assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_the_tutorial_says_what_happens(tmp_path: Path) -> None:
    run(
        sys.executable,
        "-m",
        "tdome",
        "run",
        "first-steps",
        "--seed",
        "2",
        "--out",
        "r",
        cwd=tmp_path,
    )
    told = run(sys.executable, "-m", "tdome", "explain", "r", "E1", cwd=tmp_path).stdout
    for word in (
        "suspect",
        "hostile",
        "IDENTITY_NOT_HOSTILE",
        "CHOSEN",
        "APPROVE",
        "ENGAGE",
        "KILL",
    ):
        assert word in told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_named_files_exist(page: Path) -> None:
    root = DOCS.parent
    for ours, link in LINK.findall(page.read_text("utf-8")):
        target = root / ours if ours else page.parent / link
        assert target.exists(), f"{page.name} names {ours or link}, which does not exist"


def test_there_is_a_page_for_each_promise() -> None:
    names = {page.name[:2] for page in (DOCS / "concepts").glob("p*.md")}
    assert names == {"p1", "p2", "p3", "p4", "p5"}


def test_the_index_names_every_model() -> None:
    models = DOCS / "concepts" / "models"
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", (models / "README.md").read_text("utf-8")))
    assert named == {page.name for page in models.glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("page", ["rain", "jamming"])
def test_tables_of_parameters_are_the_catalogue(page: str) -> None:
    """Rows (class, key, value, low, high, source): all classes with the key, in its order."""
    catalogue = bundled_catalogue()
    text = (DOCS / "concepts" / "models" / f"{page}.md").read_text("utf-8")
    shown = re.findall(r"^\| `([\w-]+)` \| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
    expected = [
        (name, key, f"{q.nominal:g} | {q.low:g} | {q.high:g} | {q.source} ({q.status})")
        for key in dict.fromkeys(key for _, key, _ in shown)
        for entries in (catalogue.sensors, catalogue.effectors)
        for name, entry in entries.items()
        if (q := getattr(entry, key, None)) is not None
    ]
    assert shown == expected
    assert len(shown) > 10
