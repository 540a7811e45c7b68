"""Tuning of a page: ExampleGen and Transform once, then TFX's Tuner over the ranges of its settings."""

import dataclasses
import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.trials import FILE, PAGE, Search
from pipelines.execution.session import Request
from pipelines.experiments import space
from pipelines.experiments.opening import before, opened
from pipelines.steps import model_modules
from schemas.errors import InputError
from schemas.home import Home

if TYPE_CHECKING:
    from pipelines.execution.wiring import Parts

KIND = "tune"
NODE = "Tuner"


def run(request: Request, budget: int, only: Sequence[str] = (), settings: Sequence[str] = ()) -> Search:
    """Tries the page's own settings and ``budget`` others, and writes the report's files. Trials of equal tunings are kept.

    Args:
      request: what to do it with; nothing is pushed.
      budget: how many trials the tuner makes, at least 1.
      only: which settings it chooses (pipelines.experiments.space); () for the usual ones.
      settings: the ``--set`` texts, for the result.

    Raises:
      InputError: something that the user can mend.
    """
    begun = time.monotonic()
    parameters = space.of_page(request.pipeline, only)
    first = before("Trainer")
    training = dataclasses.replace(request.pipeline.training, ensemble=1)
    if training.workers > 1:
        raise InputError(f"workers: received {training.workers}; a tuning trains in one process, with workers=1")

    def make(parts: "Parts") -> list[Any]:
        from components.code_version import code_version
        from components.training.tuner import Tuner
        from pipelines.execution.builder import components

        made = components(parts, first)
        page = parts.pipeline
        tuner = Tuner(
            description=page.description,
            model=page.model,
            training=training,
            parameters=parameters,
            budget=budget,
            examples=parts.output("ExampleGen", "examples"),
            transform_graph=parts.output("Transform", "transform_graph"),
        ).with_id(NODE)
        tuner.exec_properties["code"] = code_version("components.training.tuner", *model_modules(page))
        return [*made, tuner]

    with opened(request, first, make) as experiment:
        from components.training import tuner
        from pipelines.experiments import search_report
        from pipelines.experiments.recorder import Recorder

        recorder = Recorder(experiment)
        page = experiment.page
        recorder.train(PAGE, "the page's settings", page.model, training)
        done = experiment.session.launch_quietly(NODE)
        recorder.add(tuner.read(done.outputs["tuner_results"][0].uri))
        notes = [f"tuned: {one.name}, {one.words}" for one in parameters]
        if done.cached:
            notes.append("the trials are those of an earlier tuning since which nothing changed")
        return search_report.written(request, experiment, recorder, KIND, settings, notes, begun)


def tuned(home: Home, name: str) -> tuple[str, tuple[str, ...]]:
    """The settings that the last tuning of a dataset found best, and the file that they are taken from.

    Raises:
      InputError: there was no tuning, or its result cannot be read.
    """
    file = home.reports(name) / KIND / FILE
    try:
        found = Search.from_json(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"--tuned: {name} was not tuned yet ({file} is missing); run slipway tune {name}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"--tuned: {file} cannot be read ({error}); run slipway tune {name} again") from error
    return str(file), (*found.base, *found.settings)
