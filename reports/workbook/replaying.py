"""`slipway replay`: the log through the model, into the counts and, where it is named, a workbook."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

from prediction.loaded_model import LoadedModel
from prediction.replay import Replayed, replay
from prediction.replay_summary import Counting, Replay
from registry import pushed
from reports.workbook import files, replay_book
from schemas import events
from schemas.errors import InputError

_LINES_BETWEEN_NOTES = 50_000


def replayed(models: Path, name: str, version: str | None, log: str, file: Path | None) -> Replay:
    """Replays a log.

    Args:
      models: the folder of this model's versions, by integer.
      version: semantic or integer, or a label; the newest for None.
      file: the workbook; None for none.

    Raises:
      InputError: there is no such version, the log cannot be read or has no line of this model, or the workbook cannot be
        written.
    """
    begun = time.perf_counter()
    if file is not None:
        files.check_name(file)
    folder = pushed.find(models, name, version)
    events.publish(events.Note(f"loading the model in {folder}"))
    model = LoadedModel(folder)
    counting = Counting()
    lines = _counted(replay(model, log), counting, log, name)
    notes: tuple[str, ...] = ()
    if file is None:
        for _ in lines:
            pass
    else:
        notes = replay_book.write(file, model.card, lines, lambda: counting.result(model.card, log))
    found = counting.result(model.card, log)
    seconds = round(time.perf_counter() - begun, 2)
    return dataclasses.replace(found, file=str(file or ""), notes=notes, seconds=seconds)


def _counted(lines: Iterator[Replayed], counting: Counting, log: str, name: str) -> Iterator[Replayed]:
    for line in lines:
        counting.add(line)
        yield line
        if counting.lines % _LINES_BETWEEN_NOTES == 0:
            events.publish(events.Note(f"{counting.lines:,} lines"))
    if not counting.lines:  # before a workbook is written of nothing
        raise InputError(f"{log} has no line of {name}; is it the --request-log of a gateway that serves it?")
