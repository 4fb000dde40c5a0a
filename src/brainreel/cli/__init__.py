"""The command line. Imports nothing heavy: each command imports what it needs when it runs."""

import sys


def main() -> None:
    """Run the command in `sys.argv` and end the process with its exit code."""
    from brainreel.cli.app import run

    sys.exit(run(sys.argv[1:]))
