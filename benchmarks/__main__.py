"""Run one benchmark: `python -m benchmarks volume|surface|slices|convert [--json] [--record FILE]`.

Prints a table, or JSON, one object a case; `--record` adds a page with the date and the machine.
"""

import argparse
import importlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.recording import write_record

JOBS = ("volume", "surface", "slices", "convert")
COLUMNS = ("ours_s", "peer_s", "ours_cpu_s", "peer_cpu_s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    jobs = parser.add_subparsers(dest="job", required=True)
    for name in JOBS:
        job = jobs.add_parser(name)
        job.add_argument("--json", action="store_true", help="one object a case instead of a table")
        job.add_argument("--record", type=Path, metavar="FILE", help="write the cases, date and machine as Markdown")
        if name == "convert":
            _add_convert_options(job)
    options = vars(parser.parse_args())
    job, as_json, record = (options.pop(name) for name in ("job", "json", "record"))
    done: list[dict[str, Any]] = []
    cases = _kept(importlib.import_module(f"benchmarks.{job}").cases(**options), done)
    if as_json:
        for case in cases:
            print(json.dumps(case), flush=True)
    else:
        print_table(cases)
    if record:
        write_record(record, job, options, done)


def _add_convert_options(job: argparse.ArgumentParser) -> None:
    parts = ("peers", "crop", "whole", "sparse")
    job.add_argument("--only", dest="parts", nargs="+", choices=parts, default=argparse.SUPPRESS, help="some of it")
    job.add_argument("--rounds", type=int, default=argparse.SUPPRESS, help="of which the median is taken (5)")
    job.add_argument("--crop", dest="rows", type=int, default=argparse.SUPPRESS, help="rows of all 234 slices (2048)")
    job.add_argument("--slices", type=int, default=argparse.SUPPRESS, help="whole slices (20)")
    job.add_argument("--peer-rows", type=int, default=argparse.SUPPRESS, help="rows to compare with others on (320)")
    job.add_argument("--python", default=argparse.SUPPRESS, help="the interpreter that has the peers (this one)")
    job.add_argument("--folder", type=Path, default=argparse.SUPPRESS, help="where there is room on the disk")


def _kept(cases: Iterable[dict[str, Any]], done: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for case in cases:
        done.append(case)
        yield case


def print_table(cases: Iterable[dict[str, Any]]) -> None:
    """One line a case: seconds of wall time and of CPU time, and how many times the peer takes; notes below it."""
    print(f"{'case':44} {'peer':34} " + " ".join(f"{name:>10}" for name in COLUMNS) + "   ratio")
    for case in cases:
        numbers = " ".join(f"{case[name]:10.3f}" for name in COLUMNS)
        print(f"{case['case']:44} {case['peer']:34} {numbers} {case['ratio']:7.2f}", flush=True)
        if "notes" in case:
            print(f"    {case['notes']}", flush=True)


if __name__ == "__main__":
    main()
