"""Lock 1 on truth: the import contracts hold, and each is seen to fail on a planted breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# file, appended line, id of the contract that must report it
BREACHES = {
    "direct truth": ("command/tracking/base.py", "import tdome.world.schema", "never see truth"),
    "indirect truth": ("messages/codes.py", "import tdome.world.schema", "never see truth"),
    "truth for types only": (
        "command/threat/base.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import tdome.world.schema",
        "never see truth",
    ),
    "truth in a gateway": ("gateways/base.py", "import tdome.world.schema", "never see truth"),
    "score in command": ("command/chain.py", "import tdome.score.outcome", "never see truth"),
    "stage to stage": (
        "command/warning/base.py",
        "import tdome.command.threat.base",
        "only through messages",
    ),
    "clock in a stage": ("command/sensing/base.py", "import time", "no I/O"),
    "judge asks the mind": ("score/siap.py", "import tdome.command.chain", "not the mind"),
    "upwards": ("kernel/ids.py", "import tdome.messages.base", "point down only"),
    "new room undeclared": ("attic.py", "", "point down only"),
}


def lint_imports(source: Path) -> str:
    """Return the report of import-linter on a source tree, with the repository's contracts."""
    command = [
        str(Path(sys.executable).with_name("lint-imports")),
        "--no-cache",
        "--config",
        str(ROOT / "pyproject.toml"),
    ]
    done = subprocess.run(
        command,
        cwd=source,
        env={"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def broken(report: str) -> set[str]:
    """Return the names of the contracts that a report calls broken."""
    lines = report.splitlines()
    return {line.removesuffix(" BROKEN").strip() for line in lines if line.endswith(" BROKEN")}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    skipped = shutil.ignore_patterns("__pycache__", "geography", "*.toml")
    shutil.copytree(ROOT / "src" / "tdome", tmp_path / "tdome", ignore=skipped)
    return tmp_path


def test_the_contracts_hold(tree: Path) -> None:
    report = lint_imports(tree)
    assert broken(report) == set(), report
    assert "0 broken" in report, report


@pytest.mark.parametrize("name", BREACHES)
def test_each_contract_fails_on_a_planted_breach(tree: Path, name: str) -> None:
    file, line, contract = BREACHES[name]
    target = tree / "tdome" / file
    text = target.read_text() if target.exists() else ""
    target.write_text(text + "\n" + line + "\n")
    report = lint_imports(tree)
    assert any(contract in found for found in broken(report)), report
