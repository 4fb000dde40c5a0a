"""Run one benchmark: `python -m benchmarks volume|surface|slices [--json]`; a table, or JSON, one object a case."""

import argparse
import importlib
import json
from collections.abc import Iterable
from typing import Any

JOBS = ("volume", "surface", "slices")
COLUMNS = ("ours_s", "peer_s", "ours_cpu_s", "peer_cpu_s")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("--json", action="store_true", help="one object a case instead of a table")
    arguments = parser.parse_args()
    cases = importlib.import_module(f"benchmarks.{arguments.job}").cases()
    if arguments.json:
        for case in cases:
            print(json.dumps(case), flush=True)
    else:
        print_table(cases)


def print_table(cases: Iterable[dict[str, Any]]) -> None:
    """One line a case: seconds of wall time and of CPU time, and how many times the peer takes."""
    print(f"{'case':44} {'peer':34} " + " ".join(f"{name:>10}" for name in COLUMNS) + "   ratio")
    for case in cases:
        numbers = " ".join(f"{case[name]:10.3f}" for name in COLUMNS)
        print(f"{case['case']:44} {case['peer']:34} {numbers} {case['ratio']:7.1f}", flush=True)


if __name__ == "__main__":
    main()
