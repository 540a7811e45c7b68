"""The Dockerfiles of k8s/images and their lock files, read."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import __version__
from tests.k8s.container import IMAGES, ROOT
from tests.k8s.dockerfile import Stage, instructions, stages

FILES = sorted(IMAGES.glob("*.Dockerfile"))
LOCKS = sorted(path.name for path in IMAGES.glob("*.lock"))
PAGE = ROOT / "studio" / "static"
STEPS = {"compiler": 0, "packages": 2, "program": 1}  # of build.sh, with how many arguments each has


def read(path: Path, **arguments: str) -> list[Stage]:
    return stages(path, arguments, "/usr/local/bin:/usr/bin")


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def found(request: pytest.FixtureRequest) -> list[Stage]:
    return read(request.param)


def pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^ ;]+)", lock.read_text(), re.MULTILINE))


def test_there_is_an_image_for_what_exists() -> None:
    assert [path.name for path in FILES] == ["gateway.Dockerfile", "studio.Dockerfile", "trainer.Dockerfile"]
    assert LOCKS == ["gateway.lock", "trainer-gpu.lock", "trainer.lock"]


def test_both_stages_start_from_one_digest(found: list[Stage]) -> None:
    assert [stage.name for stage in found] == ["build", ""]
    assert found[0].base == found[1].base
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", found[0].base)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_another_base_can_be_given(path: Path) -> None:
    base = f"registry.example/python@sha256:{'0' * 64}"
    assert {stage.base for stage in read(path, PYTHON_IMAGE=base)} == {base}


def test_all_images_have_the_same_base() -> None:
    assert len({stage.base for path in FILES for stage in read(path)}) == 1


def test_what_is_copied_is_there_and_gets_past_the_dockerignore(found: list[Stage]) -> None:
    if any(copy.value.startswith("studio/static ") for copy in found[0].all("COPY")) and not PAGE.is_dir():
        pytest.skip("studio/static is not built: make studio")
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for copy in found[0].all("COPY"):
        for source in copy.words[:-1]:
            assert (ROOT / source).exists(), source
            assert any(source == path or source.startswith(path + "/") for path in let_in), source


def test_only_the_packages_and_the_program_are_in_the_image(found: list[Stage]) -> None:
    assert [copy.value for copy in found[1].all("COPY")] == [
        "--from=build /opt/venv /opt/venv",
        "--from=build /app /app",
    ]
    assert not found[1].all("RUN")


def test_every_run_is_a_step_of_the_shared_script(found: list[Stage]) -> None:
    assert found[0].all("RUN")
    for run in found[0].all("RUN"):
        script, step, *arguments = run.words
        assert (script, len(arguments)) == ("./build.sh", STEPS[step])


def test_the_user_is_a_number_and_not_root(found: list[Stage]) -> None:
    user, group = found[1].last("USER").value.split(":")
    assert int(user) >= 1000 and int(group) >= 1000


def test_the_program_is_found_and_nothing_is_written_outside_tmp(found: list[Stage]) -> None:
    environment = found[1].environment
    assert environment["PATH"].split(":")[:2] == ["/app/bin", "/opt/venv/bin"]
    assert environment["PATH"].endswith("/usr/local/bin:/usr/bin")  # the base image's own
    assert environment["PYTHONPATH"] == found[1].last("WORKDIR").value == "/app"
    assert environment["HOME"] == environment["TMPDIR"] == "/tmp"
    assert found[1].last("ENTRYPOINT").words == ["slipway"]


def test_the_labels_are_those_of_the_open_container_initiative(found: list[Stage]) -> None:
    known = {"title", "description", "version", "licenses"}
    labels = {name.removeprefix("org.opencontainers.image."): value for name, value in found[1].labels.items()}
    assert labels.keys() >= known and all(labels.values())
    assert labels["version"] == __version__


def test_a_gpu_image_differs_in_the_lock_file_alone() -> None:
    build, image = read(IMAGES / "trainer.Dockerfile", LOCK="trainer-gpu.lock")
    assert build.all("RUN")[1].words == ["./build.sh", "packages", "trainer-gpu.lock", "/opt/venv"]
    assert "k8s/images/trainer-gpu.lock" in build.all("COPY")[1].words
    assert image.labels["slipway.lock"] == "trainer-gpu.lock"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_the_products_versions_and_a_hash_of_each(name: str) -> None:
    product, found = pins(ROOT / "requirements.lock"), pins(IMAGES / name)
    others = {package: version for package, version in found.items() if product.get(package) != version}
    assert all(package.startswith("nvidia-") for package in others), others
    assert bool(others) == (name == "trainer-gpu.lock")
    blocks = re.split(r"^(?=[\w.-]+==)", (IMAGES / name).read_text(), flags=re.MULTILINE)
    assert all("--hash=sha256:" in block for block in blocks if "==" in block)


def test_the_gpu_lock_is_the_trainers_with_all_that_tensorflow_asks_for_on_cuda() -> None:
    import importlib.metadata

    wanted = {
        re.match(r"[\w-]+", text)[0]  # type: ignore[index]
        for text in importlib.metadata.requires("tensorflow") or []
        if 'extra == "and-cuda"' in text
    }
    trainer, gpu = pins(IMAGES / "trainer.lock"), pins(IMAGES / "trainer-gpu.lock")
    assert wanted and gpu.keys() - trainer.keys() == wanted
    assert gpu.items() >= trainer.items()


def test_the_trainer_has_no_tool_for_tests_and_the_gateway_nothing_heavy() -> None:
    assert pins(IMAGES / "trainer.lock").keys().isdisjoint({"pytest", "ruff", "mypy", "locust", "hypothesis"})
    heavy = {"tensorflow", "numpy", "pandas", "pyarrow", "tfx", "apache-beam"}
    assert pins(IMAGES / "gateway.lock").keys().isdisjoint(heavy)


def test_hadolint_has_nothing_to_say() -> None:
    tool = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if not tool:
        pytest.skip("hadolint is not installed: make setup")
    done = subprocess.run([tool, *FILES], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_step_that_does_not_exist_is_refused() -> None:
    for wrong in (["other"], ["packages", "x.lock"], ["program"], []):
        done = subprocess.run(["sh", IMAGES / "build.sh", *wrong], capture_output=True, text=True)
        assert done.returncode == 2 and "expected 'compiler', 'packages LOCK FOLDER'" in done.stderr


def test_the_script_is_posix_shell() -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    done = subprocess.run(["shellcheck", IMAGES / "build.sh"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


NAMES = st.sampled_from(["RUN", "COPY", "WORKDIR", "USER", "CMD"])
WORDS = st.lists(st.from_regex(r"[a-z0-9/._=-]{1,8}", fullmatch=True), min_size=1, max_size=5)


@given(st.lists(st.tuples(NAMES, WORDS), max_size=8), st.booleans())
def test_instructions_are_read_over_several_lines_and_between_comments(
    wanted: list[tuple[str, list[str]]], broken: bool
) -> None:
    between = " \\\n    " if broken else " "
    text = "".join(f"# a comment\n{name} {between.join(words)}\n\n" for name, words in wanted)
    assert [(found.name, found.words) for found in instructions(text)] == wanted
