"""``python -m pipelines.kubeflow.simulate.early MODULE ARGUMENTS``: as ``python -m MODULE ARGUMENTS``, loaded before its turn.

A process that starts while those that it waits for still run loads its libraries on a processor that would be idle. A line on
stdin says that it is its turn; the end of stdin that it will never be.
"""

import gc
import importlib
import os
import runpy
import sys
from collections.abc import Sequence

# What takes seconds to load, by module.
_LIBRARIES = {
    "pipelines.kubeflow.node": (
        "pipelines.beam.memoising",
        "pipelines.execution.builder",
        "pipelines.execution.launching",
        "pipelines.execution.local_runner",
    ),
}


def command(asked: Sequence[str]) -> list[str] | None:
    """The command that starts another one early, or None for one that has nothing to load."""
    if len(asked) < 3 or asked[1] != "-m" or asked[2] not in _LIBRARIES:
        return None
    return [asked[0], "-m", __name__, *asked[2:]]


def main() -> None:
    module = sys.argv[1]
    gc.disable()  # as the module itself does it
    for library in _LIBRARIES[module]:
        importlib.import_module(library)
    gc.freeze()
    gc.enable()
    if not sys.stdin.readline():
        os._exit(0)  # taking the libraries down would take a second
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    del sys.argv[0]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
