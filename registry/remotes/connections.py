"""Connects to a remote with the credentials that its own tools use; docs/remotes.md says how they are made."""

import dataclasses
import importlib
import os
import warnings
from collections.abc import Callable
from typing import Any

from registry.remotes import drive
from registry.remotes.address import SERVERS, Address
from registry.remotes.failures import translated
from registry.remotes.store import DriveStore, FolderStore, ServerStore, Store, WebDavStore
from schemas.errors import InputError

PASSWORD = "SLIPWAY_REMOTE_PASSWORD"
_SECONDS = 20  # for a connection
_ANSWER_SECONDS = 60  # for one answer of a WebDAV server, which may first put a part away
_LIBRARIES = {  # the module of each protocol's file system, and the extra that installs it
    "file": ("fsspec", "remotes"),
    "s3": ("s3fs", "remotes"),
    "gs": ("gcsfs.core", "remotes"),  # gcsfs by itself asks a second service of Google's what kind each bucket is
    "sftp": ("sshfs", "remotes"),
    "webdav": ("webdav4.fsspec", "remotes"),
    "webdavs": ("webdav4.fsspec", "remotes"),
    "gdrive": ("pydrive2.fs", "drive"),
}
# Nothing of fsspec's caches: an instance would be kept with its credentials, a listing would hide what others push.
_FRESH: dict[str, Any] = {"skip_instance_cache": True}
_FRESH_LISTINGS: dict[str, Any] = _FRESH | {"use_listings_cache": False}


def connect(address: Address) -> Store:
    """The files of a remote. Raises InputError: no library of its protocol, no connection, or no credentials."""
    name, extra = _LIBRARIES[address.protocol]
    try:
        library = importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"{address.shown}: this remote needs {error.name}; install it with: pip install 'slipway[{extra}]'"
        ) from None
    if address.protocol in SERVERS and not address.password:
        address = dataclasses.replace(address, password=os.environ.get(PASSWORD, ""))
    with translated(address), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, about what they will change one day
        return _STORES[address.protocol](address, library)


def _folder(address: Address, library: Any) -> Store:
    return FolderStore(address, library.filesystem("file"), address.path)


def _s3(address: Address, library: Any) -> Store:
    # Not the checksums that boto adds by itself: stores of others than Amazon refuse them, and each part has its sha256.
    checksums = dict.fromkeys(("request_checksum_calculation", "response_checksum_validation"), "when_required")
    files = library.S3FileSystem(config_kwargs={"connect_timeout": _SECONDS, **checksums}, **_FRESH_LISTINGS)
    return Store(address, files, address.path)


def _gcs(address: Address, library: Any) -> Store:
    return Store(address, library.GCSFileSystem(**_FRESH_LISTINGS), address.path)


def _sftp(address: Address, library: Any) -> Store:
    known = {"port": address.port, "username": address.user, "password": address.password}
    files = library.SSHFileSystem(
        address.host,
        # sshfs takes any host without this; with it, those of ~/.ssh/known_hosts, or of what ~/.ssh/config names.
        known_hosts=(),
        connect_timeout=_SECONDS,
        login_timeout=_SECONDS,
        **{key: value for key, value in known.items() if value},
        **_FRESH,
    )
    if f"{address.path}/".startswith("/~/"):  # below the user's home, where a session begins
        return ServerStore(address, files, address.path[3:] or ".")
    return ServerStore(address, files, address.path)


def _webdav(address: Address, library: Any) -> Store:
    scheme = "https" if address.protocol == "webdavs" else "http"
    host = f"[{address.host}]" if ":" in address.host else address.host
    place = f"{host}:{address.port}" if address.port else host
    auth = (address.user, address.password) if address.user else None
    # The remote itself is the root: a server may answer nothing about the folders above it.
    files = library.WebdavFileSystem(f"{scheme}://{place}{address.path}", auth=auth, timeout=_ANSWER_SECONDS, **_FRESH)
    return WebDavStore(address, files, "")


def _drive(address: Address, library: Any) -> Store:
    root = address.path.split("/")[0]
    return DriveStore(address, library.GDriveFileSystem(root, google_auth=drive.login(), **_FRESH), address.path)


_STORES: dict[str, Callable[[Address, Any], Store]] = {
    "file": _folder,
    "s3": _s3,
    "gs": _gcs,
    "sftp": _sftp,
    "webdav": _webdav,
    "webdavs": _webdav,
    "gdrive": _drive,
}
