import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import curves
from schemas.curves import Curve
from schemas.errors import InputError
from schemas.events import EpochEnded

NAN, INFINITE = float("nan"), float("inf")
_METRICS = st.dictionaries(st.text(), st.floats(), max_size=3)


def epoch(number: int, loss: float = 0.5, member: int | None = None) -> EpochEnded:
    return EpochEnded(number, 9, {"loss": loss / 2}, {"loss": loss}, member, None if member is None else 3)


@given(st.lists(st.builds(EpochEnded, train=_METRICS, eval=_METRICS), max_size=3))
def test_epochs_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, epochs: list[EpochEnded]
) -> None:
    folder = tmp_path_factory.mktemp("model")
    curves.write(folder, epochs)
    found = [epoch for curve in curves.read(folder) for epoch in curve.epochs]
    assert sorted(map(repr, found)) == sorted(map(repr, epochs))  # by their text, as no NaN is equal to itself


def test_each_member_has_a_curve(tmp_path: Path) -> None:
    curves.write(tmp_path, [epoch(1, member=1), epoch(2, member=1), epoch(1, member=2)])
    assert curves.read(tmp_path) == (
        Curve(1, (epoch(1, member=1), epoch(2, member=1))),
        Curve(2, (epoch(1, member=2),)),
    )


def test_a_single_model_has_one_curve(tmp_path: Path) -> None:
    curves.write(tmp_path, [epoch(1), epoch(2)])
    assert curves.read(tmp_path) == (Curve(1, (epoch(1), epoch(2))),)


@pytest.mark.parametrize(
    ("losses", "best"),
    [((3.0, 1.0, 2.0), 2), ((1.0, 1.0), 1), ((NAN, 2.0, NAN), 2), ((INFINITE, 5.0), 2), ((NAN,), None), ((), None)],
)
def test_the_best_epoch_has_the_lowest_eval_loss_first(losses: tuple[float, ...], best: int | None) -> None:
    found = Curve(1, tuple(epoch(number, loss) for number, loss in enumerate(losses, start=1))).best
    assert (found and found.epoch) == best


def test_the_file_is_the_json_that_the_docs_describe(tmp_path: Path) -> None:
    curves.write(tmp_path, [epoch(1, NAN)])
    assert json.loads((tmp_path / "assets.extra" / "curves.json").read_text()) == {
        "version": 1,
        "epochs": [
            {
                "epoch": 1, "of": 9, "train": {"loss": "NaN"}, "eval": {"loss": "NaN"}, "member": None, "members": None,
            }
        ],
    }  # fmt: skip


def test_a_model_without_curves_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"curves\.json is missing: the model was trained by an older Slipway"):
        curves.read(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "epochs": []}', '{"version": 1, "epochs": [{"epoch": "first"}]}', "[1]"]
)
def test_curves_that_cannot_be_read_are_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "assets.extra").mkdir()
    (tmp_path / curves.PATH).write_text(text)
    with pytest.raises(InputError, match=r"curves\.json cannot be read \(.+\); train the model again"):
        curves.read(tmp_path)
