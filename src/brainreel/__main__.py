"""`python -m brainreel` is `brainreel`."""

from brainreel.cli import main

main()
