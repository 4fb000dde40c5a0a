"""The `kernel` decorator: how every kernel of brainreel is compiled, and kept."""

import functools
import hashlib
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from brainreel.kernels import cache

_log = logging.getLogger("brainreel")

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile `function` at its first call with each kind of arguments, and keep the result for other processes.

    Without the interpreter's lock, without bounds checks, division by zero as IEEE has it, and with no fast-math but
    contraction and signless zeros, so that vectors of any width give the same bits. Under NUMBA_DISABLE_JIT=1 it is
    `function` itself. Kernels outside this package are compiled anew in each process: nothing would notice their edits.
    """
    return _compiled(function)


def borrowing_kernel(function: Function) -> Function:
    """As `kernel`, for a function that makes no arrays and is best part of whoever calls it.

    It counts no references: where arrays come in tuples, threads spend most of their time on counters that they share.
    And it is copied into its callers: lanes in registers would all go through memory at a call.
    """
    return _compiled(function, _nrt=False, forceinline=True)


def _compiled(function: Function, **options: Any) -> Function:
    compiled: Any = numba.njit(error_model="numpy", fastmath={"contract", "nsz"}, nogil=True, **options)(function)
    if compiled is not function and cache.PACKAGE in Path(function.__code__.co_filename).parents:
        compiled._cache = _KernelCache(function, cache.folder())
    return compiled


class _KernelCache:
    """What Numba asks of a dispatcher's cache, with one file for each function and signature.

    Numba's own keeps an index for each function, which two processes that begin together can leave pointing at each
    other's code; it would be set up for all packages of a process; and it fails where the folder cannot be written.
    """

    def __init__(self, function: Callable, folder: Path) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}-{function.__code__.co_firstlineno}"
        self._folder = folder

    @property
    def cache_path(self) -> str:
        return str(self._folder)

    def load_overload(self, signature, target) -> CompileResult | None:
        """The result kept for `signature`, or None; None also where the kernels' files were edited since."""
        if not cache.is_current():
            return None
        target.refresh()
        cache.mark_used(self._folder)
        kept = cache.read(self._path(signature, target.codegen()))
        return None if kept is None else CompileResult._rebuild(target, *pickle.loads(kept))

    def save_overload(self, signature, result: CompileResult) -> None:
        """Keep `result` for `signature`, unless it may come of other source than the folder's name says."""
        if not cache.is_current():
            return
        if result.library.has_dynamic_globals:
            _log.warning("%s refers to addresses of this process (a large global array?) and is not kept", self._name)
            return
        try:
            cache.write(self._path(signature, result.codegen), dumps(result._reduce()))
        except OSError as error:
            _warn_once(self._folder, str(error))

    def flush(self) -> None:
        """Forget nothing: a changed kernel has another folder."""

    def _path(self, signature, codegen) -> Path:
        key = hashlib.sha256(repr((signature, codegen.magic_tuple())).encode()).hexdigest()[:24]
        return self._folder / f"{self._name}-{key}.bin"


@functools.cache
def _warn_once(folder: Path, reason: str) -> None:
    _log.warning(
        "compiled kernels cannot be kept in %s (%s): every process compiles them anew, for some seconds; "
        "set BRAINREEL_CACHE_DIR to a folder that can be written",
        folder,
        reason,
    )
