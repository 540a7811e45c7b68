"""Trying a model: the form, the answer and why."""

from typing import Literal

from studio.messages.message import Json, Message


class FormField(Message):
    """A column of a request.

    Attributes:
      kind: ``text`` is a string that is read as a text; ``choice`` a string with known names.
        ``timestamp``, ``exact`` (a number that a float64 may not hold), ``set`` and ``vector`` are strings that have a form
        (schemas.forms).
      names: of a ``choice`` or a ``set``: those that the model knows.
      separator: of a ``set``: what stands between its names.
      length: of a ``vector``: how many numbers it has.
      low, high: of a ``number``: the smallest and the largest of the training examples, where they are known.
      optional: whether a missing value is taken.
      height, width, channels: of an ``image``, as the model sees it.
    """

    name: str
    kind: Literal["number", "choice", "string", "text", "image", "timestamp", "exact", "set", "vector"]
    names: list[str] = []
    low: float | None = None
    high: float | None = None
    separator: str | None = None
    length: int | None = None
    optional: bool = True
    height: int | None = None
    width: int | None = None
    channels: int | None = None
    example: Json = None


class Form(Message):
    """What a version of a model is asked with.

    Attributes:
      white_on_black: of a model of pictures of drawn signs: whether its ink is light, as MNIST's is.
    """

    dataset: str
    version: str
    serving_version: int
    label: str
    classes: list[str] | None
    fields: list[FormField]
    example: dict[str, Json]
    white_on_black: bool = True


class Question(Message):
    """An input, as the gateway takes it in ``{"input": ...}``; ``version`` None for the newest one."""

    input: Json
    version: str | None = None


class Reply(Message):
    """The gateway's answer.

    Attributes:
      output: ``{"class", "confidence", "probabilities"}``, ``{"classes", "probabilities"}``, ``{"value"}`` or ``{"values"}``;
        of several labels one of these by label.
      milliseconds: of the gateway's answer.
      curl: the same call for a shell.
      curl_file: the file that the line reads, which the page offers to save: a picture that is too long to stand in the line.
    """

    model: str
    version: str | None
    serving_version: int | None
    output: dict[str, Json]
    milliseconds: float
    curl: str
    curl_file: str | None = None


class Attribution(Message):
    """How much one input added to the answer; ``value`` is what was given."""

    name: str
    value: Json
    weight: float


class Explanation(Message):
    """Why the model answered so (analysis.attributions).

    Attributes:
      of: what is explained, e.g. ``probability of survived``.
      score: it, for this input.
      reference_score: it, for what the input is compared with; the weights sum to the difference of the two.
      reference: what the input is compared with, in words.
      method: in words.
      parts: inputs by falling absolute weight; of a text its words in order.
      heat: of a picture: height x width weights, and None otherwise.
    """

    of: str
    score: float
    reference_score: float
    reference: str
    method: str
    parts: list[Attribution]
    heat: list[list[float]] | None
    seconds: float


class ServingState(Message):
    """The model server and the gateway that the studio asks: its own, started when first needed, or one it was given.

    Attributes:
      url: the gateway's.
      own: whether the studio started it.
    """

    state: Literal["stopped", "starting", "ready", "failed"]
    url: str | None
    own: bool
    error: str | None = None
