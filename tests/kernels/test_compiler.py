"""Kernels are compiled once for each source, machine and signature, and never out of date."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import brainreel
from brainreel.kernels import cache
from brainreel.kernels.compiler import kernel

INNER = """
from brainreel.kernels.compiler import kernel

@kernel
def inner(x):
    return x + 1
"""
OUTER = """
from brainreel.kernels.compiler import kernel
from brainreel.kernels.inner import inner

@kernel
def outer(x):
    return 10 * inner(x)
"""
REPORT = """
import json, logging, sys
logging.basicConfig(level="WARNING", format="%(name)s: %(message)s")
import numba
from brainreel.kernels.inner import inner
from brainreel.kernels.outer import outer
values = [outer(json.loads(text)) for text in sys.argv[1:]]
stats = inner.stats, outer.stats
hits, misses = (sum(sum(getattr(s, name).values()) for s in stats) for name in ("cache_hits", "cache_misses"))
print(json.dumps({"values": values, "hits": hits, "misses": misses, "others": numba.config.CACHE_DIR}))
"""


EDITING = """
import json, sys
from pathlib import Path
from brainreel.kernels import inner as defined
when, edited = json.loads(sys.argv[1])
if when == "after a first call":
    defined.inner(1)
Path(defined.__file__).with_name("outer.py").write_text(edited)
from brainreel.kernels.outer import outer
print(json.dumps([defined.inner(0.5), outer(1), sum(outer.stats.cache_hits.values())]))
"""


@pytest.fixture
def package(tmp_path):
    """A copy of brainreel with two kernels in two files, of which `outer` calls `inner`."""
    source, copy = Path(brainreel.__file__).parent, tmp_path / "copy" / "brainreel"
    (copy / "kernels").mkdir(parents=True)
    for name in ("__init__.py", "errors.py", "kernels/__init__.py", "kernels/cache.py", "kernels/compiler.py"):
        shutil.copy(source / name, copy / name)
    (copy / "kernels" / "inner.py").write_text(INNER)
    (copy / "kernels" / "outer.py").write_text(OUTER)
    return copy


@pytest.fixture
def base(tmp_path):
    return tmp_path / "cache"


def start(package, base, *arguments, script=REPORT):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    environment |= {"PYTHONPATH": str(package.parent), "BRAINREEL_CACHE_DIR": str(base)}
    command = [sys.executable, "-c", script, *map(json.dumps, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output), errors


def run(package, base, *arguments):
    return finish(start(package, base, *arguments))


def test_a_second_process_compiles_nothing(package, base):
    first, _ = run(package, base, 1, 0.5)
    second, _ = run(package, base, 1, 0.5)
    assert first["values"] == second["values"] == [20, 15.0]
    assert first["misses"] == 4
    assert (second["hits"], second["misses"]) == (2, 0)  # inner is part of outer


def test_a_kernel_whose_helper_in_another_file_was_edited_is_compiled_again(package, base):
    run(package, base, 1)
    (package / "kernels" / "inner.py").write_text(INNER.replace("x + 1", "x + 2"))
    edited, _ = run(package, base, 1)
    assert edited["values"] == [30]
    assert edited["hits"] == 0


@pytest.mark.parametrize("when", ["before any call", "after a first call"])
@pytest.mark.parametrize("filled", [False, True])
def test_a_kernel_edited_while_a_process_runs_is_neither_kept_nor_taken_under_its_old_name(package, base, when, filled):
    if filled:
        run(package, base, 1)
    kept = set(base.rglob("*outer.outer*"))
    edited = OUTER.replace("10 * inner", "20 * inner")
    assert finish(start(package, base, [when, edited], script=EDITING))[0] == [1.5, 40, 0]
    assert set(base.rglob("*outer.outer*")) == kept
    assert len(kept) == filled
    (package / "kernels" / "outer.py").write_text(OUTER)
    assert run(package, base, 1)[0]["values"] == [20]


def test_processes_that_begin_together_keep_all_that_they_compile(package, base):
    for process in [start(package, base, 1), start(package, base, 0.5), start(package, base, True)]:
        finish(process)
    later, _ = run(package, base, 1, 0.5, True)
    assert later["values"] == [20, 15.0, 20]
    assert later["misses"] == 0


def test_a_damaged_file_is_compiled_again(package, base):
    run(package, base, 1)
    kept = list(base.rglob("*.bin"))
    assert len(kept) == 2
    for path in kept:
        path.write_bytes(path.read_bytes()[:-100])
    again, _ = run(package, base, 1)
    assert again["values"] == [20]
    assert again["misses"] == 2
    assert run(package, base, 1)[0]["misses"] == 0


def test_kernels_run_with_one_warning_where_the_cache_cannot_be(package, base):
    base.write_text("a file in the folder's place")
    report, errors = run(package, base, 1, 0.5)
    assert report["values"] == [20, 15.0]
    assert errors.count("brainreel:") == 1
    assert str(base) in errors
    assert "BRAINREEL_CACHE_DIR" in errors


@pytest.mark.parametrize("filled", [False, True])
def test_a_read_only_cache_is_read_all_the_same(package, base, filled):
    if filled:
        run(package, base, 1)
    base.mkdir(exist_ok=True)
    folders = [base, *(path for path in base.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    if os.access(base, os.W_OK):
        pytest.skip("this user writes to read-only folders")
    try:
        report, errors = run(package, base, 1)
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert report["values"] == [20]
    assert (report["misses"] == 0, errors.count("brainreel:")) == ((True, 0) if filled else (False, 1))


def test_the_caches_of_other_packages_stay_where_they_were(package, base):
    assert run(package, base, 1)[0]["others"] == ""


def test_asking_for_the_identity_loads_no_compiler(package, base):
    script = "import brainreel.kernels as k, sys, json; print(json.dumps([k.identity(), 'numba' in sys.modules]))"
    (identity, numba_loaded), _ = finish(start(package, base, script=script))
    assert len(bytes.fromhex(identity)) == 16
    assert not numba_loaded


def test_the_identity_covers_every_file_and_no_place(package, tmp_path):
    kernels = package / "kernels"
    moved = shutil.copytree(kernels, tmp_path / "moved")
    identity = cache.identity.__wrapped__
    assert identity(moved) == identity(kernels)
    (moved / "lanes").mkdir()
    (moved / "lanes" / "new.py").write_text("")
    renamed = shutil.copytree(moved, tmp_path / "renamed")
    (renamed / "lanes" / "new.py").rename(renamed / "lanes" / "other.py")
    assert len({identity(folder) for folder in (kernels, moved, renamed)}) == 3


@pytest.mark.parametrize("name", ["NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_DISABLE_JIT", "NUMBA_OPT"])
def test_the_identity_covers_how_the_compiler_is_set(name, tmp_path, monkeypatch):
    before = cache.identity.__wrapped__(tmp_path)
    monkeypatch.setenv(name, "1")
    assert cache.identity.__wrapped__(tmp_path) != before


def test_folders_that_nobody_used_for_a_month_go(tmp_path):
    mine, recent, forgotten, foreign = "a" * 32, "b" * 32, "c" * 32, "somebody's sources"
    now = time.time()
    for name, days in ((mine, 60), (recent, 20), (forgotten, 40), (foreign, 40)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept.bin").write_bytes(b"")
        os.utime(tmp_path / name, (now - days * 86400,) * 2)
    cache.mark_used(tmp_path / mine)
    assert sorted(path.name for path in tmp_path.iterdir()) == [mine, recent, foreign]
    assert now - (tmp_path / mine).stat().st_mtime < 3600


def test_interrupted_writes_leave_nothing(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        cache.write(tmp_path / "taken", b"content")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_kernels_may_contract_and_ignore_the_sign_of_zero_and_nothing_else():
    @kernel
    def formula(a, b):
        return a * b + a / b - a

    formula(1.0, 2.0)
    code = formula.inspect_llvm(formula.signatures[0])
    assert "fmul nsz contract double" in code
    assert not any(flag in code for flag in (" fast ", "reassoc", "nnan", "ninf", "arcp", "afn"))


def test_a_kernel_outside_the_package_is_not_kept():
    @kernel
    def here(x):
        return x

    assert here(1) == 1
    assert here.stats.cache_path is None
