"""The command line. Imports nothing heavy: each command imports what it needs when it runs."""

import io
import sys


def main() -> None:
    """Run the command in `sys.argv` and end the process with its exit code."""
    from brainreel.cli.app import run

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="surrogateescape")  # names of files are bytes, whatever the locale says
    sys.exit(run(sys.argv[1:]))
