"""Bodies of all kinds against a running `slipway serve` and `slipway gateway`, and Schemathesis over its OpenAPI.

    python bench/serving/fuzz_gateway.py [--bodies 100000] [--seconds 120]

$SLIPWAY_HOME must have pushed models. Each body is sent to a real model; what may come back is an answer, a refusal (4xx), 503
or 504, within the gateway's time limit; and neither log may have a traceback. Writes bench/serving/fuzz.md; exit code 1 if
anything else happened.
"""

import argparse
import asyncio
import base64
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("fuzz.md")
Columns = Mapping[str, str]  # a model's columns and their types: number, string or image
TIMEOUT = 10.0
AT_ONCE = 32
_SECOND = "Schemathesis over the OpenAPI (all checks but positive_data_acceptance)"
_A_ROUND = 2000  # hypothesis remembers what it made: a new round forgets
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAAPklEQVQImS3GQRGAIBAAwJUERrgIRCCKEWyCTYjgmIQI2OD8uK/duB/vhZo5Toi5"
    "Q1E1IFZ2fzMotEOAMTs+WiIOi9PPR08AAAAASUVORK5CYII="
)


@dataclass(frozen=True)
class Body:
    """One request: the kind of its making, path with query, headers and content."""

    kind: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes


def _scalars() -> st.SearchStrategy[Any]:
    numbers = st.integers() | st.floats() | st.sampled_from([10**39, -(10**400), 1e39, 2**64, -0.0, 5e-324])
    texts = st.text() | st.sampled_from(["male", "NA", "", "a" * 5000, "\x00", "data:image/png;base64,", "\u2028"])
    pictures = st.binary(max_size=200).map(lambda cut: base64.b64encode(_PNG[: len(cut)] + cut).decode())
    return st.none() | st.booleans() | numbers | texts | pictures


def _values(names: Sequence[str]) -> st.SearchStrategy[Any]:
    """JSON values, with the model's own names among the keys."""
    keys = st.sampled_from([*names, "b64", "input"]) | st.text(max_size=5)
    return st.recursive(
        _scalars(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner), max_leaves=8
    )


def _likely(columns: Columns) -> st.SearchStrategy[Any]:
    """Inputs that are right."""
    numbers = st.none() | st.integers(-(2**60), 2**60) | st.floats(-3e38, 3e38)
    kinds = {"number": numbers, "string": st.none() | st.integers(-(2**60), 2**60) | st.text(), "image": _encoded()}
    needed = {name: kinds[kind] for name, kind in columns.items() if kind == "image"}
    optional = {name: kinds[kind] for name, kind in columns.items() if kind != "image"}
    return st.fixed_dictionaries(needed, optional=optional)


def _encoded() -> st.SearchStrategy[Any]:
    return _pictures().map(lambda content: base64.b64encode(content).decode())


def _json(columns: Columns) -> st.SearchStrategy[bytes]:
    names = list(columns)
    one = _likely(columns) | _values(names)
    documents = (
        one.map(lambda value: {"input": value})
        | st.lists(one, max_size=6).map(lambda values: {"inputs": values})
        | _values(names)
    )
    return documents.map(lambda document: json.dumps(document).encode("utf-8", "surrogatepass"))


@st.composite
def _mutated(draw: st.DrawFn, columns: Columns) -> bytes:
    """JSON with a cut, a doubled piece or other bytes in it."""
    text = draw(_json(columns))
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 20)))
    return text[:start] + draw(st.binary(max_size=8) | st.just(text[start:end] * 2)) + text[end:]


@st.composite
def _form(draw: st.DrawFn, names: Sequence[str]) -> bytes:
    contents = st.binary(max_size=100) | st.sampled_from([_PNG, _PNG[:40], b"\xff\xd8\xff\xe0", b"3.5", b""])
    found = draw(st.lists(st.tuples(st.sampled_from(["file", *names, "no"]), contents), max_size=4))
    head = 'Content-Disposition: form-data; name="{}"; filename="f"'
    parts = [b"--b\r\n" + head.format(name).encode() + b"\r\n\r\n" + content + b"\r\n" for name, content in found]
    return b"".join(parts) + draw(st.sampled_from([b"--b--\r\n", b"--b--\r\n", b""]))


def _pictures() -> st.SearchStrategy[bytes]:
    """Whole, cut and spoilt PNGs, beginnings of JPEGs, and anything."""
    spoilt = st.tuples(st.integers(8, len(_PNG) - 1), st.integers(0, 255)).map(
        lambda at: _PNG[: at[0]] + bytes([at[1]]) + _PNG[at[0] + 1 :]
    )
    jpeg = st.binary(max_size=200).map(lambda rest: b"\xff\xd8\xff" + rest)
    return st.just(_PNG) | spoilt | st.integers(0, len(_PNG)).map(lambda n: _PNG[:n]) | jpeg | st.binary()


@st.composite
def bodies(draw: st.DrawFn, models: Mapping[str, Columns]) -> Body:
    """Requests for predictions.

    Args:
      models: the columns of each model by its name, with their types.
    """
    name = draw(st.sampled_from(sorted(models)))
    columns, names = models[name], list(models[name])
    makers = {
        "json": ("application/json", _json(columns)),
        "spoilt json": ("application/json", _mutated(columns)),
        "bytes": ("application/json", st.binary()),
        "form": ("multipart/form-data; boundary=b", _form(names)),
        "spoilt form": ("multipart/form-data; boundary=b", st.binary()),
        "picture": (draw(st.sampled_from(["image/png", "application/octet-stream"])), _pictures()),
        "uploaded picture": ("multipart/form-data; boundary=b", _pictures().map(_upload)),
        "text": ("text/plain", st.text().map(str.encode) | st.binary()),
        "another type": (draw(st.sampled_from(["text/html", "", "a", "application/xml"])), st.binary(max_size=20)),
    }
    kind = draw(st.sampled_from(sorted(makers)))
    media_type, content = makers[kind]
    query = draw(st.sampled_from(["", "", "", "?probabilities=true", "?top=2", "?top=x", "?a=b"]))
    return Body(kind, f"/v1/models/{name}/predict{query}", (("content-type", media_type),), draw(content))


def _upload(content: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + content + b"\r\n--b--\r\n"


@dataclass
class Outcome:
    """Attributes:
    statuses: how often each came, by kind of body.
    bad: what must not happen.
    slowest: seconds.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    slowest: float = 0.0


async def _ask(client: httpx.AsyncClient, body: Body, outcome: Outcome) -> None:
    begun = time.perf_counter()
    try:
        answer = await client.post(body.path, content=body.content, headers=body.headers)
    except httpx.HTTPError as error:
        outcome.bad.append(f"{type(error).__name__}: {body}")
        return
    outcome.slowest = max(outcome.slowest, time.perf_counter() - begun)
    outcome.statuses[body.kind, answer.status_code] += 1
    try:
        answer.json()
    except ValueError:
        outcome.bad.append(f"an answer that is no JSON: {body}")
    if answer.status_code not in (503, 504) and not 200 <= answer.status_code < 500:
        outcome.bad.append(f"{answer.status_code}: {body}: {answer.text[:500]}")


def fuzz(url: str, models: Mapping[str, Columns], count: int) -> Outcome:
    """Sends so many bodies, some at a time."""
    outcome = Outcome()
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(base_url=url, timeout=2 * TIMEOUT, trust_env=False)
        for begun in range(0, count, _A_ROUND):
            for some in _batches(models, min(_A_ROUND, count - begun), begun):
                runner.run(_all(client, some, outcome))
            print(f"{sum(outcome.statuses.values()):,} bodies, {len(outcome.bad)} bad", file=sys.stderr)
        runner.run(client.aclose())
    return outcome


async def _all(client: httpx.AsyncClient, some: list[Body], outcome: Outcome) -> None:
    await asyncio.gather(*(_ask(client, body, outcome) for body in some))


def _batches(models: Mapping[str, Columns], count: int, first: int) -> Iterator[list[Body]]:
    made: list[Body] = []

    @seed(first)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(body=bodies(models))
    def make(body: Body) -> None:
        made.append(body)

    make()
    for at in range(0, len(made), AT_ONCE):
        yield made[at : at + AT_ONCE]


def schemathesis(url: str, folder: Path, seconds: int) -> tuple[int, str]:
    """Its exit code and summary.

    One check is left out, that all that the document allows is accepted: no schema can say which bytes are a picture, which
    numbers a model has a finite answer to, or that 3.0 is no name while 3 is one (JSON Schema calls both an integer).
    """
    config = folder / "schemathesis.toml"
    refusals = [400, 401, 403, 404, 405, 406, 413, 415, 422]  # it does not know 413 as one: too many inputs
    config.write_text(f"[checks]\nnegative_data_rejection.expected-statuses = {refusals}\n", encoding="utf-8")
    options = ["--checks", "all", "--exclude-checks", "positive_data_acceptance", "--max-time", str(seconds)]
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        f"--config-file={config}",
        "run",
        f"{url}/openapi.json",
    ]
    command += options
    command += ["--continue-on-failure", "--request-timeout", "20", "--no-color"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=seconds * 4)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
    return done.returncode, done.stdout.partition("= SUMMARY =")[2].strip("=\n ")


@contextmanager
def _process(folder: Path, name: str, *arguments: str) -> Iterator[Path]:
    """A command of slipway, and the file of what it writes on stderr."""
    log = folder / f"{name}.log"
    with log.open("w") as err:
        command = [sys.executable, str(ROOT / "slipway.py"), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err)
    try:
        yield log
    finally:
        process.terminate()
        process.wait(60)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(url: str) -> dict[str, Columns]:
    """The columns of each model, when all can be asked."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    with httpx.Client(base_url=url, trust_env=False) as client:
        names = [model["name"] for model in client.get("/v1/models").json()["models"]]
        found = {name: client.get(f"/v1/models/{name}").json()["inputs"] for name in names}
    return {name: {column: spec["type"] for column, spec in inputs.items()} for name, inputs in found.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=int, default=100_000, help="0: Schemathesis alone; the rest of the page stays")
    parser.add_argument("--seconds", type=int, default=120, help="of Schemathesis")
    asked = parser.parse_args()
    rpc, http = _free_port(), _free_port()
    url = f"http://127.0.0.1:{http}"
    served = ("serve", "--grpc-port", str(rpc), "--rest-port", "-1")
    gateway = ("gateway", "--port", str(http), "--upstream", f"127.0.0.1:{rpc}", "--timeout", str(TIMEOUT))
    with (
        tempfile.TemporaryDirectory() as name,
        _process(Path(name), "serve", *served) as serve_log,
        _process(Path(name), "gateway", *gateway) as gateway_log,
    ):
        models = _wait(url)
        begun = time.perf_counter()
        outcome = fuzz(url, models, asked.bodies)
        seconds = time.perf_counter() - begun
        code, summary = schemathesis(url, Path(name), asked.seconds)
        time.sleep(1)
        logs = {"gateway": gateway_log.read_text(), "model server": serve_log.read_text()}
    for who, text in logs.items():
        if "Traceback" in text or "a bug of ours" in text:
            outcome.bad.append(f"the {who}'s log has a traceback or a bug")
            print(text[-5000:], file=sys.stderr)
    kept = TABLE.read_text(encoding="utf-8").partition(_SECOND)[0] if TABLE.exists() else ""
    first = _of_bodies(outcome, seconds, models) if asked.bodies else kept
    TABLE.write_text(f"{first}{_SECOND}, exit code {code}:\n\n```\n{summary}\n```\n", encoding="utf-8")
    for bad in outcome.bad[:20]:
        print(bad, file=sys.stderr)
    return 1 if outcome.bad or code else 0


def _of_bodies(outcome: Outcome, seconds: float, models: Mapping[str, Any]) -> str:
    kinds = sorted({kind for kind, _ in outcome.statuses})
    statuses = sorted({status for _, status in outcome.statuses})
    count = sum(outcome.statuses.values())
    rows = [f"| {kind} | " + " | ".join(f"{outcome.statuses[kind, s]:,}" for s in statuses) + " |" for kind in kinds]
    bad = "none" if not outcome.bad else f"{len(outcome.bad)}: {outcome.bad[0][:300]}"
    python, cores = platform.python_version(), os.cpu_count()
    return "\n".join(
        [
            "# The gateway under bodies of all kinds",
            "",
            f"Written by `python bench/serving/fuzz_gateway.py`: Python {python}, {cores} cores shared by client, gateway and",
            f"model server; the models {', '.join(models)}.",
            "",
            f"{count:,} bodies made by hypothesis in {seconds:,.0f} s, {AT_ONCE} at a time.",
            f"Slowest answer: {outcome.slowest:.2f} s.",
            f"Other than answers, 4xx, 503 and 504, or no JSON, or no answer, or a traceback in a log: {bad}.",
            "",
            "| body | " + " | ".join(map(str, statuses)) + " |",
            "|---|" + "---|" * len(statuses),
            *rows,
            "\n",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
