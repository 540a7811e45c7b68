"""How far a load test has come, on stderr, where that is a terminal."""

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from serving.load_test.open_loop import State


class Display:
    """A line that is drawn four times a second by a thread of its own; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._state: State | None = None
        self._live = (
            Live(get_renderable=self._line, console=console, refresh_per_second=4, transient=True)
            if console.is_terminal
            else None
        )

    def watch(self, state: State) -> None:
        """A schedule begins; its state changes as it goes on."""
        self._state = state

    def _line(self) -> Text:
        state = self._state
        if state is None:
            return Text("asking the server once ...")
        plan = state.plan
        seconds, whole = time.monotonic() - state.begun, (plan.warm + plan.counted) / plan.rate
        phase = "warming up" if state.sent < plan.warm else f"{min(seconds, whole):.0f} of {whole:.0f} s"
        line = Text(f"{plan.rate:,.0f}/s: {phase}, {state.answered:,} answers")
        if state.failed:
            line.append(f", {state.failed:,} errors", "red")
        return line

    def __enter__(self) -> "Display":
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
