"""What became of a job whose child process has ended."""

import signal

from studio.commands import last_line
from studio.jobs.process import Process
from studio.jobs.progress import Progress
from studio.jobs.records import Folder, Record, now
from studio.messages.jobs import JobState

_TAIL = 20_000  # bytes of the log in which its error line is


def ended(record: Record, folder: Folder, process: Process | None, progress: Progress) -> Record:
    """The record of the job as it is now over.

    Args:
      process: None where it ended while no studio ran.
      progress: all of it.
    """
    state, error = _outcome(record, folder, process, progress)
    result = progress.result or {}
    return record.model_copy(
        update={
            "state": state,
            "error": error,
            "ended": now(),
            "version": result.get("version"),
            "run_id": result.get("run_id"),
            "step": progress.step,
            "metric": progress.metric(record.primary_metric),
            "sparkline": progress.sparkline,
        }
    )


def _outcome(
    record: Record, folder: Folder, process: Process | None, progress: Progress
) -> tuple[JobState, str | None]:
    if progress.result is not None:  # it was done before it could be stopped
        if record.kind != "run":
            return "done", None
        return ("blessed" if progress.result.get("blessed") else "not_blessed"), None
    if record.stopping == "cancel":
        return "cancelled", None
    if record.stopping == "minutes":
        return "failed", (
            f"stopped after {record.minutes:g} minutes, its time limit; what is done is kept: queue it again, with more "
            "minutes or fewer epochs"
        )
    if record.stopping == "memory":
        return "failed", (
            f"stopped at {record.memory_mb:,} MB, its memory limit; make the graph or batch_size smaller, or the limit higher"
        )
    return "failed", progress.failure or _killed(process) or _said(folder) or _VANISHED


_VANISHED = "its process was gone when the studio started again; what it had done is kept: queue it again"


def _killed(process: Process | None) -> str | None:
    """Of a child that a signal ended, which has no last word."""
    code = process.exit_code if process is not None else None
    if code is None or code >= 0:
        return None
    reason = "; was the machine out of memory?" if -code == signal.SIGKILL else ""
    return f"its process was ended by {signal.Signals(-code).name}{reason}"


def _said(folder: Folder) -> str | None:
    """The error line of a command that could not begin, such as one with an unknown option."""
    try:
        with folder.log.open("rb") as log:
            log.seek(max(0, folder.log.stat().st_size - _TAIL))
            return last_line(log.read().decode(errors="replace")) or None
    except FileNotFoundError:
        return None
