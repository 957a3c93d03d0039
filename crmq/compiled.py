"""Compiled functions: what numba's decorator is told, and a cache of machine code that several processes may share.

Numba's own cache numbers the files of a function: two processes that compile it for different types at the same moment
may write each other's file and then load the wrong one. It also does not notice when a function that is called, or a
constant that is read, changes in another module. Here the name of a file says what is in it: a digest of the function,
of all it calls and reads, and of the types it was compiled for. So a file is whole and right, or it is not there.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

import llvmlite  # type: ignore[import-untyped]
import numba
import numpy as np
from numba import njit, types
from numba.core.caching import FunctionCache
from numba.core.dispatcher import Dispatcher
from numba.core.serialize import dumps

# numba's own types know neither its internal options nor its cache
_jit: Any = njit
_dumps: Any = dumps

Function = TypeVar("Function", bound=Callable[..., object])

STALE_AFTER = 86_400.0
"""Seconds after which files of another state of a function are taken away: another process may still want them."""


def kernel(function: Function) -> Function:
    """Compile a function that is called from Python, and keep its machine code."""
    compiled: Function = _cached(_jit(nogil=True)(function))
    return compiled


def leaf(function: Function) -> Function:
    """Compile a function that allocates nothing, and keep its machine code.

    It does without reference counts of its arrays, which would cost four times what the comparisons cost.
    """
    compiled: Function = _cached(_jit(nogil=True, _nrt=False)(function))
    return compiled


def part(function: Function) -> Function:
    """Compile a function that allocates nothing and is called by compiled functions only: its code lives in theirs.

    Without the ways in from Python and C it takes half the time to compile. Called from Python it raises a TypeError.
    """
    compiled: Any = _jit(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)

    def keep(result: Any) -> None:
        # the dispatcher must not learn of an entry point that is not there
        compiled.overloads[tuple(result.signature.args)] = result

    def refuse(*_arguments: object) -> None:
        raise TypeError(f"{function.__qualname__} has no way in from Python: call it from a compiled function")

    compiled.add_overload, compiled._compile_for_args = keep, refuse
    made: Function = compiled
    return made


def _cached(compiled: Any) -> Any:
    with suppress(RuntimeError):  # no folder that can be written to, or no source file: compiled anew by each process
        compiled._cache = _Cache(compiled)
    return compiled


class _Cache(FunctionCache):
    """Keeps the compiled forms of one function, each in the file that its digest names."""

    def __init__(self, compiled: Any) -> None:
        super().__init__(compiled.py_func)  # type: ignore[no-untyped-call]
        self._cache_file: Any = _Files(Path(self.cache_path), self._impl.filename_base, compiled)


class _Files:
    """The files of one function."""

    def __init__(self, folder: Path, name: str, compiled: Any) -> None:
        self._folder, self._name, self._compiled = folder, name, compiled
        self._digest = ""

    def _prefix(self) -> str:
        # not before the first call: a function may call others that stand below it
        self._digest = self._digest or digest(self._compiled)
        return f"{self._name}.{self._digest[:16]}."

    def _path(self, key: tuple[Any, ...]) -> Path:
        text = repr((key, [_fields(argument) for argument in key[0]]))
        return self._folder / f"{self._prefix()}{hashlib.sha256(text.encode()).hexdigest()[:16]}.nbc"

    def load(self, key: tuple[Any, ...]) -> Any:
        """Return what was saved for the types, or None."""
        try:
            return pickle.loads(self._path(key).read_bytes())
        except (OSError, EOFError, pickle.UnpicklingError):
            return None

    def save(self, key: tuple[Any, ...], data: Any) -> None:
        """Keep what was compiled; where nothing can be written it is compiled again the next time."""
        path = self._path(key)
        waiting = path.with_name(f"{path.name}.{uuid.uuid4().hex[:12]}")
        try:
            waiting.write_bytes(_dumps(data))
            waiting.replace(path)
            self._clear(all_states=False)
        except OSError:
            waiting.unlink(missing_ok=True)

    def flush(self) -> None:
        """Forget everything."""
        self._clear(all_states=True)

    def _clear(self, *, all_states: bool) -> None:
        before = time.time() - STALE_AFTER
        for path in self._folder.glob(f"{self._name}.*.nbc*"):
            try:
                if all_states or (not path.name.startswith(self._prefix()) and path.stat().st_mtime < before):
                    path.unlink()
            except OSError:  # taken away or in use by another process
                continue


def digest(compiled: Any) -> str:
    """Return a digest of a compiled function, of all compiled functions it calls and of the constants they read."""
    text = [numba.__version__, llvmlite.__version__, np.__version__, repr(sys.version_info[:2])]
    _describe(compiled, text, set())
    return hashlib.sha256("\n".join(text).encode()).hexdigest()


def _describe(compiled: Any, text: list[str], seen: set[int]) -> None:
    if id(compiled) in seen:
        return
    seen.add(id(compiled))
    function = compiled.py_func
    text.append(f"{function.__module__}.{function.__qualname__} {sorted(compiled.targetoptions.items())}")
    _describe_code(function.__code__, function.__globals__, text, seen)


def _describe_code(code: CodeType, names: dict[str, Any], text: list[str], seen: set[int]) -> None:
    text.append(f"{code.co_code.hex()} {code.co_names} {code.co_varnames}")
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _describe_code(constant, names, text, seen)
        else:
            text.append(repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant))
    for name in code.co_names:
        value = names.get(name)
        if isinstance(value, Dispatcher):
            _describe(value, text, seen)
        elif isinstance(value, ModuleType):
            text.append(f"{name} {value.__name__}")
        elif isinstance(value, (bool, int, float, str, bytes, tuple, np.generic)):
            text.append(f"{name} {type(value).__name__} {value!r}")
        elif isinstance(value, np.ndarray):
            text.append(f"{name} {value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()}")


def _fields(argument: Any) -> tuple[str, ...]:
    """Return the names of a named tuple's fields, which the name of its type leaves out."""
    if isinstance(argument, types.BaseNamedTuple):
        names: tuple[str, ...] = argument.fields  # type: ignore[attr-defined]
        return names
    return ()
