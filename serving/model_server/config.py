"""Which models are served, from where, and which of their versions: TensorFlow Serving's ModelServerConfig."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tensorflow_serving.config import model_server_config_pb2

from registry.labels import Followed
from schemas.errors import InputError
from serving.model_server import config_files
from serving.model_server.errors import invalid

PLATFORM = "tensorflow"
_log = logging.getLogger("slipway.serve")


@dataclass(frozen=True)
class Policy:
    """Which of a model's versions are served (TensorFlow Serving's ServableVersionPolicy).

    Attributes:
      latest: the number of highest versions; None for all.
      specific: these versions alone, where there are any.
    """

    latest: int | None = 1
    specific: tuple[int, ...] = ()

    def aspired(self, versions: Iterable[int]) -> set[int]:
        """The versions on disk to serve (TF Serving: aspired); a specific one that is absent is left out, as there."""
        found = sorted(versions, reverse=True)
        if self.specific:
            return set(found) & set(self.specific)
        return set(found if self.latest is None else found[: self.latest])


@dataclass(frozen=True)
class ModelConfig:
    """One served model.

    Attributes:
      base_path: the folder of its versions.
      labels: integer version by label, as a ModelServerConfig has them.
      followed: the same of registry.labels, which are followed while the server runs.
    """

    name: str
    base_path: Path
    policy: Policy = Policy()
    labels: dict[str, int] = field(default_factory=dict)
    followed: dict[str, int] = field(default_factory=dict)

    def aspired(self, versions: Collection[int]) -> set[int]:
        """The versions on disk to serve: those of the policy, and those that a followed label names."""
        chosen = self.policy.aspired(versions)
        # Of specific versions these alone: another one with a higher number would answer the requests without a version.
        return chosen if self.policy.specific else chosen | set(versions).intersection(self.followed.values())


def policy(text: str) -> Policy:
    """The policy of the option ``--versions``: ``latest``, ``latest:N``, ``all``, or integers with commas.

    Raises InputError for anything else.
    """
    kind, _, count = text.partition(":")
    if text == "all":
        return Policy(latest=None)
    if kind == "latest" and ((not count and text == kind) or (count.isdecimal() and int(count) > 0)):
        return Policy(latest=int(count or 1))
    numbers = text.split(",")
    if all(number.isdecimal() for number in numbers):
        return Policy(specific=tuple(map(int, numbers)))
    raise InputError(
        f"--versions: received {text!r}; latest, latest:N, all, or integer versions such as 1795228698,1795228753 are allowed"
    )


def read(path: Path) -> model_server_config_pb2.ModelServerConfig:
    """A file with a ModelServerConfig in protobuf's text form. Raises InputError for one that cannot be read."""
    wrong = (
        f"{path} is not a ModelServerConfig in text form: {{error}}; expected is, for example: "
        'model_config_list { config { name: "titanic" base_path: "/models/titanic" model_platform: "tensorflow" } }'
    )
    config = config_files.fill(model_server_config_pb2.ModelServerConfig(), "model-config-file", path, wrong)
    if config.WhichOneof("config") == "custom_model_config":
        raise InputError(f"--model-config-file: {path}: ModelServer does not yet support custom model config.")
    return config


def of_one(name: str, base_path: str) -> model_server_config_pb2.ModelServerConfig:
    """The config of --model_name and --model_base_path."""
    config = model_server_config_pb2.ModelServerConfig()
    config.model_config_list.config.add(name=name, base_path=base_path, model_platform=PLATFORM)
    return config


def of_proto(config: model_server_config_pb2.ModelServerConfig, served: Collection[str] = ()) -> list[ModelConfig]:
    """The models of a config, checked. ``served`` are the models of the config before it.

    Raises ServingError with TensorFlow Serving's text.
    """
    models = config.model_config_list.config
    # In the order of server_core.cc: of several mistakes the same one is shown.
    names: set[str] = set()
    for model in models:
        if model.name in names:
            raise invalid(f"Illegal to list model {model.name} multiple times in config list")
        names.add(model.name)
    for model in models:
        if not model.base_path.startswith(("/", "file://")):
            raise invalid(
                f"Expected model {model.name} to have an absolute path or URI; got base_path()={model.base_path}"
            )
    for model in models:
        if model.name in served and (platform := _platform(model)) != PLATFORM:
            raise invalid(
                f"Illegal to change a model's platform. For model {model.name} platform was {PLATFORM} "
                f"and new platform requested is {platform}"
            )
    for model in models:
        if (platform := _platform(model)) != PLATFORM:
            raise invalid(f"Model {model.name} requests unsupported platform {platform}")
    return [_model(model) for model in models]


def _model(model: model_server_config_pb2.ModelConfig) -> ModelConfig:
    versions = model.model_version_policy
    chosen = Policy(
        # 0 means 1 in ServableVersionPolicy.Latest.
        None if versions.HasField("all") else max(1, versions.latest.num_versions),
        tuple(versions.specific.versions),
    )
    # Of the URIs that TensorFlow Serving takes only local ones are served here.
    path = model.base_path.removeprefix("file://")
    return ModelConfig(model.name, Path(path), chosen, dict(model.version_labels))


def _platform(model: model_server_config_pb2.ModelConfig) -> str:
    """A model's platform, by the deprecated model_type too. Raises ServingError where that is not allowed."""
    if not model.model_type:
        if not model.model_platform:
            raise invalid(
                "Illegal setting neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform, "
                f"model name is {model.name}"
            )
        return model.model_platform
    _log.warning("Deprecated ModelServerConfig::model_type field used. Prefer ModelServerConfig::model_platform.")
    if model.model_platform:
        raise invalid(
            "Illegal setting both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform, "
            f"model name is {model.name}"
        )
    if model.model_type != model_server_config_pb2.TENSORFLOW:
        raise invalid(f"ModelServerConfig::model_type choice {model.model_type} not supported.")
    return PLATFORM


def discovered(root: Path, chosen: Policy, labels: Followed | None = None) -> list[ModelConfig]:
    """A config for every folder of a models folder; hidden ones are not models. ``labels`` are read again, and followed."""
    try:
        folders = sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    except FileNotFoundError:
        return []
    if labels is None:
        return [ModelConfig(folder.name, folder, chosen) for folder in folders]
    labels.refresh(folder.name for folder in folders)
    return [
        ModelConfig(
            folder.name,
            folder,
            chosen,
            followed={label: found.serving_version for label, found in labels.of(folder.name).items()},
        )
        for folder in folders
    ]


def versions(base_path: Path) -> dict[int, Path]:
    """The version folders of a model. Raises OSError where the folder is not there or cannot be read.

    Of several folders with the same number (007 and 7) the last by name is taken.
    """
    children = sorted(path for path in base_path.iterdir() if path.name.isascii() and path.name.isdecimal())
    # TensorFlow Serving parses a 64-bit integer; a longer name is no version to it.
    return {int(path.name): path for path in children if int(path.name) < 2**63}
