"""``python -m pipelines.kubeflow.simulate.early MODULE ARGUMENTS``: as ``python -m MODULE ARGUMENTS``, loaded before its turn.

A process that starts while those that it waits for still run loads its libraries on a processor that would be idle. A line on
stdin releases it; the end of stdin discards it.
"""

import os
import runpy
import sys
from collections.abc import Sequence

from pipelines.execution import session
from pipelines.kubeflow import groups


def command(argv: Sequence[str]) -> list[str] | None:
    """The command that starts another one early, or None for one that has nothing to load."""
    if tuple(argv[1:3]) != groups.ENTRY_POINT[1:]:
        return None
    return [argv[0], "-m", __name__, *argv[2:]]


def main() -> None:
    """Loads the libraries, waits for a line on stdin, and then runs the module of the arguments as ``__main__``."""
    session.load()
    if not sys.stdin.readline():
        os._exit(0)  # taking the libraries down would take a second
    # The module starts with an empty stdin, as in a pod.
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
