"""The gateway's small parts by themselves, with properties."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from serving.addresses import is_loopback
from serving.gateway import canary, keys
from serving.gateway.breaker import Breaker, State
from serving.gateway.canary import Routing
from serving.gateway.forms import parts
from serving.gateway.limits import RateLimit
from serving.gateway.logs import Log
from serving.gateway.negotiation import check_accept, options
from serving.gateway.problems import HttpProblem
from serving.gateway.single_flight import SingleFlight
from serving.gateway.watched import Watched


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_breaker_opens_probes_once_and_closes() -> None:
    clock = Clock()
    breaker = Breaker(3, 1.0, clock)
    for _ in range(2):
        breaker.failed()
    breaker.succeeded()
    for _ in range(3):
        assert breaker.wait() == 0
        breaker.failed()
    assert breaker.state is State.OPEN and breaker.wait() == 1.0
    clock.now = 1.0
    assert breaker.wait() == 0 and breaker.state is State.HALF_OPEN
    assert breaker.wait() == 1.0  # the others wait for the probe
    breaker.failed()
    assert breaker.state is State.OPEN and breaker.wait() == 1.0
    clock.now = 2.0
    assert breaker.wait() == 0
    breaker.succeeded()
    assert breaker.state is State.CLOSED and breaker.wait() == 0


def test_a_probe_that_never_reports_does_not_close_the_way_for_ever() -> None:
    clock = Clock()
    breaker = Breaker(1, 1.0, clock)
    breaker.failed()
    clock.now = 1.0
    assert breaker.wait() == 0
    clock.now = 2.0
    assert breaker.wait() == 0
    breaker.released()
    assert breaker.wait() == 0


@given(rate=st.floats(0.5, 50), gaps=st.lists(st.floats(0, 2), max_size=60))
def test_a_key_never_gets_more_than_its_rate_and_one_seconds_worth(rate: float, gaps: list[float]) -> None:
    clock = Clock()
    limit = RateLimit(rate, clock)
    taken = 0
    for gap in gaps:
        clock.now += gap
        wait = limit.take("ada")
        taken += not wait
        assert 0 <= wait <= 1 / rate + 1e-9
    assert taken <= clock.now * rate + max(1, rate) + 1e-6


def test_a_token_is_there_after_the_reported_wait() -> None:
    clock = Clock()
    limit = RateLimit(3, clock)
    while not (wait := limit.take("ada")):
        pass
    clock.now += wait + 1e-9
    assert limit.take("ada") == 0


def test_the_memory_of_addresses_is_bounded() -> None:
    limit = RateLimit(1)
    for i in range(10_050):
        limit.take(str(i))
    assert len(limit._buckets) == 10_000


@given(
    weights=st.dictionaries(st.sampled_from(["1.0.0", "1.1.0", "2.0.0"]), st.floats(0, 1e6)),
    available=st.sets(st.sampled_from(["1.0.0", "1.1.0", "2.0.0", "3.0.0"])),
    point=st.floats(0, 1, exclude_max=True),
)
def test_a_version_is_chosen_of_those_that_are_there(
    weights: dict[str, float], available: set[str], point: float
) -> None:
    chosen = Routing(weights).choose(available, point)
    possible = {version for version in available if weights.get(version)}
    assert chosen in possible if possible else chosen is None


def test_shares_are_exact_along_the_scale() -> None:
    routing = Routing({"1.0.0": 3, "1.1.0": 1})
    found = Counter(routing.choose({"1.0.0", "1.1.0"}, i / 1000) for i in range(1000))
    assert found == {"1.0.0": 750, "1.1.0": 250}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "cannot read the configuration"),
        ("other = 1", "the file: received 'other'; only models"),
        ("models = 1", "models: received 1; a table"),
        ("models.titanic = 1", "models.titanic: received 1"),
        ("[models.titanic]\nweight = 1", "received 'weight'; only labels, weights"),
        ("[models.titanic.weights]\nnew = 1", "received 'new'; a version in quotes"),
        ('[models.titanic.weights]\n"1.0.0" = "1"', "received '1'; a number"),
        ('[models.titanic.weights]\n"1.0.0" = true', "received True"),
        ('[models.titanic.weights]\n"1.0.0" = nan', "received nan"),
        ('[models.titanic.weights]\n"1.0.0" = inf', "received inf"),
        ('[models.titanic.weights]\n"1.0.0" = 0', "at least one weight above 0"),
        ("[models.titanic.weights]\n1.0.0 = 1", "models.titanic.weights"),
        ("[models.titanic.labels]\nstable = 1", "labels.stable: received 1"),
    ],
)
def test_a_wrong_configuration_names_the_entry(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        canary.load(file)
    assert message in str(caught.value) and str(file) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"keys": [{}]}', '{"keys": 1}', '{"keys": [{"name": 1}]}'])
def test_a_keys_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(InputError, match="cannot read the keys"):
        keys.load(file)


def test_keys_differ_and_are_found_by_their_hash(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = [keys.add(file, f"n{i}", None) for i in range(5)]
    assert len(set(made)) == 5
    assert [keys.load(file)[keys.digest(key)].name for key in made] == [f"n{i}" for i in range(5)]


def test_a_watched_file_keeps_what_was_good(tmp_path: Path) -> None:
    lines: list[bytes] = []
    log = Log(lines.append)
    file = tmp_path / "number"
    file.write_text("1")

    def load(path: Path) -> int:
        try:
            return int(path.read_text())
        except ValueError as error:
            raise InputError("no number") from error

    watched = Watched(file, load, log)
    for text, value in (("22", 22), ("x", 22), ("333", 333)):
        file.write_text(text)
        watched.refresh()
        assert watched.value == value
    file.unlink()
    watched.refresh()
    assert watched.value == 333
    log.close()
    assert b"no number" in b"".join(lines)


def test_concurrent_calls_share_one_run() -> None:
    runs = []

    async def run() -> None:
        runs.append(1)
        await asyncio.sleep(0.01)

    async def main() -> None:
        shared = SingleFlight(run)
        await asyncio.gather(*(shared() for _ in range(5)))
        await shared()

    asyncio.run(main())
    assert len(runs) == 2


@given(st.binary(), st.binary(max_size=80))
def test_any_form_is_read_or_refused(body: bytes, head: bytes) -> None:
    for whole in (body, b"--b\r\n" + head + b"\r\n\r\n" + body + b"\r\n--b--\r\n"):
        try:
            found = parts("multipart/form-data; boundary=b", whole)
        except ValueError:
            continue
        assert all(isinstance(name, str) and isinstance(content, bytes) for name, content in found)


@given(st.binary(max_size=300).filter(lambda content: b"--b" not in content))
def test_a_forms_part_comes_back_byte_for_byte(content: bytes) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' + content + b"\r\n--b--\r\n"
    assert parts("multipart/form-data; boundary=b", body) == [("file", content)]


@given(st.text(st.characters(max_codepoint=255)))
def test_any_accept_header_is_taken_or_refused(header: str) -> None:
    try:
        check_accept(header)
    except HttpProblem as problem:
        assert problem.status == 406


@given(st.binary())
def test_any_query_is_read_or_refused(query: bytes) -> None:
    try:
        found = options(query)
    except HttpProblem as problem:
        assert problem.status == 422
    else:
        assert 0 <= found.top <= 1000


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "LocalHost")),
        *((host, False) for host in ("0.0.0.0", "", "10.0.0.1", "::", "127.0.0.1.nip.io")),
    ],
)
def test_loopback_is_this_machine_alone(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_retry_after_is_whole_seconds_and_never_zero() -> None:
    for wait, header in ((0.001, "1"), (1.0, "1"), (1.2, "2")):
        assert HttpProblem("overloaded", "", retry_after=wait).headers == {"Retry-After": header}
    assert HttpProblem("overloaded", "").headers == {}


def test_any_value_in_a_problem_is_json() -> None:
    more: dict[str, Any] = {"received": "é", "allowed": [1]}
    assert b"\xc3\xa9" in HttpProblem("bug", "d", **more).response("id", "/x").body
