"""What a cluster has of what a compiled pipeline needs; nothing is changed, and no Secret's value is read out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from pipelines.kubeflow.doctor import Finding, nodes
from pipelines.kubeflow.doctor.nodes import Node
from pipelines.kubeflow.doctor.requirements import Requirements
from pipelines.kubeflow.layout import Options
from pipelines.kubeflow.taints import Taint
from schemas.errors import InputError

_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_SHARED = "ReadWriteMany"
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
# Of runs: where Kubeflow Pipelines stands alone, and in a profile of Kubeflow.
_ACCOUNTS = ("pipeline-runner", "default-editor")
_TIMEOUT = (5, 20)  # seconds to connect, and to answer
_WORKERS_NEED = (("batch", "jobs", "create"), ("", "services", "create"), ("", "pods", "list"))


class Cluster:
    """A cluster's API, as an administrator or as somebody who may see less of it."""

    def __init__(self, context: str | None, namespace: str | None) -> None:
        """Reads $KUBECONFIG (or ~/.kube/config), or the pod's own account inside a cluster.

        Raises:
          InputError: there is neither, or no such context.
        """
        configuration = client.Configuration()
        try:
            config.load_kube_config(context=context, client_configuration=configuration)
            found = _namespace_of(context)
        except ConfigException as error:
            if context is not None or not _NAMESPACE_FILE.exists():
                said = " ".join(str(error).split())
                raise InputError(
                    f"--cluster: no cluster is known ({said}); set KUBECONFIG, or name a --context"
                ) from error
            config.load_incluster_config(client_configuration=configuration)
            found = _NAMESPACE_FILE.read_text(encoding="utf-8").strip()
        # urllib3's default tries four times, each with a timeout of its own.
        configuration.retries = urllib3.Retry(total=1)
        if not configuration.verify_ssl:  # as the kubeconfig says: no need to hear of it at each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self.url = str(configuration.host)
        self.namespace = namespace or found
        self._client = client.ApiClient(configuration)
        self._core = client.CoreV1Api(self._client)

    def findings(self, needed: Requirements, account: str | None) -> Iterator[Finding]:
        """Looks at one thing after another; an API that does not answer ends it.

        Args:
          needed: what the pipeline asks for.
          account: the service account of the pods, None for those that Kubeflow makes.
        """
        try:
            # First what needs no rights: if this fails, each of the others would wait for its timeout.
            version = self._asked(client.VersionApi(self._client).get_code)
        except (urllib3.exceptions.HTTPError, ApiException) as error:
            said = f"{self.url} does not answer ({' '.join(str(error).split())[:200]})"
            yield Finding("cluster", "missing", said, "kubectl cluster-info")
            return
        yield Finding("cluster", "ok", f"{self.url}, Kubernetes {version.git_version}")
        yield self._looked("namespace", self._namespace)
        for claim in needed.claims:
            yield self._looked(f"volume {claim}", self._claim, claim)
        for secret, keys in needed.secrets.items():
            ours = secret == Options.metadata_secret
            mend = f"k8s/secrets.sh {self.namespace}" if ours else self._make("generic", secret, keys)
            yield self._looked(f"secret {secret}", self._secret, secret, keys, mend)
        for secret in needed.pull_secrets:
            mend = f"{self._make('docker-registry', secret)} --docker-server HOST --docker-username ... --docker-password ..."
            yield self._looked(f"secret {secret}", self._secret, secret, (".dockerconfigjson",), mend)
        yield from self._nodes(needed)
        yield self._looked("metadata", self._metadata, needed.metadata)
        yield self._looked("Argo Workflows", self._workflows)
        yield self._looked("Kubeflow Pipelines", self._pipelines)
        yield self._looked("service account", self._account, account, needed.workers)

    def _looked(self, what: str, look: Callable[..., Finding], *args: Any) -> Finding:
        """A finding, or that it could not be made."""
        try:
            return look(what, *args)
        except ApiException as error:
            return self._failed(what, error)

    def _failed(self, what: str, error: ApiException) -> Finding:
        # No right to look is no fault of the cluster: the finding is unknown, and not missing.
        if error.status in (401, 403):
            said = f"this account may not look ({error.reason} in namespace {self.namespace})"
            return Finding(what, "unknown", said, "ask somebody who may to run slipway doctor --cluster")
        return Finding(what, "unknown", f"the API failed ({error.status} {error.reason})", "try again")

    def _asked(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs, _request_timeout=_TIMEOUT)

    def _found(self, method: Callable[..., Any], *args: Any) -> Any:
        """An object, or None where there is none of that name."""
        try:
            return self._asked(method, *args)
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def _namespace(self, what: str) -> Finding:
        if self._found(self._core.read_namespace, self.namespace) is None:
            mend = f"kubectl create namespace {self.namespace}, or name another one with --namespace"
            return Finding(what, "missing", f"{self.namespace} is not there", mend)
        return Finding(what, "ok", self.namespace)

    def _claim(self, what: str, name: str) -> Finding:
        claim = self._found(self._core.read_namespaced_persistent_volume_claim, name, self.namespace)
        if claim is None:
            mend = f"kubectl apply -k k8s/overlays/cpu (or gpu, local), or make the claim {name} with {_SHARED}"
            return Finding(what, "missing", f"no PersistentVolumeClaim {name}; {self._classes()}", mend)
        storage, phase = claim.spec.storage_class_name, claim.status.phase
        if (
            storage
            and self._found(client.StorageV1Api(self._client).read_storage_class, storage) is None
            and phase != "Bound"
        ):
            mend = f"make the storage class, or the claim anew with another; {self._classes()}"
            return Finding(what, "missing", f"its storage class {storage} is not there", mend)
        if phase == "Lost":
            return Finding(what, "missing", "its volume is lost", f"kubectl -n {self.namespace} describe pvc {name}")
        if _SHARED not in claim.spec.access_modes:
            modes = ", ".join(claim.spec.access_modes)
            said = f"it is {modes}, not {_SHARED}: pods on two nodes cannot both have it"
            # ReadWriteOnce binds to a node and not to a pod: on a single node all pods can have it.
            if len(self._node_list()) == 1:
                return Finding(what, "note", f"{said}; this cluster has one node, which is enough")
            return Finding(
                what, "missing", said, f"make the claim anew with {_SHARED} and a storage class that gives it"
            )
        if phase != "Bound":
            said = f"it is {phase}: nothing has given it a volume yet"
            return Finding(what, "note", said, f"kubectl -n {self.namespace} describe pvc {name}")
        return Finding(what, "ok", f"{_SHARED}, {phase}")

    def _classes(self) -> str:
        """The storage classes, for whoever makes a claim."""
        try:
            listed = self._asked(client.StorageV1Api(self._client).list_storage_class).items
        except ApiException:
            return "storage classes may not be listed"
        shown = [
            f"{item.metadata.name}{' (default)' * ((item.metadata.annotations or {}).get(_DEFAULT_CLASS) == 'true')}"
            for item in listed
        ]
        return f"storage classes: {', '.join(shown) or 'none'}"

    def _make(self, kind: str, secret: str, keys: tuple[str, ...] = ()) -> str:
        """The command that makes a Secret."""
        values = [f"--from-file={key}=FILE" for key in keys]
        return " ".join(["kubectl -n", self.namespace, "create secret", kind, secret, *values])

    def _secret(self, what: str, name: str, keys: tuple[str, ...], mend: str) -> Finding:
        secret = self._found(self._core.read_namespaced_secret, name, self.namespace)
        if secret is None:
            return Finding(what, "missing", f"no Secret {name} in {self.namespace}", mend)
        if absent := [key for key in keys if not (secret.data or {}).get(key)]:
            said = f"it has no {', '.join(absent)}; its keys are {', '.join(secret.data or {}) or 'none'}"
            return Finding(what, "missing", said, f"kubectl -n {self.namespace} delete secret {name}, then {mend}")
        return Finding(what, "ok", f"has {', '.join(keys)}")

    def _nodes(self, needed: Requirements) -> Iterator[Finding]:
        try:
            listed = self._node_list()
        except ApiException as error:
            yield self._failed("nodes", error)
            return
        for pod in needed.pods:
            yield nodes.finding(pod, listed)

    def _node_list(self) -> list[Node]:
        return [_node(item) for item in self._asked(self._core.list_node).items]

    def _metadata(self, what: str, url: str) -> Finding:
        host, *rest = (urlsplit(url).hostname or "").split(".")
        if len(rest) > 1 and "svc" not in rest:
            return Finding(what, "ok", f"{url} is outside of the cluster: not looked at")
        namespace = rest[0] if rest else self.namespace
        service = self._found(self._core.read_namespaced_service, host, namespace)
        if service is None:
            mend = "kubectl apply -k k8s/overlays/cpu (or gpu, local), or compile with --metadata URL"
            return Finding(what, "missing", f"no Service {host} in {namespace}", mend)
        port = urlsplit(url).port
        if port not in [entry.port for entry in service.spec.ports]:
            ports = ", ".join(str(entry.port) for entry in service.spec.ports)
            return Finding(
                what, "missing", f"Service {host} has no port {port}, but {ports}", "compile with --metadata URL"
            )
        return self._served(what, host, namespace)

    def _served(self, what: str, service: str, namespace: str) -> Finding:
        """Whether a pod stands behind a Service."""
        endpoints = self._found(self._core.read_namespaced_endpoints, service, namespace)
        ready = [address for part in (endpoints and endpoints.subsets) or () for address in part.addresses or ()]
        if not ready:
            mend = f"kubectl -n {namespace} get pods, and describe the one that is not ready"
            return Finding(what, "missing", f"no pod behind Service {service} in {namespace} is ready", mend)
        return Finding(what, "ok", f"Service {service} in {namespace} has {len(ready)} ready")

    def _workflows(self, what: str) -> Finding:
        groups = {group.name for group in self._asked(client.ApisApi(self._client).get_api_versions).groups}
        if "argoproj.io" not in groups:
            return Finding(what, "missing", "the cluster does not know argoproj.io", "install Kubeflow Pipelines")
        return Finding(what, "ok", "known to the cluster")

    def _pipelines(self, what: str) -> Finding:
        """The server may stand in the pods' namespace, or serve all from ``kubeflow``."""
        for namespace in dict.fromkeys((self.namespace, "kubeflow")):
            if self._found(self._core.read_namespaced_service, "ml-pipeline", namespace) is not None:
                return self._served(what, "ml-pipeline", namespace)
        where = " or ".join(dict.fromkeys((self.namespace, "kubeflow")))
        return Finding(
            what, "missing", f"no Service ml-pipeline in {where}", "install Kubeflow Pipelines 2.14 or newer"
        )

    def _account(self, what: str, given: str | None, workers: int) -> Finding:
        wanted = (given,) if given else _ACCOUNTS
        read = self._core.read_namespaced_service_account
        name = next((name for name in wanted if self._found(read, name, self.namespace) is not None), None)
        if name is None:
            said = f"no {' or '.join(wanted)} in {self.namespace}"
            return Finding(what, "missing", said, f"kubectl -n {self.namespace} create serviceaccount {wanted[0]}")
        if workers == 1:
            return Finding(what, "ok", name)
        refused = [f"{verb} {kind}" for group, kind, verb in _WORKERS_NEED if not self._may(name, group, kind, verb)]
        if refused:
            mend = "kubectl apply -k k8s/overlays/cpu (or gpu, local): its Role slipway-workers allows it"
            return Finding(
                what, "missing", f"{name} may not {', '.join(refused)}: it cannot start {workers} workers", mend
            )
        return Finding(what, "ok", f"{name}, may start {workers} workers")

    def _may(self, account: str, group: str, resource: str, verb: str) -> bool:
        """Whether an account of the namespace may do something there."""
        attributes = client.V1ResourceAttributes(namespace=self.namespace, group=group, resource=resource, verb=verb)
        # Asked of the API server, as roles, bindings and webhooks together decide.
        user = f"system:serviceaccount:{self.namespace}:{account}"
        spec = client.V1SubjectAccessReviewSpec(resource_attributes=attributes, user=user)
        review = client.V1SubjectAccessReview(spec=spec)
        create = client.AuthorizationV1Api(self._client).create_subject_access_review
        return bool(self._asked(create, review).status.allowed)


def _namespace_of(context: str | None) -> str:
    """The namespace of a context of the kubeconfig, as kubectl takes it."""
    contexts, active = config.list_kube_config_contexts()
    chosen = next((c for c in contexts if c["name"] == context), active)
    return str(chosen["context"].get("namespace") or "default")


def _node(item: Any) -> Node:
    taints = [Taint(taint.key, taint.value or "", taint.effect) for taint in item.spec.taints or ()]
    # `kubectl cordon` sets the field at once; the node controller adds the taint a moment later.
    if item.spec.unschedulable:
        taints.append(Taint("node.kubernetes.io/unschedulable"))
    ready = any(c.type == "Ready" and c.status == "True" for c in item.status.conditions or ())
    return Node(item.metadata.name, ready, item.metadata.labels or {}, tuple(taints), item.status.allocatable or {})
