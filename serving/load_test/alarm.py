"""Sleep to the microsecond: event loops round their timers up to whole milliseconds, which would count as latency."""

import asyncio
import ctypes
import os
import time
from types import TracebackType

_TFD_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_TFD_TIMER_ABSTIME = 1


class _TimeSpec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Timer(ctypes.Structure):
    _fields_ = (("interval", _TimeSpec), ("value", _TimeSpec))


# The os module has timerfd only from Python 3.13 on.
_LIBC = ctypes.CDLL(None, use_errno=True)


class Alarm:
    """A timerfd (Linux) that one coroutine waits on; a context manager, made inside the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._file = _checked(_LIBC.timerfd_create(time.CLOCK_MONOTONIC, _TFD_FLAGS))
        self._rang: asyncio.Future[None] | None = None

    def __enter__(self) -> "Alarm":
        self._loop.add_reader(self._file, self._ring)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.remove_reader(self._file)
        os.close(self._file)

    async def until(self, when: float) -> None:
        """Sleeps until ``time.monotonic()`` is ``when`` (seconds); at a time that is past, only lets others run."""
        if when <= time.monotonic():
            # Without it a schedule that is behind would never let answers be taken.
            await asyncio.sleep(0)
            return
        seconds, rest = divmod(when, 1)
        # Rounded up, as the clock must have reached ``when``; an all-zero value would disarm the timer.
        timer = _Timer(value=_TimeSpec(int(seconds), int(rest * 1e9) + 1))
        _checked(_LIBC.timerfd_settime(self._file, _TFD_TIMER_ABSTIME, ctypes.byref(timer), None))
        self._rang = self._loop.create_future()
        await self._rang

    def _ring(self) -> None:
        # A timerfd stays readable until its count of expirations is read.
        os.read(self._file, 8)
        if self._rang is not None and not self._rang.done():
            self._rang.set_result(None)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
