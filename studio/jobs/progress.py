"""What a job published so far, read from its stream of events as the stream grows."""

import contextlib
import io
import itertools
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from schemas import events
from studio.messages.jobs import Epoch, JobStep
from studio.sparkline import thinned

_AT_ONCE = 8_000_000  # bytes
_NOTES = 500


class Lines:
    """A file that a process appends to: its whole lines, from a place on.

    Attributes:
      offset: bytes that were read.
    """

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file = file
        self.offset = offset

    def read(self, most: int = _AT_ONCE) -> Iterator[str]:
        """The lines that are new, ``offset`` at the end of each; none where the file is not there.

        A line without its end is left for later.
        """
        try:
            with self._file.open("rb") as stream:
                stream.seek(self.offset)
                data = stream.read(most)
        except FileNotFoundError:
            return
        end = data.rfind(b"\n") + 1
        if not end and len(data) == most:  # a line longer than all that is read at once
            end = len(data)
        for line in io.BytesIO(data[:end]):
            self.offset += len(line)
            yield line.decode(errors="replace").rstrip("\n")

    def from_number(self, number: int, most: int) -> list[str]:
        """Up to ``most`` lines of the whole file from a number on, from 0."""
        try:
            with self._file.open("rb") as stream:
                lines = itertools.islice(stream, number, number + most)
                return [line.decode(errors="replace").rstrip("\n") for line in lines]
        except FileNotFoundError:
            return []


class Progress:
    """A job's steps, epochs, notes and end.

    Attributes:
      result: of ``run_finished``; None until then.
      failure: the line of ``run_failed``; None without.
    """

    def __init__(self, file: Path) -> None:
        self._lines = Lines(file)
        self._steps: dict[str, JobStep] = {}
        self.epochs: list[Epoch] = []
        self.notes: list[str] = []
        self.result: Mapping[str, Any] | None = None
        self.failure: str | None = None

    @property
    def offset(self) -> int:
        """Bytes of the stream that were read."""
        return self._lines.offset

    @property
    def steps(self) -> list[JobStep]:
        """In the order in which they began."""
        return list(self._steps.values())

    def update(self) -> "Progress":
        """Reads what is new."""
        before = -1
        while before != self.offset:
            before = self.offset
            for line in self._lines.read():
                with contextlib.suppress(ValueError, RecursionError):  # of a later version of the stream, or no event
                    self._take(events.from_json(line))
        return self

    def _take(self, event: events.Event) -> None:
        match event:
            case events.StepStarted(step):
                self._steps[step] = JobStep(step=step, state="running")
            case events.StepFinished(step, seconds, cached, detail):
                self._steps[step] = JobStep(
                    step=step, state="cached" if cached else "done", seconds=seconds, detail=detail
                )
            case events.StepFailed(step, reason):
                self._steps[step] = JobStep(step=step, state="failed", detail=reason)
            case events.EpochEnded():
                self.epochs.append(_epoch(event, self.step))
            case events.Note(text):
                self.notes = [*self.notes[-_NOTES:], text]
            case events.RunFinished(result):
                self.result = result
            case events.RunFailed(error, _):
                self.failure = error

    @property
    def step(self) -> str | None:
        """The step that began last."""
        return next(reversed(self._steps), None)

    @property
    def sparkline(self) -> list[float]:
        """The eval loss by epoch of the last training."""
        losses: list[float] = []
        for epoch in self.epochs:
            if epoch.epoch == 1:
                losses = []
            loss = epoch.eval.get("loss")
            if loss is not None:
                losses.append(loss)
        return thinned(losses)

    def metric(self, name: str | None) -> float | None:
        """A metric of the result: of a run its value, of a K-fold the mean of the folds, of a workflow the test split's."""
        result = self.result or {}
        metrics = result.get("metrics") or result.get("test")
        found = metrics.get(name) if isinstance(metrics, Mapping) else None
        for key in ("mean", "value"):
            if isinstance(found, Mapping):
                found = found.get(key)
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None


def _epoch(event: events.EpochEnded, step: str | None) -> Epoch:
    return Epoch(
        step=step,
        epoch=event.epoch,
        of=event.of,
        train=_finite(event.train),
        eval=_finite(event.eval),
        member=event.member,
        members=event.members,
    )


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    """JSON has no other numbers."""
    return {name: value if math.isfinite(value) else None for name, value in values.items()}
