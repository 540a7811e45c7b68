"""The console script: runs a command, and turns an error into one line and an exit code."""

import os
import sys
import traceback
from typing import NoReturn

from cli.app import app
from schemas.errors import InputError
from schemas.exit_codes import ExitCode

_KEPT = {  # what an interrupt leaves, by command
    "run": "finished steps are kept, and the next run carries on from them",
    "simulate": "finished steps are kept, and the next simulation carries on from them",
    "submit": "what was started in the cluster goes on",
}


def main() -> NoReturn:
    """Runs the command of ``sys.argv``, and ends the process."""
    try:
        # Returns the code of a typer.Exit or of an interrupt, and None for a command that ends by itself.
        code = app(standalone_mode=False) or ExitCode.DONE
        if code == ExitCode.INTERRUPTED:
            print(f"slipway: stopped; {_KEPT.get(''.join(sys.argv[1:2]), 'nothing was written')}", file=sys.stderr)
    except Exception as error:
        code = int(getattr(error, "exit_code", ExitCode.FAILED))  # an InputError has one, and what typer refuses
        _report(error, code)
    _end(code)


def _report(error: Exception, code: int) -> None:
    """One line on stderr, or the traceback with ``--debug``."""
    if "--debug" in sys.argv:
        traceback.print_exception(error)
    elif code == ExitCode.FAILED and not isinstance(error, InputError):
        notes = "; ".join(getattr(error, "__notes__", []))
        line = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
        print(
            f"slipway: a bug of ours: {line}; {notes + '; ' if notes else ''}run with --debug for the traceback",
            file=sys.stderr,
        )
    else:
        message = getattr(error, "format_message", lambda: str(error))()
        print(f"slipway: {' '.join(message.split())}", file=sys.stderr)


def _end(code: int) -> NoReturn:
    """Ends the process at once: taking down TensorFlow's and Beam's threads in order takes two seconds, and keeps nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    if "tensorflow" in sys.modules:
        os._exit(code)
    sys.exit(code)
