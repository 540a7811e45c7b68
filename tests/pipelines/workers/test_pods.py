"""What is read from the state of a Job and its pods."""

from typing import Any

import pytest

from pipelines.workers import pods

INDEX = "batch.kubernetes.io/job-completion-index"


def pod(index: int, state: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    if state is not None:
        status["containerStatuses"] = [{"name": "worker", "state": state}]
    return {"metadata": {"annotations": {INDEX: str(index)}}, "status": status}


def job(kind: str = "", **condition: str) -> dict[str, Any]:
    conditions = [{"type": kind, "status": "True", **condition}] if kind else None
    return {"spec": {"completions": 2}, "status": {"conditions": conditions}}


RUNNING: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}


def ended(code: int, **more: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


def test_all_have_started_when_each_index_runs_or_has_run() -> None:
    assert not pods.have_started([pod(0, RUNNING)], 2)
    assert not pods.have_started([pod(0, RUNNING), pod(0, RUNNING)], 2)
    assert not pods.have_started([pod(0, RUNNING), pod(1, {"waiting": {"reason": "ContainerCreating"}})], 2)
    assert pods.have_started([pod(1, RUNNING), pod(0, ended(1))], 2)


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        (pod(1, {"waiting": {"reason": "ContainerCreating"}}), []),
        (pod(1, RUNNING), []),
        (
            pod(1, {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}),
            ["worker 1: ImagePullBackOff: no such image"],
        ),
        (
            pod(
                1,
                conditions=[
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.",
                    }
                ],
            ),
            ["worker 1: Unschedulable: 0/3 nodes are available: 3 Insufficient nvidia.com/gpu."],
        ),
    ],
)
def test_what_a_pod_waits_for_is_told(waiting: dict[str, Any], expected: list[str]) -> None:
    assert pods.obstacles([waiting]) == expected


def test_a_job_has_failed_when_the_rest_of_its_pods_is_still_ending() -> None:
    assert pods.has_failed(job("FailureTarget")) and pods.has_failed(job("Failed"))
    assert not pods.has_failed(job()) and not pods.has_failed({"spec": {}})
    assert pods.is_done(job("Complete")) and not pods.is_done(job("Failed"))


def test_ends_have_exit_code_message_and_what_the_cluster_says() -> None:
    killed = pod(1, ended(137, reason="OOMKilled"), phase="Failed")
    wrong = pod(0, ended(2, reason="Error", message="failure: no such column"), phase="Failed")
    first, second = pods.ends(job("Failed"), [killed, wrong])
    assert (first.worker, first.code, first.message, first.reason) == (0, 2, "failure: no such column", "")
    assert (second.worker, second.code, second.reason) == (1, 137, "OOMKilled")
    assert second.was_killed


def test_an_evicted_pod_has_been_killed() -> None:
    target = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "preempted"}
    (end,) = pods.ends(job("Failed"), [pod(1, phase="Failed", conditions=[target])])
    assert end.was_killed and end.reason == "PreemptionByScheduler: preempted"


def test_a_pod_that_is_gone_has_been_killed() -> None:
    failed = job("Failed", reason="BackoffLimitExceeded", message="Job has reached the specified backoff limit")
    ends = pods.ends(failed, [pod(0, ended(0))])
    assert [end.code for end in ends] == [0, 137]
    assert ends[1].worker == 1 and "BackoffLimitExceeded" in ends[1].reason
