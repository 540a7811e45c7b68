"""The message of a command that failed or was stopped, one line, and its exit code."""

from schemas.errors import InputError
from schemas.exit_codes import ExitCode

_KEPT = {  # what an interrupt leaves, by command
    "run": "finished steps are kept, and the next run carries on from them",
    "kfold": "finished folds are kept, and the next K-fold carries on from them",
    "graph": "finished steps are kept",
    "workflow": "finished steps are kept, trials are not",
    "learning-curve": "finished parts are kept, and the next learning curve carries on from them",
    "tune": "finished steps are kept, trials are not",
    "simulate": "finished steps are kept, and the next simulation carries on from them",
    "push": "the parts that arrived are kept, and the next push carries on from them",
    "pull": "nothing was changed; the parts that arrived are kept, and the next pull carries on from them",
    "submit": "what was started in the cluster goes on",
}


def exit_code(error: BaseException) -> int:
    """The code that the command ends with: an InputError has one, and what typer refuses."""
    stopped = ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.FAILED
    return int(getattr(error, "exit_code", stopped))


def line(error: BaseException, command: str = "") -> str:
    """The error in one line, without the ``slipway: `` before it; of an interrupt, what ``command`` keeps."""
    if isinstance(error, KeyboardInterrupt):
        return stopped(command)
    if exit_code(error) != ExitCode.FAILED or isinstance(error, InputError):
        # An error of click's, as for an unknown option, has the option's name in format_message alone.
        message = getattr(error, "format_message", lambda: str(error))()
        return " ".join(message.split())
    # Such as where the libraries' own output is (pipelines.execution.run).
    notes = "; ".join(getattr(error, "__notes__", []))
    text = f"{type(error).__name__}: {' '.join(str(error).split())[:500]}"
    return f"a bug of ours: {text}; {notes + '; ' if notes else ''}run with --debug for the traceback"


def stopped(command: str) -> str:
    """The message of an interrupt: what the command keeps."""
    return f"stopped; {_KEPT.get(command, 'nothing was written')}"
