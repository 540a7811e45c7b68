"""What every step needs to know of a dataset: its name, its features and its task."""

import keyword
import re
from dataclasses import dataclass

from schemas import codec
from schemas.features import Feature
from schemas.tasks import Task


@dataclass(frozen=True)
class Description:
    """A dataset's features and task.

    Attributes:
      name: the dataset.
      task: what is predicted.
      features: the model's inputs by name, in order.
    """

    name: str
    task: Task
    features: dict[str, Feature]

    def raw(self) -> dict[str, str]:
        """The columns that a request carries, with their type: ``number``, ``string`` or ``image``."""
        columns = {name: feature.raw for name, feature in self.features.items() if feature.derived is None}
        for feature in self.features.values():
            for column in feature.of:
                columns.setdefault(column, "string")
        return columns

    def tensors(self) -> dict[str, str]:
        """The name of each raw column in the ``predict`` signature: TensorFlow asks for Python identifiers there."""
        names: dict[str, str] = {}
        for column in self.raw():
            plain = re.sub(r"[^0-9A-Za-z_]", "_", column)
            name = plain if re.match(r"[A-Za-z]", plain) and not keyword.iskeyword(plain) else f"column_{plain}"
            while name in names.values():
                name += "_"
            names[column] = name
        return names

    def to_json(self) -> str:
        return codec.dumps({"name": self.name, "task": self.task, "features": self.features})

    @classmethod
    def from_json(cls, text: str) -> "Description":
        return cls(**codec.loads(text))
