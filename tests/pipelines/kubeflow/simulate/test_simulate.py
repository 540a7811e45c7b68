"""Whole simulations of small pipelines, with MariaDB left out."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kfp import dsl, kubernetes
from rich.console import Console

from cli.simulate_display import TaskDisplay
from pipelines.kubeflow.simulate.cluster import Cluster
from pipelines.kubeflow.simulate.command import SimulationRequest, simulate
from pipelines.kubeflow.simulate.record import failures
from schemas.errors import InputError
from tests.pipelines.kubeflow.simulate.made import task, write

REPOSITORY = Path(__file__).parents[4]
WRITE = "open(given['out'], 'w').write({})"


def cluster(cpu="4", **fields):
    node = {"name": "one", "allocatable": {"cpu": cpu, "memory": "8Gi"}}
    return Cluster.model_validate({"claims": ["slipway"], "nodes": [node], **fields})


class Shown(TaskDisplay):
    """Keeps what is shown."""

    def __init__(self, file):
        self.file = file
        super().__init__(Console(file=file, width=200))


def run(tmp_path, function, there=None, **options):
    file = write(tmp_path, function)
    with (tmp_path / "shown").open("w") as shown, Shown(shown) as display:
        return simulate(SimulationRequest(file, tmp_path / "folder", there or cluster(), **options), display)


def shown(tmp_path):
    return (tmp_path / "shown").read_text()


def log(result, name, attempt=1):
    return Path(result["tasks"][name]["attempts"][attempt - 1]["log"]).read_text()


def test_values_go_from_task_to_task(tmp_path):
    def pipeline(n: int = 100, names: list = ["a"]):  # noqa: B006
        run_id = dsl.PIPELINE_JOB_ID_PLACEHOLDER
        first = task("first", WRITE.format("str(int(given['n']) + 1)"), n=n, run_id=run_id, out=dsl.OutputPath(int))
        task("second", "print(given)", x=first.outputs["out"], names=names, run_id=run_id)

    result = run(tmp_path, pipeline, parameters=["n=7", 'names=["é"]'])
    assert result["state"] == "SUCCEEDED" and not failures(result)
    assert result["tasks"]["first"]["outputs"] == {"out": 8}
    assert eval(log(result, "second")) == {"x": "8", "names": '["é"]', "run_id": result["run_id"]}
    record = json.loads((tmp_path / "folder" / "runs" / result["run_id"] / "run.json").read_text())
    assert record == json.loads(json.dumps(result))
    assert "✓ first" in shown(tmp_path) and "✓ second" in shown(tmp_path)


def test_volumes_outlive_pods_or_go_with_them(tmp_path):
    def pipeline():
        for name in ("first", "second"):
            step = task(
                name, "import os; print(os.path.exists(given['kept']), os.path.exists(given['lost']));"
                "open(given['kept'], 'w'); open(given['lost'], 'w')", kept="/mnt/slipway/a", lost="/scratch/b")  # fmt: skip
            kubernetes.mount_pvc(step, "slipway", "/mnt/slipway")
            kubernetes.empty_dir_mount(step, "scratch", "/scratch")
            if name == "first":
                first = step
        step.after(first)

    result = run(tmp_path, pipeline)
    assert log(result, "first") == "False False\n" and log(result, "second") == "True False\n"
    assert (tmp_path / "folder" / "slipway" / "a").exists()


def test_gpus_are_not_simulated_which_is_noted(tmp_path):
    def pipeline():
        task("one", "import os; print('SLIPWAY_GPUS' in os.environ)").set_env_variable("SLIPWAY_GPUS", "1")

    result = run(tmp_path, pipeline)
    assert log(result, "one").split() == ["False"]
    assert "one: GPUs are counted here, not simulated" in shown(tmp_path)


def test_secrets_reach_the_task_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("SLIPWAY_HOME", "/not/this")

    def pipeline():
        step = task("only", "import os; print(os.environ['PASSWORD'][::-1], 'SLIPWAY_HOME' in os.environ)", a="b")
        kubernetes.use_secret_as_env(step, "store", {"password": "PASSWORD"})

    result = run(tmp_path, pipeline, cluster(secrets={"store": {"password": "hidden"}}))
    assert log(result, "only") == "neddih False\n"
    assert "hidden" not in json.dumps(result) + shown(tmp_path)


def retrying(code, retries=2, deadline=60, **backoff):
    def pipeline():
        step = task("only", code, state="/mnt/slipway/state", a="b")
        kubernetes.mount_pvc(step, "slipway", "/mnt/slipway")
        kubernetes.set_timeout(step, deadline)
        step.set_retry(retries, **{"backoff_duration": "30s", "backoff_factor": 2.0} | backoff)

    return pipeline


COUNTS = "s = open(given['state'], 'a+'); s.seek(0); n = len(s.read()); s.write('x'); s.close(); print('attempt', n)\n"


def test_a_failed_pod_is_started_again(tmp_path):
    result = run(tmp_path, retrying(COUNTS + "sys.exit(5 if n < 2 else 0)"))
    assert [one["exit_code"] for one in result["tasks"]["only"]["attempts"]] == [5, 5, 0]
    assert log(result, "only", 3) == "attempt 2\n"
    assert "retried at once (a cluster waits 30 s)" in shown(tmp_path) and "waits 60 s" in shown(tmp_path)


def test_back_off_is_scaled(tmp_path):
    begun = time.monotonic()
    run(tmp_path, retrying(COUNTS + "sys.exit(n == 0)"), backoff_scale=0.05)
    assert time.monotonic() - begun > 1.5 and "retried in 1.5 s (a cluster waits 30 s)" in shown(tmp_path)


def test_retries_end(tmp_path):
    result = run(tmp_path, retrying(COUNTS + "sys.exit(5)", 1))
    assert result["state"] == "FAILED" and len(result["tasks"]["only"]["attempts"]) == 2
    assert "only: exit code 5" in failures(result)[0] and "attempt 2 of 2" in shown(tmp_path)


def test_back_offs_that_argo_would_not_wait(tmp_path):
    result = run(tmp_path, retrying(COUNTS + "sys.exit(5)", 3, backoff_max_duration="60s"))
    assert len(result["tasks"]["only"]["attempts"]) == 2
    assert "not retried: backoffMaxDuration allows 60 s" in shown(tmp_path)


def test_a_kill_is_a_failure_that_is_retried(tmp_path):
    code = COUNTS + "import time; time.sleep(99 if n == 0 else 0)"
    result = run(tmp_path, retrying(code), kills=["only:attempt"])
    attempts = result["tasks"]["only"]["attempts"]
    assert [(one["exit_code"], one["killed"]) for one in attempts] == [(-9, True), (0, False)]


def test_a_kill_that_did_not_happen_is_noted(tmp_path):
    assert run(tmp_path, retrying(COUNTS), kills=["only:never"])["state"] == "SUCCEEDED"
    assert "only was not killed" in shown(tmp_path)


def test_a_task_that_runs_too_long(tmp_path):
    result = run(tmp_path, retrying("import time; print('on', flush=True); time.sleep(99)", 0, deadline=1))
    assert "ran longer than 1 s" in failures(result)[0]


@pytest.mark.parametrize(
    ("kind", "code", "expected"),
    [(str, "pass", "did not write its output out"), (int, WRITE.format("'ten'"), "a whole number is expected")],
)
def test_an_output_must_be_written(tmp_path, kind, code, expected):
    result = run(tmp_path, lambda: task("only", code, out=dsl.OutputPath(kind)) and None)
    assert result["state"] == "FAILED" and expected in failures(result)[0]


def test_after_a_failure_no_task_starts(tmp_path):
    def pipeline():
        bad = task("bad", "sys.exit(1)", a="b")
        task("after", "pass", a="b").after(bad)
        slow = task("slow", "import time; time.sleep(2)", a="b")
        task("later", "pass", a="b").after(slow)

    tasks = run(tmp_path, pipeline)["tasks"]
    states = {name: one["state"] for name, one in tasks.items()}
    assert states == {"bad": "FAILED", "after": "OMITTED", "slow": "SUCCEEDED", "later": "OMITTED"}
    assert not tasks["later"]["attempts"]


def pair(cpu):
    """Two tasks of which each waits for the other to start, but not for ever."""

    def pipeline():
        for name, other in (("left", "right"), ("right", "left")):
            step = task(
                name, "import os, time; open(given['mine'], 'w')\n"
                "for _ in range(60):\n if os.path.exists(given['other']): sys.exit(0)\n time.sleep(0.05)\nsys.exit(1)",
                mine=f"/mnt/slipway/{name}", other=f"/mnt/slipway/{other}")  # fmt: skip
            kubernetes.mount_pvc(step, "slipway", "/mnt/slipway")
            step.set_cpu_request(cpu)

    return pipeline


def test_tasks_run_side_by_side_where_there_is_room(tmp_path):
    assert run(tmp_path, pair("2"), cluster("4"))["state"] == "SUCCEEDED"


def test_a_task_waits_for_room(tmp_path):
    result = run(tmp_path, pair("3"), cluster("4"))
    assert sorted(one["state"] for one in result["tasks"].values()) == ["FAILED", "OMITTED"]


def test_nothing_starts_where_one_task_does_not_fit(tmp_path):
    def pipeline():
        task("small", "pass", a="b")
        task("large", "pass", a="b").set_cpu_request("5")

    with pytest.raises(InputError, match="task large: fits on no node; one: cpu 5 asked, 4 there"):
        run(tmp_path, pipeline)
    assert not (tmp_path / "folder").exists()


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "folder").write_text("a file")
    with pytest.raises(InputError, match=r"--folder .*folder: "):
        run(tmp_path, lambda: task("only", "pass", a="b") and None)


DECLARED = "claims: [slipway]\nnodes: [{name: one, allocatable: {cpu: 4, memory: 8Gi}}]\n"


def command(tmp_path, function, *options):
    file = write(tmp_path, function)
    (tmp_path / "cluster.yaml").write_text(DECLARED)
    arguments = ["simulate", file, "--folder", tmp_path / "folder", "--cluster", tmp_path / "cluster.yaml", *options]
    return subprocess.Popen(
        [sys.executable, REPOSITORY / "slipway.py", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_prints_json_alone(tmp_path):
    with command(tmp_path, lambda: task("only", "print(1)", a="b") and None, "--json") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0 and json.loads(out)["state"] == "SUCCEEDED" and "✓ only" in err


def test_the_command_ends_with_1_after_a_failure_and_2_for_bad_input(tmp_path):
    with command(tmp_path, lambda: task("only", "sys.exit(3)", a="b") and None) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "failed, 1 tasks, 1 pods" in out
    assert "slipway: only: exit code 3" in err.splitlines()[-1]
    with command(tmp_path, lambda: task("only", "pass", a="b") and None, "-p", "n=1") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2 and err.startswith("slipway: -p n: ") and len(err.splitlines()) == 1


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_tasks_in_order(tmp_path, sent):
    code = (
        "import os, signal, time\n"
        "def end(*_): open(given['state'], 'w').write('asked'); sys.exit(143)\n"
        "signal.signal(15, end); open(given['pid'], 'w').write(str(os.getpid())); time.sleep(99)"
    )

    def pipeline():
        step = task("only", code, state="/mnt/slipway/state", pid="/mnt/slipway/pid")
        kubernetes.mount_pvc(step, "slipway", "/mnt/slipway")

    shared = tmp_path / "folder" / "slipway"
    with command(tmp_path, pipeline) as process:
        while not (shared / "pid").exists() or not (shared / "pid").read_text():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
    assert (shared / "state").read_text() == "asked"
    assert process.returncode == 130 and err.splitlines()[-1].startswith("slipway: stopped; ")
    assert not Path(f"/proc/{(shared / 'pid').read_text()}").exists()
