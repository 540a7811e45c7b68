"""Amounts of processor and memory as Kubernetes writes them."""

import re
from collections.abc import Callable

Reader = Callable[[str], float]  # of an amount, in cores or bytes
_CPU = re.compile(r"(?P<milli>[0-9]+)m|[0-9]+(\.[0-9]+)?")
_MEMORY = re.compile(r"(?P<number>[0-9]+)(?P<unit>[KMGTPE]i?)?")
_UNITS = {unit: factor for power, letter in enumerate("KMGTPE", 1) for unit, factor in
          ((letter, 1000**power), (f"{letter}i", 1024**power))}  # fmt: skip


def cores(text: str) -> float:
    """The processor cores of ``2``, ``0.5`` or ``500m``. Raises ValueError for anything else."""
    found = _CPU.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no amount of processor cores, such as 2, 0.5 or 500m")
    return int(found["milli"]) / 1000 if found["milli"] else float(text)


def octets(text: str) -> int:
    """The bytes of ``4Gi``, ``512Mi``, ``4G`` or ``1000000``. Raises ValueError for anything else."""
    found = _MEMORY.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no amount of memory, such as 4Gi or 4096Mi")
    return int(found["number"]) * (_UNITS[found["unit"]] if found["unit"] else 1)
