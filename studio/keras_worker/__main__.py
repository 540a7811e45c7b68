"""The worker process.

A call is ``{"id", "function", "payload"}``; its answer ``{"id", "result"}``, ``{"id", "wrong"}`` (the caller can
correct it) or ``{"id", "failed"}`` (a bug of ours). Before the first one comes ``{"ready": Keras' version}``.
"""

import contextlib
import importlib
import json
import os
import queue
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from typing import IO, Any

from schemas.errors import InputError

Function = Callable[[Any], Any]


def main(options: dict[str, Any]) -> None:
    """Answers calls until stdin ends.

    Args:
      options: ``functions``: import paths ``module:function`` by name; ``warm_up``: one that is called, without arguments,
        before the first call, or None; ``memory_mb``: what the process may take.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is the server's
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints is no answer
    calls: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(calls,), daemon=True).start()
    functions, version = _load(options)
    _limit(options["memory_mb"])
    _write(answers, {"ready": version})
    while True:
        call = json.loads(calls.get())
        _write(
            answers, {"id": call["id"]} | _answer(functions[call["function"]], call["payload"], options["memory_mb"])
        )


def _read(calls: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        calls.put(line)
    os._exit(0)  # the server has ended, whatever is being computed


def _load(options: dict[str, Any]) -> tuple[dict[str, Function], str]:
    import keras

    functions = {name: _function(path) for name, path in options["functions"].items()}
    if options["warm_up"]:
        warm_up: Callable[[], None] = _function(options["warm_up"])
        warm_up()
    return functions, keras.__version__


def _function(path: str) -> Any:
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _limit(memory_mb: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with contextlib.suppress(ValueError):  # the process has less than that already: it keeps its own limit
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb << 20, hard))


def _answer(function: Function, payload: Any, memory_mb: int) -> dict[str, Any]:
    try:
        result = function(payload)
        json.dumps(result)  # here, where a value that JSON does not have is reported
        return {"result": result}
    except InputError as error:
        return {"wrong": str(error)}
    except MemoryError:
        return {"wrong": f"this takes more than the {memory_mb} MB that there are for it; make it smaller"}
    except Exception as error:
        traceback.print_exc()
        return {"failed": f"{type(error).__name__}: {error}"}


def _write(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
