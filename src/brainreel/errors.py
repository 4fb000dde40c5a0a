"""Every error that brainreel raises on purpose, with the exit code a shell sees.

BrainreelError                   1  a bug when raised bare
├── InputError                   2  something the user gave is wrong
│   ├── FormatError                 a file is not what it claims, or cannot be read
│   ├── SceneError                  a scene says something that has no meaning
│   └── UsageError                  an option or an argument is wrong
├── ResourceError                3  the machine cannot hold what was asked
│   ├── DiskError                   the disk is full or cannot be written
│   └── MemoryBudgetError           the budget is smaller than the least that is needed
└── Interrupted                130  the user stopped the work

A message names the place, the value and the remedy. Foreign errors are mapped to these where they enter.
"""


class BrainreelError(Exception):
    """Root of the tree; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(BrainreelError):
    """Something that the user gave is wrong."""

    exit_code = 2


class FormatError(InputError):
    """A file is missing, damaged, or not what it claims to be."""


class SceneError(InputError):
    """A scene says something that has no meaning; the message begins with `file:line: key`."""


class UsageError(InputError):
    """An option or an argument of a command is wrong."""


class ResourceError(BrainreelError):
    """The machine cannot hold what was asked."""

    exit_code = 3


class DiskError(ResourceError):
    """The disk is full."""


class MemoryBudgetError(ResourceError):
    """The memory budget is smaller than the least that the work needs."""


class Interrupted(BrainreelError):  # noqa: N818  (an interruption is no error of anybody's)
    """The user stopped the work; what was finished is kept for a resume."""

    exit_code = 130
