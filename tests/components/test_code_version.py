import re
from collections.abc import Callable
from pathlib import Path

import pytest

from components import code_version as module
from components.code_version import code_version
from schemas.errors import SpecError

STEP = '"""A step."""\n\nfrom harbour.crane import lift\n\n\ndef run(x):\n    """Runs."""\n    return lift(x) + 1\n'
CRANE = "from harbour import rope\n\n\ndef lift(x):\n    return rope.pull(x)\n"
ROPE = "def pull(x):\n    return x * 2\n"

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """A package ``harbour``: step imports crane, crane imports rope; nothing imports gull. Writes over one of them."""
    package = tmp_path / "harbour"
    package.mkdir()

    def write(name: str, text: str) -> None:
        (package / f"{name}.py").write_text(text, encoding="utf-8")

    for name, text in {"__init__": "", "step": STEP, "crane": CRANE, "rope": ROPE, "gull": "NOISE = 1\n"}.items():
        write(name, text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "OUR_PACKAGES", ("harbour",))
    return write


@pytest.fixture
def birds(write: Write, tmp_path: Path) -> Write:
    """A package ``harbour.birds`` with a module nest. Writes over one of its modules."""
    package = tmp_path / "harbour" / "birds"
    package.mkdir()

    def birds(name: str, text: str) -> None:
        (package / f"{name}.py").write_text(text, encoding="utf-8")

    birds("__init__", "")
    birds("nest", "EGGS = 1\n")
    return birds


def version() -> str:
    return code_version("harbour.step")


def test_the_version_is_16_hex_digits_and_stays(write: Write) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", version())
    assert version() == version()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A step."""', '"""A step of the harbour."""'),
        ('"""A step."""\n', ""),
        ('    """Runs."""\n', ""),
        ('"""Runs."""', '"""Runs.\n\n    At night too.\n    """'),
        ("return lift(x) + 1", "return lift(x) + 1  # one more"),
        ("def run", "# Runs.\n\n\ndef run"),
        ("lift(x) + 1", "( lift( x )+1 )"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(write: Write, old: str, new: str) -> None:
    before = version()
    assert old in STEP
    write("step", STEP.replace(old, new, 1))
    assert version() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("+ 1", "+ 2"),
        ("def run(x)", "def run(y)"),
        ("return lift(x) + 1", 'return "lift"'),
        ("+ 1\n", "+ 1\nMORE = 1\n"),
    ],
)
def test_a_changed_line_counts(write: Write, old: str, new: str) -> None:
    before = version()
    assert old in STEP
    write("step", STEP.replace(old, new, 1))
    assert version() != before


@pytest.mark.parametrize(("name", "text"), [("crane", CRANE), ("rope", ROPE)])
def test_a_changed_line_of_an_imported_module_counts(write: Write, name: str, text: str) -> None:
    before = version()
    write(name, text.replace("(x):", "(x, more=1):"))
    assert version() != before


def test_a_comment_in_an_imported_module_does_not_count(write: Write) -> None:
    before = version()
    write("rope", "# hemp\n" + ROPE)
    assert version() == before


def test_a_module_that_is_not_imported_does_not_count(write: Write) -> None:
    before = version()
    write("gull", "NOISE = 2\n")
    write("whale", "NOISE = 3\n")
    assert version() == before


def test_a_module_imported_inside_a_function_counts(write: Write) -> None:
    late = "def run(x):\n    import harbour.gull\n    return harbour.gull.NOISE\n"
    write("step", late)
    before = version()
    write("gull", "NOISE = 2\n")
    assert version() != before


def test_modules_that_import_each_other_are_read_once(write: Write) -> None:
    write("rope", "from harbour import step\n" + ROPE)
    before = version()
    write("rope", "from harbour import step\n" + ROPE.replace("2", "3"))
    assert version() != before


def test_any_of_several_modules_counts_and_their_order_does_not(write: Write) -> None:
    before = code_version("harbour.step", "harbour.gull")
    assert code_version("harbour.gull", "harbour.step") == before
    write("gull", "NOISE = 2\n")
    assert code_version("harbour.step", "harbour.gull") != before


def test_the_code_is_not_run(write: Write) -> None:
    write("rope", "raise SystemExit('imported')\n")
    assert version()


def test_another_version_of_a_library_counts(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    before = version()
    monkeypatch.setattr(module.importlib.metadata, "version", lambda library: f"99 {library}")
    assert version() != before


def test_packages_of_others_are_not_followed(write: Write, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("A = 1\n")
    write("step", "import elsewhere\n" + STEP)
    before = version()
    (tmp_path / "elsewhere.py").write_text("A = 2\n")
    assert version() == before


@pytest.mark.parametrize(
    "line", ["from .gull import NOISE", "from . import gull", "from .birds.nest import EGGS", "from .birds import nest"]
)
def test_a_relative_import_is_followed(write: Write, birds: Write, line: str) -> None:
    write("step", line + "\n" + STEP)
    before = version()
    write("gull", "NOISE = 2\n") if "gull" in line else birds("nest", "EGGS = 2\n")
    assert version() != before


def test_a_relative_import_of_a_package_starts_in_itself(birds: Write) -> None:
    birds("__init__", "from .nest import EGGS\n")
    before = code_version("harbour.birds")
    birds("nest", "EGGS = 2\n")
    assert code_version("harbour.birds") != before


def test_a_relative_import_of_the_package_above_is_followed(write: Write, birds: Write) -> None:
    birds("nest", "from .. import gull\n")
    before = code_version("harbour.birds.nest")
    write("gull", "NOISE = 2\n")
    assert code_version("harbour.birds.nest") != before


def test_the_packages_that_a_module_is_in_count_with_what_they_import(write: Write, birds: Write) -> None:
    write("__init__", "from harbour import gull\n")
    found = [code_version("harbour.birds.nest")]
    for change in (
        lambda: birds("__init__", "ALL = 1\n"),
        lambda: write("__init__", "from harbour import gull\nALL = 1\n"),
        lambda: write("gull", "NOISE = 2\n"),
    ):
        change()
        found.append(code_version("harbour.birds.nest"))
    assert len(set(found)) == 4


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Writes a module ``my_features`` that is in no package."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text: str) -> None:
        (tmp_path / "my_features.py").write_text(text, encoding="utf-8")
        module.importlib.invalidate_caches()

    return write


def test_a_module_in_no_package_counts(alone: Callable[[str], None]) -> None:
    alone("A = 1\n")
    before = code_version("my_features")
    alone("A = 2\n")
    assert code_version("my_features") != before


def test_a_module_in_no_package_counts_where_it_is_passed_alone(alone: Callable[[str], None], write: Write) -> None:
    write("step", "import my_features\n" + STEP)
    alone("A = 1\n")
    before, passed = version(), code_version("harbour.step", "my_features")
    alone("A = 2\n")
    assert version() == before
    assert code_version("harbour.step", "my_features") != passed


def test_what_the_package_of_a_passed_module_imports_of_itself_counts(write: Write, monkeypatch) -> None:
    monkeypatch.setattr(module, "OUR_PACKAGES", ())
    before = version()
    write("rope", ROPE.replace("2", "3"))
    assert version() != before


def test_an_installed_package_is_not_followed() -> None:
    assert set(module._closure(["numpy.linalg"])) == {"numpy", "numpy.linalg"}


@pytest.mark.parametrize("text", ["def f(:\n", "A = '\0'\n"])
def test_a_module_that_is_not_python_is_refused_in_one_line(
    alone: Callable[[str], None], tmp_path: Path, text: str
) -> None:
    alone(text)
    with pytest.raises(SpecError) as caught:
        code_version("my_features")
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'my_features.py'}: ")
    assert message.endswith("; correct the file, it is not Python")
    assert "\n" not in message


def test_without_modules_the_libraries_count(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_version()
    monkeypatch.setattr(module.importlib.metadata, "version", lambda library: f"99 {library}")
    assert code_version() != before
