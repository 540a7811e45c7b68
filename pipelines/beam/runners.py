"""Where Beam's work is done: in this process, or on a Flink, Spark or Dataflow that is named. Light to import.

A result never depends on the runner, so the runner is no part of any cache key.
"""

import http.client
import json
import os
import shutil
import socket
import urllib.request
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from schemas.errors import InputError, shown

LOCAL = "local"
RUNNERS = (LOCAL, "flink", "spark", "dataflow")
JOB_SERVER = "SLIPWAY_FLINK_JOB_SERVER"

# Without an image (or a package) named, TFX builds a source package of itself for each step. Workers have the code already.
_NO_PACKAGE = "--sdk_container_image=none"
# Beam's default local runner first looks for a Go binary on the network, and silently becomes another runner without it.
LOCAL_ARGS = (
    "--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner",
    "--direct_running_mode=in_memory",
    "--direct_num_workers=1",
    _NO_PACKAGE,
)
# The worker pool that stands beside each worker of the cluster (k8s/flink).
WORKER_POOL = ("--environment_type=EXTERNAL", "--environment_config=localhost:50000", _NO_PACKAGE)
_FLINK_RUNNER = "--runner=pipelines.beam.flink_runner.FlinkRunner"
_SPARK_RUNNER = "--runner=apache_beam.runners.portability.spark_runner.SparkRunner"
_DATAFLOW_NEEDS = ("project", "region", "temp_location", "sdk_container_image")
_SECONDS = 10
# Beam goes to Flink without a proxy, too.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def arguments(runner: str = LOCAL, master: str = "", extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Beam's own arguments.

    Args:
      runner: one of RUNNERS.
      master: HOST:PORT of the Flink session's REST interface; for Flink alone.
      extra: further ``--key=value`` arguments; they count more than what is chosen here.

    Raises:
      InputError: something is missing, malformed or cannot be reached; nothing was started.
    """
    options = checked(runner, master, extra)
    if runner == "flink":
        return (*_flink(master, options), *extra)
    if runner == "spark":
        _endpoint(options)
        return (_SPARK_RUNNER, *WORKER_POOL, *extra)
    if runner == "dataflow":
        return ("--runner=DataflowRunner", *extra)
    return (*LOCAL_ARGS, *extra)


def checked(runner: str, master: str, extra: Sequence[str]) -> dict[str, str]:
    """The further arguments by name. Raises InputError for what is missing or malformed; no server is asked."""
    options = _options(extra)
    if runner not in RUNNERS:
        raise InputError(f"--beam: received {shown(runner)}; one of {', '.join(RUNNERS)} is expected")
    if master and runner != "flink":
        raise InputError(
            f"--flink-master: received {shown(master)} with --beam {runner}; it goes with --beam flink alone"
        )
    if runner == "flink":
        if not master:
            raise InputError("--beam flink: no session is named; add --flink-master HOST:PORT, Flink's REST address")
        _address("--flink-master", master)
    if "job_endpoint" in options:
        _address("--beam-arg --job_endpoint", options["job_endpoint"])
    elif runner == "spark":
        raise InputError("--beam spark: no job server is named; add --beam-arg=--job_endpoint=HOST:PORT")
    if runner == "dataflow" and (missing := [name for name in _DATAFLOW_NEEDS if not options.get(name)]):
        needed = " ".join(f"--beam-arg=--{name}=..." for name in missing)
        raise InputError(f"--beam dataflow: add {needed}; the image is Slipway's own with Beam's SDK harness")
    return options


def from_environment(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """``arguments`` of $SLIPWAY_BEAM, $SLIPWAY_FLINK_MASTER and $SLIPWAY_BEAM_ARGS (a JSON list); local where none is set."""
    runner = environment.get("SLIPWAY_BEAM") or LOCAL
    return arguments(runner, environment.get("SLIPWAY_FLINK_MASTER", ""), extra_from_environment(environment))


def extra_from_environment(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The JSON list of $SLIPWAY_BEAM_ARGS. Raises InputError if it is none."""
    text = environment.get("SLIPWAY_BEAM_ARGS") or "[]"
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise InputError(
            f'SLIPWAY_BEAM_ARGS: received {shown(text)}; a JSON list such as ["--parallelism=4"] is expected'
        )
    return tuple(found)


def option(args: Sequence[str], name: str) -> str | None:
    """The value of Beam's argument ``--name=value``, the last one given, or None."""
    return _by_name(args).get(name)


def _options(extra: Sequence[str]) -> dict[str, str]:
    for argument in extra:
        name = argument.partition("=")[0]
        if not name.startswith("--") or not name[2:]:
            raise InputError(f"--beam-arg: received {shown(argument)}; --KEY=VALUE (or --KEY) of Beam is expected")
        if name == "--runner":
            known = ", ".join(RUNNERS)
            raise InputError(f"--beam-arg: received {shown(argument)}; --beam chooses the runner: it is one of {known}")
    return _by_name(extra)


def _by_name(args: Sequence[str]) -> dict[str, str]:
    parts = (argument.partition("=") for argument in args)
    return {name[2:]: value if equals else "true" for name, equals, value in parts}


def _flink(master: str, options: Mapping[str, str]) -> tuple[str, ...]:
    host, port = _address("--flink-master", master)
    overview = _overview(host, port)
    slots, managers = overview["slots-total"], overview["taskmanagers"]
    if not slots and "parallelism" not in options:
        raise InputError(
            f"--flink-master {master}: the session has no task slots; start a TaskManager, "
            "or say --beam-arg=--parallelism=N where TaskManagers start on demand"
        )
    job_server = () if _endpoint(options) else (f"--flink_job_server_jar={_job_server_jar(overview['flink-version'])}",)
    # As many Python processes as slots: slots that share a process would share its interpreter lock.
    return (
        _FLINK_RUNNER,
        f"--flink_master={host}:{port}",
        f"--parallelism={max(slots, 1)}",
        f"--sdk_worker_parallelism={max(slots // max(managers, 1), 1)}",
        *WORKER_POOL,
        *job_server,
    )


def _endpoint(options: Mapping[str, str]) -> bool:
    """Whether a running job server is named. Raises InputError if it cannot be reached."""
    endpoint = options.get("job_endpoint")
    if endpoint is None:
        return False
    host, port = _address("--beam-arg --job_endpoint", endpoint)
    try:
        socket.create_connection((host, port), _SECONDS).close()
    except OSError as error:
        raise InputError(
            f"--beam-arg --job_endpoint={endpoint}: nobody answers there ({error}); is it running?"
        ) from error
    return True


def _address(name: str, text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.scheme not in ("", "http"):
        raise InputError(f"{name}: received {text!r}; HOST:PORT is expected, such as localhost:8081")
    return host, port


def _overview(host: str, port: int) -> dict[str, Any]:
    """What the Flink session says about itself."""
    where = f"--flink-master {host}:{port}"
    try:
        with _DIRECT.open(f"http://{host}:{port}/v1/overview", timeout=_SECONDS) as answer:
            found: Any = json.load(answer)
    except http.client.HTTPException:  # no HTTP is spoken there
        found = None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise InputError(
            f"{where}: no Flink session answers there ({reason}); give the JobManager's REST address"
        ) from error
    if not isinstance(found, dict) or not {"slots-total", "taskmanagers", "flink-version"} <= found.keys():
        raise InputError(f"{where}: what answers there is no Flink session; give the JobManager's REST address")
    return found


def _job_server_jar(flink: str) -> Path:
    """The file of Beam's job server for this version of Flink. Raises InputError if it or Java is missing."""
    jar = os.environ.get(JOB_SERVER, "")
    release = ".".join(flink.split(".")[:2])
    artifact = f"org.apache.beam:beam-runners-flink-{release}-job-server:{version('apache-beam')}"
    instead = "or name a running one with --beam-arg=--job_endpoint=HOST:PORT"
    if not Path(jar).is_file():
        raise InputError(
            f"{JOB_SERVER}: received {jar!r}; the file of Beam's job server for Flink {release} is expected: "
            f"`mvn dependency:copy -Dartifact={artifact} -DoutputDirectory=.` gets it; {instead}"
        )
    if shutil.which("java") is None:
        raise InputError(
            f"{JOB_SERVER}: Beam's job server needs Java, and there is no program 'java'; install a JRE, {instead}"
        )
    return Path(jar).absolute()
