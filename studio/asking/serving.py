"""The model server and the gateway that the studio asks: two processes of its own, or the gateway that it was given."""

import asyncio
import contextlib
import os
import socket

import httpx

from schemas.errors import InputError
from schemas.home import Home
from serving.client import AsyncGatewayClient
from studio.asking.kept import CannotRunError, Kept
from studio.messages.asking import ServingState

FOLDER = "serving"  # of the studio's own folder: the home of its gateway, and the versions that it wants loaded
_LOCAL = "127.0.0.1"
_LOOK_SECONDS = 0.2
_ANSWER_SECONDS = 2.0  # of the gateway's health
_TIMEOUT = 30.0  # of a question
_STARTS = 90.0  # seconds that TensorFlow and the first models may take to load, on a machine that has other work


class NotServingError(InputError):
    """Nothing can be asked now; the same question may be answered in a moment."""


class Serving:
    """Starts the servers when they are first needed, and says how they are.

    Args:
      home: whose pushed models are served.
      gateway: the address of a gateway that runs elsewhere; "" for own servers.

    Attributes:
      registry: the labels that the own model server follows: what is labelled there is loaded (studio.asking.loading).
    """

    def __init__(self, home: Home, gateway: str = "") -> None:
        self._home = home
        self._given = gateway.rstrip("/")
        self._api_key = os.environ.get("SLIPWAY_API_KEY")
        self.registry = home.root / "studio" / FOLDER / "registry"
        self._running: asyncio.Task[None] | None = None
        self._servers: tuple[Kept, ...] = ()
        self._ports: tuple[int, int] | None = None
        self._ready = asyncio.Event()
        self._ended = asyncio.Event()  # one of the servers
        self._error: str | None = None
        self._client: AsyncGatewayClient | None = None

    @property
    def own(self) -> bool:
        """Whether the servers are the studio's."""
        return not self._given

    @property
    def has_key(self) -> bool:
        """Whether requests carry $SLIPWAY_API_KEY; the own gateway asks for no key, as it is this machine's alone."""
        return bool(self._given and self._api_key)

    @property
    def url(self) -> str | None:
        """The gateway's address; None before it is started."""
        return self._given or (f"http://{_LOCAL}:{self._ports[1]}" if self._ports else None)

    @property
    def pids(self) -> tuple[int | None, ...]:
        """Of the model server and the gateway, where they run."""
        return tuple(server.pid for server in self._servers)

    async def state(self) -> ServingState:
        """How the servers are; of a gateway that runs elsewhere whether it answers."""
        if not self.own:
            problem = await self._problem_of_given()
            return ServingState(state="failed" if problem else "ready", url=self.url, own=False, error=problem)
        if self._error is not None:
            return ServingState(state="failed", url=self.url, own=True, error=self._error)
        if self._running is None:
            return ServingState(state="stopped", url=None, own=True)
        return ServingState(state="ready" if self._ready.is_set() else "starting", url=self.url, own=True)

    def start(self) -> None:
        """Starts the own servers where they do not run; returns at once."""
        if self.own and (self._running is None or self._running.done()):
            self._error = None
            self._running = asyncio.create_task(self._run(), name="serving")

    async def client(self) -> AsyncGatewayClient:
        """The gateway's client; starts the servers and waits until they answer. Raises NotServingError where they do not."""
        if self.own:
            self.start()
            await self._wait()
        if self._client is None:
            assert self.url is not None
            self._client = AsyncGatewayClient(self.url, self._api_key if self._given else None, timeout=_TIMEOUT)
        return self._client

    async def aclose(self) -> None:
        """Ends the own servers."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _wait(self) -> None:
        assert self._running is not None
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({ready, self._running}, timeout=_STARTS, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            raise NotServingError(self._error or "the model server is still starting; ask again in a moment")

    async def _run(self) -> None:
        """Both servers and their watch; ends with ``_error`` set where one of them cannot run."""
        self._ports = self._ports or _free_ports()  # the same again: a curl line that was copied goes on working
        self._servers = self._made(*self._ports)
        tasks = [asyncio.create_task(server.run()) for server in self._servers]
        tasks.append(asyncio.create_task(self._watch(*self._ports)))
        try:
            await asyncio.gather(*tasks)
        except (CannotRunError, OSError) as error:
            self._error, self._ports = str(error), None  # another program may have taken a port
        finally:
            self._ready.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._ports is None and self._client is not None:
                await self._client.aclose()
                self._client = None

    def _made(self, grpc: int, http: int) -> tuple[Kept, Kept]:
        models, own = self._home.root / "models", self._home.root / "studio" / FOLDER
        for folder in (models, own, self.registry):
            folder.mkdir(parents=True, exist_ok=True)
        common = ("--models", str(models), "--registry", str(self.registry), "--host", _LOCAL)
        model_server = (
            "serve",
            *common,
            *("--grpc-port", str(grpc), "--rest-port", "-1", "--drain-seconds", "1", "--poll-seconds", "0.5"),
        )
        gateway = ("gateway", *common, "--port", str(http), "--upstream", f"{_LOCAL}:{grpc}")
        # A home of its own: the API keys of the user's gateway are for others' calls, and curl here has none.
        environment = os.environ | {"SLIPWAY_HOME": str(own)}
        logs = self._home.root / "studio" / "logs"
        return (
            Kept(model_server, environment, logs / "model_server.log", self._ended),
            Kept(gateway, environment, logs / "gateway.log", self._ended),
        )

    async def _watch(self, grpc: int, http: int) -> None:
        """Sets ``_ready`` when the gateway answers and the model server has opened its port, its models loaded."""
        async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
            while True:
                self._ended.clear()
                while not (await _listens(grpc) and await _answers(client, f"http://{_LOCAL}:{http}")):
                    await asyncio.sleep(_LOOK_SECONDS)
                if not self._ended.is_set():
                    self._ready.set()
                # No question meanwhile, which the gateway would log: a server is there until it ends.
                await self._ended.wait()
                self._ready.clear()

    async def _problem_of_given(self) -> str | None:
        try:
            async with httpx.AsyncClient(timeout=_ANSWER_SECONDS) as client:
                (await client.get(f"{self._given}/healthz")).raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            advice = "start it, or correct its address (slipway studio --gateway)"
            return f"the gateway {self._given} does not answer ({reason}); {advice}"
        return None


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(_LOCAL, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/healthz")).is_success
    except httpx.HTTPError:
        return False


def _free_ports() -> tuple[int, int]:
    """Two free ports of this machine."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind((_LOCAL, 0))
        return one.getsockname()[1], other.getsockname()[1]
