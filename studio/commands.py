"""Commands of Slipway as child processes: what needs `pipelines` is one of them."""

import asyncio
import json
import os
import sys
from typing import Any

from schemas.errors import InputError
from schemas.exit_codes import ExitCode
from schemas.home import Home

_PREFIX = "slipway: "


def slipway(*arguments: str) -> list[str]:
    """The command line of a child: `slipway` by the same Python."""
    return [sys.executable, "-m", "slipway", *arguments]


def environment(home: Home, **more: str) -> dict[str, str]:
    """A child's variables: this process's own, with the same home."""
    return {**os.environ, "SLIPWAY_HOME": str(home.root), "SLIPWAY_DATA": str(home.data), **more}


async def answer(home: Home, *arguments: str) -> Any:
    """What a command with ``--json`` prints. Raises as ``output`` does."""
    return json.loads(await output(home, *arguments))


async def output(home: Home, *arguments: str) -> bytes:
    """What a command prints on stdout.

    Raises:
      InputError: its line on stderr, where the command ends with exit code 2.
      RuntimeError: it failed otherwise.
    """
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        *slipway(*arguments), stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, env=environment(home)
    )
    try:
        out, said = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        raise
    if child.returncode == ExitCode.DONE:
        return out
    text = last_line(said.decode(errors="replace"))
    if child.returncode == ExitCode.USAGE:
        raise InputError(text)
    raise RuntimeError(f"slipway {' '.join(arguments)} ended with {child.returncode}: {text}")


def last_line(said: str) -> str:
    """The error line of a command that failed, without its ``slipway: ``; else the last line that it wrote."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix(_PREFIX) for line in lines if line.startswith(_PREFIX)]
    return (errors or lines or [""])[-1]
