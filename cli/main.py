"""The console script: runs a command, and turns an error into one line and an exit code."""

import os
import sys
import traceback
from typing import NoReturn

from cli import failure
from cli.app import app
from schemas.exit_codes import ExitCode


def main() -> NoReturn:
    """Runs the command of ``sys.argv``, and ends the process."""
    try:
        # Not standalone, where click would print errors in its own form and end the process with its own codes.
        # Returns the code of a typer.Exit or of an interrupt, and None for a command that ends by itself.
        code = app(standalone_mode=False) or ExitCode.DONE
        if code == ExitCode.INTERRUPTED:
            print(f"slipway: {failure.stopped(''.join(sys.argv[1:2]))}", file=sys.stderr)
    except Exception as error:
        code = failure.exit_code(error)
        if "--debug" in sys.argv:  # as typed: an error may come before the options are parsed
            traceback.print_exception(error)
        else:
            print(f"slipway: {failure.line(error)}", file=sys.stderr)
    _end(code)


def _end(code: int) -> NoReturn:
    """Ends the process at once: taking down TensorFlow's and Beam's threads in order takes two seconds, and keeps nothing."""
    sys.stdout.flush()  # which os._exit leaves out
    sys.stderr.flush()
    if "tensorflow" in sys.modules:
        os._exit(code)
    sys.exit(code)
