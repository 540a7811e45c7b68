"""What the worker of these tests is asked."""

import os
import time
from typing import Any

from schemas.errors import InputError

WARM = []


def warm_up() -> None:
    WARM.append(os.getpid())
    print("a library prints this")


def warmed(payload: Any) -> list[int]:
    return WARM


def echo(payload: Any) -> Any:
    print("and this")
    return payload


def refuse(payload: Any) -> Any:
    raise InputError(f"units {payload}: a whole number is expected")


def bug(payload: Any) -> Any:
    return {}[payload]


def sleep(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def end(code: int) -> None:
    os._exit(code)


def take(megabytes: int) -> int:
    import numpy as np

    return int(np.ones(megabytes << 20, np.uint8).sum())


def environment(name: str) -> str | None:
    return os.environ.get(name)
