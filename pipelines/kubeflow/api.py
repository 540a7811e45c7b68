"""Kubeflow Pipelines' REST API (v2beta1), as far as a submission needs it; errors are lines for the user."""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import kfp_server_api as kfp
import urllib3
from kfp_server_api.exceptions import ApiException

from schemas.errors import InputError, shown

TOKEN = "SLIPWAY_KFP_TOKEN"
_TIMEOUT = (10, 60)  # seconds to connect, and to answer
_PAGE = 100
_LATER = (429, 500, 502, 503, 504)
_DIGITS = 16  # of the content's hash in a version's name


class UnreachableError(InputError):
    """No answer, or one that says to come back later."""


class RefusedError(InputError):
    """The server answered that it does not do this; ``status`` is that of HTTP."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Version:
    """An uploaded version of a pipeline; ``new`` if these bytes were not there before."""

    pipeline_id: str
    id: str
    name: str
    new: bool

    @property
    def reference(self) -> kfp.V2beta1PipelineVersionReference:
        """The version as the body of a run names it."""
        return kfp.V2beta1PipelineVersionReference(pipeline_id=self.pipeline_id, pipeline_version_id=self.id)


class Api:
    """A server. Every method raises InputError with one line on what the server refused or that it does not answer."""

    def __init__(self, host: str, namespace: str = "", token: str = "") -> None:
        """Connects, and finds out whether it is KFP v2.

        Args:
          host: ``http(s)://HOST[:PORT][/PATH]``.
          namespace: the user's, where the server has several users.
          token: is sent as a bearer token.
        """
        self.host = _checked(host)
        self.namespace = namespace or None  # as the client takes it
        configuration = kfp.Configuration(host=self.host)
        configuration.ssl_ca_cert = os.environ.get("SSL_CERT_FILE")
        # With a pause between the tries, for a proxy or a port-forward that is just starting.
        configuration.retries = urllib3.Retry(total=2, redirect=5, backoff_factor=0.5)
        if token:
            configuration.api_key["authorization"] = token
            configuration.api_key_prefix["authorization"] = "Bearer"
        self._client = kfp.ApiClient(configuration)
        self._pipelines = kfp.PipelineServiceApi(self._client)
        self._runs = kfp.RunServiceApi(self._client)
        self._recurring = kfp.RecurringRunServiceApi(self._client)
        self._experiments = kfp.ExperimentServiceApi(self._client)
        health = self._call(kfp.HealthzServiceApi(self._client).healthz_service_get_healthz)
        if health.multi_user and not namespace:
            raise InputError(f"--namespace: {self.host} serves several users; name the namespace of your profile")

    def upload(self, name: str, text: str) -> Version:
        """The version of the pipeline with these bytes, uploaded if it is not there; makes the pipeline if it is not."""
        pipeline_id = self._pipeline(name)
        digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
        method = self._pipelines.pipeline_service_list_pipeline_versions
        for version in self._all("pipeline_versions", method, pipeline_id):
            known = version.name or version.display_name
            # By content: submitting the same pipeline again must not fill the list of versions.
            if known and known.endswith(f"-{digest}"):
                return Version(pipeline_id, version.pipeline_version_id, known, new=False)
        version_name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{digest}"
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"{name}.yaml"
            file.write_text(text, encoding="utf-8")
            upload = kfp.PipelineUploadServiceApi(self._client).upload_pipeline_version
            made = self._call(upload, str(file), name=version_name, pipelineid=pipeline_id)
        return Version(pipeline_id, made.pipeline_version_id, version_name, new=True)

    def experiment(self, name: str) -> str:
        """The id of the experiment, which is made if it is not there."""
        method, wanted = self._experiments.experiment_service_list_experiments, _equals("display_name", name)
        for experiment in self._all("experiments", method, filter=wanted, **self._scope):
            # Compared again, as the filter is the server's; and no run can be started in an archived one.
            if experiment.display_name == name and experiment.storage_state != "ARCHIVED":
                return str(experiment.experiment_id)
        body = kfp.V2beta1Experiment(display_name=name, namespace=self.namespace)
        return str(self._call(self._experiments.experiment_service_create_experiment, body).experiment_id)

    def start(self, body: kfp.V2beta1Run) -> str:
        """Starts a run and returns its id."""
        return str(self._call(self._runs.run_service_create_run, body).run_id)

    def run(self, run_id: str) -> kfp.V2beta1Run:
        """The run with its state and the details of its tasks."""
        return self._call(self._runs.run_service_get_run, run_id)

    def schedule(self, body: kfp.V2beta1RecurringRun) -> tuple[str, int]:
        """Makes a recurring run in the place of those of the same name, in any experiment; its id, and how many it replaced.

        The new one is made first: if that fails, the old ones go on.
        """
        method = self._recurring.recurring_run_service_list_recurring_runs
        listed = self._all("recurring_runs", method, **self._scope)
        old = [run for run in listed if run.display_name == body.display_name]
        made = self._call(self._recurring.recurring_run_service_create_recurring_run, body)
        for run in old:
            self._call(self._recurring.recurring_run_service_delete_recurring_run, run.recurring_run_id)
        return str(made.recurring_run_id), len(old)

    def get(self, path: str) -> Any:
        """The JSON of a path that the generated client does not know, or None where the server has none."""
        try:
            answer, *_ = self._client.call_api(
                path,
                "GET",
                header_params={"Accept": "application/json"},
                response_type="object",
                auth_settings=["Bearer"],
                _request_timeout=_TIMEOUT,
            )
        except (ApiException, urllib3.exceptions.HTTPError):
            return None
        return answer

    def post(self, path: str, body: bytes, kind: str) -> bytes | None:
        """The answer of the host's root to bytes of a media type, or None if it has none."""
        parts = urlsplit(self.host)
        # gRPC-Web, as the web pages ask KFP's metadata service: the REST API has none.
        headers = {"Content-Type": kind, "Accept": kind, "X-Grpc-Web": "1"}
        self._client.update_params_for_auth(headers, [], ["Bearer"])
        pool = self._client.rest_client.pool_manager
        try:
            url = f"{parts.scheme}://{parts.netloc}{path}"
            answer = pool.request("POST", url, body=body, headers=headers, timeout=urllib3.Timeout(*_TIMEOUT))
        except urllib3.exceptions.HTTPError:
            return None
        fits = answer.status == 200 and answer.headers.get("Content-Type", "").startswith(kind)
        return answer.data if fits else None

    def page_of(self, run_id: str) -> str:
        """Where the run is seen in a browser, if the host is that of the web pages."""
        return f"{self.host}/#/runs/details/{quote(run_id)}"

    @property
    def _scope(self) -> dict[str, str]:
        return {"namespace": self.namespace} if self.namespace else {}

    def _pipeline(self, name: str) -> str:
        """The pipeline's id; another process may make it at the same time."""
        found = self._named(name)
        if found is None:
            body = kfp.V2beta1Pipeline(name=name, display_name=name, namespace=self.namespace)
            try:
                found = self._call(self._pipelines.pipeline_service_create_pipeline, body)
            except RefusedError as error:
                # Another submission has made it between the question and the request.
                found = self._named(name) if error.status == HTTPStatus.CONFLICT else None
                if found is None:
                    raise
        return str(found.pipeline_id)

    def _named(self, name: str) -> Any:
        try:
            return self._call(self._pipelines.pipeline_service_get_pipeline_by_name, name, **self._scope)
        except RefusedError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def _all(self, field: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """The items of all pages, the newest first."""
        found: list[Any] = []
        token = ""
        while True:
            answer = self._call(method, *args, **kwargs, page_size=_PAGE, page_token=token, sort_by="created_at desc")
            found += getattr(answer, field) or []
            token = answer.next_page_token
            if not token:
                return found

    def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            answer = method(*args, **kwargs, _request_timeout=_TIMEOUT)
        except ApiException as error:
            raise self._refused(error) from error
        except urllib3.exceptions.HTTPError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise InputError(
                    f"--host: the certificate of {self.host} is not trusted; set SSL_CERT_FILE to its authority's"
                ) from error
            raise UnreachableError(
                f"--host: nothing answers at {self.host} ({_reason(error)}); is its port forwarded?"
            ) from error
        # A login page comes with status 200, which the client would take for an empty answer.
        if self._client.last_response.getheader("Content-Type", "").startswith("text/html"):
            raise InputError(
                f"--host: {self.host} answers with a web page; set {TOKEN} if it asks who you are, or name the address of "
                "Kubeflow Pipelines itself"
            )
        return answer

    def _refused(self, error: ApiException) -> InputError:
        """The answer of an error as one line."""
        status, said = error.status, f"{error.status} {_message(error.body) or error.reason}"
        if status in _LATER:
            return UnreachableError(f"--host: {self.host} failed ({said}); try again, or see ml-pipeline's log")
        line = f"{self.host} refused this ({said})"
        if status == HTTPStatus.UNAUTHORIZED:
            line = f"{self.host} asks who you are ({said}); set {TOKEN} to a token that is valid"
        elif status == HTTPStatus.FORBIDDEN:
            where = f" in namespace {self.namespace}" if self.namespace else ""
            line = f"{self.host} does not let you do this{where} ({said}); ask for the right to"
        elif status == HTTPStatus.NOT_FOUND and "json" not in (error.headers or {}).get("Content-Type", ""):
            line = f"{self.host} has no Kubeflow Pipelines v2 API ({status}); name its address"
        return RefusedError(f"--host: {line}", status)


def _checked(host: str) -> str:
    try:
        parts = urlsplit(host)
        sound = parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        sound = sound and not parts.username and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise InputError(f"--host: received {shown(host)}; http(s)://HOST[:PORT] of Kubeflow Pipelines is expected")
    return host.rstrip("/")


def _equals(key: str, value: str) -> str:
    return json.dumps({"predicates": [{"operation": "EQUALS", "key": key, "stringValue": value}]})


def _message(body: Any) -> str:
    """What the server says in an error's body, cut to a line."""
    try:
        content = json.loads(body)
        text = content.get("error") or content.get("message") or ""
    except (ValueError, TypeError, AttributeError):
        text = ""
    return " ".join(str(text).split())[:300]


def _reason(error: Exception) -> str:
    """The innermost reason of urllib3's nested errors."""
    cause = getattr(error, "reason", None)
    return _reason(cause) if isinstance(cause, Exception) else " ".join(str(error).split()).rpartition(": ")[2][:200]
