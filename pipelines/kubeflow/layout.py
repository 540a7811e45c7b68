"""What `slipway compile` and `slipway submit` were asked for, checked before anything is compiled."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipelines import steps
from pipelines.beam import runners
from pipelines.kubeflow import groups, quantities, roots
from schemas.errors import InputError, shown

PULL_POLICIES = ("IfNotPresent", "Always", "Never")
NVIDIA = "nvidia.com/gpu"
MOST_RETRIES = 20
MOST_GPUS = 64
MOST_WORKERS = 256
_LABEL_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_DNS = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_NAME = re.compile(_DNS)
_LABEL_KEY = re.compile(rf"({_DNS}/)?{_LABEL_PART}")
_LABEL_VALUE = re.compile(rf"({_LABEL_PART})?")
_RESOURCE = re.compile(rf"{_DNS}/{_LABEL_PART}")
# Registry (with a port), path, tag and digest, as the OCI distribution specification writes them.
_PATH = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_IMAGE = re.compile(
    rf"([A-Za-z0-9.-]+(:[0-9]+)?/)?{_PATH}(/{_PATH})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)


@dataclass(frozen=True)
class Options:
    """How a pipeline is laid out in the cluster; the fields are the command line's options.

    Attributes:
      image: the trainer's image.
      root: pvc://NAME[/PREFIX] or gs://BUCKET[/PREFIX].
      cpu, memory: NODE=AMOUNT, each node at most once.
      gpus: accelerators of the Trainer's pod, or of each worker.
      gpu_type: the resource that a device plugin offers.
      gpu_selector: KEY=VALUE labels of the nodes that have them; empty for the usual one of ``gpu_type``.
      gpu_toleration: the keys of their taints; empty for ``gpu_type``.
      workers: pods that train together.
      retries: how often a failed task is started again.
      timeout: the most seconds of a task.
      metadata: mysql://USER@HOST:PORT/DATABASE of the metadata store.
      metadata_secret: the Secret whose key ``password`` opens it.
      pull_policy: of the image.
      pull_secret: the Secret that opens the image's registry, or None.
      pod_per_node: a task for each node instead of the groups.
      beam: where Beam's work is done (pipelines.beam.runners), which the pods look for when they start.
      flink_master: HOST:PORT of the Flink session's REST interface, as the pods reach it.
      beam_arg: further ``--KEY=VALUE`` arguments of Beam.
    """

    image: str
    root: str = "pvc://slipway"
    cpu: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()
    gpus: int = 0
    gpu_type: str = NVIDIA
    gpu_selector: tuple[str, ...] = ()
    gpu_toleration: tuple[str, ...] = ()
    workers: int = 1
    retries: int = 2
    timeout: int = 6 * 3600
    metadata: str = "mysql://slipway@slipway-metadata:3306/slipway"
    metadata_secret: str = "slipway-metadata"
    pull_policy: str = "IfNotPresent"
    pull_secret: str | None = None
    pod_per_node: bool = False
    beam: str = runners.LOCAL
    flink_master: str = ""
    beam_arg: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises InputError for what is refused: the option, what it received and what is allowed."""
        _matches("--image", self.image, _IMAGE, "an image such as registry.example.com/slipway-trainer:1.0")
        roots.parse(self.root)
        _amounts("--cpu", self.cpu, quantities.cores, "0.1", "2, 0.5 or 500m")
        _amounts("--memory", self.memory, quantities.octets, steps.LEAST_MEMORY, "4Gi")
        self._check_gpus()
        _within("--workers", self.workers, 1, MOST_WORKERS)
        _within("--retries", self.retries, 0, MOST_RETRIES)
        _within("--timeout", self.timeout, 60, 30 * 24 * 3600)
        check_metadata(self.metadata)
        _matches("--metadata-secret", self.metadata_secret, _NAME, "the name of a Secret, such as slipway-metadata")
        if self.pull_policy not in PULL_POLICIES:
            raise InputError(f"--pull-policy: received {shown(self.pull_policy)}; one of {', '.join(PULL_POLICIES)}")
        if self.pull_secret is not None:
            _matches("--pull-secret", self.pull_secret, _NAME, "the name of a Secret, such as registry")
        runners.checked(self.beam, self.flink_master, self.beam_arg)

    def _check_gpus(self) -> None:
        _within("--gpus", self.gpus, 0, MOST_GPUS)
        _matches("--gpu-type", self.gpu_type, _RESOURCE, f"the resource of a device plugin, such as {NVIDIA}")
        for label in self.gpu_selector:
            key, equals, value = label.partition("=")
            if not equals or not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
                raise InputError(f"--gpu-selector: received {shown(label)}; a node label KEY=VALUE is expected")
        for key in self.gpu_toleration:
            _matches("--gpu-toleration", key, _LABEL_KEY, f"the key of a taint, such as {NVIDIA}")
        asked = (self.gpu_type != NVIDIA, self.gpu_selector, self.gpu_toleration)
        for option, given in zip(("--gpu-type", "--gpu-selector", "--gpu-toleration"), asked, strict=True):
            if given and not self.gpus:
                raise InputError(f"{option}: is of use with --gpus N alone; add --gpus 1, or leave it out")

    @property
    def tasks(self) -> tuple[groups.Task, ...]:
        return groups.tasks(self.pod_per_node)

    @property
    def selector(self) -> dict[str, str]:
        """The labels of the nodes that have accelerators; by default the one that NVIDIA's GPU operator gives."""
        if not self.gpu_selector:
            return {"nvidia.com/gpu.present": "true"} if self.gpu_type == NVIDIA else {}
        return {key: value for key, _, value in (label.partition("=") for label in self.gpu_selector)}

    @property
    def tolerations(self) -> list[dict[str, str]]:
        """Of the taints that keep other pods away from accelerators, as Kubernetes writes them."""
        keys = self.gpu_toleration or (self.gpu_type,)
        return [{"key": key, "operator": "Exists", "effect": "NoSchedule"} for key in keys]

    def task_cpu(self, task: groups.Task) -> str:
        """The most that a node of the task asks for: they run one after another."""
        asked = {node: steps.BY_ID[node].cpu for node in task.nodes} | _by_node(self.cpu)
        return max((asked[node] for node in task.nodes), key=quantities.cores)

    def task_memory(self, task: groups.Task) -> str:
        asked = {node: steps.BY_ID[node].memory for node in task.nodes} | _by_node(self.memory)
        return max((asked[node] for node in task.nodes), key=quantities.octets)


def check_metadata(url: str) -> None:
    """Raises InputError for a URL that is not that of a MariaDB or MySQL database, or that holds a password."""
    form = "mysql://USER@HOST:PORT/DATABASE"
    try:
        parts = urlsplit(url)
        complete = parts.scheme == "mysql" and parts.hostname and parts.port and parts.username
        database = parts.path.removeprefix("/")
    except ValueError:  # a port that is no number
        complete, database = None, ""
    if complete and parts.password is not None:
        raise InputError(
            "--metadata: received a URL with a password; leave it out: it comes from the Secret of --metadata-secret"
        )
    if not complete or not re.fullmatch(r"\w+", database) or parts.query or parts.fragment:
        raise InputError(f"--metadata: received {shown(url)}; {form} is expected: pods cannot share an SQLite file")


def _by_node(amounts: Iterable[str]) -> dict[str, str]:
    return {node: amount for node, _, amount in (text.partition("=") for text in amounts)}


def _amounts(option: str, amounts: tuple[str, ...], read: quantities.Reader, least: str, form: str) -> None:
    seen: set[str] = set()
    for text in amounts:
        node, equals, amount = text.partition("=")
        if not equals or node not in steps.BY_ID or node in seen:
            known = ", ".join(steps.BY_ID)
            raise InputError(
                f"{option}: received {shown(text)}; NODE=AMOUNT is expected, NODE one of {known}, each once"
            )
        seen.add(node)
        try:
            enough = read(amount) >= read(least)
        except ValueError:
            raise InputError(f"{option}: received {shown(text)}; an amount such as {form} is expected") from None
        if not enough:
            raise InputError(f"{option}: received {shown(text)}; at least {least} is needed")


def _matches(option: str, value: str, pattern: re.Pattern[str], expected: str) -> None:
    if not pattern.fullmatch(value):
        raise InputError(f"{option}: received {shown(value)}; {expected} is expected")


def _within(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InputError(f"{option}: received {value}; {least} to {most} is expected")
