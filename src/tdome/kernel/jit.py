"""The one decorator for compiled code, and the folder where its machine code is kept.

Numba's cached caller does not see an edited callee in another file: it silently goes on with
the old physics (reference/engine.md, 6.3). So the cache folder carries a hash of every source
that can reach the machine code: files with kernels, and what they import from the package
(their constants are frozen into the code), and the versions of Numba and Python and the CPU.

With ``NUMBA_DISABLE_JIT=1`` kernels run as plain Python: that is the debugger.
"""

import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite.binding
import numba

F = TypeVar("F", bound=Callable[..., Any])

_config: Any = numba.config  # its attributes are made at run time
_njit: Any = numba.njit  # its stubs know fewer options than it takes

_PACKAGE = Path(__file__).resolve().parents[1]
_MARK = "@kernel"
_OLD_FOLDERS_KEPT = 12
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)


def kernel(function: F) -> F:
    """Compile a function with the house's settings: cached, without the GIL, IEEE arithmetic.

    Division by zero gives inf or nan and never raises (``error_model="numpy"``); no fastmath,
    which changes the last bits and bought nothing when measured. The cache of kernels
    outside this package is kept too, but their own cross-file edits are not seen. No wrapper
    for C is made: nothing here is handed to C, and each would be compiled.
    """
    # Said aloud, or a kernel would take it over from a bare one that calls it.
    return _compiled(function, _nrt=True)


def kernel_bare(function: F) -> F:
    """Compile a kernel that makes no arrays and returns none: no references are counted in it.

    Numba counts references to the arguments of each call that it does not inline, by atomic
    additions; in loops over small kernels on one big array these were 30 % of a tracker's time.
    Slices are fine, `np.empty` and its like are refused when it is compiled.
    """
    return _compiled(function, _nrt=False)


def _compiled(function: F, **more: bool) -> F:
    if _config.DISABLE_JIT:
        return function
    # Numba reads the setting while it decorates; the host process keeps its own afterwards.
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(cache_folder())
    try:
        options = {"cache": True, "nogil": True, "no_cfunc_wrapper": True, **more}
        compiled = _njit(error_model="numpy", **options)(function)
    finally:
        _config.CACHE_DIR = before
    return cast("F", compiled)


@cache
def cache_folder() -> Path:
    """Return this build's cache folder, made and writable; prune those of older builds.

    It is ``kernels-<hash>`` in ``NUMBA_CACHE_DIR`` if that is set, else in ``tdome`` in the
    user's cache folder, else (nothing writable) in the temporary folder.
    """
    name = f"kernels-{sources_hash(_PACKAGE)}"
    # A shared temporary folder is no place to load another user's machine code from.
    fallback = Path(tempfile.gettempdir()) / f"tdome-{_user()}"
    for root in (_cache_root() or fallback, fallback):
        folder = root / name
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.mkdir(exist_ok=True)
            os.utime(folder)  # so that the folders in use are the newest ones
            tempfile.TemporaryFile(dir=folder).close()
        except OSError:
            continue
        if root == fallback and not _is_private(root):
            continue
        _prune(root, keep=name)
        return folder
    return Path(tempfile.mkdtemp(prefix="tdome-kernels-"))


def sources_hash(package: Path) -> str:
    """Hash what the machine code of a package's kernels depends on (16 hexadecimal digits)."""
    digest = hashlib.blake2b(digest_size=8)
    target = (
        numba.__version__,
        platform.python_version(),
        platform.machine(),
        _config.CPU_NAME or llvmlite.binding.get_host_cpu_name(),
        _config.CPU_FEATURES or "",
    )
    for part in target:
        digest.update(f"{len(part)}:{part}".encode())
    for name, text in _kernel_sources(package):
        source = text.encode()
        digest.update(f"{len(name)}:{name}:{len(source)}:".encode() + source)
    return digest.hexdigest()


def _kernel_sources(package: Path) -> Iterator[tuple[str, str]]:
    """Yield (dotted name, text) of the files with kernels and of all that they import."""
    texts: dict[str, str] = {}
    for file in package.rglob("*.py"):
        dotted = ".".join(file.relative_to(package.parent).with_suffix("").parts)
        texts[dotted.removesuffix(".__init__")] = file.read_text(encoding="utf-8")
    waiting = [name for name, text in texts.items() if _MARK in text]
    found = set(waiting)
    while waiting:
        for name in _imported(texts[waiting.pop()]):
            if name in texts and name not in found:
                found.add(name)
                waiting.append(name)
    for name in sorted(found):
        yield name, texts[name]


def _imported(text: str) -> Iterator[str]:
    """Yield the dotted names that a source imports absolutely (as modules or from them)."""
    for module, names, modules in _IMPORT.findall(text):
        if module:
            yield module
            yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))
        else:
            yield from re.findall(r"[\w.]+", modules)


def _cache_root() -> Path | None:
    if asked := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(asked)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared) / "tdome"
    try:
        return Path.home() / ".cache" / "tdome"
    except RuntimeError:  # an account without a home
        return None


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _is_private(folder: Path) -> bool:
    """Tell whether only we can have written here (machine code is loaded from it)."""
    status = folder.stat()
    return os.name == "nt" or (status.st_uid == _user() and not status.st_mode & 0o022)


def _prune(root: Path, keep: str) -> None:
    """Delete the cache folders of older builds but for the newest few."""
    aged: list[tuple[float, Path]] = []
    for folder in root.glob("kernels-*"):
        if folder.name != keep:
            try:
                aged.append((folder.stat().st_mtime, folder))
            except OSError:  # another process prunes too
                continue
    for _, folder in sorted(aged, reverse=True)[_OLD_FOLDERS_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
