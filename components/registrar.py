"""Registrar: the dossier of every judged model, pushed or refused (registry.dossier)."""

import importlib.metadata
import json
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact, artifact_utils, channel, component_spec, standard_artifacts
from tfx.utils import io_utils, path_utils

from analysis import predictions
from components.artifacts import Artifacts
from components.code_version import LIBRARIES
from components.evaluation import cases, evaluator
from components.evaluation.error_analyzer import ErrorAnalysis
from registry import dossier, version_map
from registry.dossier import Commit, DossierRecord, Origin
from registry.exclusive import changing
from registry.versioning import parse
from schemas import codec, curves, graphs
from schemas.files import replaced_folder
from schemas.model_card import ModelCard
from schemas.records import Verdict
from schemas.splits import NAMES

_GIT_SECONDS = 10


class Dossier(artifact.Artifact):
    """dossier.txt: the folder of the dossier."""

    TYPE_NAME = "Dossier"


class Executor(base_executor.BaseExecutor):
    """Collects what the run found out about its model in one folder of the registry."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Writes the dossier, whole or not at all; one of the same version is replaced."""
        self._log_startup(input_dict, output_dict, exec_properties)
        registry = Path(exec_properties["registry"])
        run_id = self._context.pipeline_run_id if self._context else ""
        card = _card(artifact_utils.get_single_instance(input_dict["pushed_model"]), registry, run_id)
        target = dossier.folder(registry, card.version, card.run_id)
        with changing(registry), replaced_folder(target) as part:
            _write_files(part, input_dict)
            record = _record(card, input_dict, exec_properties, registry)
            (part / dossier.RECORD).write_text(json.dumps(record.to_json(), indent=1, ensure_ascii=False), "utf-8")
        made = artifact_utils.get_single_instance(output_dict["dossier"])
        io_utils.write_string_file(str(Path(made.uri, "dossier.txt")), str(target))
        made.set_string_custom_property("folder", str(target))


def _card(push: Any, registry: Path, run_id: str) -> ModelCard:
    """The card of the model that was pushed, or of the one that this run's Pusher refused."""
    if push.get_int_custom_property("pushed"):
        return ModelCard.read(Path(push.get_string_custom_property("pushed_destination")))
    refused = [entry for entry in version_map.entries(registry) if entry.run_id == run_id and not entry.blessed]
    return refused[-1].card


def _write_files(part: Path, inputs: Artifacts) -> None:
    analysis = Path(artifact_utils.get_single_uri(inputs["analysis"]))
    for name in (predictions.FILE, dossier.ANALYSIS):
        shutil.copy2(analysis / name, part / name)
    if (others := analysis / dossier.TASKS).exists():
        shutil.copytree(others, part / dossier.TASKS)
    shutil.copy2(_trained(inputs) / curves.PATH, part / curves.PATH.name)
    if (graph := _trained(inputs) / graphs.PATH).exists():
        shutil.copy2(graph, part / dossier.GRAPH)
    statistics = artifact_utils.get_single_instance(inputs["statistics"])
    (part / dossier.STATISTICS).mkdir()
    for split in NAMES:
        proto = stats_artifact_utils.load_statistics(statistics, split).proto()
        (part / dossier.STATISTICS / f"{split}.pb").write_bytes(proto.SerializeToString())
    schema = io_utils.get_only_uri_in_dir(artifact_utils.get_single_uri(inputs["schema"]))
    shutil.copy2(schema, part / dossier.SCHEMA)


def _trained(inputs: Artifacts) -> Path:
    return Path(path_utils.serving_model_path(artifact_utils.get_single_uri(inputs["model"])))


def _record(card: ModelCard, inputs: Artifacts, exec_properties: dict[str, Any], registry: Path) -> DossierRecord:
    verdict: Verdict = evaluator.read(artifact_utils.get_single_uri(inputs["evaluation"]))
    return DossierRecord(
        run_id=card.run_id or "",
        verdict=verdict,
        cases=cases.read(artifact_utils.get_single_uri(inputs["cases"])),
        thresholds=json.loads(exec_properties["thresholds"]),
        commit=commit_of(Path(exec_properties["page_folder"])),
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES}
        | {"python": platform.python_version()},
        lineage=tuple(_origin(one) for found in inputs.values() for one in found),
        trained=str(_trained(inputs)),
        previous=_previous(card, registry),
        card=card,
    )


def _origin(made: Any) -> Origin:
    # TFX ends the URI of an artifact with the id of the execution that made it.
    execution = Path(made.uri).name
    return Origin(
        step=made.get_string_custom_property("producer_component") or Path(made.uri).parts[-3],
        execution=int(execution) if execution.isdigit() else 0,
        artifact=made.id,
        kind=made.type_name,
        uri=made.uri,
    )


def _previous(card: ModelCard, registry: Path) -> str | None:
    versions = {entry.version for entry in version_map.entries(registry) if entry.version}
    before = [one for one in versions if card.version is None or parse(one) < parse(card.version)]
    return max(before, key=parse, default=None)


def commit_of(folder: Path) -> Commit | None:
    """The git commit that a folder's files are from; None without git, or outside of a repository."""
    try:
        found = _git(folder, "rev-parse", "HEAD")
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    return Commit(found.strip(), bool(changed.strip()))


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=_GIT_SECONDS).stdout


class RegistrarSpec(component_spec.ComponentSpec):
    """``registry``: the dataset's folder. ``thresholds``: the page's, as JSON. ``page_folder``: where the page is."""

    PARAMETERS = {
        name: component_spec.ExecutionParameter(type=str) for name in ("registry", "thresholds", "page_folder")
    }
    INPUTS = {
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
        "schema": component_spec.ChannelParameter(type=standard_artifacts.Schema),
        "transform_graph": component_spec.ChannelParameter(type=standard_artifacts.TransformGraph),
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "cases": component_spec.ChannelParameter(type=cases.CaseResults),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "analysis": component_spec.ChannelParameter(type=ErrorAnalysis),
        "pushed_model": component_spec.ChannelParameter(type=standard_artifacts.PushedModel),
    }
    OUTPUTS = {"dossier": component_spec.ChannelParameter(type=Dossier)}


class Registrar(base_component.BaseComponent):
    """Keeps what is known of a model in ``registry/<dataset>/<version>``; output ``dossier`` says where."""

    SPEC_CLASS = RegistrarSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, registry: Path, thresholds: dict[str, Any], page_folder: Path, **inputs: Any) -> None:
        spec = RegistrarSpec(
            registry=str(registry),
            thresholds=codec.dumps(thresholds),
            page_folder=str(page_folder),
            dossier=channel.Channel(type=Dossier),
            **inputs,
        )
        super().__init__(spec=spec)
