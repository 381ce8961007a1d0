import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numba
import pytest

import tdome.kernel
from tdome.kernel import jit
from tdome.kernel.jit import cache_folder, kernel, sources_hash


@pytest.fixture
def package(tmp_path):
    """Build a small package ``tdome``: a kernel, that calls one in another file, and a constant."""
    root = tmp_path / "tdome"
    (root / "kernel").mkdir(parents=True)
    (root / "__init__.py").write_text("")  # a regular package, or an installed one would win
    shutil.copy(Path(tdome.kernel.__path__[0]) / "jit.py", root / "kernel")
    (root / "kernel" / "errors.py").write_text("")
    (root / "bystander.py").write_text("X = 1\n")
    (root / "constants.py").write_text("OFFSET = 0.0\n")
    (root / "callee.py").write_text(
        "from tdome.kernel.jit import kernel\n@kernel\ndef callee(x):\n    return 2.0 * x\n"
    )
    (root / "caller.py").write_text(
        "from tdome.kernel.jit import kernel\n"
        "from tdome.callee import callee\n"
        "from tdome import (  # a comment\n    constants,\n)\n"
        "@kernel\ndef caller(x):\n    return callee(x) + constants.OFFSET\n"
    )
    return root


def run(package, script="", **environment):
    code = script or (
        "from tdome.caller import caller\nprint(caller(10.0), len(caller.stats.cache_hits))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": str(package.parent),
            "NUMBA_CACHE_DIR": str(package.parent / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_cached_caller_sees_an_edited_callee_and_constant(package):
    assert run(package) == "20.0 0"
    assert run(package) == "20.0 1", "the second process must find the machine code"
    (package / "callee.py").write_text((package / "callee.py").read_text().replace("2.0", "3.0"))
    (package / "constants.py").write_text("OFFSET = 5.0\n")
    assert run(package) == "35.0 0"


def test_with_the_jit_off_kernels_are_plain_functions(package):
    script = "from tdome.caller import caller\nprint(type(caller).__name__, caller(10.0))"
    assert run(package, script, NUMBA_DISABLE_JIT="1") == "function 20.0"
    assert not (package.parent / "cache").exists()


def test_hash_covers_kernels_and_their_imports_only(package):
    first = sources_hash(package)
    assert first == sources_hash(package)
    (package / "bystander.py").write_text("X = 2\n")
    assert sources_hash(package) == first
    seen = {first}
    for name in ("constants.py", "callee.py", "caller.py", "kernel/jit.py"):
        with (package / name).open("a") as stream:
            stream.write("# edited\n")
        seen.add(sources_hash(package))
    assert len(seen) == 5


def test_hash_sees_versions_and_processor(package, monkeypatch):
    first = sources_hash(package)
    monkeypatch.setattr(numba.config, "CPU_NAME", "generic")
    second = sources_hash(package)
    monkeypatch.setattr(numba, "__version__", "0.0")
    assert len({first, second, sources_hash(package)}) == 3


def test_kernels_have_the_arithmetic_of_ieee_and_leave_numbas_setting_alone():
    before = numba.config.CACHE_DIR

    @kernel
    def divide(a: float, b: float) -> float:
        return a / b

    assert divide(1.0, 0.0) == float("inf")
    assert before == numba.config.CACHE_DIR
    assert str(cache_folder()) in divide._cache.cache_path
    options = divide.targetoptions
    assert options["nogil"]
    assert not options.get("fastmath", False)


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Keep everything that a cache folder may be in inside of ``tmp_path``."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "file").write_text("no folder can be made in a file")
    return tmp_path


def new_folder():
    return cache_folder.__wrapped__()


def test_cache_is_where_the_user_wants_it(homes, monkeypatch):
    assert new_folder().parent == homes / "home" / ".cache" / "tdome"
    monkeypatch.setenv("XDG_CACHE_HOME", str(homes / "xdg"))
    assert new_folder().parent == homes / "xdg" / "tdome"
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(homes / "numba"))
    assert new_folder().parent == homes / "numba"
    assert new_folder().name == f"kernels-{sources_hash(jit._PACKAGE)}"
    assert new_folder().is_dir()


def test_cache_falls_back_to_a_private_temporary_folder(homes, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(homes / "file" / "cache"))
    folder = new_folder()
    assert folder == new_folder()
    assert folder.parent.parent == homes / "temporary"
    assert folder.parent.stat().st_mode & 0o077 == 0


def test_machine_code_is_not_loaded_from_where_others_can_write(homes, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(homes / "file" / "cache"))
    planted = new_folder().parent
    planted.chmod(0o777)
    assert new_folder().parent != planted
    assert new_folder() != new_folder()


def test_old_folders_are_pruned_to_the_newest(homes):
    current = new_folder()
    root = current.parent
    for age in range(jit._OLD_FOLDERS_KEPT + 3):
        old = root / f"kernels-{age:02}"
        (old / "inner").mkdir(parents=True)
        os.utime(old, (1e9 - age, 1e9 - age))
    (root / "something-else").mkdir()
    os.utime(current, (1, 1))  # the current one stays, however old it looks
    assert new_folder() == current
    left = sorted(folder.name for folder in root.iterdir())
    newest = [f"kernels-{age:02}" for age in range(jit._OLD_FOLDERS_KEPT)]
    kept = [*newest, current.name, "something-else"]
    assert left == sorted(kept)
