"""Pusher: gives a blessed model its semantic version and its card, and shows it to the model server all at once."""

import dataclasses
import importlib.metadata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tfx.components.pusher import executor
from tfx.components.statistics_gen import stats_artifact_utils
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import artifact_utils, channel, component_spec, standard_artifacts

from components.artifacts import Artifacts
from components.data import past_statistics, summary
from components.data.example_gen import WINDOW
from components.evaluation import cases, evaluator
from registry import version_map
from registry.exclusive import changing
from registry.pushing import push_model, serving_version, weights_hash
from registry.versioning import next_version
from schemas.model_card import ModelCard
from schemas.records import Verdict
from schemas.splits import TRAIN

_LIBRARIES = ("tensorflow", "keras", "tfx", "tensorflow-transform")


class Executor(executor.Executor):
    """Pushes by rename, so that no half-written version is ever seen, and keeps the version map."""

    def Do(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        """Pushes a blessed model, and records a blessed or unblessed one in the version map.

        Publishes ``events.Waiting`` while another run of the dataset pushes.
        """
        self._log_startup(input_dict, output_dict, exec_properties)
        # On a cluster two runs of one dataset may push at the same moment, and each takes the version after the newest.
        with changing(Path(exec_properties["registry"])):
            self._push(input_dict, output_dict, exec_properties)

    def _push(self, input_dict: Artifacts, output_dict: Artifacts, exec_properties: dict[str, Any]) -> None:
        models, registry = Path(exec_properties["models"]), Path(exec_properties["registry"])
        trained = Path(self.GetModelPath(input_dict))
        verdict = evaluator.read(artifact_utils.get_single_uri(input_dict["evaluation"]))
        answers = cases.read(artifact_utils.get_single_uri(input_dict["cases"]))
        card = self._card(trained, input_dict, verdict, exec_properties["limit"])
        push = artifact_utils.get_single_instance(output_dict["pushed_model"])
        # On the artifact, from which the run's result is read whether this step ran or was cached.
        push.set_int_custom_property("limit", exec_properties["limit"])
        pushed = self._already_pushed(card, models)

        def record(model: ModelCard) -> None:
            entry = version_map.entry_of(
                model, blessed=verdict.blessed, checks=verdict.checks, cases=answers, intervals=verdict.intervals
            )
            version_map.record(registry, entry)

        known = {entry.serving_version for entry in version_map.entries(registry)}
        # An attempt may have been killed between the push and its entry.
        if pushed is not None and pushed.serving_version not in known:
            record(pushed)
        elif pushed is not None:
            version_map.keep_cases(registry, pushed.serving_version, answers)
        version_map.reconcile(models, registry)
        if not self.CheckBlessing(input_dict):
            record(card)
            self._MarkNotPushed(push)
            return
        if pushed is None:
            pushed = self._push_next(trained, card, models, registry, input_dict)
            record(pushed)
        self._MarkPushed(push, str(models / str(pushed.serving_version)), str(pushed.serving_version))
        push.set_string_custom_property("version", pushed.version or "")

    @staticmethod
    def _push_next(trained: Path, card: ModelCard, models: Path, registry: Path, input_dict: Artifacts) -> ModelCard:
        """Pushes the model as the version after the newest; returns its card."""
        versioned = dataclasses.replace(
            card,
            version=next_version(card, version_map.latest(models, registry)),
            serving_version=serving_version(models),
        )
        statistics = artifact_utils.get_single_instance(input_dict["statistics"])
        train = stats_artifact_utils.load_statistics(statistics, TRAIN).proto()
        # Before the push: killed in between, statistics without a model do no harm, and a model without would hide a drift.
        past_statistics.keep(train, registry, versioned)
        return push_model(trained, models, versioned)

    def _card(self, trained: Path, input_dict: Artifacts, verdict: Verdict, limit: int) -> ModelCard:
        examples = artifact_utils.get_single_instance(input_dict["examples"])
        counted = summary.read(examples.uri)
        return dataclasses.replace(
            ModelCard.read(trained),
            run_id=self._context.pipeline_run_id if self._context else None,
            pushed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            data={
                "fingerprint": counted["fingerprint"],
                "limit": limit,
                "span": examples.span,
                "window": examples.get_int_custom_property(WINDOW) or 1,  # 0 of examples that an older Slipway made
                "rows": {split: part["rows"] for split, part in counted["splits"].items()},
                "examples": examples.uri,
            },
            weights=weights_hash(trained),
            metrics=verdict.metrics,
            libraries={library: importlib.metadata.version(library) for library in _LIBRARIES},
        )

    @staticmethod
    def _already_pushed(card: ModelCard, models: Path) -> ModelCard | None:
        """This model, if an earlier attempt of this run was killed after the push, or the newest one, if nothing changed."""
        cards = version_map.cards(models)
        equal = [old for old in cards if _equality_key(old) == _equality_key(card)]
        # Only the newest, or of this run: data that returns to what it was is a new version, not the old one again.
        same = [old for old in equal if old.run_id == card.run_id or old == cards[-1]]
        return same[-1] if same else None


def _equality_key(card: ModelCard) -> tuple[object, ...]:
    """Equal for models that their users cannot distinguish: the weights, and how files are read and written."""
    return card.weights, card.reading, card.submission


class PusherSpec(component_spec.ComponentSpec):
    """``models`` and ``registry`` are the dataset's folders; ``limit`` is the run's --limit, for the card."""

    PARAMETERS = {
        "models": component_spec.ExecutionParameter(type=str),
        "registry": component_spec.ExecutionParameter(type=str),
        "limit": component_spec.ExecutionParameter(type=int),
    }
    INPUTS = {
        "model": component_spec.ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": component_spec.ChannelParameter(type=standard_artifacts.ModelBlessing),
        "evaluation": component_spec.ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "examples": component_spec.ChannelParameter(type=standard_artifacts.Examples),
        "cases": component_spec.ChannelParameter(type=cases.CaseResults),
        "statistics": component_spec.ChannelParameter(type=standard_artifacts.ExampleStatistics),
    }
    OUTPUTS = {"pushed_model": component_spec.ChannelParameter(type=standard_artifacts.PushedModel)}


class Pusher(base_component.BaseComponent):
    """Pushes a blessed model to ``models/<dataset>/<integer version>``; output ``pushed_model`` says where."""

    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, *, models: Path, registry: Path, limit: int, **inputs: Any) -> None:
        spec = PusherSpec(
            models=str(models),
            registry=str(registry),
            limit=limit,
            pushed_model=channel.Channel(type=standard_artifacts.PushedModel),
            **inputs,
        )
        super().__init__(spec=spec)
