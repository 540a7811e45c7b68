"""A server that speaks Google Drive's REST API v2 as Google documents it, as far as PyDrive2 uses it. It is not Google's.

Its resources, paths and errors are those of the discovery document "drive v2"; tests reach it over TLS as www.googleapis.com.
Files are in memory. A page of a list has at most ``PAGE`` items, so that clients must turn pages; two files of a folder may
have the same title, and what is in the trash stays there, as in Drive.
"""

import base64
import datetime
import hashlib
import json
import re
import secrets
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

HOSTS = ("www.googleapis.com", "oauth2.googleapis.com")
FOLDER = "application/vnd.google-apps.folder"
PAGE = 2
CONSENT = "1//consent"  # the refresh token of a person who agreed
CLIENT = {
    "client_id": "1.apps.googleusercontent.com",
    "client_secret": "GOCSPX-secret",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": f"https://{HOSTS[1]}/token",
}
ROOT = "0AroOt"
_PARENT = re.compile(r"'([^']*)' in parents")
_TITLE = re.compile(r"title='((?:\\'|[^'])*)'")


@dataclass
class DriveFile:
    """A file or a folder, and what an upload has written of it so far."""

    title: str
    parent: str
    mime: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    content: bytes = b""
    trashed: bool = False

    def resource(self) -> dict[str, Any]:
        common = {
            "kind": "drive#file",
            "id": self.id,
            "title": self.title,
            "mimeType": self.mime,
            "labels": {"trashed": self.trashed},
            "parents": [{"kind": "drive#parentReference", "id": self.parent, "isRoot": self.parent == ROOT}],
        }
        if self.mime == FOLDER:
            return common
        return common | {"fileSize": str(len(self.content)), "md5Checksum": hashlib.md5(self.content).hexdigest()}


class DriveServer(ThreadingHTTPServer):
    """Serves on a free port of 127.0.0.1 while the context is open.

    Attributes:
      files: by id.
      requests: method and path of every request.
      key: a service account's key, as the JSON file that Google's console gives.
      quota: bytes that all files together may have.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, DriveFile] = {}
        self.uploads: dict[str, DriveFile] = {}
        self.tokens: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        self.quota = 1 << 40
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.key = {
            "type": "service_account",
            "client_email": "slipway@project.iam.gserviceaccount.com",
            "client_id": "1",
            "private_key_id": "k1",
            "private_key": _pem(self.private).decode(),
            "token_uri": f"https://{HOSTS[1]}/token",
        }
        self.certificate = folder / "ca.pem"
        self.socket = _tls(self.certificate).wrap_socket(self.socket, server_side=True)

    def __enter__(self) -> "DriveServer":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def named(self, title: str) -> list[DriveFile]:
        """The files of this title that are not in the trash."""
        return [file for file in self.files.values() if file.title == title and not file.trashed]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DriveServer

    def do_GET(self) -> None:
        path, query = self._request()
        if path == "/discovery/v1/apis/drive/v2/rest":
            self._answer(200, DISCOVERY)
        elif not self._authorized():
            self._error(401, "authError", "Invalid Credentials")
        elif path == "/drive/v2/files":
            self._list(query)
        elif file := self._file(path.rpartition("/")[2]):
            self._media(file) if query.get("alt") == "media" else self._answer(200, file.resource())

    def do_POST(self) -> None:
        path, query = self._request()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path == "/token":
            self._token(parse_qs(body.decode()))
        elif not self._authorized():
            self._error(401, "authError", "Invalid Credentials")
        elif path.endswith("/trash"):
            if file := self._file(path.split("/")[-2]):
                file.trashed = True
                self._answer(200, file.resource())
        else:
            given = json.loads(body)
            parent = given["parents"][0]["id"]
            mime = given.get("mimeType") or self.headers["X-Upload-Content-Type"]
            file = DriveFile(given["title"], ROOT if parent == "root" else parent, mime)
            if query.get("uploadType") != "resumable":
                self.server.files[file.id] = file
                self._answer(200, file.resource())
                return
            self.server.uploads[file.id] = file
            self._answer(200, {}, {"Location": f"https://{HOSTS[0]}{path}?uploadType=resumable&upload_id={file.id}"})

    def do_PUT(self) -> None:
        _, query = self._request()
        file = self.server.uploads[query["upload_id"]]
        # An empty file has no range.
        whole = int(self.headers.get("Content-Range", "/0").rpartition("/")[2])
        if sum(len(one.content) for one in self.server.files.values()) + whole > self.server.quota:
            self.rfile.read(int(self.headers["Content-Length"]))
            self._error(403, "storageQuotaExceeded", "The user's Drive storage quota has been exceeded.")
            return
        file.content += self.rfile.read(int(self.headers["Content-Length"]))
        if len(file.content) < whole:
            self._answer(308, {}, {"Range": f"bytes=0-{len(file.content) - 1}"})
            return
        self.server.files[file.id] = self.server.uploads.pop(file.id)  # it is there when it is whole
        self._answer(200, file.resource())

    def _request(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        self.server.requests.append((self.command, parts.path))
        return parts.path, {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _authorized(self) -> bool:
        return self.headers.get("Authorization", "").removeprefix("Bearer ") in self.server.tokens

    def _token(self, form: dict[str, list[str]]) -> None:
        """An access token for an assertion that the account's key has signed (RFC 7523), or for a person's consent."""
        if form["grant_type"] == ["refresh_token"]:  # RFC 6749, section 6
            if (form["refresh_token"], form["client_secret"]) == ([CONSENT], [CLIENT["client_secret"]]):
                self._grant()
            else:
                self._answer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
            return
        signed, _, signature = form["assertion"][0].rpartition(".")
        try:
            self.server.private.public_key().verify(
                _decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256()
            )
        except Exception:
            self._answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            return
        self._grant()

    def _grant(self) -> None:
        token = secrets.token_hex(8)
        self.server.tokens.add(token)
        self._answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _list(self, query: dict[str, str]) -> None:
        parents = {ROOT if parent == "root" else parent for parent in _PARENT.findall(query["q"])}
        title = _TITLE.search(query["q"])
        found = [
            file
            for file in self.server.files.values()
            if file.parent in parents and not file.trashed
            # Drive compares titles without their case.
            if title is None or file.title.lower() == title[1].replace("\\'", "'").lower()
        ]
        first = int(query.get("pageToken", 0))
        page = {"kind": "drive#fileList", "items": [file.resource() for file in found[first : first + PAGE]]}
        more = {"nextPageToken": str(first + PAGE)} if first + PAGE < len(found) else {}
        self._answer(200, page | more)

    def _file(self, file_id: str) -> DriveFile | None:
        if file_id in ("root", ROOT):
            return DriveFile("My Drive", "", FOLDER, ROOT)
        if file_id not in self.server.files:
            self._error(404, "notFound", f"File not found: {file_id}")
        return self.server.files.get(file_id)

    def _media(self, file: DriveFile) -> None:
        first, last = (int(text) for text in self.headers["Range"].removeprefix("bytes=").split("-"))
        if first >= len(file.content):
            self._send(416, b"", {"Content-Range": f"bytes */{len(file.content)}"})
            return
        content = file.content[first : last + 1]
        range_ = f"bytes {first}-{first + len(content) - 1}/{len(file.content)}"
        self._send(206, content, {"Content-Range": range_, "Content-Type": file.mime})

    def _error(self, code: int, reason: str, message: str) -> None:
        error = {"domain": "global", "reason": reason, "message": message}
        self._answer(code, {"error": {"errors": [error], "code": code, "message": message}})

    def _answer(self, code: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(code, json.dumps(content).encode(), {"Content-Type": "application/json"} | (headers or {}))

    def _send(self, code: int, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in (headers | {"Content-Length": str(len(content))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    private = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())


def _tls(certificate: Path) -> ssl.SSLContext:
    """A context with a certificate for ``HOSTS``, which is written as the authority that clients must trust."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Slipway's test of Google Drive")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    both = certificate.with_name("server.pem")
    both.write_bytes(_pem(key) + certificate.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context


def _method(name: str, http: str, path: str, parameters: str = "", **more: Any) -> dict[str, Any]:
    fields = {one: {"type": "string", "location": "query"} for one in parameters.split()}
    if "{fileId}" in path:
        fields["fileId"] = {"type": "string", "location": "path", "required": True}
    order = {"parameterOrder": ["fileId"] if "{fileId}" in path else []}
    found = {
        "id": f"drive.files.{name}",
        "httpMethod": http,
        "path": path,
        "parameters": fields,
        "response": {"$ref": "File"},
    }
    return found | order | more


_UPLOAD = {"simple": {"multipart": True, "path": "/upload/drive/v2/files"}}
_UPLOAD["resumable"] = {"multipart": True, "path": "/resumable/upload/drive/v2/files"}
DISCOVERY: dict[str, Any] = {
    "kind": "discovery#restDescription",
    "id": "drive:v2",
    "name": "drive",
    "version": "v2",
    "protocol": "rest",
    "rootUrl": f"https://{HOSTS[0]}/",
    "servicePath": "drive/v2/",
    "baseUrl": f"https://{HOSTS[0]}/drive/v2/",
    "batchPath": "batch/drive/v2",
    "parameters": {"alt": {"type": "string", "location": "query"}, "fields": {"type": "string", "location": "query"}},
    "schemas": {name: {"id": name, "type": "object"} for name in ("File", "FileList")},
    "resources": {
        "files": {
            "methods": {
                "list": _method(
                    "list",
                    "GET",
                    "files",
                    "q maxResults pageToken corpora driveId supportsAllDrives includeItemsFromAllDrives",
                    response={"$ref": "FileList"},
                ),
                "get": _method(
                    "get", "GET", "files/{fileId}", "acknowledgeAbuse supportsAllDrives", supportsMediaDownload=True
                ),
                "insert": _method(
                    "insert",
                    "POST",
                    "files",
                    "supportsAllDrives",
                    request={"$ref": "File"},
                    supportsMediaUpload=True,
                    mediaUpload={"accept": ["*/*"], "maxSize": "5497558138880", "protocols": _UPLOAD},
                ),
                "trash": _method("trash", "POST", "files/{fileId}/trash", "supportsAllDrives"),
            }
        }
    },
}
