"""Python text as ruff formats it: on one line where it fits, else an item a line with a comma after each."""

import math
from dataclasses import dataclass, field
from typing import Any

WIDTH = 88  # ruff's own line length
_INDENT = 4


@dataclass(frozen=True)
class Call:
    """A call: ``name(first, ..., key=value, ...)``."""

    name: str
    first: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)


def text(value: Any, indent: int = 0, used: int = 0) -> str:
    """A Call, or a value of texts, numbers, flags, None, tuples and dicts, as Python.

    Args:
      indent: columns that its lines are indented by.
      used: columns that stand before it on its first line.
    """
    flat = _flat(value)
    opening, items, closing = _parts(value)
    if used + len(flat) + 1 <= WIDTH or not items:  # 1: the comma after it
        return flat
    inner = indent + _INDENT
    pad = " " * inner
    lines = [f"{pad}{before}{text(item, inner, inner + len(before))}," for before, item in items]
    return "\n".join([opening, *lines, " " * indent + closing])


def _flat(value: Any) -> str:
    opening, items, closing = _parts(value)
    if not opening:
        # Infinity and NaN, which JSON texts may have, are no Python: as texts the page's own check refuses them.
        infinite = isinstance(value, float) and not math.isfinite(value)
        return quoted(str(value)) if isinstance(value, str) or infinite else repr(value)
    inside = ", ".join(before + _flat(item) for before, item in items)
    return f"{opening}{inside}{',' * (isinstance(value, tuple) and len(value) == 1)}{closing}"


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    """How it opens, its items with what stands before each, and how it closes; empty for a value without items."""
    match value:
        case Call(name, first, named):
            return f"{name}(", [*(("", one) for one in first), *((f"{key}=", one) for key, one in named.items())], ")"
        case tuple():
            return "(", [("", one) for one in value], ")"
        case dict():
            return "{", [(f"{quoted(key)}: ", one) for key, one in value.items()], "}"
    return "", [], ""


def quoted(value: str) -> str:
    """A text as Python: in double quotes, unless single ones need fewer backslashes."""
    found = repr(value)
    if found.startswith('"') or value.count('"') > value.count("'"):
        return found
    # repr escapes single quotes where the text has both kinds, and nothing within single quotes else.
    return '"' + found[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def docstring(value: str) -> str:
    """A text as a docstring: its lines stay, and nothing in it ends it."""
    plain = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in value)
    safe = plain.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').strip()
    if safe.endswith('"'):
        safe = safe[:-1] + '\\"'
    end = "\n" if "\n" in safe else ""
    return f'"""{safe}{end}"""'
