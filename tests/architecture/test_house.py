"""Sizes, names and habits that keep the house readable; each rule is seen to bite."""

import ast
from pathlib import Path

import pytest

from tdome.messages.codes import WarningStatus

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tdome"
HARD_LIMIT = 600
CHAIN_LIMIT = 150
FUNCTION_LIMIT = 60
ROOM_LIMIT = 12
BANNED = {"utils", "common", "helpers", "manager", "data", "misc"}
MODULES = sorted(SOURCE.rglob("*.py"))


def long_functions(path: Path, limit: int) -> list[str]:
    tree = ast.parse(path.read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    return [
        f"{path.name}: {f.name} {f.end_lineno - f.lineno + 1}"
        for f in functions
        if (f.end_lineno or 0) - f.lineno + 1 - _docstring_lines(f) > limit
    ]


def _docstring_lines(function: ast.FunctionDef) -> int:
    if ast.get_docstring(function) is None:
        return 0
    first = function.body[0]
    return (first.end_lineno or 0) - first.lineno + 1


def calls_of_hash(text: str) -> int:
    """Count calls of the built-in hash(): it differs from process to process for text."""
    calls = [n.func for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    return sum(isinstance(func, ast.Name) and func.id == "hash" for func in calls)


def test_files_are_small() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert len(sizes) > 40
    assert [str(path) for path, size in sizes.items() if size > HARD_LIMIT] == []
    assert sizes[SOURCE / "command" / "chain.py"] <= CHAIN_LIMIT


def test_functions_are_small() -> None:
    assert [line for path in MODULES for line in long_functions(path, FUNCTION_LIMIT)] == []


def test_long_functions_are_seen(tmp_path: Path) -> None:
    file = tmp_path / "long.py"
    file.write_text("def f():\n" + "    x = 1\n" * 70)
    assert long_functions(file, FUNCTION_LIMIT) == ["long.py: f 71"]


def test_names_say_something() -> None:
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert names & BANNED == set()


@pytest.mark.parametrize("room", sorted(p for p in (SOURCE / "command").iterdir() if p.is_dir()))
def test_rooms_are_small_and_have_a_contract(room: Path) -> None:
    if room.name == "__pycache__":
        return
    files = [path.name for path in room.glob("*.py")]
    assert len(files) <= ROOM_LIMIT
    assert "base.py" in files


def test_hash_is_not_called() -> None:
    assert [str(path) for path in MODULES if calls_of_hash(path.read_text())] == []
    assert calls_of_hash("x = hash('a')") == 1


def test_no_real_warning_status_and_no_effector_interface() -> None:
    """Boundaries: warnings are never ACTUAL; only the world takes an EngagementOrder in."""
    assert {status.name for status in WarningStatus} == {"EXERCISE", "TEST"}
    takers = [
        path.relative_to(SOURCE).parts[0]
        for path in MODULES
        if "EngagementOrders" in path.read_text()
    ]
    # command makes them, messages defines them, world flies them, score reads them, run carries.
    assert set(takers) <= {"command", "messages", "world", "score", "run"}
    gateways = [path.read_text() for path in (SOURCE / "gateways").glob("*.py")]
    assert not any("EngagementOrders" in text for text in gateways)
