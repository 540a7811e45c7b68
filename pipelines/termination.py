"""SIGTERM, which Kubernetes sends to a pod half a minute before SIGKILL: clean-up calls, then the exit code of a signal."""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from schemas.exit_codes import SIGNAL

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_ending = threading.Lock()  # taken by the thread that ends the process, and never given back
_others: list[Callable[[], None]] = []


def at_signal(ended: Callable[[], None]) -> None:
    """From now on SIGTERM and SIGINT call ``ended`` in a thread of its own, and then end the process with 128 + the signal.

    A thread, because the main one may be in native code for longer than a pod is given. The children of this process are not
    touched by it: they do not inherit a handler as they would a mask.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)  # set_wakeup_fd takes no other: a handler must never wait
    for number in _SIGNALS:
        # The signal's number is written to the pipe only where Python has a handler, even one that does nothing.
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(read, ended), name="signals", daemon=True).start()


@contextmanager
def also(call: Callable[[], None]) -> Iterator[None]:
    """While the context is open, a signal calls this first: for what the process has started elsewhere."""
    _others.append(call)
    try:
        yield
    finally:
        _others.remove(call)


def _wait(read: int, ended: Callable[[], None]) -> NoReturn:
    number = os.read(read, 1)[0]
    while number not in _SIGNALS:
        number = os.read(read, 1)[0]
    with _ending:
        for call in (*reversed(_others), ended):
            try:
                call()
            except Exception:
                traceback.print_exc()
        _exit(SIGNAL + number)


def end(code: int) -> NoReturn:
    """Ends the process at once, but not while a signal is being answered.

    Taking down TensorFlow's and Beam's threads in order would take seconds, and keep nothing.
    """
    with _ending:
        _exit(code)


def _exit(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
