"""What the cells of some columns look like beyond their type, and the one text in which each cell travels."""

from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, ClassVar


class FormError(ValueError):
    """A cell that does not have the column's form.

    Attributes:
      allowed: what is expected, with an example.
      received: what came, in words that say more than the value itself; None where the value says it.
    """

    def __init__(self, allowed: str, received: str | None = None) -> None:
        super().__init__(allowed)
        self.allowed = allowed
        self.received = received


@dataclass(frozen=True)
class Form:
    """The form of a column: its parameters are fields, texts or numbers.

    A cell of it is checked, and written in one canonical text, where data enters: in ExampleGen, in a request, in a file to
    predict. The Transform graph parses the canonical text alone. The canonical text of a canonical text is that text, as rows
    of a test split are asked again. No numpy here: the gateway uses it.
    """

    name: ClassVar[str]

    @property
    @abstractmethod
    def allowed(self) -> str:
        """What is expected, as the beginning of the sentence "... is expected"."""

    @property
    @abstractmethod
    def example(self) -> Any:
        """A value of this form as a request carries it."""

    @abstractmethod
    def canonical(self, value: Any) -> str:
        """A cell's text, or a value of JSON, in the canonical text; "" for one that is missing. Raises FormError."""

    def value(self, text: str) -> Any:
        """A canonical text as a person would write it in JSON."""
        return text

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """What a value of JSON may be, in JSON Schema: types and sizes; a null is missing."""

    def spec(self) -> dict[str, str]:
        """The form as a model card says it: ``form`` and its parameters, as texts."""
        return {"form": self.name} | {field: str(value) for field, value in asdict(self).items()}
