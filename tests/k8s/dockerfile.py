"""Reads a Dockerfile: the instructions that k8s/images uses, with their variables filled in as Docker does it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_VARIABLE = re.compile(r"\$\{(\w+)\}|\$(\w+)")
_PAIR = re.compile(r'(\w[\w.]*)=("[^"]*"|\S+)')


@dataclass(frozen=True)
class Instruction:
    """One of RUN, COPY, WORKDIR and so on, and what stands after it."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """The words of the exec form (a JSON list), or else those between spaces."""
        return list(json.loads(self.value)) if self.value.startswith("[") else self.value.split()


@dataclass
class Stage:
    """From one FROM to the next.

    Attributes:
      base: what FROM names, filled in.
      name: after AS, or "".
      instructions: all of it but ARG, ENV and LABEL.
      environment: what ENV says, filled in.
      labels: what LABEL says, filled in.
    """

    base: str
    name: str
    instructions: list[Instruction] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    def last(self, name: str) -> Instruction:
        """The instruction of this name that counts; raises IndexError where there is none."""
        return [found for found in self.instructions if found.name == name][-1]

    def all(self, name: str) -> list[Instruction]:
        return [found for found in self.instructions if found.name == name]


def instructions(text: str) -> list[Instruction]:
    """The file's instructions in their order, without comments, with lines that go on joined."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = re.sub(r"\\\n\s*", "", kept).splitlines()
    return [
        Instruction(name.upper(), value.strip()) for name, _, value in (line.partition(" ") for line in lines if line)
    ]


def stages(path: Path, arguments: Mapping[str, str], path_variable: str) -> list[Stage]:
    """A Dockerfile's stages.

    Args:
      path: the Dockerfile.
      arguments: values for its ARGs (--build-arg).
      path_variable: $PATH of the base image.

    Raises:
      KeyError: a variable that was not declared.
    """
    found: list[Stage] = []
    outside: dict[str, str] = {}
    scope: dict[str, str] = {}
    for instruction in instructions(path.read_text()):
        if instruction.name == "ARG":
            name, _, default = instruction.value.partition("=")
            scope[name] = arguments.get(name, _filled(default, scope) or outside.get(name, ""))
            if not found:
                outside[name] = scope[name]
        elif instruction.name == "FROM":
            base, _, name = _filled(instruction.value, outside).partition(" AS ")
            found.append(Stage(base, name))
            scope = {"PATH": path_variable}
        elif instruction.name in ("ENV", "LABEL"):
            pairs = {name: _filled(value.strip('"'), scope) for name, value in _PAIR.findall(instruction.value)}
            (found[-1].environment if instruction.name == "ENV" else found[-1].labels).update(pairs)
            scope |= pairs if instruction.name == "ENV" else {}
        else:
            found[-1].instructions.append(Instruction(instruction.name, _filled(instruction.value, scope)))
    return found


def _filled(text: str, scope: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: scope[match[1] or match[2]], text)
