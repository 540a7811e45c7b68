"""Where the process listens: gRPC and REST on ports, gRPC on a UNIX socket."""

import asyncio
import logging
from collections.abc import Awaitable

from schemas.errors import InputError
from serving.model_server.core import AsyncCore, Core
from serving.model_server.grpc_server import GrpcServer
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.rest.server import RestServer
from serving.model_server.settings import Options

_log = logging.getLogger("slipway.serve")
_ANY_IPV4 = "0.0.0.0"


async def check_ports(options: Options) -> None:
    """Raises InputError for a port that is taken, before models are loaded, which takes long."""
    if options.grpc_port > 0:
        await _listening(options, _grpc(options), options.grpc_port, _bound(options.host, options.grpc_port))
    # TensorFlow Serving goes on without REST.
    if options.rest_port > 0 and not options.flagged.given:
        await _listening(options, "--rest-port", options.rest_port, _bound(options.host, options.rest_port))


async def start(
    options: Options, core: Core, manager: Manager, metrics: Metrics
) -> tuple[list[GrpcServer | RestServer], str]:
    """The servers, listening, and where they do, for the log. Raises InputError for a port that is taken."""
    flagged = options.flagged
    grpc = GrpcServer(
        core, manager, metrics, health=flagged.health, packed=flagged.tensor_content, options=flagged.channel_arguments
    )
    address = f"{options.host}:{options.grpc_port}" if options.grpc_port >= 0 else ""
    started = grpc.start(address, socket_path=flagged.socket_path, tls=flagged.tls)
    port = await _listening(options, _grpc(options), options.grpc_port, started)
    where = [f"gRPC on {options.host}:{port}"] if port else []
    where += [f"gRPC on unix:{flagged.socket_path}"] if flagged.socket_path else []
    servers: list[GrpcServer | RestServer] = [grpc]
    if options.rest_port >= 0 and (rest := await _rest(options, core, metrics)):
        servers.append(rest[0])
        where.append(f"REST on {options.host}:{rest[1]}")
    return servers, " and ".join(where)


async def _rest(options: Options, core: Core, metrics: Metrics) -> tuple[RestServer, int] | None:
    """The REST server and its port; None where TensorFlow Serving goes on without (server.cc)."""
    if options.flagged.given and options.rest_port == options.grpc_port:
        _log.error(
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API. "
            "Skipped exporting HTTP/REST API."
        )
        return None
    server = RestServer(
        AsyncCore(core), metrics, timeout=options.rest_timeout_ms / 1000, cors=options.cors,
        metrics_path=options.metrics_path,
    )  # fmt: skip
    # It listens on IPv6 too where gRPC listens on all of IPv4 (evhttp_internal.cc).
    host = None if options.flagged.given and options.host == _ANY_IPV4 else options.host
    try:
        return server, await _listening(
            options, "--rest-port", options.rest_port, server.start(host, options.rest_port)
        )
    except InputError as error:
        if not options.flagged.given:
            raise
        _log.error("Failed to start HTTP Server at localhost:%d: %s", options.rest_port, error)
        return None


async def _bound(host: str, port: int) -> int:
    """The port, if it is free. Raises OSError where it is not."""
    server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port, start_serving=False)
    server.close()
    return port


def _grpc(options: Options) -> str:
    return "--port" if options.flagged.given else "--grpc-port"


async def _listening(options: Options, option: str, port: int, start: Awaitable[int]) -> int:
    try:
        return await start
    except OSError as error:
        where = f"port {port}" if port >= 0 else options.flagged.socket_path
        text = (
            f"{option}: cannot listen on {where}: {error.strerror or error}; "
            "end the server that has it, or name another port"
        )
        if options.flagged.given and option == "--port":
            text = f"Failed to start server. Error: INVALID_ARGUMENT: Failed to BuildAndStart gRPC server ({text})"
        raise InputError(text) from error
