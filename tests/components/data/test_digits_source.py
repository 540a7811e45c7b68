import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from components.data.sources import Located, digits
from schemas.errors import InputError
from schemas.sources import Digits


def prepare(folder: Path, columns: tuple[str, ...] = ("image", "digit")) -> Located:
    return digits.prepare(Digits(), "digits", folder, columns)


def test_the_digits_are_found_without_any_data_folder(tmp_path: Path) -> None:
    located = prepare(tmp_path / "no such folder")
    assert located.path == ""
    assert len(located.fingerprint) == 64
    assert located.bytes > 10_000
    assert prepare(tmp_path) == located


def test_an_unknown_column_is_named_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        prepare(tmp_path, ("image", "colour", "digit"))
    assert str(caught.value) == (
        "the file of scikit-learn's digits has no column 'colour', which digits needs; its columns are 'image', 'digit'"
    )


def test_without_scikit_learn_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"^scikit-learn, .* is not installed; install slipway from "):
        prepare(tmp_path)


def test_finding_the_digits_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from components.data import sources; from schemas.sources import Digits\n"
        "sources.prepare(Digits(), 'digits', Path(), ('image',))\n"
        "print([name for name in ('sklearn', 'tensorflow', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
