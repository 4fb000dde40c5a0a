"""The pool gives every range once to somebody, whatever the threads, the callers and the mishaps."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from brainreel.errors import Interrupted, UsageError
from brainreel.kernels import pool as pool_module
from brainreel.kernels.compiler import kernel
from brainreel.kernels.pool import Pool, available_cores


@kernel
def squares(begin, end, values, out):
    for k in range(begin, end):
        out[k] += values[k] * values[k]


@pytest.fixture(params=[1, 2, 4])
def pool(request):
    with Pool(request.param) as pool:
        yield pool


@pytest.mark.parametrize(("count", "chunk"), [(1000, 1), (1000, 7), (1000, 5000), (1, 1), (0, 3)])
def test_every_index_is_visited_once(pool, count, chunk):
    values, out = np.arange(count, dtype=float), np.zeros(count)
    pool.run(squares, count, values, out, chunk=chunk)
    np.testing.assert_array_equal(out, values**2)


def test_chunks_are_half_open_ranges_in_order_on_one_thread():
    parts = []
    with Pool(1) as pool:
        pool.run(lambda begin, end: parts.append((begin, end)), 8, chunk=3)
    assert parts == [(0, 3), (3, 6), (6, 8)]


def test_all_threads_take_part_and_the_caller_is_one(pool):
    meeting, seen = threading.Barrier(pool.threads, timeout=10), set()

    def meet(begin, end):
        meeting.wait()
        seen.add(threading.current_thread())

    pool.run(meet, pool.threads)
    assert len(seen) == pool.threads
    assert threading.current_thread() in seen


def test_what_a_chunk_raises_is_raised_and_ends_the_work(pool):
    visited = []

    def stumble(begin, end):
        visited.append(begin)
        if begin == 5:
            raise ZeroDivisionError("five")
        time.sleep(0.001)

    with pytest.raises(ZeroDivisionError, match="five"):
        pool.run(stumble, 1000)
    assert len(visited) < 100
    out = np.zeros(10)
    pool.run(squares, 10, np.ones(10), out)
    assert out.sum() == 10


def test_a_helper_s_exception_is_raised_at_the_caller():
    caller, helping = threading.current_thread(), threading.Event()

    def stumble(begin, end):
        if threading.current_thread() is caller:
            helping.wait(10)
        else:
            helping.set()
            raise ZeroDivisionError("on a helper")

    with Pool(2) as pool, pytest.raises(ZeroDivisionError, match="on a helper"):
        pool.run(stumble, 1000)


def test_cancelling_interrupts_between_chunks_and_leaves_no_chunk_running(pool):
    running, visited = set(), []

    def work(begin, end):
        running.add(begin)
        visited.append(begin)
        time.sleep(0.002)
        running.remove(begin)

    with pytest.raises(Interrupted):
        pool.run(work, 10_000, cancelled=lambda: len(visited) > 10)
    assert not running
    assert len(visited) < 100


def test_what_is_cancelled_before_it_begins_does_nothing_on_one_thread():
    with Pool(1) as pool, pytest.raises(Interrupted):
        pool.run(lambda begin, end: pytest.fail("it ran"), 10, cancelled=lambda: True)


def test_two_callers_at_once_both_get_their_work_done(pool):
    outs = [np.zeros(3000) for _ in range(4)]
    values = np.arange(3000.0)

    def draw(out):
        for _ in range(10):
            pool.run(squares, 3000, values, out, chunk=11)

    callers = [threading.Thread(target=draw, args=(out,)) for out in outs]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    for out in outs:
        np.testing.assert_array_equal(out, 10 * values**2)


def test_a_caller_does_not_wait_for_helpers_that_others_keep_busy():
    release, busy = threading.Event(), threading.Barrier(3, timeout=10)

    def hold(begin, end):
        busy.wait()
        release.wait(10)

    with Pool(2) as pool:
        first = threading.Thread(target=pool.run, args=(hold, 2))
        first.start()
        busy.wait()
        out = np.zeros(100)
        pool.run(squares, 100, np.ones(100), out)
        assert first.is_alive()
        release.set()
        first.join(10)
    assert out.sum() == 100


def test_a_chunk_may_run_the_pool_itself(pool):
    out = np.zeros((8, 50))
    pool.run(lambda begin, end: pool.run(squares, 50, np.ones(50), out[begin]), 8)
    assert (out == 1).all()


def test_a_closed_pool_has_no_threads_and_runs_on_the_caller_s():
    before = threading.active_count()
    pool = Pool(4)
    assert threading.active_count() == before + 3
    pool.close()
    assert threading.active_count() == before
    out = np.zeros(10)
    pool.run(squares, 10, np.ones(10), out)
    assert out.sum() == 10


def test_an_idle_helper_keeps_nothing_alive():
    import weakref

    class Argument:
        pass

    argument = Argument()
    watched = weakref.ref(argument)
    with Pool(2) as pool:
        pool.run(lambda begin, end, argument: time.sleep(0.001), 20, argument)
        del argument
        deadline = time.monotonic() + 5
        while watched() is not None and time.monotonic() < deadline:
            time.sleep(0.001)
        assert watched() is None


def test_a_pool_left_open_does_not_hold_the_interpreter():
    script = "from brainreel.kernels.pool import Pool; Pool(4).run(lambda begin, end: None, 100); print('end')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "end\n"


@pytest.mark.parametrize("threads", [0, -1])
def test_a_pool_needs_a_thread(threads):
    with pytest.raises(UsageError, match=f"threads = {threads}"):
        Pool(threads)


def test_a_chunk_needs_an_index(pool):
    with pytest.raises(ValueError, match="chunk = 0"):
        pool.run(squares, 10, np.ones(10), np.ones(10), chunk=0)


def group(folder, membership, files):
    (folder / "membership").write_text(membership)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return pool_module._control_group_cores(folder, folder / "membership")


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/job\n", {"job/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/a/b\n", {"a/b/cpu.max": "max 100000\n", "a/cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 0.5),
        ("0::/seen/from/outside\n", {"cpu.max": "300000 100000\n"}, 3),
        ("3:cpu,cpuacct:/job\n", {"cpu/job/cpu.cfs_quota_us": "400000", "cpu/job/cpu.cfs_period_us": "100000"}, 4),
        ("3:cpu:/job\n", {"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "100000"}, np.inf),
        ("", {}, np.inf),
    ],
)
def test_control_groups_limit_the_cores(tmp_path, membership, files, cores):
    assert group(tmp_path, membership, files) == cores


def test_part_of_a_core_counts_as_one(monkeypatch):
    monkeypatch.setattr(pool_module, "_control_group_cores", lambda: 0.2)
    assert available_cores() == 1


@pytest.mark.skipif(not hasattr(__import__("os"), "sched_setaffinity"), reason="affinity is Linux's")
def test_affinity_limits_the_cores():
    script = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
        "from brainreel.kernels.pool import available_cores; print(available_cores())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
