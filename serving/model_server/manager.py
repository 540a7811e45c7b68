"""Which versions are loaded: watches the models' folders, loads a new version beside the old one, then unloads the old one."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server import config
from serving.model_server.config import ModelConfig
from serving.model_server.errors import ServingError, failed_precondition, invalid, not_found, of_tensorflow
from serving.model_server.servable import Loader, Servable, lower_priority
from serving.model_server.settings import Retries
from serving.model_server.versions import State, Version, contents, reached, unavailable

_log = logging.getLogger("slipway.serve")
_FIRST_LOADS = 2  # at once at start-up, when no request waits; later one by one


class Manager:
    """The loaded models. Only the event loop's thread changes them; loading runs in others, and requests read from any."""

    def __init__(
        self, loader: Loader, configs: Callable[[], list[ModelConfig]], *, labels_may_be_early: bool = False,
        retries: Retries | None = None,
    ) -> None:  # fmt: skip
        """``configs`` is called at each round and returns the models to serve.

        ``labels_may_be_early`` is --allow_version_labels_for_unavailable_models; ``retries`` are those of a version that
        fails to load.
        """
        self._retries = retries or Retries()
        self._loader = loader
        self._configs = configs
        self._labels_may_be_early = labels_may_be_early
        self._labels: dict[str, dict[str, int]] = {}
        self._to_follow: dict[str, dict[str, int]] = {}
        self._followed: dict[str, dict[str, Servable]] = {}
        self._models: dict[str, dict[int, Version]] = {}
        self._available: dict[str, dict[int, Servable]] = {}
        self._round = asyncio.Lock()
        self._threads = ThreadPoolExecutor(_FIRST_LOADS, "load", initializer=lower_priority)
        self._tasks: set[asyncio.Task[None]] = set()
        self._missing: set[Path] = set()
        self._configured: frozenset[str] = frozenset()
        self._wanted: dict[str, dict[int, Path]] = {}
        self._reloading = asyncio.Lock()
        self._changed = asyncio.Event()

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

    @property
    def configured(self) -> frozenset[str]:
        """The names of the models that are to be served, loaded or not."""
        return self._configured

    async def start(self, *, look: bool = True) -> None:
        """The first round; loads several models at once. Raises ServingError for labels that point to nothing."""
        configs = self._configs()
        self._set_labels(configs)
        self._configured = frozenset(model.name for model in configs)
        if look:
            async with self._round:
                await self._update(*self._aspired(), asyncio.Semaphore(_FIRST_LOADS))

    async def watch(self, seconds: float) -> None:
        """Round after round, until it is cancelled; none for 0 seconds and less."""
        while seconds > 0:
            await asyncio.sleep(seconds)
            try:
                async with self._round:
                    await self._update(*self._aspired(), asyncio.Semaphore(1))
            except Exception:
                _log.exception("polling for new versions failed; the loaded ones stay")

    async def reload(self, configs: list[ModelConfig], *, wait: bool = True) -> None:
        """Serves the given models and no others; returns when those that are new are available, which may be never.

        Args:
          wait: whether to wait for them.

        Raises:
          ServingError: a label points to a version that is not loaded, or a new model has none that loads.
        """
        async with self._reloading:
            self._set_labels(configs)
            new = {model.name for model in configs} - self._configured
            async with self._round:
                self._configs = lambda: configs
                for version in (version for name in new for version in self._models.get(name, {}).values()):
                    version.forget()
                await self._update(*self._aspired(), asyncio.Semaphore(1))
            if wait:
                await self.until_available(new, "model(s)")

    async def until_available(self, names: Collection[str], what: str = "servable(s)") -> None:
        """Until each of these models has a version that is loaded.

        Raises ServingError where all have one that is loaded or has failed for good, and some have failed; ``what`` is how its
        text names them.
        """
        while None in (found := {name: self._reached(name) for name in sorted(names)}).values():
            await self._changed.wait()
        failed = [
            unavailable(name, version)
            for name, version in found.items()
            if version and version.state != State.AVAILABLE
        ]
        if failed:
            text = f"{len(failed)} {what} did not become available: {{{''.join(failed)}}}"
            raise ServingError(grpc.StatusCode.UNKNOWN, text)

    def _reached(self, name: str) -> Version | None:
        wanted = self._wanted.get(name, {})
        return reached(version for number, version in self._models.get(name, {}).items() if number in wanted)

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

    def _aspired(self) -> tuple[dict[str, dict[int, Path]], bool]:
        """Paths of the aspired versions by model, and whether all folders are there: else none of these models is to change.

        One missing base path blocks all models of a round, as in file_system_storage_path_source.cc.
        """
        # A model that is configured no more has no versions to serve, so all of its versions are unloaded.
        aspired: dict[str, dict[int, Path]] = {name: {} for name in self._models}
        self._to_follow = {}
        complete = True
        configs = self._configs()
        self._configured = frozenset(model.name for model in configs)
        for model in configs:
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
        return aspired, complete

    async def _update(self, aspired: dict[str, dict[int, Path]], complete: bool, limit: asyncio.Semaphore) -> None:
        if not complete:
            aspired = {name: {} for name in aspired if name not in self._configured}
        async with asyncio.TaskGroup() as group:
            for name, paths in aspired.items():
                group.create_task(self._update_model(name, paths, limit))

    async def _update_model(self, name: str, paths: dict[int, Path], limit: asyncio.Semaphore) -> None:
        self._wanted[name] = paths
        known = self._models.setdefault(name, {}) if paths else self._models.get(name, {})
        for number, path in sorted(paths.items()):
            version = known.setdefault(number, Version(number, path))
            async with limit:
                if version.is_due(path, self._retries):
                    await self._load(name, version, path)
        self._settle(name)

    def _settle(self, name: str) -> None:
        """Moves a model's labels and unloads what is wanted no more."""
        paths, known = self._wanted[name], self._models.get(name, {})
        labelled = self._follow(name)
        # availability_preserving_policy.cc: the old versions go when a new one is available, or when none is aspired.
        if not paths or any(known[number].state == State.AVAILABLE for number in paths):
            for number, version in known.items():
                if version.state == State.AVAILABLE and number not in paths and number not in labelled:
                    self._unload(name, version)
        # Whoever waits looks again; the next to wait needs an event that is not set.
        self._changed.set()
        self._changed = asyncio.Event()

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
        version.tried = contents(path)
        error = await self._attempt(name, version)
        if error is not None and self._retries.count:
            self._in_background(self._load_again(name, version, error))
        elif error is not None:
            version.state, version.error = State.END, error

    async def _attempt(self, name: str, version: Version) -> ServingError | None:
        """Loads a version; returns why it could not."""
        try:
            load = asyncio.get_running_loop().run_in_executor
            version.servable = await load(self._threads, self._loader.load, name, version.number, version.path)
        except Exception as found:
            error = of_tensorflow(found)
            first_line = error.message.partition("\n")[0]
            _log.error("%s version %d cannot be loaded from %s: %s", name, version.number, version.path, first_line)
            return error
        version.state, version.tried = State.AVAILABLE, None
        self._publish(name)
        _log.info("%s version %d is loaded", name, version.number)
        return None

    async def _load_again(self, name: str, version: Version, error: ServingError | None) -> None:
        """Retries; the version is LOADING meanwhile, and other versions and models are loaded between."""
        for left in range(self._retries.count, 0, -1):
            _log.info(
                "%s version %d is tried again in %g s, %d times", name, version.number, self._retries.seconds, left
            )
            await asyncio.sleep(self._retries.seconds)
            async with self._round:
                if version.number not in self._wanted.get(name, {}):
                    break
                error = await self._attempt(name, version)
                if error is None:
                    self._settle(name)
                    return
        version.state, version.error = State.END, error
        self._settle(name)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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

        self._in_background(close())
