"""What every step needs to know of a dataset: its name, its features and its task."""

import keyword
import re
from dataclasses import dataclass

from schemas import codec
from schemas.features import Feature
from schemas.forms import AnyForm
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
        columns = {name: feature.column_type for name, feature in self.features.items() if feature.is_column}
        for feature in self.features.values():
            for column in feature.of:  # after the declared ones, whose kind comes first
                columns.setdefault(column, feature.of_type)
        return columns

    def forms(self) -> dict[str, AnyForm]:
        """What the cells of raw columns must look like beyond their type; those of which it is asked."""
        found: dict[str, AnyForm] = {}
        for name, feature in self.features.items():
            found |= feature.of_forms
            if feature.is_column and (form := feature.form) is not None:
                found[name] = form
        return found

    def inputs(self) -> dict[str, dict[str, str]]:
        """The raw columns as a model card says them: ``type``, ``tensor``, and a form's ``form`` and parameters."""
        tensors, forms = self.tensors(), self.forms()
        return {
            name: {"type": kind, "tensor": tensors[name], **(forms[name].spec() if name in forms else {})}
            for name, kind in self.raw().items()
        }

    def tensors(self) -> dict[str, str]:
        """The name of each raw column in the ``predict`` signature: TensorFlow takes Python identifiers only."""
        names: dict[str, str] = {}
        for column in self.raw():
            plain = re.sub(r"[^0-9A-Za-z_]", "_", column)
            taken = (
                keyword.iskeyword(plain) or plain == "self"
            )  # TensorFlow's functions call their own first argument so
            name = plain if re.match(r"[A-Za-z]", plain) and not taken else f"column_{plain}"
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
