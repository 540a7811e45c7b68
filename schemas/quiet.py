"""Sends what libraries print to a file, so that the terminal shows our own output and nothing else."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import TextIO


@contextmanager
def output_to(log: Path) -> Iterator[TextIO]:
    """Points file descriptors 1 and 2 (also those of C++ code) at ``log``; yields the stream that was stderr."""
    # What is buffered was printed before, and would otherwise land in the log.
    sys.stdout.flush()
    sys.stderr.flush()
    saved = [os.dup(1), os.dup(2)]
    terminal = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="replace")
    with log.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        with _through_descriptors():
            yield terminal
    finally:
        sys.stdout.flush()  # and what was printed inside belongs to the log
        sys.stderr.flush()
        for descriptor, copy in enumerate(saved, start=1):
            os.dup2(copy, descriptor)
            os.close(copy)
        terminal.close()


@contextmanager
def _through_descriptors() -> Iterator[None]:
    """Where Python's streams do not write to the descriptors, as in a notebook, they do while the context is open."""
    out = _stream(1) if _goes_around(sys.stdout, 1) else sys.stdout
    error = _stream(2) if _goes_around(sys.stderr, 2) else sys.stderr
    with redirect_stdout(out), redirect_stderr(error):
        yield


def _goes_around(stream: TextIO, descriptor: int) -> bool:
    try:
        return stream.fileno() != descriptor
    except (OSError, ValueError):  # io.UnsupportedOperation is both
        return True


@cache
def _stream(descriptor: int) -> TextIO:
    """Never closed: the handlers of libraries' loggers keep the stream that was there when they were made."""
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)
