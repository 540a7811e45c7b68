"""Single flight: concurrent calls of a function share one run of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class SingleFlight:
    """An asynchronous function without arguments; calls during a run wait for its end instead of starting another.

    An error of the run is raised in every caller that waited for it.
    """

    def __init__(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._function = function
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._function())
        # A caller that is cancelled, as its client is gone, must not cancel the run that others wait for.
        await asyncio.shield(self._task)
