"""Calls that wait for a run, and whose clients go meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis.model_pb2 import ModelSpec

from serving.model_server.batching import Batcher, Client, Limits, LocalClient
from serving.model_server.calls import Call
from serving.model_server.errors import ServingError
from serving.model_server.metrics import Metrics
from tests.serving.model_server.running import Running


class Gate:
    """A session whose runs wait until it is opened; ``runs`` are the values that each was fed."""

    def __init__(self, session: Any = None) -> None:
        self.runs: list[Any] = []
        self.opened = threading.Event()
        self._session = session

    def run(
        self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None = None
    ) -> list[np.ndarray]:
        (values,) = feeds.values()
        self.runs.append(values.tolist())
        assert self.opened.wait(20)
        return self._session.run(feeds, fetches, timeout) if self._session else [values * 2]


class GatedBatcher:
    """A batcher before a gate, called from threads."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.batcher = Batcher(self.gate, Limits(), Metrics())  # type: ignore[arg-type]
        self.pool = ThreadPoolExecutor(16)

    def submit(
        self, value: float, timeout: float | None = None, client: Client | None = None
    ) -> "Future[list[np.ndarray]]":
        """Submits a call, and waits until it runs or is in the queue."""
        before = self._begun()
        call: Call[Any] = Call({"x": np.float32([value])}, ("y",), list, batchable=True)
        future = self.pool.submit(self.batcher.run, call, timeout, client)
        eventually(lambda: self._begun() > before or future.done())
        return future

    def _begun(self) -> int:
        return len(self.gate.runs) + waiting(self.batcher)


def waiting(batcher: Batcher) -> int:
    return sum(len(queue.tasks) for queue in batcher._queues.values())


def eventually(reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end
        time.sleep(0.001)


def code_of(future: "Future[list[np.ndarray]]") -> grpc.StatusCode:
    with pytest.raises(ServingError) as caught:
        future.result(20)
    return caught.value.code


@pytest.fixture
def gated() -> Iterator[GatedBatcher]:
    found = GatedBatcher()
    yield found
    found.gate.opened.set()
    found.pool.shutdown()


def test_a_waiting_call_of_a_disconnected_client_is_not_run_and_delays_no_other(gated: GatedBatcher) -> None:
    clients = [LocalClient() for _ in range(4)]
    calls = [gated.submit(value, client=client) for value, client in enumerate(clients)]
    clients[1].disconnect()
    clients[3].disconnect()
    assert code_of(calls[1]) is code_of(calls[3]) is grpc.StatusCode.CANCELLED  # at once, while the first one runs
    gated.gate.opened.set()
    assert [calls[i].result(20)[0].tolist() for i in (0, 2)] == [[0.0], [4.0]]
    assert gated.gate.runs == [[0.0], [2.0]]
    assert gated.submit(7.0).result(20)[0].tolist() == [14.0]  # the lead was not lost


def test_the_next_call_runs_at_once_after_all_waiting_clients_disconnect(gated: GatedBatcher) -> None:
    client = LocalClient()
    first = gated.submit(1.0)
    gone = gated.submit(2.0, client=client)
    client.disconnect()
    gated.gate.opened.set()
    assert code_of(gone) is grpc.StatusCode.CANCELLED
    assert first.result(20)[0].tolist() == [2.0]
    assert gated.submit(3.0).result(20)[0].tolist() == [6.0]
    assert gated.gate.runs == [[1.0], [3.0]]


def test_a_client_disconnected_before_it_waits_is_not_run(gated: GatedBatcher) -> None:
    client = LocalClient()
    client.disconnect()
    gated.submit(1.0)
    assert code_of(gated.submit(2.0, client=client)) is grpc.StatusCode.CANCELLED
    assert gated.gate.runs == [[1.0]]


def test_disconnecting_during_or_after_the_run_changes_nothing(gated: GatedBatcher) -> None:
    first, second = LocalClient(), LocalClient()
    calls = [gated.submit(1.0, client=first), gated.submit(2.0, client=second)]
    first.disconnect()
    gated.gate.opened.set()
    assert [call.result(20)[0].tolist() for call in calls] == [[2.0], [4.0]]
    second.disconnect()
    assert gated.submit(3.0).result(20)[0].tolist() == [6.0]


def test_a_client_that_disconnects_at_its_deadline_has_an_expired_call(gated: GatedBatcher) -> None:
    client = LocalClient()
    gated.submit(1.0)
    late = gated.submit(2.0, timeout=0.05, client=client)
    time.sleep(0.06)
    client.disconnect()
    assert code_of(late) is grpc.StatusCode.DEADLINE_EXCEEDED
    assert gated.gate.runs == [[1.0]]


def test_clients_that_connect_and_disconnect_at_any_moment_lose_no_call(gated: GatedBatcher) -> None:
    gated.gate.opened.set()

    def call_once(number: int) -> list[float] | None:
        client = LocalClient()
        call: Call[Any] = Call({"x": np.float32([number])}, ("y",), list, batchable=True)
        leaving = threading.Timer(number % 7 * 1e-4, client.disconnect)
        leaves = number % 2 == 1
        if leaves:
            leaving.start()
        try:
            return gated.batcher.run(call, 20.0, client)[0].tolist()
        except ServingError as error:
            assert leaves and error.code is grpc.StatusCode.CANCELLED
            return None

    answers = list(gated.pool.map(call_once, range(600)))
    assert all(answer in ([2.0 * number], None) for number, answer in enumerate(answers))
    assert None not in answers[::2]
    assert waiting(gated.batcher) == sum(queue.running for queue in gated.batcher._queues.values()) == 0


@pytest.mark.parametrize("protocol", ["grpc", "rest"])
def test_a_call_that_was_cancelled_or_whose_connection_was_closed_is_not_run(
    served: Running, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    with served.core.servable(ModelSpec(name="identities")) as servable:
        batcher = servable.batcher
        gate = Gate(batcher._session)
        monkeypatch.setattr(batcher, "_session", gate)
        first = served.prediction.Predict.future(_request(1.0))
        eventually(lambda: gate.runs == [[[1.0, 1.0]]])
        leave = _grpc_caller(served) if protocol == "grpc" else _rest_caller(served)
        eventually(lambda: waiting(batcher) == 1)
        last = served.prediction.Predict.future(_request(3.0))
        eventually(lambda: waiting(batcher) == 2)
        leave()
        eventually(lambda: waiting(batcher) == 1)
        gate.opened.set()
        assert [call.result(20).outputs["sum"].float_val[0] for call in (first, last)] == [2.0, 6.0]
        assert gate.runs == [[[1.0, 1.0]], [[3.0, 3.0]]]


def _request(value: float) -> predict_pb2.PredictRequest:
    request = predict_pb2.PredictRequest(model_spec=ModelSpec(name="identities", signature_name="sums"))
    request.inputs["rows"].CopyFrom(tf.make_tensor_proto(np.float32([[value, value]])))
    return request


def _grpc_caller(served: Running) -> Callable[[], object]:
    return served.prediction.Predict.future(_request(2.0)).cancel


def _rest_caller(served: Running) -> Callable[[], object]:
    connection = socket.create_connection(("127.0.0.1", served.rest_port), 20)
    body = b'{"signature_name": "sums", "instances": [[2.0, 2.0]]}'
    connection.sendall(
        b"POST /v1/models/identities:predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    return connection.close
