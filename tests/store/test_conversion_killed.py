"""A conversion that is killed, at any moment and as often as you like, ends in the same bytes."""

import json
import subprocess
import sys

import pytest

KILLS = """
import json, os, random, shutil, signal, sys, time
from pathlib import Path

import numpy as np

from brainreel.errors import MemoryBudgetError
from brainreel.formats import ReadOptions, open_data
from brainreel.store import cascade, conversion
from contracts.conversions import files_of, plan_of
from contracts.volumes import MemoryVolume

folder, kills, kind, threads = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
shape = 64 * 4 if kind == "slabs" else 20, 64 * (30 if kind == "bare" else 12) - 9, 130
array = np.random.default_rng(0).integers(0, 9, shape).astype(np.uint8)
array[:, 300:700] = 0
budget = 4 << 30
if kind == "bare":
    (folder / "all.raw").write_bytes(array.tobytes())
    source = open_data(folder / "all.raw", ReadOptions(dtype="uint8", shape=array.shape, spacing=(1, 1, 1)))
else:
    source = MemoryVolume(array, np.eye(4))
if kind == "slabs":
    try:
        plan_of(source, budget=1)
    except MemoryBudgetError as error:
        budget = int(str(error).split("--budget ")[1].removesuffix("MB")) * 10**6
planned = plan_of(source, budget=budget, threads=2)
assert planned.spills == (kind != "bare")
assert (len(planned.passes) > 1) == (kind == "slabs")
log = folder / "log"
feed = cascade.Cascade.feed


def logged(self, *args):
    made = feed(self, *args)
    with log.open("ab") as file:
        file.write(b".")
    return made


cascade.Cascade.feed = logged


def run(output):
    pid = os.fork()
    if not pid:
        report = conversion.convert(planned, output, threads)
        (folder / "report").write_text(f"{report.bands} {report.reused}")
        os._exit(0)
    return pid


def wait(pid):
    assert os.waitpid(pid, 0)[1] == 0


start = time.monotonic()
wait(run(folder / "whole.ome.zarr"))
took = time.monotonic() - start
expected = files_of(folder / "whole.ome.zarr")
bands, _ = map(int, (folder / "report").read_text().split())
rng, output, redone, partly = random.Random(kind), folder / "killed.ome.zarr", [], 0
while kills:
    log.unlink(missing_ok=True)
    while not output.exists():
        pid = run(output)
        if kills:
            time.sleep(rng.uniform(0, 0.6 * took))
            done, _ = os.waitpid(pid, os.WNOHANG)
            if not done:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                kills -= 1
                partly += log.exists() and 0 < log.stat().st_size
        else:
            wait(pid)
    redone.append(log.stat().st_size - bands)
    assert not list(folder.glob('*.part'))
    assert files_of(output) == expected, "other bytes"
    shutil.rmtree(output)
print(json.dumps({"bands": bands, "redone": redone, "partly": partly}))
"""


def killed(folder, kills, kind, threads, request):
    run = [sys.executable, "-c", KILLS, str(folder), str(kills), kind, str(threads)]
    tests = request.config.rootpath / "tests"
    return json.loads(subprocess.run(run, cwd=tests, stdout=subprocess.PIPE, check=True, timeout=400, text=True).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")
@pytest.mark.parametrize(("kind", "kills", "threads"), [("bare", 20, 2), ("spilled", 5, 1), ("slabs", 5, 3)])
def test_a_store_is_the_same_however_often_its_conversion_was_killed(tmp_path, request, kind, kills, threads):
    said = killed(tmp_path, kills, kind, threads, request)
    assert said["partly"] > 0  # killed when some bands were done
    assert sum(said["redone"]) <= kills, said  # one band at most for each kill
