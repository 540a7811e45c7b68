"""Whether a model keeps the page's behaviour contracts: test examples are changed, and both answers compared."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np
from PIL import Image

from components.data import keyed_rows
from prediction.answer import Outputs
from prediction.loaded_model import LoadedModel
from schemas import request
from schemas.contracts import UP, Contract, Invariant, Monotone
from schemas.model_card import ModelCard
from schemas.records import ContractResult
from schemas.splits import TEST
from schemas.tasks import CLASSES
from schemas.tasks.several import of_label

ROWS = 2000  # of a larger test split so many of its first examples are changed
BROKEN = 10  # that are named
_ROUNDING = 1e-6  # of the answer: two batches of other sizes may differ in the last digits
_FORMATS = ("PNG", "JPEG")

Columns = dict[str, list[Any]]


def judge(contracts: Sequence[Contract], loaded: LoadedModel, examples: str) -> tuple[ContractResult, ...]:
    """What share of the changed test examples keeps each contract.

    Args:
      contracts: the page's.
      loaded: the model.
      examples: the folder of the Examples artifact.
    """
    if not contracts:
        return ()
    rows = list(islice(keyed_rows.of_split(examples, TEST, loaded.card), ROWS))
    parsed = [request.parse(loaded.card, row.input) for _, row in rows]
    columns = {name: [row[name] for row in parsed] for name in loaded.card.inputs}
    before = loaded.raw_outputs(columns)
    keys = np.array([key for key, _ in rows])
    return tuple(_judged(contract, loaded, columns, before, keys) for contract in contracts)


def _judged(
    contract: Contract, loaded: LoadedModel, columns: Columns, before: Outputs, keys: np.ndarray
) -> ContractResult:
    column = contract.column  # type: ignore[attr-defined]
    parts = loaded.card.parts()
    card = next((part for part in parts if part.label == contract.label), parts[0])
    changed, values = _changed(contract, columns[column])
    if not len(changed):
        return ContractResult(str(contract), contract.share, 0, None, None, ())
    subset = {name: [cells[row] for row in changed] for name, cells in columns.items()} | {column: values}
    both = {name: array[changed] for name, array in before.items()}, loaded.raw_outputs(subset)
    if loaded.card.tasks:
        both = of_label(card.label, both[0]), of_label(card.label, dict(both[1]))
    kept = _kept(contract, card, *both)
    share = float(kept.mean())
    broken = tuple(keys[changed[~kept]][:BROKEN].tolist())
    return ContractResult(str(contract), contract.share, len(changed), share, share >= contract.share, broken)


def _changed(contract: Contract, cells: list[Any]) -> tuple[np.ndarray, list[Any]]:
    """The rows that the change changes, int64[M], and their new values."""
    change = _change(contract, cells)
    values = [change(cell) for cell in cells]
    rows = [row for row, (old, new) in enumerate(zip(cells, values, strict=True)) if new != old and new == new]
    return np.array(rows, np.int64), [values[row] for row in rows]


def _change(contract: Contract, cells: list[Any]) -> Callable[[Any], Any]:
    if isinstance(contract, Monotone):
        step = contract.by or float(np.nanstd(np.array(cells, np.float64)))
        return lambda number: number + step
    assert isinstance(contract, Invariant)
    if contract.swap:
        return _swapping(contract.swap)
    return lambda picture: moved(picture, contract.rotate, contract.shift)


def _swapping(pairs: Sequence[tuple[str, str]]) -> Callable[[str], str]:
    """A function that exchanges the words of each pair; a word that is written with a capital keeps it."""
    other = {one.lower(): two for one, two in (*pairs, *((two, one) for one, two in pairs))}
    words = re.compile(
        rf"(?<!\w)({'|'.join(map(re.escape, sorted(other, key=len, reverse=True)))})(?!\w)", re.IGNORECASE
    )

    def swapped(found: re.Match[str]) -> str:
        word = other[found[0].lower()]
        return word[:1].upper() + word[1:] if found[0][:1].isupper() else word

    return lambda text: words.sub(swapped, text)


def moved(picture: bytes, degrees: float, pixels: int) -> bytes:
    """A picture that is turned counter-clockwise around its middle and moved to the right; what becomes free is black."""
    with Image.open(io.BytesIO(picture), formats=_FORMATS) as opened:
        turned = opened.rotate(degrees, Image.Resampling.BILINEAR) if degrees else opened.copy()
        # The matrix maps a pixel of the new picture to one of the old.
        result = turned.transform(turned.size, Image.Transform.AFFINE, (1, 0, -pixels, 0, 1, 0)) if pixels else turned
        out = io.BytesIO()
        result.save(out, "PNG")
    return out.getvalue()


def _kept(contract: Contract, card: ModelCard, before: Outputs, after: Outputs) -> np.ndarray:
    """bool[M]: which of the changed examples keep the contract; none whose answer is not finite."""
    finite = np.isfinite(after["probabilities" if card.classes else "value"]).reshape(
        len(next(iter(after.values()))), -1
    )
    return finite.all(axis=1) & _as_agreed(contract, card, before, after)


def _as_agreed(contract: Contract, card: ModelCard, before: Outputs, after: Outputs) -> np.ndarray:
    if isinstance(contract, Monotone):
        old, new = (_numbers(contract, card, outputs) for outputs in (before, after))
        slack = _ROUNDING * np.maximum(np.abs(old), 1e-30)
        return new >= old - slack if contract.direction == UP else new <= old + slack
    assert isinstance(contract, Invariant)
    if card.kind == CLASSES:
        return np.asarray(before["classes"] == after["classes"])
    if card.classes is not None:
        return before["probabilities"].argmax(axis=1) == after["probabilities"].argmax(axis=1)
    return np.abs(after["value"] - before["value"]) <= contract.within * np.abs(before["value"])


def _numbers(contract: Monotone, card: ModelCard, outputs: Mapping[str, Any]) -> np.ndarray:
    if card.classes is None:
        return np.asarray(outputs["value"], np.float64)
    index = card.classes.index(contract.of) if contract.of else 1
    return np.asarray(outputs["probabilities"][:, index], np.float64)
