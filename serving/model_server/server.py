"""`slipway serve`: the model server as a process."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable

from registry.labels import Followed, registry_beside
from schemas.errors import InputError
from serving.model_server import config
from serving.model_server.batching import Limits
from serving.model_server.config import ModelConfig
from serving.model_server.core import AsyncCore, Core
from serving.model_server.errors import ServingError
from serving.model_server.grpc_server import GrpcServer
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.rest.server import RestServer
from serving.model_server.servable import Loader
from serving.model_server.settings import Options

_log = logging.getLogger("slipway.serve")
_GIL_SECONDS = 0.001  # how long a thread that computes keeps others from answering; Python's own choice is 5 ms


def serve(options: Options, device: str) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests in progress end; ``device`` is where models run, for the log.

    Raises:
      InputError: a port is taken, or the configuration is not allowed.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    sys.setswitchinterval(_GIL_SECONDS)
    asyncio.run(_serve(options, device))


async def _serve(options: Options, device: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    limits = Limits(options.max_batch_size, options.batch_delay_ms / 1000, options.batch_threads)
    metrics = Metrics()
    loader = Loader(limits, metrics, warm=options.warm_up, tag=options.tag)
    configs = _configs(options)
    manager = Manager(loader, configs, labels_may_be_early=options.allow_early_labels)
    core = Core(manager, metrics, options.max_in_progress, int(options.max_megapixels * 1e6))
    for option, port in (("--grpc-port", options.grpc_port), ("--rest-port", options.rest_port)):
        if port > 0:  # a taken port is reported before the models are loaded, which takes long
            await _listening(option, port, _bound(options.host, port))
    try:
        await manager.start()
    except ServingError as error:
        raise InputError(f"--model-config-file: {error.message}") from error
    if options.model_config_file is not None:
        _check_all_available(configs(), manager)
    # Only now: TensorFlow Serving opens its ports when every configured model has a version available.
    servers, listening = await _started(options, core, manager, metrics)
    watching = asyncio.create_task(manager.watch(options.poll_seconds))
    _log.info("serving %s with the %s; %s", _loaded(manager, options), device, listening)
    # What is here now stays: traversing it at each full collection would stop all requests for a tenth of a second.
    gc.collect()
    gc.freeze()
    await stopped.wait()
    _log.info("stopping: requests in progress have %g s to end", options.drain_seconds)
    watching.cancel()
    await asyncio.gather(*(server.stop(options.drain_seconds) for server in servers))


async def _started(
    options: Options, core: Core, manager: Manager, metrics: Metrics
) -> tuple[list[GrpcServer | RestServer], str]:
    """The servers, listening, and where they do, for the log. Raises InputError for a port that is taken."""
    servers: list[GrpcServer | RestServer] = [GrpcServer(core, manager, metrics)]
    ports = [await _listening("--grpc-port", options.grpc_port, servers[0].start(options.host, options.grpc_port))]
    if options.rest_port >= 0:
        rest = RestServer(
            AsyncCore(core),
            metrics,
            timeout=options.rest_timeout_ms / 1000,
            cors=options.cors,
            metrics_path=options.metrics_path,
        )
        servers.append(rest)
        ports.append(await _listening("--rest-port", options.rest_port, rest.start(options.host, options.rest_port)))
    listening = " and ".join(
        f"{kind} on {options.host}:{port}" for kind, port in zip(("gRPC", "REST"), ports, strict=False)
    )
    return servers, listening


async def _bound(host: str, port: int) -> int:
    """The port, if it is free. Raises OSError where it is not."""
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    server.close()
    return port


async def _listening(option: str, port: int, start: Awaitable[int]) -> int:
    try:
        return await start
    except OSError as error:
        raise InputError(
            f"{option}: cannot listen on port {port}: {error.strerror or error}; "
            "end the server that has it, or name another port"
        ) from error


def _configs(options: Options) -> Callable[[], list[ModelConfig]]:
    if options.model_config_file is not None:
        configs = config.read(options.model_config_file)
        return lambda: configs
    chosen = config.policy(options.versions)
    labels = Followed(options.registry or registry_beside(options.models), _log.warning)
    return lambda: config.discovered(options.models, chosen, labels)


def _check_all_available(configs: list[ModelConfig], manager: Manager) -> None:
    """TensorFlow Serving starts only with every model of its config file available (server_core.cc). Raises InputError."""
    available = manager.available()
    missing = [model.name for model in configs if not available.get(model.name)]
    if missing:
        raise InputError(
            f"--model-config-file: {len(missing)} servable(s) did not become available: {{{', '.join(missing)}}}; "
            "the lines above say why"
        )


def _loaded(manager: Manager, options: Options) -> str:
    found = {name: numbers for name, numbers in manager.available().items() if numbers}
    if not found:
        return f"no model yet (looking into {options.models}; `slipway run NAME` pushes one)"
    return ", ".join(f"{name} {'+'.join(map(str, numbers))}" for name, numbers in found.items())
