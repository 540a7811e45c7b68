"""Keys, rates, hosts, origins and TLS."""

import datetime
import json
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.serving.gateway.conftest import Start, World
from tests.serving.gateway.running import ROOT, Running, eventually
from tests.serving.gateway.test_refusals import problem

INPUT: dict[str, Any] = {"input": {}}


def slipway(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "slipway.py"), *arguments]
    return subprocess.run(command, env={"SLIPWAY_HOME": str(home)}, capture_output=True, text=True, timeout=60)


def made(home: Path, *arguments: str) -> str:
    done = slipway(home, "keys", "add", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_keys_are_kept_as_hashes_in_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    key = made(tmp_path, "ada", "--models", "titanic, digits")
    file = tmp_path / "gateway_keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key not in file.read_text() and len(key) > 40
    listed = json.loads(slipway(tmp_path, "keys", "list", "--json").stdout)["keys"]
    assert [(entry["name"], entry["models"]) for entry in listed] == [("ada", ["titanic", "digits"])]
    assert key not in slipway(tmp_path, "keys", "list").stdout


def test_a_keys_name_is_unique_and_can_be_removed(tmp_path: Path) -> None:
    first = made(tmp_path, "ada")
    again = slipway(tmp_path, "keys", "add", "ada")
    assert again.returncode == 2 and "slipway keys remove ada" in again.stderr
    assert slipway(tmp_path, "keys", "remove", "ada").returncode == 0
    assert made(tmp_path, "ada") != first
    gone = slipway(tmp_path, "keys", "remove", "bob")
    assert gone.returncode == 2 and "the keys are: ada" in gone.stderr
    assert slipway(tmp_path, "keys", "add", "a b").returncode == 2


def test_a_key_for_a_model_that_is_not_there_is_made_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "models" / "digits").mkdir(parents=True)
    done = slipway(tmp_path, "keys", "add", "ada", "--models", "digits,nix")
    assert done.returncode == 0 and done.stdout.startswith("slk_")
    assert "no model 'nix'" in done.stderr and "digits" not in done.stderr
    empty = slipway(tmp_path, "keys", "add", "bob", "--models", "digits,")
    assert empty.returncode == 2 and "--models: received 'digits,'" in empty.stderr


def test_with_keys_each_request_but_probes_needs_one(own: World, start: Start) -> None:
    key = made(own.home, "ada")
    gateway = start(own)
    assert gateway.http.get("/healthz").status_code == gateway.http.get("/readyz").status_code == 200
    for path in ("/v1/models", "/v1/models/titanic", "/metrics", "/docs", "/openapi.json", "/nothing"):
        answer = gateway.http.get(path)
        assert "X-API-Key" in problem(answer, 401, "key-missing")["detail"]
        assert "Bearer" in answer.headers["www-authenticate"]
    for headers in (bearer(key), {"x-api-key": key}, {"authorization": f"bearer {key}"}):
        assert gateway.predict("titanic", INPUT, headers=headers).status_code == 200
    assert gateway.http.get("/docs", auth=("anyone", key)).status_code == 200
    for sent in ("", "x", key[:-1], key + "x", "é"):
        problem(gateway.predict("titanic", INPUT, headers={"x-api-key": sent.encode()}), 401, "key-unknown")
    problem(gateway.predict("titanic", INPUT, headers={"authorization": "Basic !"}), 401, "key-missing")
    assert {line["key"] for line in gateway.requests if line["status"] == 200 and line["model"]} == {"ada"}
    assert key not in gateway.text


def test_a_key_is_limited_to_the_models_in_its_scope(own: World, start: Start) -> None:
    key = bearer(made(own.home, "ada", "--models", "titanic,mpg"))
    gateway = start(own)
    assert gateway.predict("titanic", INPUT, headers=key).status_code == 200
    problem(gateway.predict("digits", INPUT, headers=key), 403, "not-allowed")
    problem(gateway.predict("nix", INPUT, headers=key), 403, "not-allowed")  # so that no name can be tried out
    problem(gateway.http.get("/v1/models/digits", headers=key), 403, "not-allowed")
    problem(gateway.http.get("/metrics", headers=key), 403, "not-allowed")
    names = [model["name"] for model in gateway.http.get("/v1/models", headers=key).json()["models"]]
    assert names == ["mpg", "titanic"]
    document = gateway.http.get("/openapi.json", headers=key).text
    assert "digits" not in document and "reviews" not in document


def test_keys_that_come_and_go_count_within_seconds(own: World, start: Start) -> None:
    gateway = start(own)
    assert gateway.predict("titanic", INPUT).status_code == 200
    key = made(own.home, "ada")
    eventually(lambda: gateway.predict("titanic", INPUT).status_code == 401)
    assert gateway.predict("titanic", INPUT, headers=bearer(key)).status_code == 200
    slipway(own.home, "keys", "remove", "ada")
    eventually(lambda: gateway.predict("titanic", INPUT, headers=bearer(key)).status_code == 401)


def test_a_spoilt_or_lost_keys_file_opens_nothing(own: World, start: Start) -> None:
    key = made(own.home, "ada")
    gateway = start(own)
    file = own.home / "gateway_keys.json"
    for spoil in (lambda: file.write_text("{"), file.unlink):
        spoil()
        eventually(lambda: any(line["level"] == "error" for line in gateway.log[-3:]))
        assert gateway.predict("titanic", INPUT).status_code == 401
        assert gateway.predict("titanic", INPUT, headers=bearer(key)).status_code == 200


def test_without_keys_only_names_of_this_machine_are_answered(gateway: Running) -> None:
    for host in ("localhost", "127.0.0.1:1", "LOCALHOST:80", "[::1]", "[::1]:8080"):
        assert gateway.http.get("/v1/models", headers={"host": host}).status_code == 200
    for host in ("evil.example", "127.0.0.1.evil.example:80", "", "localhost.evil", "[::2]:80", "["):
        problem(gateway.http.get("/v1/models", headers={"host": host}), 403, "host-not-local")


def refused(home: Path, *options: str) -> str:
    done = slipway(home, "gateway", "--port", "0", *options)
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    return line


def test_others_may_reach_it_only_with_keys(own: World, start: Start) -> None:
    line = refused(own.home, "--host", "0.0.0.0")
    assert "slipway keys add NAME" in line and "--host 0.0.0.0" in line
    made(own.home, "ada")
    assert "API keys are asked for" in start(own, "--host", "0.0.0.0", ready=False).line
    slipway(own.home, "keys", "remove", "ada")
    assert "slipway keys add NAME" in refused(own.home, "--host", "0.0.0.0")  # an empty file has no key either


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--upstream", "nowhere"), "--upstream: received 'nowhere'; HOST:PORT"),
        (("--upstream", "http://a:1"), "--upstream"),
        (("--upstream", "a:99999"), "--upstream"),
        (("--models", "/no/such"), "--models: received '/no/such'; the folder of the pushed models"),
        (("--timeout", "0"), "--timeout"),
        (("--timeout", "nan"), "--timeout"),
        (("--rate-limit", "-1"), "--rate-limit"),
        (("--request-log-sample", "2"), "--request-log-sample"),
        (("--request-log", "/no/such/file"), "--request-log"),
        (("--tls-cert", "c.pem"), "--tls-cert and --tls-key belong together"),
        (("--tls-cert", "c.pem", "--tls-key", "k.pem"), "--tls-cert: received 'c.pem'; a PEM file"),
        (("--upstream-tls-ca", "c.pem"), "--upstream-tls-ca"),
        (("--config", "c.toml"), "--config: there is no file c.toml"),
        (("--keys", "k.json"), "--keys: there is no file k.json"),
        (("--max-batch", "0"), "--max-batch"),
        (("--host", "999.1.1.1"), "--host 999.1.1.1"),
    ],
)
def test_an_option_that_cannot_be_meant_is_named(world: World, options: tuple[str, ...], message: str) -> None:
    assert message in refused(world.home, *options)


def test_a_port_that_is_taken_is_named(gateway: Running, world: World) -> None:
    port = gateway.url.rpartition(":")[2]
    assert f"cannot listen on 127.0.0.1:{port}" in refused(world.home, "--port", port)


def test_a_key_has_a_rate(own: World, start: Start) -> None:
    ada, bob = bearer(made(own.home, "ada")), bearer(made(own.home, "bob"))
    gateway = start(own, "--rate-limit", "5")
    answers = [gateway.predict("titanic", INPUT, headers=ada) for _ in range(12)]
    assert [answer.status_code for answer in answers[:5]] == [200] * 5
    late = [answer for answer in answers if answer.status_code == 429]
    assert len(late) >= 4
    problem(late[0], 429, "too-many-requests")
    assert late[0].headers["retry-after"] == "1"
    assert gateway.predict("titanic", INPUT, headers=bob).status_code == 200
    assert gateway.http.get("/healthz").status_code == 200
    time.sleep(1.1)
    assert gateway.predict("titanic", INPUT, headers=ada).status_code == 200


def test_without_keys_an_address_has_a_rate(own: World, start: Start) -> None:
    gateway = start(own, "--rate-limit", "1")
    statuses = [gateway.predict("titanic", INPUT).status_code for _ in range(3)]
    assert statuses[0] == 200 and 429 in statuses


def test_other_origins_are_not_let_in_by_default(gateway: Running) -> None:
    answer = gateway.http.get("/v1/models", headers={"origin": "https://a.example"})
    assert "access-control-allow-origin" not in answer.headers


def test_an_origin_that_is_named_is_let_in(own: World, start: Start) -> None:
    gateway = start(own, "--cors-origin", "https://a.example")
    path, preflight = "/v1/models/titanic/predict", {"access-control-request-method": "POST"}
    good = gateway.http.options(path, headers={"origin": "https://a.example", **preflight})
    assert good.headers["access-control-allow-origin"] == "https://a.example"
    assert gateway.http.options(path, headers={"origin": "https://b.example", **preflight}).status_code == 400
    answer = gateway.predict("titanic", INPUT, headers={"origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of its own for localhost."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    none = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none))
    return cert, private


def test_tls_files_are_taken(own: World, start: Start, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    gateway = start(own, "--tls-cert", str(cert), "--tls-key", str(key))
    assert gateway.url.startswith("https://")
    assert gateway.predict("titanic", INPUT).status_code == 200
    with pytest.raises(httpx.HTTPError):
        httpx.get(gateway.url.replace("https", "http"), trust_env=False)
    key.write_text("no key")
    assert "--tls-cert, --tls-key" in refused(own.home, "--tls-cert", str(cert), "--tls-key", str(key))
