"""Runs commands in forks of a process that has imported TensorFlow, TFX and Beam, which takes ten seconds in each otherwise.

A fork imports the program's own modules anew, from the folder whose slipway.py it runs. What a cold start alone shows is the
import of the libraries, and what Python makes of PYTHON* variables; servers, killed runs, the
wheel and the studio's jobs start cold.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
ROOMS = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} | {"slipway"}
# What imports nearly all libraries that commands use.
_PRELOADED = (
    "cli.app",
    "pipelines.execution.builder",
    "pipelines.execution.local_runner",
    "prediction.loaded_model",
    "reports.report",
)


def run(command: list[str], environment: dict[str, str], folder: Path, timeout: float) -> tuple[int, str, str]:
    """Runs a slipway.py with arguments to its end; returns the exit code, stdout and stderr.

    Raises:
      subprocess.TimeoutExpired: it took longer than ``timeout`` seconds, and was killed.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        server = _server()
        order = json.dumps({"command": command, "environment": environment, "folder": str(folder)}).encode()
        socket.send_fds(server, [len(order).to_bytes(8)], [out.fileno(), err.fileno()])
        server.sendall(order)
        pid = int.from_bytes(_received(server, 8))
        try:
            if not select.select([server], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(command, timeout)
        except BaseException:
            os.kill(pid, signal.SIGKILL)
            raise
        finally:
            code = os.waitstatus_to_exitcode(int.from_bytes(_received(server, 8)))
        out.seek(0)
        err.seek(0)
        return code, out.read().decode(), err.read().decode()


@functools.cache
def _server() -> socket.socket:
    """The connection to the process that forks, which ends with it."""
    ours, theirs = socket.socketpair()
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    process = subprocess.Popen([sys.executable, __file__], stdin=theirs, stdout=subprocess.DEVNULL, env=environment)
    theirs.close()
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _received(connection: socket.socket, size: int) -> bytes:
    found = connection.recv(size, socket.MSG_WAITALL)
    if len(found) < size:
        raise EOFError("the other process has ended")
    return found


def _serve(connection: socket.socket) -> None:
    """Loads the libraries; then forks for each order, and tells the process id and at the end the status."""
    gc.disable()
    for name in _PRELOADED:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in ROOMS]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if Path(path) not in (REPOSITORY, Path(__file__).parent)]
    gc.collect()
    gc.freeze()  # else the first collection of each fork would copy all pages
    gc.enable()
    while True:
        try:
            head, outputs, *_ = socket.recv_fds(connection, 8, 2)
        except ConnectionError:
            return
        if not head:
            return
        order = json.loads(_received(connection, int.from_bytes(head)))
        if (pid := os.fork()) == 0:
            connection.close()
            _become(order, outputs)
        connection.sendall(pid.to_bytes(8))
        for output in outputs:
            os.close(output)
        connection.sendall(os.waitpid(pid, 0)[1].to_bytes(8))


def _become(order: dict[str, Any], outputs: list[int]) -> None:
    """Goes on as `python slipway.py ...` would, and does not return."""
    import numpy as np

    for number, output in enumerate([os.open(os.devnull, os.O_RDONLY), *outputs]):
        os.dup2(output, number)
        os.close(output)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    np.random.seed()
    sys.argv = order["command"]
    program = Path(sys.argv[0])
    sys.path[:0] = [str(program.parent), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    code = 1
    try:
        runpy.run_path(str(program), run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=os.dup(0)))
