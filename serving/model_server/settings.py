"""The options of `slipway serve`; light, so that a mistake is found before TensorFlow is loaded."""

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError
from schemas.settings import setting

_HIGHEST_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command line.

    Attributes:
      models: the folder whose subfolders are the models.
      tag: of the MetaGraph in the SavedModel.
      metrics_path: of the Prometheus page on the REST port; None for none.
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
    metrics_path: str | None = "/monitoring/prometheus/metrics"


def check(options: Options) -> None:
    """Raises InputError for options that do not fit together, or a folder that cannot be read."""
    if options.grpc_port == options.rest_port != 0:
        raise InputError(f"--grpc-port and --rest-port are both {options.grpc_port}; name two ports")
    if options.model_config_file is None and options.models.exists() and not options.models.is_dir():
        raise InputError(f"--models: {options.models} is not a folder; name one whose subfolders are the models")
