"""A pushed model in the caller's process: asked, judged on other rows, and its answers to the test split."""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import pandas as pd

from pipelines.python_api import frames
from prediction.loaded_model import LoadedModel
from registry import dossier, pushed
from schemas.errors import InputError, listed, shown
from schemas.home import Home
from schemas.model_card import ModelCard, description_of
from schemas.quiet import output_to
from schemas.records import AnswerJson, Metrics

_ONE = (Mapping, str, bytes, Path)


class Model:
    """A version of a model; ``slipway.load`` makes one.

    Attributes:
      folder: the SavedModel's.
      card: its inputs, classes, metrics and origin.
    """

    def __init__(self, folder: Path, registry: Path) -> None:
        self.folder = folder
        self.card = ModelCard.read(folder)
        self._registry = registry

    def __repr__(self) -> str:
        labels = ", ".join(part.label for part in self.card.parts())
        return f"<{self.name} {self.version}: {', '.join(self.card.inputs)} -> {labels}>"

    @property
    def name(self) -> str:
        """The dataset."""
        return self.card.name

    @property
    def version(self) -> str:
        """The semantic version."""
        return str(self.card.version)

    @overload
    def predict(
        self, inputs: "pd.DataFrame | Sequence[Mapping[str, Any] | bytes | Path]", *, probabilities: bool = False
    ) -> "pd.DataFrame": ...

    @overload
    def predict(self, inputs: Mapping[str, Any] | str | bytes | Path, *, probabilities: bool = True) -> AnswerJson: ...

    def predict(self, inputs: Any, *, probabilities: bool | None = None) -> Any:
        """The model's answers.

        Args:
          inputs: a DataFrame with the columns that the model reads (others are passed over), by the rules of batch prediction;
            a list of inputs; or one input: an object of columns, or the value of a model's only column. A picture is the bytes
            or the ``Path`` of a file. None, NaN and NaT are missing values.
          probabilities: whether the answers have every class's probability; of one input without saying so.

        Returns:
          Of one input the answer as the gateway gives it: ``{"class", "confidence", "probabilities"}``, ``{"classes",
          "probabilities"}`` or ``{"value"}``; of several labels one of these by each label.
          Else a DataFrame of a row for each input, with the index of the one that was given, and the columns of
          `slipway predict --file`: ``class``, ``confidence`` and ``p(<class>)``, ``classes`` (a JSON array) or ``value``; of
          several labels ``<label>.class`` and so on.

        Raises:
          InputError: an input does not fit the model's card; the message names it.
        """
        if isinstance(inputs, pd.DataFrame):
            return frames.answers(self._loaded, inputs, bool(probabilities))
        if isinstance(inputs, _ONE):
            (answer,) = self._loaded.predict([frames.plain(inputs)])
            return answer.as_json(probabilities=probabilities is not False)
        if not isinstance(inputs, Sequence):
            raise InputError(
                f"{self.name}: received {shown(inputs)}; a DataFrame, a list of inputs, or one input is expected, "
                f"such as {shown(self.card.example, 200)}"
            )
        found = self._loaded.predict([frames.plain(value) for value in inputs])
        return frames.of_answers(found, self.card, bool(probabilities))

    def evaluate(self, rows: "pd.DataFrame") -> Metrics:
        """The task's metrics on other rows, computed as the Evaluator does.

        Args:
          rows: the columns that the model reads, and the label's, as the source has it: a class's name or index, names with
            the separator between them or in a list, or a number. Of several labels all of them.

        Raises:
          InputError: a column is missing, or a cell does not fit.
        """
        loaded = self._loaded
        with output_to(Path(os.devnull)):  # TFMA's warnings as it is imported
            return frames.metrics(loaded, rows, description_of(self.card).task)

    def predictions(self, label: str | None = None) -> "pd.DataFrame":
        """The answers to the test split that judged this version (`analysis.predictions`): ``key``, ``label``,
        ``prediction``, ``loss``, ``input.<column>``.

        Args:
          label: of several labels the one whose answers they are; the first without it.

        Raises:
          InputError: there is no such label; they were removed (`slipway gc`), or an older version made this model.
        """
        from analysis import predictions

        labels = [part.label for part in self.card.parts()]
        if label is not None and label not in labels:
            raise InputError(f"{self.name}: received the label {shown(label)}; one of {listed(labels)} is expected")
        folder = dossier.folder(self._registry, self.card.version, self.card.run_id)
        return predictions.read(dossier.of_task(folder, labels.index(label or labels[0]) + 1)).table.to_pandas()

    @cached_property
    def _loaded(self) -> LoadedModel:
        with output_to(Path(os.devnull)):  # what TensorFlow prints while it loads
            return LoadedModel(self.folder)


def load(name: str, version: str | None = None) -> Model:
    """See ``slipway.load``."""
    home = Home.from_environment()
    return Model(pushed.find(home.models(name), name, version), home.registry(name))


def versions(name: str) -> "pd.DataFrame":
    """See ``slipway.versions``."""
    from registry.standing import standings

    home = Home.from_environment()
    if not home.registry(name).is_dir():
        raise InputError(f"{name} has no versions in {home.root}; run: slipway.run({name!r})")
    rows = []
    for one in standings(home.models(name), home.registry(name)):
        entry = {key: value for key, value in one.entry.to_json().items() if key not in ("card", "metrics")}
        standing = {"there": one.there, "newest": one.newest, "labels": list(one.labels)}
        rows.append({**entry, **standing, **one.entry.metrics})
    return pd.DataFrame(rows)
