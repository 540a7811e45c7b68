"""docs/kubernetes.md says what is so: its commands, paths, tables and files are held against the program's."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.core import TyperGroup

from cli.app import app
from pipelines.kubeflow import groups
from pipelines.kubeflow.layout import Options
from pipelines.page import parameters
from serving.gateway import canary
from tests.k8s import page
from tests.k8s.container import ROOT

IMAGE = "registry.example.com/slipway-trainer:0.1.0"
COMPILE = ["compile", "digits", "--image", IMAGE, "-o", "x.yaml"]
# Stand for a command's name alone, with no arguments.
MENTIONED = {(name,) for name in ("compile", "submit", "simulate", "run")}


def parsed(words: list[str]) -> dict[str, Any]:
    """The parameters of a command line as the real command reads it; raises what that raises for one that it does not take."""
    command: Any = typer.main.get_command(app)
    while isinstance(command, TyperGroup):
        name, *words = words
        command = command.commands[name]
    return dict(command.make_context(command.name, list(words)).params)


@pytest.mark.parametrize("words", page.commands("slipway"), ids=" ".join)
def test_a_slipway_command_is_one(words: list[str]) -> None:
    if tuple(words) not in MENTIONED:
        parsed([word for word in words if word != "..."])


@pytest.mark.parametrize("text", [text for text in page.inline() if text.startswith("--gpus ")])
def test_the_options_of_a_pool_are_taken(text: str) -> None:
    options = parsed([*COMPILE, *text.replace("--gpus N", "--gpus 2").split()])
    lists = {name: tuple(options[name] or ()) for name in ("gpu_selector", "gpu_toleration")}
    assert Options(IMAGE, gpus=options["gpus"], gpu_type=options["gpu_type"], **lists).gpus


def test_an_option_that_is_not_there_would_be_noticed() -> None:
    with pytest.raises(Exception, match="No such option: --gpu"):
        parsed([*COMPILE, "--gpu", "1"])


def test_the_options_that_the_prose_names_are_those_of_some_command() -> None:
    main = typer.main.get_command(app)
    assert isinstance(main, TyperGroup)
    known = {
        option for command in main.commands.values() for p in command.params for option in [*p.opts, *p.secondary_opts]
    }
    named = {word for text in page.inline() if text.startswith("--") for word in text.split() if word.startswith("--")}
    assert named - {"--build-arg", "--KEY=VALUE"} <= known


def test_the_tasks_are_those_of_a_compiled_pipeline() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+) \| (\d+) cores?, (\d+) GiB", page.text(), re.MULTILINE)
    layout = Options(IMAGE)
    assert [(name, tuple(nodes.split(", ")), f"{cores}", f"{memory}Gi") for name, nodes, cores, memory in rows] == [
        (task.name, task.nodes, layout.task_cpu(task), layout.task_memory(task)) for task in groups.tasks()
    ]


def test_the_parameters_are_those_of_a_run() -> None:
    section = page.text().partition("## Runs")[2].partition("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert named == {parameter.name for parameter in parameters.TABLE}


def test_the_files_and_folders_that_are_named_exist() -> None:
    text = page.text()
    for path in set(re.findall(r"\bk8s/[\w./-]*\w", text)) - {
        "k8s/overlays/mine",
        "k8s/overlays/mine/kustomization.yaml",
    }:
        assert (ROOT / path).exists(), path
    for link in re.findall(r"\]\(([^)#:]+)[)#]", text):
        assert (page.PAGE.parent / link).exists(), link


def test_links_within_the_page_lead_somewhere() -> None:
    found = re.findall(r"^#+ (.*)$", page.text(), re.MULTILINE)
    titles = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in found}
    assert set(re.findall(r"\]\(#([^)]+)\)", page.text())) <= titles


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, object]]:
    """What the page's own overlay, with its patch for a registry, renders to, by kind and name."""
    copied = tmp_path_factory.mktemp("mine") / "k8s"
    shutil.copytree(ROOT / "k8s", copied)
    (overlay,) = [block for block in page.fences("yaml") if "kind: Kustomization" in block]
    (registry,) = [block for block in page.fences("yaml") if "imagePullSecrets" in block]
    (copied / "overlays" / "mine").mkdir()
    (copied / "overlays" / "mine" / "kustomization.yaml").write_text(overlay + registry)
    return {
        (found["kind"].lower(), found["metadata"]["name"]): found for found in rendered(copied / "overlays" / "mine")
    }


def rendered(folder: Path) -> list[dict[str, object]]:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed")
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_every_overlay_that_is_applied_renders(mine: object) -> None:
    applied = [words[words.index("-k") + 1] for words in page.commands("kubectl") if "-k" in words]
    local = {path for path in [*applied, *re.findall(r"`(k8s/overlays/\w+)`", page.text())] if path.startswith("k8s/")}
    assert local >= {"k8s/overlays/cpu", "k8s/overlays/gpu", "k8s/overlays/local", "k8s/overlays/mine"}
    for path in local - {"k8s/overlays/mine"}:
        assert rendered(ROOT / path)


def test_what_kubectl_is_asked_about_is_in_the_overlay(mine: dict[tuple[str, str], object]) -> None:
    words = [word for words in page.commands("kubectl") for word in words]
    named = {found for word in words if (found := re.fullmatch(r"(?:--from=)?(\w+)/(slipway-[\w-]+)", word))}
    kinds = {"svc": "service"}
    assert len(named) >= 5
    for found in named:
        if found[2] != "slipway-copy":
            assert (kinds.get(found[1], found[1]), found[2]) in mine, found[0]


def test_the_page_s_overlay_has_its_images_host_and_class_of_storage(
    mine: dict[tuple[str, str], dict[str, object]],
) -> None:
    assert mine["persistentvolumeclaim", "slipway"]["spec"]["storageClassName"] == "filestore-rwx"  # type: ignore[index]
    assert mine["ingress", "slipway-gateway"]["spec"]["rules"][0]["host"] == "models.example.com"  # type: ignore[index]
    assert "registry.example.com/slipway-gateway:0.1.0" in str(mine["deployment", "slipway-gateway"])


def test_every_account_of_the_overlay_opens_the_registry(mine: dict[tuple[str, str], dict[str, object]]) -> None:
    accounts = [found for (kind, _), found in mine.items() if kind == "serviceaccount"]
    assert len(accounts) == 4 and all(account["imagePullSecrets"] == [{"name": "registry"}] for account in accounts)


def test_the_pod_that_copies_is_let_into_a_restricted_namespace() -> None:
    (pod,) = [yaml.safe_load(block)["spec"] for block in page.fences("yaml") if "kind: Pod" in block]
    whole, (container,) = pod["securityContext"], pod["containers"]
    assert whole["runAsNonRoot"] and whole["seccompProfile"] == {"type": "RuntimeDefault"}
    own = container["securityContext"]
    assert own["allowPrivilegeEscalation"] is False and own["capabilities"] == {"drop": ["ALL"]}


def test_the_declared_cluster_is_one(tmp_path: Path) -> None:
    from pipelines.kubeflow.simulate import cluster

    (declared,) = [block for block in page.fences("yaml") if block.startswith("images: [")]
    (tmp_path / "cluster.yaml").write_text(declared)
    assert cluster.read(tmp_path / "cluster.yaml").has_image(IMAGE)


def test_a_rollback_by_weight_is_read_by_the_gateway(tmp_path: Path) -> None:
    (toml,) = page.fences("toml")
    (tmp_path / "gateway.toml").write_text(toml)
    assert canary.load(tmp_path / "gateway.toml")["digits"].weights == {"1.0.0": 100}


def test_the_model_list_s_line_keeps_two_versions() -> None:
    from google.protobuf import text_format
    from tensorflow_serving.config import model_server_config_pb2

    (line,) = [block for block in page.fences("text") if block.startswith("config {")]
    found = text_format.Parse(f"model_config_list {{ {line} }}", model_server_config_pb2.ModelServerConfig())
    assert found.model_config_list.config[0].model_version_policy.latest.num_versions == 2
