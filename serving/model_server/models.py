"""Which models the process serves: found in a folder, listed in a file, or one; and the wait for them at the start."""

import asyncio
import logging
from collections.abc import Callable

from registry.labels import Followed, registry_beside
from schemas.errors import InputError
from serving.model_server import config
from serving.model_server.config import ModelConfig
from serving.model_server.errors import ServingError, not_started
from serving.model_server.manager import Manager
from serving.model_server.settings import Options

_log = logging.getLogger("slipway.serve")


def configs(options: Options) -> Callable[[], list[ModelConfig]]:
    """The models to serve, as ``Manager`` takes them. Raises InputError for a configuration that is not allowed."""
    if not options.waits_for_models:
        chosen = config.policy(options.versions)
        labels = Followed(options.registry or registry_beside(options.models), _log.warning)
        return lambda: config.discovered(options.models, chosen, labels)
    listed = options.model_config_file
    flagged = options.flagged
    found = config.read(listed) if listed is not None else config.of_one(flagged.model_name, flagged.base_path)
    try:
        models = config.of_proto(found)
    except ServingError as error:
        raise not_started(error) from error
    return lambda: models


async def ready(options: Options, manager: Manager) -> None:
    """The first look into the folders, and where models are named, until each has a version that is loaded.

    Raises InputError where one has none that loads.
    """
    try:
        await manager.start(look=options.poll_seconds >= 0)
        if options.waits_for_models:
            missing = [name for name in sorted(manager.configured) if not manager.available().get(name)]
            if missing:
                _log.info("the ports open when each of these models has a version: %s", ", ".join(missing))
            await manager.until_available(manager.configured)
    except ServingError as error:
        raise not_started(error) from error


async def reread(options: Options, manager: Manager) -> None:
    """Reads the model config file again and again and applies it, where that is asked for; what fails is logged alone."""
    file, seconds = options.model_config_file, options.flagged.config_poll_seconds
    while file is not None and seconds:
        await asyncio.sleep(seconds)
        try:
            # New models are not waited for: a folder that is not there yet must not keep the next change of the file out.
            await manager.reload(config.of_proto(config.read(file), manager.configured), wait=False)
        except InputError as error:
            _log.error("Failed to read ModelServerConfig file: %s", error)
        except ServingError as error:
            _log.error("PollFilesystemAndReloadConfig failed to ReloadConfig: %s", error.message)
