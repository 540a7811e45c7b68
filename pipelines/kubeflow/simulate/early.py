"""``python -m pipelines.kubeflow.simulate.early MODULE ARGUMENTS``: as ``python -m MODULE ARGUMENTS``, loaded before its turn.

A process that starts while those that it waits for still run loads its libraries on a processor that would be idle. A line on
stdin says that it is its turn; the end of stdin that it will never be.
"""

import os
import runpy
import sys
from collections.abc import Sequence

from pipelines.execution import session
from pipelines.kubeflow import groups


def command(asked: Sequence[str]) -> list[str] | None:
    """The command that starts another one early, or None for one that has nothing to load."""
    if tuple(asked[1:3]) != groups.ENTRY_POINT[1:]:
        return None
    return [asked[0], "-m", __name__, *asked[2:]]


def main() -> None:
    """Loads the libraries, and runs the module of the arguments once a line comes on stdin; ends without one."""
    session.load()
    if not sys.stdin.readline():
        os._exit(0)  # taking the libraries down would take a second
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
