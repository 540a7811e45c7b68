"""One version of a model as the manager keeps it, and when it is to be loaded."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serving.model_server.errors import ServingError
from serving.model_server.servable import Servable
from serving.model_server.settings import Retries


class State(enum.IntEnum):
    """The state of a version; the numbers are ModelVersionStatus's [apis/get_model_status.proto]."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclass
class Version:
    """A version that was ever seen, loaded or not.

    Attributes:
      tried: the files of its folder when loading failed: name, bytes, time of change in ns.
    """

    number: int
    path: Path
    state: State = State.START
    error: ServingError | None = None
    servable: Servable | None = None
    tried: tuple[tuple[str, int, int], ...] | None = None

    def is_due(self, path: Path, retries: Retries) -> bool:
        """Whether a wanted version is to be loaded from ``path``."""
        if self.state == State.END and self.error is not None:
            return retries.on_change and self.tried != contents(path)
        # One that was unloaded and is wanted again is loaded again.
        return self.state in (State.START, State.END)

    def forget(self) -> None:
        """A failure is forgotten: the model was taken out of the configuration, and is served anew."""
        if self.state == State.END:
            self.error = self.tried = None


def reached(versions: Iterable[Version]) -> Version | None:
    """The highest version that is available or has failed, by which a start-up or reload is decided
    (servable_state_monitor.cc); None where it is still open.
    """
    for version in sorted(versions, key=lambda version: -version.number):
        if version.state == State.AVAILABLE or (version.state == State.END and version.error is not None):
            return version
    return None


def unavailable(name: str, version: Version) -> str:
    """A failed version as TensorFlow Serving writes it (server_core.cc), with an empty reason where it has none."""
    error = version.error
    reason = f" due to error: {error.code.name}: {error.message}" if error is not None else ""
    return f"{{{{name: {name} version: {version.number}}}{reason}}}, "


def contents(path: Path) -> tuple[tuple[str, int, int], ...]:
    """The files of a folder with size and time of change: a failed version is tried again when they are others."""
    found = []
    for file in sorted(path.rglob("*")):
        try:
            about = file.stat()
        except FileNotFoundError:  # it is being written, or removed
            continue
        found.append((str(file.relative_to(path)), about.st_size, about.st_mtime_ns))
    return tuple(found)
