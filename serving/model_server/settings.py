"""The options of `slipway serve`; light, so that a mistake is found before TensorFlow is loaded."""

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError


@dataclass(frozen=True)
class Options:
    """The options of the command line.

    Attributes:
      models: the folder whose subfolders are the models.
      host, grpc_port, rest_port: where to listen; REST is off with port -1.
      model_config_file: a ModelServerConfig in text form, instead of ``models``.
      versions: which versions of each model are wanted, see ``config.policy``.
      max_batch_size: rows; 1 turns batching off.
      batch_delay: seconds that a batch waits for more rows.
      batch_threads: batches of one model at once.
      max_in_progress: requests that are waiting or run; more are refused.
      poll_seconds: between looks into the models' folders.
      rest_timeout: seconds that a REST request may run.
      drain_seconds: that requests in progress have at the end.
      warm_up: whether warm-up requests are replayed.
      tag: of the MetaGraph in the SavedModel.
      labels_may_be_early: whether a label may point to a version that is not loaded.
      cors: whether answers of the REST API may be read by pages of other origins.
      metrics_path: of the Prometheus page on the REST port; None for none.
    """

    models: Path
    host: str = "127.0.0.1"
    grpc_port: int = 8500
    rest_port: int = 8501
    model_config_file: Path | None = None
    versions: str = "latest"
    max_batch_size: int = 128
    batch_delay: float = 0.0
    batch_threads: int = 1
    max_in_progress: int = 128
    poll_seconds: float = 1.0
    rest_timeout: float = 30.0
    drain_seconds: float = 30.0
    warm_up: bool = True
    tag: str = "serve"
    labels_may_be_early: bool = False
    cors: bool = False
    metrics_path: str | None = "/monitoring/prometheus/metrics"


def check(options: Options) -> None:
    """Raises InputError for options that do not fit together, or a folder that cannot be read."""
    if options.grpc_port == options.rest_port != 0:
        raise InputError(f"--grpc-port and --rest-port are both {options.grpc_port}; name two ports")
    if options.model_config_file is None and options.models.exists() and not options.models.is_dir():
        raise InputError(f"--models: {options.models} is not a folder; name one whose subfolders are the models")
