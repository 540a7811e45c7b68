"""Real servers on free ports that answer as a test defines: HTTP by uvicorn, TensorFlow Serving's methods by grpc."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import Any

import grpc
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from prediction.wire import calls
from prediction.wire import tf_serving_pb2 as wire

METHODS = {
    calls.PREDICT: (wire.PredictRequest, wire.PredictResponse),
    calls.GET_MODEL_STATUS: (wire.GetModelStatusRequest, wire.GetModelStatusResponse),
}


class Http:
    """An HTTP server.

    Attributes:
      url: where it listens.
      answer: ``(request, body) -> Response``; it may wait.
      seen: method, path with query, and headers of every request; ``bodies`` alike.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.answer: Callable[[Request, bytes], Any] = lambda request, body: Response(status_code=500)

    async def respond(self, request: Request) -> Response:
        body = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        self.seen.append((request.method, path, dict(request.headers)))
        self.bodies.append(body)
        answer = self.answer(request, body)
        return await answer if asyncio.iscoroutine(answer) else answer


@contextlib.contextmanager
def http() -> Iterator[Http]:
    with listening() as listener:
        found = Http(f"http://127.0.0.1:{listener.getsockname()[1]}")
        app = Starlette(routes=[Route("/{path:path}", found.respond, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield found
        server.should_exit = server.force_exit = True
        thread.join()


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        yield listener


def free_port() -> int:
    """A port on which nothing listens."""
    with listening() as listener:
        return listener.getsockname()[1]


def problem(kind: str, status: int, detail: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    """An RFC 9457 document as the gateway sends it."""
    document = {"type": f"/docs#{kind}", "title": kind, "status": status, "detail": detail, **more}
    return Response(json.dumps(document), status, headers, "application/problem+json")


class Grpc(grpc.GenericRpcHandler):
    """A gRPC server with TensorFlow Serving's methods.

    Attributes:
      address: where it listens.
      answer: ``(request, context) -> response``, for Predict; ``status`` for GetModelStatus.
      seen: every request.
    """

    def __init__(self) -> None:
        self.address = ""
        self.seen: list[Any] = []
        self.answer: Callable[[Any, grpc.ServicerContext], Any] = lambda request, context: wire.PredictResponse()
        self.status: Callable[[Any, grpc.ServicerContext], Any] = lambda request, context: wire.GetModelStatusResponse()

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        kinds = METHODS.get(details.method)
        if kinds is None:
            return None

        def behave(request: Any, context: grpc.ServicerContext) -> Any:
            self.seen.append(request)
            return (self.answer if details.method == calls.PREDICT else self.status)(request, context)

        return grpc.unary_unary_rpc_method_handler(behave, kinds[0].FromString, kinds[1].SerializeToString)


@contextlib.contextmanager
def grpc_server(address: str = "127.0.0.1:0") -> Iterator[Grpc]:
    found = Grpc()
    server = grpc.server(futures.ThreadPoolExecutor(16), (found,), options=[("grpc.so_reuseport", 0)])
    found.address = f"127.0.0.1:{server.add_insecure_port(address)}"
    server.start()
    yield found
    server.stop(0).wait()
