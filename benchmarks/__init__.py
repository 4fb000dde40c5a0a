"""Speed against what scientists could use instead: `python -m benchmarks JOB [--json] [--record FILE]`."""
