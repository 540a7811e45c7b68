"""Calls that wait for a run, and whose clients go meanwhile."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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
    """A session whose runs wait until it is opened; ``runs`` are the values that each was fed, ``timeouts`` its seconds."""

    def __init__(self, session: Any = None) -> None:
        self.runs: list[Any] = []
        self.timeouts: list[float | None] = []
        self.opened = threading.Event()
        self._session = session

    def run(
        self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None = None
    ) -> list[np.ndarray]:
        (values,) = feeds.values()
        self.timeouts.append(timeout)
        self.runs.append(values.tolist())
        assert self.opened.wait(20)
        return self._session.run(feeds, fetches, timeout) if self._session else [values * 2]


class GatedBatcher:
    """A batcher before a gate, called from threads."""

    def __init__(self, limits: Limits | None = None, session: Any = None) -> None:
        self.gate = Gate(session)
        self.batcher = Batcher(self.gate, limits or Limits(), Metrics())  # type: ignore[arg-type]
        self.pool = ThreadPoolExecutor(16)

    def submit(
        self, *values: float, timeout: float | None = None, client: Client | None = None
    ) -> "Future[list[np.ndarray]]":
        """Submits a call of some rows, and waits until the call runs or is in the queue."""
        return self.call(np.float32(values), timeout, client)

    def call(
        self, rows: np.ndarray, timeout: float | None = None, client: Client | None = None, batchable: bool = True
    ) -> "Future[list[np.ndarray]]":
        """As ``submit``, of any array."""
        before = self._begun()
        call: Call[Any] = Call({"x": rows}, ("y",), list, batchable=batchable)
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


def error_of(future: "Future[list[np.ndarray]]") -> ServingError:
    with pytest.raises(ServingError) as caught:
        future.result(20)
    return caught.value


def code_of(future: "Future[list[np.ndarray]]") -> grpc.StatusCode:
    return error_of(future).code


def values_of(future: "Future[list[np.ndarray]]") -> Any:
    return future.result(20)[0].tolist()


class Session:
    """Computes with a function of the values; it fails where that does."""

    def __init__(self, compute: Callable[[np.ndarray], np.ndarray]) -> None:
        self._compute = compute

    def run(
        self, feeds: Mapping[str, np.ndarray], fetches: Sequence[str], timeout: float | None = None
    ) -> list[np.ndarray]:
        (values,) = feeds.values()
        return [self._compute(values)]


@contextmanager
def batcher(limits: Limits | None = None, session: Any = None) -> Iterator[GatedBatcher]:
    found = GatedBatcher(limits, session)
    try:
        yield found
    finally:
        found.gate.opened.set()
        found.pool.shutdown()


@pytest.fixture
def gated() -> Iterator[GatedBatcher]:
    with batcher() as found:
        yield found


def test_calls_that_wait_share_a_run_and_each_gets_its_own_rows(gated: GatedBatcher) -> None:
    calls = [gated.submit(1.0), gated.submit(2.0), gated.submit(3.0, 4.0), gated.submit(5.0)]
    gated.gate.opened.set()
    assert list(map(values_of, calls)) == [[2.0], [4.0], [6.0, 8.0], [10.0]]
    assert gated.gate.runs == [[1.0], [2.0, 3.0, 4.0, 5.0]]


def test_a_batch_is_of_the_first_calls_that_fit() -> None:
    with batcher(Limits(rows=4)) as gated:
        calls = [
            gated.submit(0.0),
            gated.submit(1.0, 2.0),
            gated.submit(3.0, 4.0),
            gated.submit(5.0, 6.0, 7.0),
            gated.submit(8.0),
        ]
        gated.gate.opened.set()
        assert values_of(calls[3]) == [10.0, 12.0, 14.0]
        for call in calls:
            call.result(20)
        assert gated.gate.runs == [[0.0], [1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]


def test_a_call_of_more_rows_than_a_batch_and_one_that_has_none_run_alone_at_once() -> None:
    with batcher(Limits(rows=2)) as gated:
        gated.submit(0.0)
        large, alone = gated.submit(1.0, 2.0, 3.0), gated.call(np.float32(4.0))
        whole = gated.call(np.float32([5.0]), batchable=False)
        assert waiting(gated.batcher) == 0
        gated.gate.opened.set()
        assert (values_of(large), values_of(alone), values_of(whole)) == ([2.0, 4.0, 6.0], 8.0, [10.0])
        assert gated.gate.runs == [[0.0], [1.0, 2.0, 3.0], 4.0, [5.0]]


def test_calls_of_another_type_or_shape_do_not_share_a_run(gated: GatedBatcher) -> None:
    first, other, wide = gated.submit(1.0), gated.call(np.float64([2.0])), gated.call(np.float32([[3.0, 4.0]]))
    assert waiting(gated.batcher) == 0
    gated.gate.opened.set()
    assert [values_of(call) for call in (first, other, wide)] == [[2.0], [4.0], [[6.0, 8.0]]]


def test_as_many_batches_run_at_once_as_there_are_threads() -> None:
    with batcher(Limits(threads=2)) as gated:
        calls = [gated.submit(value) for value in (1.0, 2.0, 3.0)]
        assert (gated.gate.runs, waiting(gated.batcher)) == ([[1.0], [2.0]], 1)
        gated.gate.opened.set()
        assert list(map(values_of, calls)) == [[2.0], [4.0], [6.0]]


def test_many_calls_on_several_threads_get_their_own_answers() -> None:
    with batcher(Limits(rows=4, threads=3)) as gated:
        gated.gate.opened.set()
        calls: list[Call[Any]] = [Call({"x": np.float32([n])}, ("y",), list, batchable=True) for n in range(3000)]
        answers = list(gated.pool.map(lambda call: gated.batcher.run(call, 20.0)[0].tolist(), calls))
        assert answers == [[2.0 * number] for number in range(3000)]
        assert waiting(gated.batcher) == sum(queue.running for queue in gated.batcher._queues.values()) == 0


def test_a_batch_waits_for_more_rows_as_long_as_the_delay() -> None:
    with batcher(Limits(delay=0.5)) as gated:
        gated.gate.opened.set()
        calls = [gated.pool.submit(gated.batcher.run, Call({"x": np.float32([v])}, ("y",), list, batchable=True))
                 for v in (1.0, 2.0)]  # fmt: skip
        assert list(map(values_of, calls)) == [[2.0], [4.0]]
        assert sorted(gated.gate.runs[0]) == [1.0, 2.0] and len(gated.gate.runs) == 1


def test_where_the_output_is_not_by_row_calls_run_one_by_one() -> None:
    with batcher(session=Session(lambda values: values.sum())) as gated:
        calls = [gated.submit(1.0), gated.submit(2.0), gated.submit(3.0)]
        gated.gate.opened.set()
        assert list(map(values_of, calls)) == [1.0, 2.0, 3.0]
        assert gated.gate.runs == [[1.0], [2.0, 3.0], [2.0], [3.0]]


def test_a_call_that_fails_in_a_batch_fails_alone() -> None:
    def positive(values: np.ndarray) -> np.ndarray:
        if (values < 0).any():
            raise ServingError(grpc.StatusCode.INVALID_ARGUMENT, "a value is negative")
        return values

    with batcher(session=Session(positive)) as gated:
        calls = [gated.submit(1.0), gated.submit(-2.0), gated.submit(3.0)]
        gated.gate.opened.set()
        assert code_of(calls[1]) is grpc.StatusCode.INVALID_ARGUMENT
        assert (values_of(calls[0]), values_of(calls[2])) == ([1.0], [3.0])
        assert gated.gate.runs == [[1.0], [-2.0, 3.0], [-2.0], [3.0]]
        lone = gated.submit(-4.0)
        assert code_of(lone) is grpc.StatusCode.INVALID_ARGUMENT and gated.gate.runs[4:] == [[-4.0]]


def test_a_batch_may_run_as_long_as_its_most_patient_call(gated: GatedBatcher) -> None:
    calls = [
        gated.submit(1.0),
        gated.submit(2.0, timeout=5),
        gated.submit(3.0, timeout=19),
        gated.submit(4.0, timeout=9),
    ]
    gated.gate.opened.set()
    for call in calls:
        call.result(20)
    first, second = gated.gate.timeouts
    assert first is None and second is not None and 15 < second <= 19


def test_a_batch_with_a_call_without_deadline_has_none(gated: GatedBatcher) -> None:
    calls = [gated.submit(1.0, timeout=19), gated.submit(2.0, timeout=5), gated.submit(3.0)]
    gated.gate.opened.set()
    for call in calls:
        call.result(20)
    first, second = gated.gate.timeouts
    assert second is None and first is not None and 15 < first <= 19


def test_errors_of_waiting_calls_are_tensorflow_servings(gated: GatedBatcher) -> None:
    client = LocalClient()
    gated.submit(1.0)
    late, gone = gated.submit(2.0, timeout=0.05), gated.submit(3.0, client=client)
    client.disconnect()
    assert str(error_of(late)) == "Timed out waiting for notification"
    assert str(error_of(gone)) == "The client has disconnected"


def test_shapes_that_come_once_do_not_stay_for_ever(gated: GatedBatcher) -> None:
    gated.gate.opened.set()
    for width in range(1, 1002):
        gated.batcher.run(Call({"x": np.zeros((1, width), np.float32)}, ("y",), list, batchable=True))
    assert len(gated.batcher._queues) == 1


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
