"""The sampled request log (schemas.request_log): inputs and answers, for drift and replay. Off by default."""

import base64
import contextlib
import logging
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TypedDict

import orjson

from prediction.answer import Answer
from schemas.errors import InputError
from schemas.request import Columns
from schemas.request_log import REDACTED
from serving.gateway.logs import LineWriter, Log

_KEPT_FILES = 5


class RequestFields(TypedDict):
    """The fields of a sampled line that are the same for all inputs of a request; ``key`` is the API key's name."""

    request_id: str
    key: str | None
    model: str
    version: str
    serving_version: int


class Sampling:
    """Writes a share of the requests.

    Args:
      path: the file; older ones are ``<path>.1`` to ``<path>.5``.
      share: of the requests, 0 to 1.
      max_bytes: at which the file is rotated.
      redact: fields whose values are not written.

    Raises:
      InputError: the file cannot be written.
    """

    def __init__(self, path: Path, share: float, max_bytes: int, redact: frozenset[str], log: Log) -> None:
        try:
            self._file = _PrivateFile(path, max_bytes, log)
        except OSError as error:
            raise InputError(f"--request-log: cannot write {path}: {error.strerror}") from error
        self._share = share
        self._redact = redact
        self._writer = LineWriter(self._file.write)

    def take(self, fields: RequestFields, rows: Sequence[Columns], answers: Sequence[Answer]) -> None:
        """Writes a line for each input of a request, for a random share of the requests.

        Args:
          fields: those that describe the request.
          rows: its N inputs.
          answers: the N answers.
        """
        if random.random() >= self._share:
            return
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        for row, answer in zip(rows, answers, strict=True):
            line = {"time": now, **fields, "input": self._shown(row), "output": answer.as_json()}
            self._writer.add(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))

    def _shown(self, row: Columns) -> dict[str, Any]:
        return {name: REDACTED if name in self._redact else _as_json(value) for name, value in row.items()}

    def close(self) -> None:
        """Writes the queued lines and closes the file."""
        self._writer.close()
        with contextlib.suppress(OSError):  # a full disk was reported when it was written to
            self._file.close()


def _as_json(value: float | str | bytes) -> Any:
    """A column as a request has it: null for a missing number (orjson writes NaN so), base64 for a picture."""
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


class _PrivateFile(RotatingFileHandler):
    """A rotated file that only its owner may read, as it holds what people sent."""

    def __init__(self, path: Path, max_bytes: int, log: Log) -> None:
        self._log = log
        super().__init__(path, maxBytes=max_bytes, backupCount=_KEPT_FILES, encoding="utf-8")
        # The lines end with a newline already.
        self.terminator = ""

    def _open(self) -> TextIOWrapper:
        # The base class opens with the umask's mode, which mostly lets the group and others read.
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding)

    def write(self, lines: bytes) -> None:
        for line in lines.splitlines(keepends=True):
            self.emit(logging.makeLogRecord({"msg": line.decode()}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """In place of a traceback: a full disk must not fill the log."""
        self._log.line("error", "the sampled request log cannot be written", file=self.baseFilename)
