"""The worker process and its client, with a real process that has Keras."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest

from schemas.errors import InputError
from studio.keras_worker.client import KerasWorker, WorkerFailedError, WorkerUnavailableError

_HERE = Path(__file__).parent
_NAMES = ("warmed", "echo", "refuse", "bug", "sleep", "end", "take", "environment")
_FUNCTIONS = {name: f"functions:{name}" for name in _NAMES}


def _worker(functions: dict[str, str] = _FUNCTIONS, **options: object) -> KerasWorker:
    path = os.pathsep.join([str(_HERE), os.environ.get("PYTHONPATH", "")])
    return KerasWorker(functions, environment={"PYTHONPATH": path}, **options)


async def _until(worker: KerasWorker, state: str) -> None:
    async with asyncio.timeout(300):
        while worker.state.state != state:
            await asyncio.sleep(0.02)


def _with(worker: KerasWorker, story: Callable[[KerasWorker], Awaitable[None]]) -> None:
    async def main() -> None:
        await worker.start()
        try:
            await story(worker)
        finally:
            await worker.close()

    asyncio.run(main())


def test_a_worker_loads_answers_and_outlives_what_goes_wrong():
    async def story(worker: KerasWorker) -> None:
        assert worker.state.state == "loading"
        with pytest.raises(WorkerUnavailableError, match="loading"):
            await worker.call("echo", 1)
        await _until(worker, "ready")
        assert worker.state.version and worker.state.version.startswith("3.")
        assert await worker.call("echo", {"ü": [1, None, "x" * 1_000_000]}) == {"ü": [1, None, "x" * 1_000_000]}
        assert await asyncio.gather(*(worker.call("echo", n) for n in range(20))) == list(range(20))
        (pid,) = await worker.call("warmed", None)
        assert pid != os.getpid()
        with pytest.raises(InputError, match="units -1: a whole number"):
            await worker.call("refuse", -1)
        with pytest.raises(WorkerFailedError, match="bug: KeyError: 'x'"):
            await worker.call("bug", "x")
        with pytest.raises(InputError, match="MB"):
            await worker.call("take", 8000)
        assert await worker.call("environment", "CUDA_VISIBLE_DEVICES") == ""
        assert await worker.call("warmed", None) == [pid]  # the same process all along

    _with(_worker(warm_up="functions:warm_up", memory_mb=4000), story)


def test_a_call_that_takes_too_long_or_ends_the_process_is_told_and_the_next_one_is_answered():
    async def story(worker: KerasWorker) -> None:
        await _until(worker, "ready")
        with pytest.raises(InputError, match=r"longer than the 0\.2 s"):
            await worker.call("sleep", 60, seconds=0.2)
        assert worker.state.state == "loading"
        await _until(worker, "ready")
        with pytest.raises(InputError, match="process ended"):
            await worker.call("end", 9)
        await _until(worker, "ready")
        call = asyncio.create_task(worker.call("sleep", 0.5))
        await asyncio.sleep(0.1)
        call.cancel()  # the browser has gone
        assert await worker.call("echo", 2) == 2

    _with(_worker(), story)


def test_a_worker_that_cannot_load_says_why():
    async def story(worker: KerasWorker) -> None:
        await _until(worker, "failed")
        assert "nowhere_at_all" in (worker.state.error or "")
        with pytest.raises(WorkerUnavailableError, match="nowhere_at_all"):
            await worker.call("echo", 1)

    _with(_worker({"echo": "nowhere_at_all:echo"}), story)


def test_closing_ends_the_process():
    async def main() -> None:
        worker = _worker()
        await worker.start()
        await asyncio.sleep(0.3)
        process = worker._process
        assert process is not None
        await worker.close()
        assert process.returncode is not None

    asyncio.run(main())


_SERVER = """
import asyncio, sys
from studio.keras_worker.client import KerasWorker

async def main():
    worker = KerasWorker({})
    await worker.start()
    while worker._process is None:
        await asyncio.sleep(0.01)
    print(worker._process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_the_process_ends_with_a_server_that_is_killed():
    server = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    process = psutil.Process(int(server.stdout.readline()))
    server.kill()
    server.wait()
    process.wait(timeout=300)
    assert not process.is_running()
