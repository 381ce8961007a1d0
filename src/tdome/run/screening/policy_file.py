"""A policy in a file of its own: what a study names, carries to its workers and hashes.

A study must never go on with another policy than it was begun with, on whatever machine. So its
text is read once, goes with the inputs of every task and is run from there; and it may import only
what has its version in the manifest of a study. Limit: what a policy opens is not seen; it should
open nothing, and :func:`.check.check_policy` tells whether it answers alike twice.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import ModuleType

from tdome.kernel.errors import ConfigError
from tdome.run.screening.policy import Policy

MAY_IMPORT = ("numpy", "numba", "scipy", "tdome")
"""Beside Python's own library: the versions of all of these are in a study's manifest."""


def split_name(name: str, key: str, source: str) -> tuple[str, str]:
    """Return file and function of ``mine.py:score``. Raises ConfigError."""
    file, _, function = name.rpartition(":")
    if not file or not function.isidentifier():
        problem = f"key {key!r}: {name!r} does not name a function of a file"
        raise ConfigError(source, None, key, problem, 'as "mine.py:score", beside the study')
    return file, function


@lru_cache(maxsize=16)
def read_policy(text: str, source: str) -> Policy:
    """Return the policy ``file.py:function`` whose file has this text. Raises ConfigError."""
    file, _, name = source.rpartition(":")
    try:
        tree = ast.parse(text, file)
    except SyntaxError as fault:
        raise ConfigError(file, fault.lineno, "", f"is not Python: {fault.msg}") from None
    for line, dotted in _imports(tree):
        if dotted.partition(".")[0] not in {*sys.stdlib_module_names, *MAY_IMPORT}:
            problem = f"a policy of a study can not import {dotted or 'its neighbours'!r}"
            hint = f"it is one file: write it there; free are Python's own, {', '.join(MAY_IMPORT)}"
            raise ConfigError(file, line, "", problem, hint)
    module = ModuleType("policy")
    try:
        # Not by its path: a cache of machine code beside it would outlive a change of this text.
        exec(compile(tree, f"<policy {file}>", "exec"), module.__dict__)  # noqa: S102
    except Exception as fault:
        problem = f"fails when it is read: {type(fault).__name__}: {fault}"
        raise ConfigError(file, None, "", problem) from fault
    return _function(module, name, file)


def _function(module: ModuleType, name: str, file: str) -> Policy:
    found: dict[str, Callable[..., object]] = {
        key: value
        for key, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", "") == module.__name__
    }
    if name not in found:
        raise ConfigError.unknown(file=file, key="policy", name=name, valid=sorted(found))
    return found[name]


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of each import; an empty name for a relative one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "" if node.level else node.module or ""
