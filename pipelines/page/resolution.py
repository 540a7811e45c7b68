"""What a page amounts to once the curated schema, the command line and the code are taken in; light to import."""

import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from components.code_version import code_version
from components.data.sources import Located
from pipelines import steps
from pipelines.page import handpicked
from pipelines.spec import Pipeline
from schemas import codec, curated
from schemas.errors import InputError
from schemas.features import Category, Feature, Text
from schemas.home import Home
from schemas.settings import Setting, by_name


def with_domains(pipeline: Pipeline) -> Pipeline:
    """The page, with the names of each Category that the curated schema closes."""
    text = curated.text_of(pipeline.name)
    # Names that are known need no vocabulary: Transform has one analysis less for each.
    closed = curated.domains(curated.parse(text, pipeline.name)) if text else {}
    features = {
        name: dataclasses.replace(feature, names=closed[name])
        if isinstance(feature, Category) and not (feature.names or feature.hash or feature.derived) and name in closed
        else feature
        for name, feature in pipeline.features.items()
    }
    return dataclasses.replace(pipeline, features=features)


def resolved(pipeline: Pipeline) -> Pipeline:
    """``with_domains``, and the sha256 of each file of word vectors: for a run, as all of a file of gigabytes is read.

    Raises:
      InputError: such a file is missing, or is another one than the page says.
    """
    pipeline = with_domains(pipeline)
    data = Home.from_environment().data / pipeline.name
    features = {name: _with_vectors(name, one, data) for name, one in pipeline.features.items()}
    return dataclasses.replace(pipeline, features=features)


def _with_vectors(name: str, feature: Feature, data: Path) -> Feature:
    """A text with the sha256 of its file of word vectors, so that another file is another run."""
    if not isinstance(feature, Text) or not feature.pretrained:
        return feature
    path = feature.pretrained_file(data)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}; put the file of word vectors there, or correct pretrained of {name!r}"
        ) from error
    if feature.pretrained_sha256 not in ("", found):
        raise InputError(f"{path}: its sha256 is {found}, not {feature.pretrained_sha256}; fetch it again")
    return dataclasses.replace(feature, pretrained_sha256=found)


def with_settings(pipeline: Pipeline, settings: list[str]) -> Pipeline:
    """The page with ``KEY=VALUE`` settings of ``--set`` taken in.

    A key is a field of the model, the training or the splits, e.g. ``dropout=0.3``, ``hidden=64,32`` or ``wide=true``.

    Raises:
      InputError: not KEY=VALUE, an unknown key, or a value that does not fit.
      SpecError: a value that is not allowed.
    """
    parts: dict[str, dict[str, Any]] = {"model": {}, "training": {}, "splits": {}}
    known = {part: by_name(type(getattr(pipeline, part))) for part in parts}
    for setting in settings:
        key, equals, text = setting.partition("=")
        owner = next((part for part in parts if key in known[part]), None)
        if not equals or owner is None:
            keys = ", ".join(sorted(key for found in known.values() for key in found))
            raise InputError(f"--set {setting!r}: KEY=VALUE is expected, KEY one of {keys}")
        parts[owner][key] = _value(known[owner][key], text, getattr(getattr(pipeline, owner), key))
    replaced = {part: dataclasses.replace(getattr(pipeline, part), **values) for part, values in parts.items()}
    return dataclasses.replace(pipeline, **replaced)


def settings_of(pipeline: Pipeline, changed: Pipeline) -> tuple[str, ...]:
    """The inverse of ``with_settings``: the KEY=VALUE texts that make ``changed`` of a page."""
    pairs = ((getattr(pipeline, part), getattr(changed, part)) for part in ("model", "training", "splits"))
    return tuple(
        f"{name}={one.write(getattr(after, name))}"
        for before, after in pairs
        for name, one in by_name(type(before)).items()
        if getattr(before, name) != getattr(after, name)
    )


def with_included(pipeline: Pipeline, names: list[str]) -> Pipeline:
    """The page with features that it leaves out by default taken in. Raises InputError for one that it does not have."""
    features, excluded = dict(pipeline.features), dict(pipeline.excluded)
    # The same one twice would be gone from the excluded at its second turn.
    for name in dict.fromkeys(names):
        if name not in excluded:
            known = ", ".join(pipeline.excluded) or "none"
            raise InputError(f"--include {name!r}: {pipeline.name} leaves out no such feature; it leaves out: {known}")
        features[name] = excluded.pop(name).feature
    return dataclasses.replace(pipeline, features=features, excluded=excluded)


def _value(setting: Setting, text: str, current: Any) -> Any:
    """The text as a value of the type that the field is declared with: a page may say ``dropout=0``."""
    try:
        return setting.read(text)
    except ValueError:
        raise InputError(
            f"--set {setting.name}={text}: received {text!r}; {setting.form} is expected, such as {current!r}"
        ) from None


def fingerprint(pipeline: Pipeline, located: Located, limit: int, accept_drift: bool = False) -> str:
    """A hash of everything that a run's result follows from: page, schema, cases, data, limit, code and libraries.

    Whether drift is accepted counts: without that, the same run may stop.
    """
    page = {field.name: getattr(pipeline, field.name) for field in dataclasses.fields(pipeline)}
    # Of all steps, the Pusher's among them: a result is what every one of them made of it.
    modules = {module for found in steps.modules(pipeline).values() for module in found}
    parts = (
        codec.dumps({key: dict(value) if hasattr(value, "items") else value for key, value in page.items()}),
        curated.text_of(pipeline.name),
        handpicked.text_of(pipeline.name),
        located.fingerprint,
        f"{limit} {located.span} {located.window}",
        str(accept_drift),
        code_version("pipelines.execution.builder", "pipelines.execution.local_runner", *sorted(modules)),
    )
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
