"""Taints of nodes, and the pods that they keep away."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

_HARD = ("NoSchedule", "NoExecute")


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Taint:
    """Keeps pods off a node that do not tolerate it."""

    key: str
    value: str = ""
    effect: Literal["NoSchedule", "NoExecute", "PreferNoSchedule"] = "NoSchedule"


def barring(taints: Iterable[Taint], tolerations: Iterable[Mapping[str, str]]) -> list[Taint]:
    """The taints that keep away a pod with these tolerations, which are as Kubernetes writes them."""
    given = list(tolerations)
    return [taint for taint in taints if taint.effect in _HARD and not any(_tolerates(one, taint) for one in given)]


def _tolerates(toleration: Mapping[str, str], taint: Taint) -> bool:
    """Kubernetes's rule: an empty effect, and with Exists an empty key, stand for all of them."""
    if toleration.get("effect") and toleration["effect"] != taint.effect:
        return False
    key = toleration.get("key", "")
    if toleration.get("operator") == "Exists":
        return key in ("", taint.key)
    return key == taint.key and toleration.get("value", "") == taint.value
