"""What happens in a run, as typed events: published where it happens, passed to any listener, read and written as JSON.

One stream feeds the terminal, the logs, ``slipway submit`` and ``slipway run NAME --events``; docs/events.md is its reference.
"""

import dataclasses
import json
import logging
import math
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

from schemas.errors import shown

VERSION = 1  # of the stream; another one only where readers of this one would misread it

Metrics = Mapping[str, float]
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")  # as protobuf's JSON mapping writes them: JSON has no such numbers


@dataclass(frozen=True)
class RunStarted:
    """A run of a dataset's pipeline begins: the first event of a stream.

    Attributes:
      dataset: the page's name.
    """

    kind: ClassVar[str] = "run_started"
    dataset: str


@dataclass(frozen=True)
class RunFinished:
    """The run is over, whether its model was blessed or not: the last event of its stream.

    Attributes:
      result: what ``slipway run --json`` prints.
    """

    kind: ClassVar[str] = "run_finished"
    result: Mapping[str, Any]


@dataclass(frozen=True)
class RunFailed:
    """The run came to no result: the last event of its stream.

    Attributes:
      error: the line that stderr shows.
      exit_code: of the command.
    """

    kind: ClassVar[str] = "run_failed"
    error: str
    exit_code: int


@dataclass(frozen=True)
class StepStarted:
    """A step begins.

    Attributes:
      step: its id, such as Trainer; ``Imports`` for the loading of libraries; in a cluster a task's name.
    """

    kind: ClassVar[str] = "step_started"
    step: str


@dataclass(frozen=True)
class StepFinished:
    """A step is done.

    Attributes:
      step: its id, as in ``StepStarted``.
      seconds: wall time.
      cached: whether what an earlier execution made was taken over.
      detail: what came of it in a few words, as of a fold its primary metric; empty for most.
    """

    kind: ClassVar[str] = "step_finished"
    step: str
    seconds: float
    cached: bool
    detail: str = ""


@dataclass(frozen=True)
class StepFailed:
    """A step ended without what it was to make.

    Attributes:
      step: its id, as in ``StepStarted``.
      reason: the state that a cluster reports, such as failed or canceled; empty where the run's own error has the reason.
    """

    kind: ClassVar[str] = "step_failed"
    step: str
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.step}: {self.reason or 'failed'}"


@dataclass(frozen=True)
class EpochEnded:
    """An epoch of training is over, and was judged on the eval split.

    Attributes:
      epoch: which one, from 1.
      of: how many there are at most; early stopping may end the training before.
      train: the loss and the metrics over the epoch's batches, by name.
      eval: the same on the eval split.
      member: which model of an ensemble is trained, from 1; None where there is but one.
      members: how many models the ensemble has; None where there is but one.
    """

    kind: ClassVar[str] = "epoch_ended"
    epoch: int
    of: int
    train: Metrics = field(default_factory=dict)
    eval: Metrics = field(default_factory=dict)
    member: int | None = None
    members: int | None = None

    def __str__(self) -> str:
        model = "" if self.member is None else f" of model {self.member}/{self.members}"
        values = [f"eval {name} {value:.4g}" for name, value in sorted(self.eval.items(), reverse=True)]
        values += [f"{name} {value:.4g}" for name, value in sorted(self.train.items(), reverse=True)]
        return f"epoch {self.epoch}/{self.of}{model}: {', '.join(values)}"


@dataclass(frozen=True)
class Bytes:
    """How far a download is; published often.

    Attributes:
      what: the file's name.
      done: bytes that are here, those of an interrupted download among them.
      total: bytes of the whole file, None where the server does not say.
    """

    kind: ClassVar[str] = "bytes"
    what: str
    done: int
    total: int | None = None


@dataclass(frozen=True)
class Waiting:
    """The run waits for something outside of it.

    Attributes:
      on: ``run`` (another run of the dataset), ``push`` (another run's push), ``metadata`` (the metadata store) or
        ``workers`` (the pods that train).
      text: one line for people.
    """

    kind: ClassVar[str] = "waiting"
    on: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Note:
    """Anything else that a person should read.

    Attributes:
      text: one line.
    """

    kind: ClassVar[str] = "note"
    text: str

    def __str__(self) -> str:
        return self.text


Event = (
    RunStarted | RunFinished | RunFailed | StepStarted | StepFinished | StepFailed | EpochEnded | Bytes | Waiting | Note
)
AnEvent = TypeVar("AnEvent", bound=Event)
KINDS: dict[str, type[Event]] = {kind.kind: kind for kind in get_args(Event)}

Listener = Callable[[Event], None]
# Of the process: what publishes (an executor, a callback) is often made by TFX or Keras, which pass no listener on.
_listeners: list[Listener] = []


def publish(event: Event) -> None:
    """Calls every listener with the event, in this thread; what a listener raises is raised here.

    What a person would read is logged as well, for the libraries' own output to be read beside it.
    """
    if isinstance(event, EpochEnded | Waiting | Note):
        logging.getLogger(__name__).info("%s", event)
    for listener in tuple(_listeners):  # a copy: another thread may open or close a context meanwhile
        listener(event)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Calls ``listener`` with each event of this process while the context is open."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def to_json(event: Event) -> str:
    """The event as one line of JSON: ``event`` (its kind), ``version`` (of the stream) and its fields."""
    return json.dumps({"event": event.kind, "version": VERSION, **encoded(event)})


def from_json(line: str) -> Event:
    """The inverse of ``to_json``.

    Raises:
      ValueError: the line is no event of this version of the stream.
    """
    content = json.loads(line)
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise ValueError(f"an event of version {VERSION} is expected, not {shown(line)}")
    kind = KINDS.get(str(content.get("event")))
    if kind is None:
        raise ValueError(f"event {shown(content.get('event'))}: one of {', '.join(KINDS)} is expected")
    return decoded(kind, content)


def encoded(event: Event) -> dict[str, Any]:
    """The event's fields as JSON values."""
    # ``each.type`` is the type itself, not its name: this module must not import annotations from __future__.
    content: dict[str, Any] = {}
    for each in dataclasses.fields(event):
        value = getattr(event, each.name)
        numbers = {name: _number(one) for name, one in value.items()} if each.type == Metrics else {}
        content[each.name] = numbers or (_number(value) if isinstance(value, float) else value)
    return content


def decoded(kind: type[AnEvent], content: Mapping[str, Any]) -> AnEvent:
    """The inverse of ``encoded``; what is no field of the event is ignored.

    Raises:
      ValueError: a field is missing, or not of its type.
    """
    types_of = get_type_hints(kind)
    names = [each.name for each in dataclasses.fields(kind) if each.name in content]
    try:
        return kind(**{name: _read(kind.kind, name, types_of[name], content[name]) for name in names})
    except TypeError as error:  # a field is missing
        raise ValueError(f"{kind.kind}: {error}") from None


def _read(kind: str, name: str, declared: Any, value: Any) -> Any:
    """A field's value as its type declares it. Raises ValueError for a value of another type."""
    if declared == Metrics and isinstance(value, dict):
        return {metric: _read(kind, f"{name}.{metric}", float, one) for metric, one in value.items()}
    # JSON has one kind of number: other writers of the stream may write 1.0 as 1. A bool is no number here, hence type().
    if declared is float and (value in _NOT_FINITE or type(value) is int):
        return float(value)
    declared_types = get_args(declared) if get_origin(declared) is types.UnionType else (declared,)
    if type(value) not in {dict if get_origin(one) is Mapping else one for one in declared_types}:
        raise ValueError(f"{kind}.{name}: received {shown(value)}, which is not of its type")
    return value


def _number(value: float) -> float | str:
    """A number as JSON can carry it: itself where it is finite, else its name."""
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
