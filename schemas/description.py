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
            for column in feature.of:  # after the declared ones, whose kind comes first
                columns.setdefault(column, "string")
        return columns

    def tensors(self) -> dict[str, str]:
        """The name of each raw column in the ``predict`` signature: TensorFlow takes Python identifiers only."""
        names: dict[str, str] = {}
        for column in self.raw():
            plain = re.sub(r"[^0-9A-Za-z_]", "_", column)
            name = plain if re.match(r"[A-Za-z]", plain) and not keyword.iskeyword(plain) else f"column_{plain}"
            while name in names.values():  # "a b" and "a-b" are two columns
                name += "_"
            names[column] = name
        return names

    def to_json(self) -> str:
        """One line of JSON (schemas.codec), in which steps get the description; it is part of TFX's cache key."""
        return codec.dumps({"name": self.name, "task": self.task, "features": self.features})

    @classmethod
    def from_json(cls, text: str) -> "Description":
        """The inverse of ``to_json``. Raises TypeError for a text that another version wrote with other fields."""
        return cls(**codec.loads(text))
