"""The commands, and the one place where errors become messages and exit codes."""

import errno
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from brainreel import __version__
from brainreel.cli import convert, demo, doctor, info, movie, scene, still, verify
from brainreel.errors import BrainreelError, Interrupted, ResourceError, UsageError

app = typer.Typer(
    name="brainreel",
    help="Movies of brain data: from your files and one short scene to a finished film, without GPU or display.",
    epilog="Exit codes: 0 done, 1 a bug, 2 input or usage, 3 out of disk or memory, 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("movie")(movie.movie)
app.command("still")(still.still)
app.command("convert")(convert.convert)
app.command("verify")(verify.verify)
app.command("info")(info.info)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.add_typer(scene.app, name="scene")


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"brainreel {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that stand before a command."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; messages go to standard error."""
    try:
        _require_one_output(arguments)
        code = app(list(arguments), prog_name="brainreel", standalone_mode=False)
    except BrainreelError as error:
        return _say(str(error), error.exit_code) if error.exit_code != 1 else _bug(error)
    except KeyboardInterrupt:
        return _say("interrupted; the same command goes on where this one stopped", Interrupted.exit_code)
    except MemoryError:
        return _say("out of memory; give a smaller --budget, or --draft, or a smaller --size", ResourceError.exit_code)
    except BrokenPipeError:
        return _reader_has_gone()
    except SystemExit as ended:  # what Typer makes of a reader that has gone
        return _reader_has_gone() if isinstance(ended.__context__, BrokenPipeError) else int(ended.code or 0)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return _say(f"the disk is full: {error}; free some space and run the same command", 3)
        return _bug(error)
    except Exception as error:  # the outermost place: whatever comes here is a usage error of Typer, or a bug to show
        return _usage(error) if hasattr(error, "format_message") else _bug(error)
    return code if isinstance(code, int) else 0


def _require_one_output(arguments: Sequence[str]) -> None:
    """Raise UsageError where there are two outputs, of which Typer would take the last and say nothing."""
    outputs = [word for word in arguments if word in ("-o", "--output") or word.startswith("--output=")]
    if len(outputs) > 1:
        raise UsageError(f"-o stands {len(outputs)} times; a command makes one file, give the others their own command")


def _reader_has_gone() -> int:
    """`brainreel ... | head` has read enough: nothing is left to say, not even at exit."""
    sys.stdout = None
    return 0


def _say(message: str, code: int) -> int:
    print(f"brainreel: {message}", file=sys.stderr)
    return code


def _usage(error: Exception) -> int:
    """Typer's own complaints about options and arguments, with the command whose help says more."""
    from brainreel.scene.faults import without_pydantics_words

    message = error.format_message()  # pyright: ignore[reportAttributeAccessIssue]  (the caller asked for it)
    if not message:  # a group of commands without one: its help has been shown
        message = "name one of the commands above"
    place, colon, problem = message.partition(": ")
    message = f"{place}{colon}{without_pydantics_words(problem)}".rstrip(".")
    _, _, command = getattr(getattr(error, "ctx", None), "command_path", "").partition(" ")
    asked = f"brainreel {command} --help" if command else "brainreel --help"
    return _say(f"{message} ({asked} shows what there is)", getattr(error, "exit_code", 2))


def _bug(error: Exception) -> int:
    traceback.print_exception(error)
    return _say(f"this is a bug in brainreel {__version__}; please report it with the lines above", 1)
