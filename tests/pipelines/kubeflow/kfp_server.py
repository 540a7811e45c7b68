"""A server of Kubeflow Pipelines' API for tests: it answers with the client's models and refuses what does not fit."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import kfp_server_api as kfp
import uvicorn
import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2
from ml_metadata.proto import metadata_store_service_pb2 as mlmd
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

BEGUN = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
_AS_JSON = kfp.ApiClient().sanitize_for_serialization
_PAGING = {"page_size", "page_token", "sort_by"}


class RefusedError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Server:
    """What the server has and what it was asked.

    Attributes:
      states: of each run's tasks, by poll: the last one stays.
      end: the state of a run when its tasks have reached their last ones.
      result: the text of the Pusher's output parameter, shown in the way of ``version``.
      version: 2 (outputs in the metadata service), or 3 (outputs of tasks).
      failing: how many of the next answers are 503.
      page: "" or a web page that is answered to everything.
    """

    def __init__(self) -> None:
        self.token = self.message = self.page = ""
        self.namespace: str | None = None
        self.forbidden = False
        self.version = 2
        self.states: list[dict[str, str]] = [{}]
        self.end = "SUCCEEDED"
        self.result: str | None = None
        self.result_task = "evaluate"
        self.failing = 0
        self.polls = 0
        self.asked: list[str] = []
        self.pipelines: dict[str, kfp.V2beta1Pipeline] = {}
        self.versions: list[kfp.V2beta1PipelineVersion] = []
        self.files: list[str] = []
        self.experiments: list[kfp.V2beta1Experiment] = []
        self.runs: dict[str, kfp.V2beta1Run] = {}
        self.recurring: dict[str, kfp.V2beta1RecurringRun] = {}
        self.url = ""

    # Pipelines and their versions.

    def named(self, request: Request) -> Any:
        self._query(request, {"namespace"})
        found = [p for p in self.pipelines.values() if p.name == request.path_params["name"]]
        if not found:
            raise RefusedError(404, f"pipeline {request.path_params['name']} not found")
        return found[0]

    def create_pipeline(self, request: Request, body: Any) -> Any:
        pipeline = _model(kfp.V2beta1Pipeline, body)
        if any(known.name == pipeline.name for known in self.pipelines.values()):
            raise RefusedError(409, "the name already exists")
        pipeline.pipeline_id = f"pipeline-{len(self.pipelines)}"
        self.pipelines[pipeline.pipeline_id] = pipeline
        return pipeline

    def list_versions(self, request: Request) -> Any:
        """One version a page, so that a client that does not turn pages is found out."""
        self._query(request, _PAGING)
        found = [v for v in reversed(self.versions) if v.pipeline_id == request.path_params["pipeline_id"]]
        at = int(request.query_params.get("page_token") or 0)
        token = str(at + 1) if at + 1 < len(found) else None
        return kfp.V2beta1ListPipelineVersionsResponse(pipeline_versions=found[at : at + 1], next_page_token=token)

    async def upload(self, request: Request) -> Any:
        self._query(request, {"name", "pipelineid"})
        form = await request.form()
        assert list(form) == ["uploadfile"]
        text = (await form["uploadfile"].read()).decode()  # type: ignore[union-attr]
        pipeline, platform = yaml.safe_load_all(text)
        json_format.ParseDict(pipeline, pipeline_spec_pb2.PipelineSpec())
        json_format.ParseDict(platform, pipeline_spec_pb2.PlatformSpec())
        self.files.append(text)
        version = kfp.V2beta1PipelineVersion(
            pipeline_id=self.pipelines[request.query_params["pipelineid"]].pipeline_id,
            pipeline_version_id=f"version-{len(self.versions)}",
            name=request.query_params["name"],
        )
        self.versions.append(version)
        return version

    # Experiments, runs and recurring runs.

    def list_experiments(self, request: Request) -> Any:
        self._query(request, _PAGING | {"filter", "namespace"})
        (predicate,) = json.loads(request.query_params["filter"])["predicates"]
        assert (predicate["operation"], predicate["key"]) == ("EQUALS", "display_name")
        found = [e for e in self.experiments if e.display_name == predicate["stringValue"]]
        return kfp.V2beta1ListExperimentsResponse(experiments=found)

    def create_experiment(self, request: Request, body: Any) -> Any:
        experiment = _model(kfp.V2beta1Experiment, body)
        experiment.experiment_id = f"experiment-{len(self.experiments)}"
        self.experiments.append(experiment)
        return experiment

    def create_run(self, request: Request, body: Any) -> Any:
        run = self._checked(_model(kfp.V2beta1Run, body))
        run.run_id = f"run-{len(self.runs)}"
        self.runs[run.run_id] = run
        return run

    def get_run(self, request: Request) -> Any:
        self._query(request, set())
        run = self.runs.get(request.path_params["run_id"])
        if run is None:
            raise RefusedError(404, "run not found")
        states = self.states[min(self.polls, len(self.states) - 1)]
        run.state = self.end if self.polls >= len(self.states) - 1 else "RUNNING"
        if run.state == "FAILED":
            run.error = kfp.GoogleRpcStatus(code=13, message="a task\nfailed")
        self.polls += 1
        run.run_details = kfp.V2beta1RunDetails(task_details=_details(states))
        return run

    def list_tasks(self, request: Request) -> Any:
        if self.version < 3:
            raise RefusedError(404, "Not Found")
        outputs = {"parameters": [{"parameter_key": "result", "value": self.result}]} if self.result else {}
        return {"tasks": [{"name": "prepare"}, {"name": self.result_task, "outputs": outputs}]}

    def list_recurring(self, request: Request) -> Any:
        self._query(request, _PAGING | {"namespace"})
        return kfp.V2beta1ListRecurringRunsResponse(recurring_runs=list(self.recurring.values()))

    def create_recurring(self, request: Request, body: Any) -> Any:
        run = self._checked(_model(kfp.V2beta1RecurringRun, body))
        assert len(body["trigger"]["cron_schedule"]["cron"].split()) == 6, "the first field is the second"
        assert 1 <= int(run.max_concurrency) <= 10 and run.mode == "ENABLE"
        run.recurring_run_id = f"recurring-{self.asked.count('POST /apis/v2beta1/recurringruns')}"
        self.recurring[run.recurring_run_id] = run
        return run

    def delete_recurring(self, request: Request) -> Any:
        del self.recurring[request.path_params["id"]]
        return {}

    def _checked(self, run: Any) -> Any:
        """A run of a version and an experiment that are there, with parameters that the version declares."""
        reference = run.pipeline_version_reference
        known = {(v.pipeline_id, v.pipeline_version_id): index for index, v in enumerate(self.versions)}
        index = known[reference["pipeline_id"], reference["pipeline_version_id"]]
        assert run.experiment_id in {experiment.experiment_id for experiment in self.experiments}
        spec = next(yaml.safe_load_all(self.files[index]))
        declared = spec["root"]["inputDefinitions"]["parameters"]
        kinds = {"NUMBER_INTEGER": int, "NUMBER_DOUBLE": float, "BOOLEAN": bool, "STRING": str}
        for name, value in (run.runtime_config.get("parameters") or {}).items():
            assert type(value) is kinds[declared[name]["parameterType"]], name
        return run

    # The metadata service behind the web pages of version 2, by gRPC-Web.

    async def metadata(self, request: Request) -> Response:
        self._authorize(request)
        if self.version > 2:
            return HTMLResponse("<html>", 404)
        body = await request.body()
        assert body[0] == 0 and int.from_bytes(body[1:5], "big") == len(body) - 5
        if request.path_params["method"] == "GetContextByTypeAndName":
            asked = mlmd.GetContextByTypeAndNameRequest.FromString(body[5:])
            context = mlmd.GetContextByTypeAndNameResponse()
            if asked.type_name == "system.PipelineRun" and asked.context_name in self.runs:
                context.context.id = 7
            return _framed(context)
        assert mlmd.GetExecutionsByContextRequest.FromString(body[5:]).context_id == 7
        found = mlmd.GetExecutionsByContextResponse()
        for task in ("prepare", self.result_task):
            execution = found.executions.add(id=len(found.executions) + 1)
            execution.custom_properties["task_name"].string_value = task
            if task == self.result_task and self.result is not None:
                execution.custom_properties["outputs"].struct_value.update({"result": self.result})
        return _framed(found)

    # Plumbing.

    def _query(self, request: Request, known: set[str]) -> None:
        assert set(request.query_params) <= known, request.query_params

    def _authorize(self, request: Request) -> None:
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            raise RefusedError(401, "Request header error: there is no user identity header.")
        if self.forbidden:
            raise RefusedError(403, "User is not authorized")

    def app(self) -> Starlette:
        def route(path: str, method: str, answer: Any) -> Route:
            async def handle(request: Request) -> Response:
                self.asked.append(f"{method} {request.url.path}")
                if self.page:
                    return HTMLResponse(self.page)
                if self.failing:
                    self.failing -= 1
                    return JSONResponse({"error": "upstream is away"}, 503)
                try:
                    self._authorize(request)
                    takes_body = method == "POST" and answer != self.upload
                    found = answer(request, await request.json()) if takes_body else answer(request)
                    found = await found if answer == self.upload else found
                except RefusedError as refused:
                    return JSONResponse({"error": str(refused), "code": 5, "message": str(refused)}, refused.status)
                except (AssertionError, KeyError) as wrong:
                    return JSONResponse({"error": f"the test's server was asked wrongly: {wrong!r}"}, 400)
                return JSONResponse(_AS_JSON(found))

            return Route(path, handle, methods=[method])

        v2 = "/apis/v2beta1"
        return Starlette(
            routes=[
                route(f"{v2}/healthz", "GET", self.health),
                route(f"{v2}/pipelines/names/{{name}}", "GET", self.named),
                route(f"{v2}/pipelines", "POST", self.create_pipeline),
                route(f"{v2}/pipelines/upload_version", "POST", self.upload),
                route(f"{v2}/pipelines/{{pipeline_id}}/versions", "GET", self.list_versions),
                route(f"{v2}/experiments", "GET", self.list_experiments),
                route(f"{v2}/experiments", "POST", self.create_experiment),
                route(f"{v2}/runs", "POST", self.create_run),
                route(f"{v2}/runs/{{run_id}}", "GET", self.get_run),
                route(f"{v2}/runs/{{run_id}}/tasks", "GET", self.list_tasks),
                route(f"{v2}/recurringruns", "GET", self.list_recurring),
                route(f"{v2}/recurringruns", "POST", self.create_recurring),
                route(f"{v2}/recurringruns/{{id}}", "DELETE", self.delete_recurring),
                Route("/ml_metadata.MetadataStoreService/{method}", self.metadata, methods=["POST"]),
            ]
        )

    def health(self, request: Request) -> Any:
        return kfp.V2beta1GetHealthzResponse(multi_user=self.namespace is not None)


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Server]:
    """The server at ``url``, on a free port, in a thread; by TLS with a file of a certificate and its key."""
    server = Server()
    secured = {"ssl_certfile": certificate, "ssl_keyfile": certificate} if certificate else {}
    listener = uvicorn.Server(uvicorn.Config(server.app(), host="127.0.0.1", port=0, log_level="critical", **secured))
    thread = threading.Thread(target=listener.run)
    thread.start()
    try:
        while not listener.started:
            assert thread.is_alive()
        server.url = f"http{'s' * bool(secured)}://127.0.0.1:{listener.servers[0].sockets[0].getsockname()[1]}"
        yield server
    finally:
        listener.should_exit = True
        thread.join()


def _model(kind: Any, body: dict[str, Any]) -> Any:
    """The body as a model; a field that it does not have is refused."""
    unknown = set(body) - set(kind.attribute_map.values())
    assert not unknown, unknown
    return kind(**body)


def _details(states: dict[str, str]) -> list[kfp.V2beta1PipelineTaskDetail]:
    """The nodes of Argo's workflow, as version 2 lists them: drivers and executors as well."""
    nodes = {"root": "RUNNING", "root-driver": "SUCCEEDED", "executor": "RUNNING"}
    for task, state in states.items():
        nodes |= {f"{task}-driver": "SUCCEEDED", task: state}
    return [
        kfp.V2beta1PipelineTaskDetail(
            display_name=name,
            state=state,
            start_time=BEGUN,
            end_time=BEGUN + timedelta(seconds=12.5) if state not in ("RUNNING", "PENDING") else None,
        )
        for name, state in nodes.items()
    ]


def _framed(message: Any) -> Response:
    body = message.SerializeToString()
    trailer = b"grpc-status:0\r\n"
    frames = b"\0" + len(body).to_bytes(4, "big") + body + b"\x80" + len(trailer).to_bytes(4, "big") + trailer
    return Response(frames, media_type="application/grpc-web+proto")
