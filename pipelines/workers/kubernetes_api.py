"""The few calls of the Kubernetes API that workers need, with errors that name the right that is missing."""

import contextlib
import json
import re
import time
from collections.abc import Callable
from typing import Any

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from pipelines.workers import pods
from pipelines.workers.job import CONTAINER, JOB_LABEL, Manifest
from schemas.errors import InputError

# The rules that the pod's service account needs in its namespace.
RULES = (
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
    {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["list"]},
    {"apiGroups": [""], "resources": ["services"], "verbs": ["create", "get", "delete"]},
    {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["create", "get", "delete"]},
)
_AWAY_SECONDS = 300  # how long the API server may be away, e.g. while it is upgraded
_SECONDS_BETWEEN_CALLS = 2.0
_SECONDS_PER_CALL = 60
_FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 403, 404, 409, 429, 500
_GONE_SECONDS = 120


class Api:
    """The cluster's API, for one pod."""

    def __init__(self, connection: client.ApiClient, namespace: str, pod_name: str) -> None:
        self._client = connection
        self._core = client.CoreV1Api(connection)
        self._batch = client.BatchV1Api(connection)
        self._namespace = namespace
        self._pod_name = pod_name

    @classmethod
    def of_pod(cls, namespace: str, name: str) -> "Api":
        """With the service account of the pod that this process runs in. Raises InputError where it has none."""
        configuration = client.Configuration()
        try:
            config.load_incluster_config(client_configuration=configuration)
        except config.ConfigException as error:
            raise InputError(
                f"pod {name} has no service account to start workers with ({error}); do not set automountServiceAccountToken: "
                "false for it, or set workers=1"
            ) from error
        return cls(client.ApiClient(configuration), namespace, name)

    def pod(self) -> Manifest:
        """The pod that this process runs in."""
        return self._get(self._core.read_namespaced_pod, self._pod_name)

    def job(self, name: str) -> Manifest:
        """The Job of the workers. Raises InputError where there is none, or the right to read it is missing."""
        return self._get(self._batch.read_namespaced_job, name)

    def pods(self, name: str) -> list[Manifest]:
        """The workers' pods."""
        found: list[Manifest] = self._get(self._core.list_namespaced_pod, label_selector=f"{JOB_LABEL}={name}")["items"]
        return [pod for pod in found if pods.is_indexed(pod)]

    def events(self, name: str) -> list[str]:
        """The warnings about the Job itself, sorted, e.g. that a quota lets it create no pod."""
        try:
            found = self._get(
                self._core.list_namespaced_event, field_selector=f"involvedObject.name={name},type=Warning"
            )
        except InputError as error:
            return [str(error)]  # events only explain a wait: without the right to read them the training may still run
        return sorted({f"{event.get('reason')}: {event.get('message')}" for event in found["items"]})

    def log(self, found: list[Manifest], seconds: int | None) -> str:
        """The chief's log of the last ``seconds``, each line with its time before it; nothing where there is none yet."""
        chief = next((pod for pod in found if pods.index_of(pod) == 0), None)
        if chief is None:
            return ""
        try:
            response = self._core.read_namespaced_pod_log(
                chief["metadata"]["name"],
                self._namespace,
                container=CONTAINER,
                timestamps=True,
                since_seconds=seconds,
                _preload_content=False,
                _request_timeout=_SECONDS_PER_CALL,
            )
        except ApiException as error:
            if error.status == _FORBIDDEN:
                raise _explained(error) from error
            return ""  # the container does not run yet, or its node does not answer: the training does not depend on it
        except urllib3.exceptions.HTTPError:
            return ""
        return str(response.data.decode("utf-8", "replace"))

    def create(self, service: Manifest, job: Manifest) -> None:
        """Makes both. Raises InputError where the cluster refuses one, or its API is away for five minutes."""
        # The Service first: the pods resolve each other's names through it as soon as they start.
        self._call(self._core.create_namespaced_service, self._namespace, service)
        self._call(self._batch.create_namespaced_job, self._namespace, job)

    def remove(self, name: str, *, wait: bool, patience: float = _AWAY_SECONDS) -> None:
        """Deletes Job, pods and Service; ``wait`` until the Job's pods are gone.

        Args:
          patience: how many seconds the API may be away.
        """
        # Foreground: the Job stays until its last pod is gone, so that its absence is what ``wait`` can rely on.
        foreground = client.V1DeleteOptions(propagation_policy="Foreground")
        with contextlib.suppress(_NotFoundError):
            self._call(self._batch.delete_namespaced_job, name, self._namespace, patience=patience, body=foreground)
        with contextlib.suppress(_NotFoundError):
            self._call(self._core.delete_namespaced_service, name, self._namespace, patience=patience)
        until = time.monotonic() + _GONE_SECONDS
        with contextlib.suppress(_NotFoundError):
            while wait and self.job(name):
                if time.monotonic() > until:
                    raise InputError(
                        f"Job {name} was deleted {_GONE_SECONDS} s ago, and its pods are still there; is a node lost? "
                        f"kubectl -n {self._namespace} delete pod --force -l {JOB_LABEL}={name}"
                    )
                time.sleep(_SECONDS_BETWEEN_CALLS)

    def _get(self, read: Callable[..., Any], *names: str, **options: Any) -> Manifest:
        got = self._call(read, *names, self._namespace, **options)
        found: Manifest = self._client.sanitize_for_serialization(got)
        return found

    def _call(self, call: Callable[..., Any], *arguments: Any, patience: float = _AWAY_SECONDS, **options: Any) -> Any:
        """Calls again while the API server is away or busy. What an unanswered call has made is no conflict."""
        until, unanswered = time.monotonic() + patience, False
        timeout = (min(_SECONDS_PER_CALL, patience),) * 2  # a single one must be an int, or the client ignores it
        while True:
            try:
                return call(*arguments, _request_timeout=timeout, **options)
            except ApiException as error:
                if error.status == _NOT_FOUND:
                    raise _NotFoundError(_message(error)) from error
                if error.status == _CONFLICT and unanswered:
                    return None
                passing = error.status == _TOO_MANY or error.status >= _SERVER_ERROR or not error.status
                if not passing or time.monotonic() > until:
                    raise _explained(error) from error
            except urllib3.exceptions.HTTPError as error:
                if time.monotonic() > until:
                    raise InputError(f"the cluster's API has not answered for {patience:.0f} s ({error})") from error
            unanswered = True
            time.sleep(min(_SECONDS_BETWEEN_CALLS, patience))


class _NotFoundError(InputError):
    """There is no such object."""


def _message(error: ApiException) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{error.status} {error.reason}"


def _explained(error: ApiException) -> InputError:
    """The API's refusal, and the rule that is missing where it is one of rights."""
    refusal = _message(error)
    denied = re.search(r'cannot \w+ resource "([\w/]+)"', refusal)
    rule = next((rule for rule in RULES if denied and denied.group(1) in rule["resources"]), None)
    if rule is None:
        return InputError(f"the cluster refuses to run the workers: {refusal}")
    return InputError(f"{refusal}; add this rule to a Role of the service account: {json.dumps(rule)}")
