"""The metrics page, line by line."""

import threading

import pytest

from serving.model_server.metrics import Counter, Histogram, Metrics, exponential, label_name, metric_name, page


def test_a_counter() -> None:
    counter = Counter("/test/path/total", "name")
    counter.add(("abc",), 2)
    assert page([counter]) == b'# TYPE :test:path:total counter\n:test:path:total{name="abc"} 2\n'


def test_a_histogram() -> None:
    histogram = Histogram("/test/path/histogram", exponential(1, 2, 10), "status")
    for value in (2, 20, 200):
        histogram.add(value, ("good",))
    counts = (0, 0, 1, 1, 1, 2, 2, 2, 3, 3)
    name = ":test:path:histogram"
    expected = [f"# TYPE {name} histogram"]
    expected += [f'{name}_bucket{{status="good",le="{2**i}"}} {number}' for i, number in enumerate(counts)]
    expected += [
        f'{name}_bucket{{status="good",le="+Inf"}} 3',
        f'{name}_sum{{status="good"}} 222',
        f'{name}_count{{status="good"}} 3',
    ]
    assert page([histogram]).decode().splitlines() == expected


def test_without_labels_and_samples() -> None:
    counter, histogram = Counter("a"), Histogram("b", (1.5,))
    assert page([counter, histogram]) == b"# TYPE a counter\n# TYPE b histogram\n"
    counter.add()
    histogram.add(0.25)
    assert page([counter, histogram]).decode().splitlines() == [
        "# TYPE a counter",
        "a{} 1",
        "# TYPE b histogram",
        'b_bucket{le="1.5"} 1',
        'b_bucket{le="+Inf"} 1',
        "b_sum{} 0.25",
        "b_count{} 1",
    ]


@pytest.mark.parametrize(("value", "text"), [('"abc\\"', '\\"abc\\\\\\"'), ("a\nb", "a\\nb"), ("é", "é"), ("", "")])
def test_label_values(value: str, text: str) -> None:
    counter = Counter("c", "name")
    counter.add((value,))
    assert page([counter]).decode().splitlines()[1:] == [f'c{{name="{text}"}} 1']


def test_names() -> None:
    assert metric_name("0/path-total_count") == "_0:path:total_count"
    assert label_name("my-name+1") == "my_name_1"
    assert label_name("1a") == "_1a"


def test_the_metrics_of_a_server() -> None:
    metrics = Metrics()
    metrics.request("m", "OK")
    metrics.request("m", "OK")
    metrics.request("", "INVALID_ARGUMENT")
    metrics.latency("m", "predict", "REST", 0.001)
    metrics.runtime("m", "Predict", 0.00001)
    metrics.examples("m", 3)
    metrics.warmup("/models/m/1", "OK", 2.0, 5)
    metrics.queuing("batch_threads", 0.0005)
    metrics.batch([1, 2], 4)
    metrics.load_attempt("/models/m/1", "success")
    metrics.load_latency("/models/m/1", 1.5)
    text = metrics.render().decode()
    lines = text.splitlines()
    assert text.endswith("\n") and "# HELP" not in text
    for line in (
        ':tensorflow:serving:request_count{model_name="",status="INVALID_ARGUMENT"} 1',
        ':tensorflow:serving:request_count{model_name="m",status="OK"} 2',
        ':tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="10"} 0',
        ':tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="32.4"} 0',
        ':tensorflow:serving:request_latency_bucket{model_name="m",API="predict",entrypoint="REST",le="1.47476e+09"} 1',
        ':tensorflow:serving:request_latency_sum{model_name="m",API="predict",entrypoint="REST"} 1000',
        ':tensorflow:serving:request_latency_count{model_name="m",API="predict",entrypoint="REST"} 1',
        ':tensorflow:serving:runtime_latency_bucket{model_name="m",API="Predict",runtime="TF1",le="18"} 1',
        ':tensorflow:serving:request_example_counts_sum{model="m"} 3',
        ':tensorflow:serving:request_example_count_total{model="m"} 3',
        ':tensorflow:serving:model_warmup_latency_sum{model_path="/models/m/1",status="OK"} 2e+06',
        ':tensorflow:serving:model_warmup_records_read{model_path="/models/m/1",status="OK"} 5',
        ':tensorflow:serving:batching_session:queuing_latency_sum{thread_pool_name="batch_threads"} 500',
        ':tensorflow:serving:batching_session:padding_size_sum{execution_batch_size="4"} 1',
        ":tensorflow:serving:batching_session:input_batch_size_count{} 2",
        ":tensorflow:serving:batching_session:processed_batch_size_sum{} 4",
        ":tensorflow:serving:batching_session:wrapped_run_count{} 1",
        ':tensorflow:cc:saved_model:load_attempt_count{model_path="/models/m/1",status="success"} 1',
        ':tensorflow:cc:saved_model:load_latency{model_path="/models/m/1"} 1500000',
    ):  # fmt: skip
        assert line in lines
    latency = [line for line in lines if line.startswith(":tensorflow:serving:request_latency_bucket")]
    assert len(latency) == 34  # 10 * 1.8^i for i = 0..32, and +Inf
    types = [line for line in lines if line.startswith("# TYPE")]
    assert types == sorted(types) and len(types) == 14


def test_counting_from_many_threads() -> None:
    metrics = Metrics()

    def count() -> None:
        for _ in range(1000):
            metrics.request("m", "OK")
            metrics.latency("m", "predict", "REST", 0.001)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = metrics.render().decode()
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 8000' in text
    assert ':tensorflow:serving:request_latency_count{model_name="m",API="predict",entrypoint="REST"} 8000' in text


def test_made_up_names_do_not_fill_the_memory() -> None:
    metrics = Metrics()
    for number in range(10_010):
        metrics.request(f"{number}" + "x" * 1000, "NOT_FOUND")
    lines = metrics.render().decode().splitlines()
    assert len(lines) < 10_100 and len(max(lines, key=len)) < 500
    assert ':tensorflow:serving:request_count{model_name="...",status="..."} 10' in lines
