"""Where things are kept: $SLIPWAY_HOME (default ./.slipway) and $SLIPWAY_DATA (default $SLIPWAY_HOME/data)."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError

_BUCKETS = Path("/gcs")  # where the buckets of Google Cloud Storage are mounted, each under its name


def data_root(text: str) -> Path:
    """The folder of a run's parameter ``data``: an absolute path, or gs://BUCKET/PATH where the bucket is mounted.

    Raises InputError for anything else, and for a folder that is not there.
    """
    scheme, separator, rest = text.partition("://")
    folder = _BUCKETS / rest if separator else Path(text)
    # A ".." would lead out of the mounted bucket; a relative path would depend on the folder that a pod starts in.
    if (separator and scheme != "gs") or not folder.is_absolute() or ".." in folder.parts:
        raise InputError(f"data: received {text!r}; an absolute path or gs://BUCKET/PATH is expected")
    if not folder.is_dir():
        raise InputError(
            f"data: received {text!r}; there is no folder {folder}: mount what it is on, or correct the path"
        )
    return folder


@dataclass(frozen=True)
class Home:
    """The folders of one installation. Nothing is created before ``prepare``.

    Attributes:
      root: ``$SLIPWAY_HOME``, absolute.
      data: ``$SLIPWAY_DATA``, absolute; dataset files are ``data/<dataset>/<file>``.
    """

    root: Path
    data: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Home":
        """The home that the two variables name; a variable that is empty counts as not set."""
        # Absolute from the start: a run's record and TFX's artifact URIs outlive the folder that the command ran in.
        root = Path(environment.get("SLIPWAY_HOME") or ".slipway").absolute()
        return cls(root, Path(environment.get("SLIPWAY_DATA") or root / "data").absolute())

    @property
    def metadata(self) -> Path:
        """The SQLite file of ML Metadata, which all datasets share."""
        return self.root / "metadata.db"

    @property
    def pages(self) -> Path:
        """The pages that the studio wrote: one of the folders of pages, where it is there."""
        return self.root / "studio" / "pages"

    def pipeline(self, dataset: str) -> Path:
        """TFX's pipeline root: artifacts, logs, the lock and the record of the last run."""
        return self.root / "pipelines" / dataset

    def models(self, dataset: str) -> Path:
        """Pushed models by integer version, as TF Serving reads them."""
        return self.root / "models" / dataset

    def registry(self, dataset: str) -> Path:
        """The folder of the version map (registry.version_map)."""
        return self.root / "registry" / dataset

    def reports(self, dataset: str) -> Path:
        """The folder of reports that people read, such as those of load tests."""
        return self.root / "reports" / dataset

    def prepare(self, dataset: str) -> None:
        """Makes the dataset's folders and proves that they can be written to; raises InputError if not."""
        for folder in (self.root, self.pipeline(dataset), self.models(dataset), self.registry(dataset)):
            make_writable(folder)


def make_writable(folder: Path) -> None:
    """Makes a folder of the home, and proves that it can be written to; raises InputError if not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # mkdir accepts a folder that is there and read-only: only a file proves that it can be written to.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write to {folder}: {error.strerror}; set SLIPWAY_HOME to a folder that you can write to"
        ) from error
