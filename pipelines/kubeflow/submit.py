"""Takes a compiled pipeline to a server: a version of it, and a run or a recurring run of that version."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import kfp_server_api as kfp

from pipelines import steps
from pipelines.kubeflow import compiler, outcome
from pipelines.kubeflow.api import Api, Version
from pipelines.kubeflow.layout import Options
from pipelines.page import parameters
from schemas.records import RunResult

MOST_AT_ONCE = "1"  # runs of a schedule: two that push the same model would only race


@dataclass(frozen=True)
class Submission:
    """What is taken to a server.

    Attributes:
      dataset: whose pipeline.
      options: how it is laid out.
      values: the run's parameters that differ from their defaults, as the server takes them.
      experiment: groups runs on the server; it is made if it is not there.
      service_account: whose rights the pods have; "" for the server's default.
    """

    dataset: str
    options: Options
    values: dict[str, Any]
    experiment: str
    service_account: str = ""

    @property
    def tasks(self) -> list[str]:
        """The names of the pipeline's tasks, in order."""
        return [task.name for task in self.options.tasks]

    def upload(self, api: Api) -> Version:
        """The version of the pipeline on the server; the same bytes are not uploaded twice."""
        return api.upload(compiler.pipeline_name(self.dataset), compiler.compiled(self.dataset, self.options))

    def start(self, api: Api, version: Version) -> str:
        """Starts a run of the version; returns its id."""
        return api.start(kfp.V2beta1Run(**self._body(api, version), display_name=f"{self.dataset} {version.name}"))

    def schedule(self, api: Api, version: Version, cron: str) -> tuple[str, int]:
        """Makes the dataset's recurring run, in the place of the one that is there; its id, and how many it replaced."""
        trigger = kfp.V2beta1Trigger(cron_schedule=kfp.V2beta1CronSchedule(cron=cron))
        body = kfp.V2beta1RecurringRun(
            **self._body(api, version),
            display_name=compiler.pipeline_name(self.dataset),
            trigger=trigger,
            max_concurrency=MOST_AT_ONCE,
            no_catchup=True,  # a run over today's data makes up for all that were missed
            mode=kfp.RecurringRunMode.ENABLE,
        )
        return api.schedule(body)

    def result(self, api: Api, run_id: str) -> RunResult | None:
        """The run's result, if the server shows it."""
        (task,) = [task.name for task in self.options.tasks if steps.RESULT_STEP in task.nodes]
        return outcome.read(api, run_id, task, compiler.RESULT)

    def _body(self, api: Api, version: Version) -> dict[str, Any]:
        return {
            "experiment_id": api.experiment(self.experiment),
            "pipeline_version_reference": version.reference,
            "runtime_config": kfp.V2beta1RuntimeConfig(parameters=self.values),
            "service_account": self.service_account or None,
        }


def values(dataset: str, assignments: Iterable[str]) -> dict[str, Any]:
    """KEY=VALUE parameters with the types that the compiled pipeline declares, checked against the dataset's page.

    Raises:
      InputError: an unknown key, a value that does not fit, or a setting that the page does not have.
    """
    given = list(assignments)
    parsed = parameters.parse(given)
    compiler.check_page(dataset, parsed)
    keys = dict.fromkeys(assignment.partition("=")[0] for assignment in given)
    found = {key: getattr(parsed, key) for key in keys}
    return {key: parameters.text_of(value) if isinstance(value, tuple) else value for key, value in found.items()}
