"""The worker pool and the spreading of files, through Beam's own portable runner: no Java is needed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apache_beam as beam
import pytest
import tensorflow as tf

from pipelines.beam import flink_runner
from pipelines.beam.runners import LOCAL_ARGS

REPOSITORY = Path(__file__).parents[3]


def start(port: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipelines.beam.worker_pool", f"--port={port}"]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def pool() -> Iterator[int]:
    """The port of a running pool."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with start(port) as process:
        try:
            assert process.stdout is not None and f":{port}" in process.stdout.readline()
            yield port
        finally:
            process.terminate()
            process.communicate(timeout=60)


def test_work_is_done_in_a_process_of_the_pool_that_has_tfx(pool: int, tmp_path: Path) -> None:
    args = ["--runner=PortableRunner", "--job_endpoint=embed", "--sdk_container_image=none"]
    args += ["--environment_type=EXTERNAL", f"--environment_config=localhost:{pool}"]

    class Where(beam.DoFn):
        def process(self, file: str):
            import tensorflow_data_validation  # noqa: F401 - which only TFX makes importable

            Path(file).write_text(str(os.getppid()))

    result = tmp_path / "parent"
    with beam.Pipeline(argv=args) as pipeline:
        _ = pipeline | beam.Create([str(result)]) | beam.ParDo(Where())
    assert int(result.read_text()) not in (os.getpid(), os.getppid())


def test_a_taken_port_is_said_in_one_line(pool: int) -> None:
    with start(pool) as second:
        _, err = second.communicate(timeout=120)
    assert second.returncode == 1 and f"port {pool} is taken" in err.splitlines()[-1]


def test_files_are_read_after_a_reshuffle_and_nothing_is_lost(tmp_path: Path) -> None:
    for file in range(3):
        with tf.io.TFRecordWriter(str(tmp_path / f"{file}.gz"), tf.io.TFRecordOptions(compression_type="GZIP")) as out:
            for record in range(4):
                out.write(f"{file} {record}".encode())
    out = tmp_path / "out"
    pipeline = beam.Pipeline(argv=list(LOCAL_ARGS))
    records = pipeline | beam.io.ReadFromTFRecord(str(tmp_path / "*.gz"))
    _ = records | beam.Map(bytes.decode) | beam.io.WriteToText(str(out), shard_name_template="")
    pipeline.replace_all([flink_runner._SpreadReads()])
    names = [transform.unique_name for transform in pipeline.to_runner_api().components.transforms.values()]
    assert any(name.startswith("ReadFromTFRecord") and "Reshuffle" in name for name in names)
    pipeline.run().wait_until_finish()
    assert sorted(out.read_text().split("\n")[:-1]) == [f"{file} {record}" for file in range(3) for record in range(4)]


def test_a_worker_that_fails_says_why() -> None:
    script = """
from apache_beam.runners.worker import sdk_worker
from pipelines.beam import worker_pool
class Broken:
    def __init__(self, *_, **__): raise ValueError("no such control")
sdk_worker.SdkHarness = Broken
worker_pool._OURS = ()
worker_pool._work("localhost:1", "1")
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1 and ended.stderr.splitlines()[-1] == "ValueError: no such control"
