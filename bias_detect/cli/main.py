"""The entry point: puts the command groups together and turns every error into one line and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import signal
import sys
import threading
import time
from typing import Annotated, Any

import typer

from bias_detect.cli import audit, corpus, evaluate, model, review, score, serve, train
from bias_detect.cli.common import COULD_NOT_RUN, say, say_error
from bias_detect.errors import BiasDetectError
from bias_detect.version import __version__

app = typer.Typer(
    name="bias-detect",
    help="Tell, sentence by sentence, whether a review describes practice, explains it, or judges it with hindsight.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("score")(score.score)
app.command("review")(review.review)
app.command("serve")(serve.serve)
app.command("audit")(audit.audit)
app.command("train")(train.train)
app.command("evaluate")(evaluate.evaluate)
app.add_typer(corpus.app, name="corpus")
app.add_typer(model.app, name="model")

PATIENCE = 5.0
"""Seconds that this process has to end by itself after SIGTERM, or from one Ctrl-C to another."""

# Typer carries its own copy of click in some versions; this is the base of whichever it uses.
_USAGE_ERROR: Any = next(cls for cls in typer.BadParameter.__mro__ if cls.__name__ == "ClickException")


def _version(value: bool) -> None:
    if value:
        print(f"bias-detect {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


def run() -> None:
    """Run the command line and exit: 0 ran, 1 ran and found what a gate is for, 2 could not run."""
    # The imports make half a million objects that all stay: looking through them costs a tenth of the start.
    gc.set_threshold(100_000, 50, 100)
    # And so does looking through them once more at the end, which frees nothing that the system does not.
    atexit.register(gc.freeze)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # What a console cannot show, or is no character at all, is shown as an escape, and does not end the program.
        sys.stdout.reconfigure(errors="backslashreplace")
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, _end)
        if hasattr(signal, "pthread_kill"):
            _remind()
    sys.exit(execute())


def _end(number: int, _: object) -> None:
    """End as after an error, so that files that are half written are taken away."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def _remind() -> None:
    """See to it that a signal to end ends this process, whatever it does then.

    One that comes just before a read that waits is not heeded, and is sent once more. A library that does not come
    back, as over a page of a PDF that draws itself, heeds none at all: after some time there is no asking.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    main = threading.get_ident()

    def listen() -> None:
        interrupted = float("inf")
        while number := os.read(heard, 1):
            if number[0] == signal.SIGTERM:
                time.sleep(0.2)
                signal.pthread_kill(main, signal.SIGTERM)
                time.sleep(PATIENCE)
                os._exit(128 + signal.SIGTERM)
            if number[0] == signal.SIGINT:
                if time.monotonic() - interrupted > PATIENCE:
                    os._exit(128 + signal.SIGINT)
                interrupted = min(interrupted, time.monotonic())

    threading.Thread(target=listen, daemon=True).start()


def execute() -> int:
    """Run the command line, without the care that a process of its own takes.

    Returns
    -------
    int
        The exit code.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch("sys.argv", ["bias-detect", "--version"]):
    ...     execute()
    bias-detect ...
    0
    """
    try:
        code = typer.main.get_command(app)(prog_name="bias-detect", standalone_mode=False)
        print(end="", flush=True)  # here, where an error can still be told
    except BiasDetectError as error:
        say_error(error)
        return COULD_NOT_RUN
    except BrokenPipeError:
        _drop_output()
        return 0
    except SystemExit as error:
        # Typer and rich leave in this way where the reader has gone.
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        cause = f"cannot be written ({error.strerror or error})"
        say(f"bias-detect: {error.filename or 'the output'}: {cause}; free some space, or choose another place")
        return COULD_NOT_RUN
    except (KeyboardInterrupt, typer.Abort):
        say("bias-detect: stopped")
        return 130
    except _USAGE_ERROR as error:
        if not hasattr(error, "format_message") or not error.format_message().strip():
            return COULD_NOT_RUN
        context = getattr(error, "ctx", None)
        command = "bias-detect" if context is None else context.command_path
        message = " ".join(error.format_message().split()).rstrip(".").replace("Value error, ", "")  # pydantic's words
        say(f"bias-detect: {message}; see '{command} --help'")
        return COULD_NOT_RUN
    return code if isinstance(code, int) else 0


def _drop_output() -> None:
    """Let what is still to be flushed go nowhere: its reader has gone (`| head`), or its disk is full."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
