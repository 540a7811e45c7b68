"""The options of `slipway serve`; light, so that a mistake is found before TensorFlow is loaded."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError
from schemas.settings import setting

_HIGHEST_PORT = 65535
METRICS_PATH = "/monitoring/prometheus/metrics"
_OF_DISCOVERED = ("models", "versions", "registry")


@dataclass(frozen=True)
class Retries:
    """What follows when a version could not be loaded.

    Attributes:
      count: how often it is tried again, each time after ``seconds``.
      on_change: whether it is tried whenever its files change, which is Slipway's own way.
    """

    count: int = 0
    seconds: float = 0.0
    on_change: bool = True


@dataclass(frozen=True)
class Tls:
    """TensorFlow Serving's SSLConfig, in PEM.

    Attributes:
      authority: who has signed the clients' certificates; None for the usual authorities.
      verifies_clients: whether a client must have one.
    """

    key: bytes
    certificate: bytes
    authority: bytes | None = None
    verifies_clients: bool = False


@dataclass(frozen=True, kw_only=True)
class Flagged:
    """What tensorflow_model_server's flags say and no option of Slipway does; the defaults are Slipway's ways.

    Attributes:
      given: whether there were such flags at all, and their defaults hold.
      model_name, base_path: the one model to serve; no path for none.
      socket_path: of a UNIX socket for gRPC; empty for none.
      config_poll_seconds: how often the model config file is read again; 0 for never.
      batch_sizes: the sizes that batches are padded to, rising; none for no padding.
      pads_inputs: whether inputs of different inner shape are padded to the largest, to run together.
      larger_refused: whether a request with more rows than a batch may have is an error.
      health: whether there is a health service.
      tensor_content: whether Predict answers with packed bytes.
      checks_methods: whether a signature's method name must be the call's.
      channel_arguments: gRPC's settings of the server.
      notes: lines for the log.
    """

    given: bool = False
    model_name: str = "default"
    base_path: str = ""
    socket_path: str = ""
    tls: Tls | None = None
    config_poll_seconds: float = 0.0
    retries: Retries = Retries()
    batch_sizes: tuple[int, ...] = ()
    pads_inputs: bool = False
    larger_refused: bool = False
    health: bool = True
    tensor_content: bool = False
    checks_methods: bool = False
    channel_arguments: tuple[tuple[str, int | str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command line.

    Attributes:
      models: the folder whose subfolders are the models.
      tag: of the MetaGraph in the SavedModel.
      metrics_path: of the Prometheus page on the REST port; None for none.
      flagged: the rest of what TensorFlow Serving's flags say; with them grpc_port may be -1 for none, max_batch_size 0 for no
        batching, and poll_seconds 0 for one look into the folders, less for none.
    """

    models: Path
    host: str = setting("127.0.0.1", "The address to listen on; 0.0.0.0 for all of this machine's.")
    grpc_port: int = setting(8500, "The port for gRPC; 0 for any free one.", low=0, high=_HIGHEST_PORT)
    rest_port: int = setting(8501, "The port for REST; 0 for any free one, -1 for none.", low=-1, high=_HIGHEST_PORT)
    versions: str = setting(
        "latest", "The versions of each model to load: latest, latest:N, all, or integers with commas."
    )
    model_config_file: Path | None = setting(
        None, "A ModelServerConfig of TensorFlow Serving, instead of --models.", metavar="FILE"
    )
    registry: Path | None = setting(
        None, "The registry, whose labels are followed; beside --models without it.", metavar="DIR"
    )
    max_batch_size: int = setting(128, "The most rows of a batch; 1 turns batching off.", low=1)
    batch_delay_ms: float = setting(0.0, "How long a batch waits for more rows.", low=0)
    batch_threads: int = setting(1, "How many batches of a model run at once.", low=1)
    max_in_progress: int = setting(128, "Requests beyond this are refused at once.", low=1)
    max_megapixels: float = setting(50, "Million pixels of a picture that Predict decodes.", low=0.001, high=1e6)
    poll_seconds: float = setting(1.0, "How often the folders are looked into.", low=0.05)
    rest_timeout_ms: int = setting(30000, "How long a REST request may run.", low=1)
    drain_seconds: float = setting(30.0, "How long requests may end after SIGTERM.", low=0)
    warm_up: bool = setting(True, "Replay the warm-up requests that travel with a model.")
    allow_early_labels: bool = setting(False, "A new label may point to a version that is not loaded.")
    cors: bool = setting(False, "Let web pages of other origins read REST answers.")
    tag: str = "serve"
    metrics_path: str | None = METRICS_PATH
    flagged: Flagged = Flagged()

    @property
    def waits_for_models(self) -> bool:
        """Whether ports open only when every model has a version: where the models are named (server_core.cc)."""
        return self.model_config_file is not None or bool(self.flagged.base_path)


def check(options: Options, named: Collection[str] = ()) -> None:
    """Raises InputError for options that do not fit together, or a folder that cannot be read.

    ``named`` are the fields whose options stand on the command line.
    """
    beside = [name for name in _OF_DISCOVERED if name in named]
    if options.model_config_file is not None and beside:
        raise InputError(
            f"--{beside[0]} beside --model-config-file: received both; the file says which models and versions are served, "
            f"so leave --{beside[0]} out"
        )
    if options.flagged.given:
        return
    if options.grpc_port == options.rest_port != 0:
        raise InputError(f"--grpc-port and --rest-port are both {options.grpc_port}; name two ports")
    if options.model_config_file is None and options.models.exists() and not options.models.is_dir():
        raise InputError(f"--models: {options.models} is not a folder; name one whose subfolders are the models")
