"""One synchronous client for many threads."""

import json
import threading
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import Response

from prediction.wire import tensors
from serving.client import GatewayClient, ServingCallError, ServingClient
from serving.client.blocking import BlockingClient
from tests.serving.client.outputs import regression
from tests.serving.client.servers import Grpc, Http

MODEL = {"model": "houses", "version": "1.0.0", "serving_version": 5}


@pytest.fixture(params=["gateway", "grpc"])
def client(request: pytest.FixtureRequest, gateway: Http, model_server: Grpc, models: Path) -> Any:
    """A client of a server that answers every number by itself."""

    def over_grpc(request: Any, context: Any) -> Any:
        time.sleep(0.01)
        return regression(5, tensors.values(request.inputs["Area"]))

    gateway.answer = lambda request, body: Response(
        json.dumps({"output": {"value": json.loads(body)["input"]}, **MODEL})
    )
    model_server.answer = over_grpc
    if request.param == "gateway":
        return GatewayClient(gateway.url)
    return ServingClient(model_server.address, models=models)


def test_each_thread_gets_its_own_answers(client: BlockingClient) -> None:
    def send(thread: int) -> list[float | None]:
        return [client.predict("houses", thread * 100 + i).value for i in range(20)]

    with client, futures.ThreadPoolExecutor(16) as pool:
        for thread, answers in enumerate(pool.map(send, range(16))):
            assert answers == [thread * 100 + i for i in range(20)]


def test_connections_are_used_again(gateway: Http) -> None:
    ports = set()

    def answer(request: Any, body: bytes) -> Response:
        ports.add(request.client.port)
        return Response(json.dumps({"output": {"value": 1}, **MODEL}))

    gateway.answer = answer
    with GatewayClient(gateway.url) as client:
        for _ in range(20):
            client.predict("houses", 1)
    assert len(ports) == 1


def test_closing_waits_for_calls_under_way_and_ends_the_thread(client: BlockingClient) -> None:
    with futures.ThreadPoolExecutor(8) as pool:
        client.predict("houses", 0)
        calls = [pool.submit(client.predict, "houses", i) for i in range(8)]
        while not client._in_flight:
            time.sleep(0.001)
        client.close()
        ended = [future.exception() for future in calls]
        for i, error in enumerate(ended):  # begun before the close: answered; after it: an error
            assert (error is None and calls[i].result().value == i) or str(
                error
            ) == "this client is closed; make a new one"
    client.close()
    with pytest.raises(ServingCallError, match="this client is closed; make a new one"):
        client.predict("houses", 1)
    assert not [thread for thread in threading.enumerate() if thread.name == "slipway-client"]


def test_a_garbage_collected_client_ends_its_thread(gateway: Http) -> None:
    client: Any = GatewayClient(gateway.url)
    assert [thread for thread in threading.enumerate() if thread.name == "slipway-client"]
    del client
    assert not [thread for thread in threading.enumerate() if thread.name == "slipway-client"]
