"""What `slipway compile` and `slipway submit` were asked for, checked before anything is compiled."""

import re
from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from urllib.parse import urlsplit

from pipelines import steps
from pipelines.beam import runners
from pipelines.kubeflow import groups, quantities, roots
from schemas import settings
from schemas.errors import InputError, shown
from schemas.settings import Rule, setting

PULL_POLICIES = ("IfNotPresent", "Always", "Never")
NVIDIA = "nvidia.com/gpu"
_GPU_LABEL = "nvidia.com/gpu.present"  # as NVIDIA's GPU operator sets it
_LABEL_PART = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_DNS = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_LABEL_KEY = re.compile(rf"({_DNS}/)?{_LABEL_PART}")
_LABEL_VALUE = re.compile(rf"({_LABEL_PART})?")
_RESOURCE = rf"{_DNS}/{_LABEL_PART}"
# Registry (with a port), path, tag and digest, as the OCI distribution specification writes them.
_PATH = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_IMAGE = (
    rf"([A-Za-z0-9.-]+(:[0-9]+)?/)?{_PATH}(/{_PATH})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)


@dataclass(frozen=True)
class Options:
    """How a pipeline is laid out in the cluster; the fields are the command line's options."""

    image: str = setting(
        MISSING,
        "The trainer's image, with its registry and tag.",
        pattern=_IMAGE,
        form="an image such as registry.example.com/slipway-trainer:1.0",
    )
    root: str = setting(
        "pvc://slipway", "Where files are kept: pvc://NAME[/PREFIX] (ReadWriteMany) or gs://BUCKET[/PREFIX]."
    )
    cpu: tuple[str, ...] = setting((), "Cores for a node, e.g. Trainer=4.", metavar="NODE=CORES")
    memory: tuple[str, ...] = setting((), "Memory for a node, e.g. Trainer=8Gi.", metavar="NODE=AMOUNT")
    gpus: int = setting(0, "Accelerators of the Trainer's pod, or of each worker.", low=0, high=64)
    gpu_type: str = setting(
        NVIDIA,
        "With --gpus: the resource that the device plugin offers.",
        pattern=_RESOURCE,
        form=f"the resource of a device plugin, such as {NVIDIA}",
    )
    gpu_selector: tuple[str, ...] = setting(
        (), f"With --gpus: a label of their nodes. [default: {_GPU_LABEL}=true]", metavar="KEY=VALUE"
    )
    gpu_toleration: tuple[str, ...] = setting(
        (), "With --gpus: the key of a taint of their nodes. [default: --gpu-type]", metavar="KEY"
    )
    workers: int = setting(1, "Pods that train together.", low=1, high=256)
    retries: int = setting(2, "How often a failed task is started again.", low=0, high=20)
    timeout: int = setting(6 * 3600, "The most seconds of a task.", low=60, high=30 * 24 * 3600)
    metadata: str = setting(
        "mysql://slipway@slipway-metadata:3306/slipway", "The metadata database: mysql://USER@HOST:PORT/DATABASE."
    )
    metadata_secret: str = setting(
        "slipway-metadata",
        "The Secret whose key `password` opens it.",
        pattern=_DNS,
        form="the name of a Secret, such as slipway-metadata",
    )
    pull_policy: str = setting(
        "IfNotPresent", "When the image is pulled: IfNotPresent, Always or Never.", choices=PULL_POLICIES
    )
    pull_secret: str | None = setting(
        None,
        "The Secret that opens the image's registry.",
        pattern=_DNS,
        form="the name of a Secret, such as registry",
    )
    pod_per_node: bool = setting(False, "A pod for each node instead of for each group.")
    # How Beam runs is looked for by the pods when they start.
    beam: str = setting(runners.LOCAL, "Where Beam's work is done: local (in the pods), flink, spark or dataflow.")
    flink_master: str = setting("", "With --beam flink: Flink's REST address.", metavar="HOST:PORT")
    beam_arg: tuple[str, ...] = setting((), "An argument of Beam's own; may be repeated.", metavar="--KEY=VALUE")

    def __post_init__(self) -> None:
        """Raises InputError for what is refused: the option, what it received and what is allowed."""
        for one in settings.of(Options):
            value = getattr(self, one.name)
            if value is not None and any(one.problems(value)):
                raise _refused(one.name, value, _expected(one.rule))
        roots.parse(self.root)
        _amounts("--cpu", self.cpu, quantities.cores, "0.1", "2, 0.5 or 500m")
        _amounts("--memory", self.memory, quantities.octets, steps.LEAST_MEMORY, "4Gi")
        self._check_gpus()
        check_metadata(self.metadata)
        runners.checked(self.beam, self.flink_master, self.beam_arg)

    def _check_gpus(self) -> None:
        for label in self.gpu_selector:
            key, equals, value = label.partition("=")
            if not equals or not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
                raise _refused("gpu_selector", label, "a node label KEY=VALUE")
        for key in self.gpu_toleration:
            if not _LABEL_KEY.fullmatch(key):
                raise _refused("gpu_toleration", key, f"the key of a taint, such as {NVIDIA}")
        asked = (self.gpu_type != NVIDIA, self.gpu_selector, self.gpu_toleration)
        for option, given in zip(("--gpu-type", "--gpu-selector", "--gpu-toleration"), asked, strict=True):
            if given and not self.gpus:
                raise InputError(f"{option}: is of use with --gpus N alone; add --gpus 1, or leave it out")

    @property
    def tasks(self) -> tuple[groups.Task, ...]:
        """The pods of a run, in order."""
        return groups.tasks(self.pod_per_node)

    @property
    def selector(self) -> dict[str, str]:
        """The labels of the nodes that have accelerators; by default the one that NVIDIA's GPU operator gives."""
        if not self.gpu_selector:
            return {_GPU_LABEL: "true"} if self.gpu_type == NVIDIA else {}
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
        """What a pod asks for: the most of its nodes, as they run one after another."""
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


def _expected(rule: Rule) -> str:
    if rule.choices:
        return f"one of {', '.join(rule.choices)}"
    return rule.form or f"{rule.low:.15g} to {rule.high:.15g}"


def _refused(name: str, value: object, expected: str) -> InputError:
    return InputError(f"--{name.replace('_', '-')}: received {shown(value)}; {expected} is expected")
