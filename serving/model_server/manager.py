"""Which versions are loaded: watches the models' folders, loads a new version beside the old one, then unloads the old one."""

import asyncio
import enum
import logging
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import grpc
from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server import config
from serving.model_server.config import ModelConfig
from serving.model_server.errors import ServingError, failed_precondition, invalid, not_found, of_tensorflow
from serving.model_server.servable import Loader, Servable

_log = logging.getLogger("slipway.serve")
_NICE = 15  # of -20 to 19: importing and compiling a graph takes seconds, in which requests must be answered
_FIRST_LOADS = 2  # at once at start-up, when no request waits; later one by one


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


class Manager:
    """The loaded models. Only the event loop's thread changes them; loading runs in others, and requests read from any."""

    def __init__(
        self, loader: Loader, configs: Callable[[], list[ModelConfig]], *, labels_may_be_early: bool = False
    ) -> None:
        """``configs`` is called at each round and returns the models to serve.

        ``labels_may_be_early`` is --allow_version_labels_for_unavailable_models.
        """
        self._loader = loader
        self._configs = configs
        self._labels_may_be_early = labels_may_be_early
        self._labels: dict[str, dict[str, int]] = {}
        self._to_follow: dict[str, dict[str, int]] = {}
        self._followed: dict[str, dict[str, Servable]] = {}
        self._models: dict[str, dict[int, Version]] = {}
        self._available: dict[str, dict[int, Servable]] = {}
        self._round = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_FIRST_LOADS, "load", initializer=_lower_priority)
        self._closing: set[asyncio.Task[None]] = set()
        self._missing: set[Path] = set()

    def find(self, spec: ModelSpec) -> Servable:
        """The servable that a request names; raises ServingError where it is not loaded. For any thread."""
        if not spec.name:
            raise invalid("ModelSpec has no name specified.")
        choice = spec.WhichOneof("version_choice")
        number = spec.version.value if choice == "version" else None
        if choice == "version_label":
            followed = self._followed.get(spec.name, {}).get(spec.version_label)
            if followed is not None:
                return followed
            number = self._labels.get(spec.name, {}).get(spec.version_label)
            if number is None:
                raise invalid(f"Unrecognized servable version label: {spec.version_label}")
        servable = self._loaded(spec.name, number)
        if servable is None:
            requested = f"Latest({spec.name})" if number is None else f"Specific({spec.name}, {number})"
            raise not_found(f"Servable not found for request: {requested}")
        return servable

    def _loaded(self, name: str, number: int | None) -> Servable | None:
        versions = self._available.get(name, {})
        return versions.get(max(versions, default=-1) if number is None else number)

    def _publish(self, name: str) -> None:
        """Publishes a model's loaded versions to the threads that look them up."""
        # A new dict and one assignment, which is atomic: a reader has the old table or the new one, without a lock.
        self._available = self._available | {
            name: {
                number: version.servable
                for number, version in self._models[name].items()
                if version.state == State.AVAILABLE and version.servable is not None
            }
        }

    def versions(self, name: str) -> list[Version]:
        """All versions of a model that were ever seen, highest first."""
        return sorted(self._models.get(name, {}).copy().values(), key=lambda version: -version.number)

    def available(self) -> dict[str, list[int]]:
        """The loaded versions by model."""
        return {name: sorted(versions) for name, versions in sorted(self._available.items())}

    async def start(self) -> None:
        """The first round; loads several models at once. Raises ServingError for labels that point to nothing."""
        self._set_labels(self._configs())
        async with self._round:
            limit = asyncio.Semaphore(_FIRST_LOADS)
            await self._update(self._aspired(), limit)

    async def watch(self, seconds: float) -> None:
        """Round after round, until it is cancelled."""
        while True:
            await asyncio.sleep(seconds)
            try:
                async with self._round:
                    await self._update(self._aspired(), asyncio.Semaphore(1))
            except Exception:
                _log.exception("polling for new versions failed; the loaded ones stay")

    async def reload(self, configs: list[ModelConfig]) -> None:
        """Serves the given models and no others; returns when those that are new are available.

        Raises:
          ServingError: a label points to a version that is not loaded, or a new model has none that loads.
        """
        self._set_labels(configs)
        new = [model for model in configs if model.name not in self._models]
        async with self._round:
            self._configs = lambda: configs
            await self._update(self._aspired(), asyncio.Semaphore(1))
        missing = [model.name for model in new if self._loaded(model.name, None) is None]
        if missing:
            named = ", ".join(missing)
            raise ServingError(
                grpc.StatusCode.UNKNOWN, f"{len(missing)} servable(s) did not become available: {{{named}}}"
            )

    def _set_labels(self, configs: Iterable[ModelConfig]) -> None:
        table = {model.name: model.labels for model in configs}
        for name, labels in table.items():
            for label, number in labels.items():
                may_be_early = self._labels_may_be_early and self._labels.get(name, {}).get(label) in (None, number)
                if self._loaded(name, number) is None and not may_be_early:
                    raise failed_precondition(
                        f"Request to assign label to version {number} of model {name}, "
                        "which is not currently available for inference"
                    )
        self._labels = table

    def _aspired(self) -> dict[str, dict[int, Path]] | None:
        """Paths of the aspired versions by model; None where a folder is missing, and nothing is to change.

        One missing base path blocks all models of a round, as in file_system_storage_path_source.cc.
        """
        # A model that is configured no more has no versions to serve, so all of its versions are unloaded.
        aspired: dict[str, dict[int, Path]] = {name: {} for name in self._models}
        self._to_follow = {}
        complete = True
        for model in self._configs():
            try:
                found = config.versions(model.base_path)
            except OSError as error:
                complete = False
                # Once, not at every poll.
                if model.base_path not in self._missing:
                    self._missing.add(model.base_path)
                    _log.warning("cannot read the folder of model %s, nothing is changed: %s", model.name, error)
                continue
            self._missing.discard(model.base_path)
            aspired[model.name] = {number: found[number] for number in model.aspired(found)}
            self._to_follow[model.name] = model.followed
        return aspired if complete else None

    async def _update(self, aspired: dict[str, dict[int, Path]] | None, limit: asyncio.Semaphore) -> None:
        if aspired is None:
            return
        async with asyncio.TaskGroup() as group:
            for name, paths in aspired.items():
                group.create_task(self._update_model(name, paths, limit))

    async def _update_model(self, name: str, paths: dict[int, Path], limit: asyncio.Semaphore) -> None:
        known = self._models.setdefault(name, {}) if paths else self._models.get(name, {})
        for number, path in sorted(paths.items()):
            version = known.setdefault(number, Version(number, path))
            async with limit:
                if version.state in (State.START, State.END) and version.tried != _contents(path):
                    await self._load(name, version, path)
        labelled = self._follow(name)
        # availability_preserving_policy.cc: the old versions go when a new one is available, or when none is aspired.
        if not paths or any(known[number].state == State.AVAILABLE for number in paths):
            for number, version in known.items():
                if version.state == State.AVAILABLE and number not in paths and number not in labelled:
                    self._unload(name, version)

    def _follow(self, name: str) -> set[int]:
        """Moves a model's labels; one whose version is not loaded stays where it was. Returns the versions that have one."""
        loaded, before = self._available.get(name, {}), self._followed.get(name, {})
        now = {label: loaded.get(number, before.get(label)) for label, number in self._to_follow.get(name, {}).items()}
        # Replaced at once, and before an old version is unloaded: a request with the label always finds one that is loaded.
        self._followed = self._followed | {name: {label: found for label, found in now.items() if found is not None}}
        return {servable.version for servable in self._followed[name].values()}

    async def _load(self, name: str, version: Version, path: Path) -> None:
        version.path, version.state, version.error = path, State.LOADING, None
        # Before loading: files that a slow copy adds meanwhile then differ, and the version is tried again.
        tried = _contents(path)
        try:
            loop = asyncio.get_running_loop()
            version.servable = await loop.run_in_executor(self._threads, self._loader.load, name, version.number, path)
        except Exception as error:
            version.state, version.error, version.tried = State.END, of_tensorflow(error), tried
            _log.error(
                "%s version %d cannot be loaded from %s: %s",
                name,
                version.number,
                path,
                _first_line(version.error.message),
            )
            return
        version.state, version.tried = State.AVAILABLE, None
        self._publish(name)
        _log.info("%s version %d is loaded", name, version.number)

    def _unload(self, name: str, version: Version) -> None:
        """Takes no new requests any more; the model is freed when those in progress have ended."""
        assert version.servable is not None
        version.state = State.UNLOADING
        self._publish(name)
        # In the default pool: it waits for the requests in progress, and must not occupy a thread that loads.
        closed = asyncio.get_running_loop().run_in_executor(None, version.servable.close)

        async def close() -> None:
            await closed
            version.state, version.servable = State.END, None
            _log.info("%s version %d is unloaded", name, version.number)

        task = asyncio.get_running_loop().create_task(close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _lower_priority() -> None:
    """Gives a loading thread the processor only when the threads that answer clients leave it free."""
    # Linux has a nice value for each thread, which PRIO_PROCESS sets by the thread's id.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _contents(path: Path) -> tuple[tuple[str, int, int], ...]:
    """The files of a folder with size and time of change: a failed version is tried again when they are others."""
    found = []
    for file in sorted(path.rglob("*")):
        try:
            about = file.stat()
        except FileNotFoundError:  # it is being written, or removed
            continue
        found.append((str(file.relative_to(path)), about.st_size, about.st_mtime_ns))
    return tuple(found)
