"""Real HTTP and gRPC servers on real ports, which answer as a gateway and a model server do, and fail as each test sets."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import grpc
from aiohttp import web

from prediction.wire import tf_serving_pb2 as wire

Trouble = Callable[[int], Awaitable[str | None]]
PROBABILITIES = (0.75, 0.25)


async def no_trouble(_: int) -> str | None:
    return None


class Server:
    """What both share: a loop in a thread, what came, and how many requests were under way at most.

    Attributes:
      trouble: given the number of the request, waits as long as it likes and returns what goes wrong, or None: ``refuse``,
        ``hang up``, ``nonsense``, ``require a key`` (HTTP alone).
      received: the bodies or messages.
    """

    def __init__(self) -> None:
        self.trouble: Trouble = no_trouble
        self.received: list[Any] = []
        self.headers: list[Any] = []
        self.most = self._now = 0
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.port: int = self._do(self._start())

    async def what_goes_wrong(self, request: Any) -> str | None:
        self.received.append(request)
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            return await self.trouble(len(self.received) - 1)
        finally:
            self._now -= 1

    def reset(self) -> None:
        self.trouble, self.received, self.headers, self.most = no_trouble, [], [], 0

    def stop(self) -> None:
        self._do(self._stop())
        self._do(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    @staticmethod
    async def _end_tasks() -> None:
        """Ends those that still wait on behalf of callers that have given up."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _start(self) -> int:
        raise NotImplementedError

    async def _stop(self) -> None:
        raise NotImplementedError


class HttpServer(Server):
    """POST /v1/models/NAME/predict, as the gateway has it."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _start(self) -> int:
        app = web.Application()
        app.router.add_post("/v1/models/titanic/predict", self._predict)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _predict(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.headers.append(request.headers)
        wrong = await self.what_goes_wrong(body)
        output = {"class": "died", "confidence": PROBABILITIES[0]}
        answer = {"outputs": [output] * len(body["inputs"])} if "inputs" in body else {"output": output}
        if wrong == "refuse":
            return web.json_response({"title": "too many"}, status=503)
        if wrong == "require a key":
            return web.json_response({"title": "An API key is needed"}, status=401)
        if wrong == "hang up":
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"title": "no answer"} if wrong == "nonsense" else answer)

    async def _stop(self) -> None:
        await self._runner.cleanup()


class GrpcServer(Server, grpc.GenericRpcHandler):
    """Predict, as a model server has it."""

    @property
    def url(self) -> str:
        return f"grpc://127.0.0.1:{self.port}"

    async def _start(self) -> int:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((self,))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return port

    def service(self, details: Any) -> Any:
        assert details.method == "/tensorflow.serving.PredictionService/Predict"
        return grpc.unary_unary_rpc_method_handler(self._predict)

    async def _predict(self, message: bytes, context: Any) -> bytes:
        request = wire.PredictRequest.FromString(message)
        wrong = await self.what_goes_wrong(request)
        if wrong == "refuse":
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the queue is full")
        rows = request.inputs["Age"].tensor_shape.dim[0].size if wrong is None else 0
        response = wire.PredictResponse()
        _fill(response.outputs["class"], wire.DT_STRING, (rows,)).string_val.extend([b"died"] * rows)
        _fill(response.outputs["confidence"], wire.DT_FLOAT, (rows,)).float_val.extend(PROBABILITIES[:1] * rows)
        _fill(response.outputs["probabilities"], wire.DT_FLOAT, (rows, 2)).float_val.extend(PROBABILITIES * rows)
        return response.SerializeToString()

    async def _stop(self) -> None:
        await self._server.stop(0.1)


def _fill(tensor: wire.Tensor, dtype: "wire.DataType", shape: tuple[int, ...]) -> wire.Tensor:
    tensor.dtype = dtype
    for size in shape:
        tensor.tensor_shape.dim.add(size=size)
    return tensor
