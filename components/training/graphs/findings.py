"""What a check says of a drawing, in the form of studio.messages.graphs."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ProblemKind = Literal[
    "layer", "shape", "missing_input", "orphan", "cycle", "dangling_edge", "duplicate_name", "dataset", "limit", "graph"
]


@dataclass(frozen=True)
class Fix:
    """A change that mends a problem; see studio.messages.graphs.Fix."""

    label: str
    action: Literal["insert", "set", "rename", "remove_edge", "remove_node"]
    node: str | None = None
    edge: str | None = None
    layer: str | None = None
    config: dict[str, Any] = field(default_factory=dict)
    field: str | None = None
    value: Any = None


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, in one line; see studio.messages.graphs.GraphProblem."""

    kind: ProblemKind
    message: str
    nodes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    field: str | None = None
    severity: Literal["error", "warning"] = "error"
    fix: Fix | None = None

    def as_json(self) -> dict[str, Any]:
        """As the message has it."""
        return asdict(self)


@dataclass(frozen=True)
class Tensor:
    """A symbolic tensor; None is a dimension of any size, the first one that of the batch."""

    shape: tuple[int | None, ...]
    dtype: str

    def __str__(self) -> str:
        """Its shape, as Keras writes it."""
        return str(self.shape)
