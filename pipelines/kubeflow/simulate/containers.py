"""Pods as Docker containers: the image, command and arguments of the document, with a restricted pod's rights."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from pipelines.kubeflow.compiler import USER
from pipelines.kubeflow.simulate.attempts import Running
from pipelines.kubeflow.simulate.places import Places
from pipelines.kubeflow.simulate.pods import Identity, Pod
from schemas.errors import InputError, shown

# Docker by its command and not by a library: its client, in the foreground, is a process with the container's output, exit
# code and SIGTERM, and so all that is done with processes holds for containers.
_DOCKER = "docker"
_LABEL = "slipway.simulate"  # the folder of the simulation that a container belongs to
_SECONDS = 300  # of a busy machine
_SIGNALLED = 128  # an exit code above it names a signal
# What the restricted Pod Security Standard asks for and a read-only root, as the manifests' own pods have them.
# Under an init, as a task is not the first process in KFP's pods either: as the first one it would not end at SIGTERM.
_RESTRICTED = ("--init", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges")


class Containers:
    """Runs pods as containers (pipelines.kubeflow.simulate.engine).

    They share this machine's network, so that the addresses of services are the same for them and for processes. A folder
    that stands for a volume is given to the pod's user, as the kubelet does for a pod's fsGroup.
    """

    early = False
    devices = "the CPU"

    def __init__(self) -> None:
        self._folder = Path()

    def check(self, task: str, pod: Pod) -> None:
        """Raises InputError where Docker, or the image in it, is missing."""
        if shutil.which(_DOCKER) is None:
            raise InputError(
                "--docker: docker not found; install Docker, or leave --docker out: then processes are run"
            )
        found = _docker("image", "inspect", "--format", "{{.Id}}", pod.image)
        if found.returncode == 0:
            return
        said = " ".join(found.stderr.split())
        if "no such image" not in said.lower():
            raise InputError(f"--docker: {said}")
        build = f"docker build -f k8s/images/trainer.Dockerfile -t {pod.image} ."
        raise InputError(f"task {task}: image {shown(pod.image)} is not in the local Docker; build it: {build}")

    def begin(self, folder: Path) -> None:
        """Removes what a killed simulation in the same folder has left."""
        self._folder = folder
        left = _docker("ps", "--all", "--quiet", f"--filter=label={_LABEL}={folder}").stdout.split()
        if left:
            _docker("rm", "--force", "--volumes", *left)

    async def start(
        self, pod: Pod, command: Sequence[str], identity: Identity, at: Places, own: Path, gated: bool
    ) -> Running:
        """Starts a container, with the document's own paths and this machine's addresses. Raises OSError."""
        at.prepare()
        user = pod.user or f"{USER}:{USER}"
        for folder in at.folders.values():
            _give(folder, user)
        addresses = Places({}, at.services)
        variables = addresses.environment(pod, identity)
        first, *rest = (addresses.rewritten(text) for text in command)
        volumes = [f"--volume={folder}:{path}" for path, folder in at.folders.items()]
        options = [f"--name={identity.name}", f"--label={_LABEL}={self._folder}", f"--user={user}", *volumes]
        # By name alone: a password in an argument could be read in the list of processes.
        options += [*(f"--env={name}" for name in variables), f"--entrypoint={first}", *_limits(pod)]
        run = [str(shutil.which(_DOCKER)), "run", "--pull=never", "--network=host", *_RESTRICTED, *options]
        log = own.with_suffix(".log")
        return await _Container.run(identity.name, [*run, pod.image, *rest], dict(os.environ) | variables, log)


class _Container(Running):
    """A container and the client that shows its output; Docker removes neither by itself, so that it can be asked for both."""

    def __init__(self, process: asyncio.subprocess.Process, output: int, log: Path) -> None:
        super().__init__(process, output, log)
        self._name = ""
        self._state: dict[str, Any] | None = None

    @classmethod
    async def run(cls, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Self:
        container = await cls.start(command, environment, log.parent, log)
        container._name = name
        return container

    async def discard(self) -> None:
        """Ends the container, by SIGTERM and then SIGKILL, and removes it."""
        await super().discard()
        if self._state is None:
            found = await asyncio.to_thread(_docker, "inspect", "--format", "{{json .}}", self._name)
            self._state = json.loads(found.stdout) if found.returncode == 0 else {}
            await asyncio.to_thread(_docker, "rm", "--force", "--volumes", self._name)

    def _strike(self) -> bool:
        return self._process.returncode is None and _docker("kill", self._name).returncode == 0

    def _signal(self, number: int) -> None:
        # The client hands SIGTERM on; SIGKILL would end it alone.
        if number == signal.SIGKILL:
            _docker("kill", self._name)
        else:
            super()._signal(number)

    def _ending(self) -> tuple[int, str]:
        if not self._state:  # it was never made
            return super()._ending()
        state, limit = self._state["State"], self._state["HostConfig"]["Memory"]
        code = int(state["ExitCode"])
        if state["OOMKilled"]:
            return code, f"out of memory, exit code {code} at its limit of {limit / 2**20:.6g}Mi,"
        named = f" ({signal.Signals(code - _SIGNALLED).name})" if code - _SIGNALLED in _NUMBERS else ""
        return code, f"exit code {code}{named}"


_NUMBERS = frozenset(int(number) for number in signal.Signals)


def _limits(pod: Pod) -> list[str]:
    """Of memory, and no swap beside it as in a pod; and of cores."""
    found = []
    if memory := pod.limits.get("memory"):
        found += [f"--memory={int(memory)}", f"--memory-swap={int(memory)}"]
    if cores := pod.limits.get("cpu"):
        found.append(f"--cpus={cores:f}")
    return found


def _give(folder: Path, user: str) -> None:
    """Makes a folder writable for a pod's user: root gives it away, if it is not the user's already; others open it."""
    uid, gid = map(int, user.split(":"))
    if folder.stat().st_uid == uid:
        return
    if os.geteuid() != 0:
        folder.chmod(0o777)
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def _docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([_DOCKER, *arguments], capture_output=True, text=True, timeout=_SECONDS)
