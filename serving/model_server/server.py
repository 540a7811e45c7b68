"""`slipway serve`: the model server as a process."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from serving.model_server import listening, models
from serving.model_server.batching import Limits
from serving.model_server.core import Core
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.padding import Padding
from serving.model_server.servable import Loader
from serving.model_server.settings import Options

_log = logging.getLogger("slipway.serve")
_GIL_SECONDS = 0.001  # how long a thread that computes keeps others from answering; Python's own choice is 5 ms


def serve(options: Options, device: str) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests in progress end; ``device`` is where models run, for the log.

    Raises:
      InputError: a port is taken, the configuration is not allowed, or a model that it names cannot be loaded.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    sys.setswitchinterval(_GIL_SECONDS)
    asyncio.run(_serve(options, device))


async def _serve(options: Options, device: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await run(options, device, stopped)


async def run(options: Options, device: str, stopped: asyncio.Event) -> None:
    """As ``serve``, until ``stopped`` is set."""
    for note in options.flagged.notes:
        _log.warning("%s", note)
    metrics = Metrics()
    manager = _manager(options, metrics)
    core = Core(manager, metrics, options.max_in_progress, int(options.max_megapixels * 1e6))
    await listening.check_ports(options)
    # Only then are ports opened: TensorFlow Serving does when every configured model has a version available.
    watching = asyncio.create_task(manager.watch(options.poll_seconds))
    if not await _before(stopped, models.ready(options, manager)):
        return
    servers, where = await listening.start(options, core, manager, metrics)
    rereading = asyncio.create_task(models.reread(options, manager))
    _log.info("serving %s with the %s; %s", _loaded(manager, options), device, where)
    # What is here now stays: traversing it at each full collection would stop all requests for a tenth of a second.
    gc.collect()
    gc.freeze()
    await stopped.wait()
    _log.info("stopping: requests in progress have %g s to end", options.drain_seconds)
    rereading.cancel()
    watching.cancel()
    await asyncio.gather(*(server.stop(options.drain_seconds) for server in servers))


async def _before(stopped: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Whether ``work`` was done before the process was told to stop; raises what it raises."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stopped.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        return False
    await working
    return True


def _manager(options: Options, metrics: Metrics) -> Manager:
    flagged = options.flagged
    limits = Limits(
        options.max_batch_size, options.batch_delay_ms / 1000, options.batch_threads,
        Padding(flagged.batch_sizes, flagged.pads_inputs), flagged.larger_refused,
    )  # fmt: skip
    loader = Loader(limits, metrics, warm=options.warm_up, tag=options.tag, checks_methods=flagged.checks_methods)
    return Manager(
        loader, models.configs(options), labels_may_be_early=options.allow_early_labels, retries=flagged.retries
    )


def _loaded(manager: Manager, options: Options) -> str:
    found = {name: numbers for name, numbers in manager.available().items() if numbers}
    if not found:
        return f"no model yet (looking into {options.models}; `slipway run NAME` pushes one)"
    return ", ".join(f"{name} {'+'.join(map(str, numbers))}" for name, numbers in found.items())
