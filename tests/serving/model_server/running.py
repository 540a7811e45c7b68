"""A model server in this process: the real services on real ports, on an event loop in a thread."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import grpc
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc

from registry.labels import Followed, registry_beside
from serving.model_server import config
from serving.model_server.batching import Limits
from serving.model_server.core import AsyncCore, Core
from serving.model_server.grpc_server import GrpcServer
from serving.model_server.manager import Manager
from serving.model_server.metrics import Metrics
from serving.model_server.rest.server import RestServer
from serving.model_server.servable import Loader


class Running:
    """A server over a folder of models."""

    def __init__(
        self, models: Path, *, versions: str = "latest", limits: Limits | None = None, most: int = 512
    ) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.metrics = Metrics()
        loader = Loader(limits or Limits(), self.metrics)
        policy = config.policy(versions)
        self.port = self.do(self._start(models, loader, policy, most))
        self.channel = grpc.insecure_channel(f"127.0.0.1:{self.port}")
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(self.channel)
        self.model = model_service_pb2_grpc.ModelServiceStub(self.channel)

    async def _start(self, models: Path, loader: Loader, policy: config.Policy, most: int) -> int:
        labels = Followed(registry_beside(models), print)
        self.manager = Manager(loader, lambda: config.discovered(models, policy, labels))
        await self.manager.start()
        self.core = Core(self.manager, self.metrics, most)
        self.server = GrpcServer(self.core, self.manager, self.metrics)
        self.rest = RestServer(AsyncCore(self.core), self.metrics)
        self.rest_port = await self.rest.start("127.0.0.1", 0)
        self._watch = asyncio.create_task(self.manager.watch(0.05))
        return await self.server.start("127.0.0.1:0")

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of a coroutine on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def stop(self) -> None:
        self.channel.close()
        self.loop.call_soon_threadsafe(self._watch.cancel)
        self.do(self.server.stop(1))
        self.do(self.rest.stop(1))
        self.loop.call_soon_threadsafe(self.loop.stop)
