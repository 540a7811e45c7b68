"""API keys: a JSON file of hashes, made by ``slipway keys``."""

import fcntl
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import InputError, shown
from schemas.files import OWNER_ONLY, write_whole

FILE = "gateway_keys.json"
_PREFIX = "slk_"  # so that scanners for secrets in repositories recognise one
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Key:
    """An entry of the keys file: everything about a key but the key itself.

    Attributes:
      name: of its holder; it appears in the access log.
      sha256: of the key.
      models: names of the models that it may use; None for all, and for the metrics.
      created: ISO 8601, UTC.
    """

    name: str
    sha256: str
    models: tuple[str, ...] | None
    created: str

    def allows(self, model: str) -> bool:
        """Whether the key's scope contains the model."""
        return self.models is None or model in self.models


def digest(key: str) -> str:
    """A key's hash, hex.

    A key is 256 random bits, beyond guessing from a plain SHA-256. The slow, salted hashes are for passwords, and would
    cost more than the prediction.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def load(path: Path) -> dict[str, Key]:
    """The keys of a file, by hash. Raises InputError for a file that cannot be read."""
    try:
        found = [Key(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))["keys"]]
        if not all(_is_key(key) for key in found):
            raise ValueError("an entry has name, sha256, models and created")
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(f"cannot read the keys {path} ({error}); mend the file, or make new keys") from error
    return {key.sha256: key for key in found}


def _is_key(key: Key) -> bool:
    # JSON has no tuples: a scope that was written as one is read as a list.
    models = key.models is None or (isinstance(key.models, list) and all(isinstance(m, str) for m in key.models))
    return models and isinstance(key.name, str) and isinstance(key.sha256, str)


def add(path: Path, name: str, models: list[str] | None) -> str:
    """Makes a key and returns it: it is shown this once, and kept nowhere. Raises InputError for a name that is taken."""
    if not _NAME.fullmatch(name):
        raise InputError(f"NAME: received {shown(name)}; letters, digits, '.', '_' and '-' are expected, up to 64")
    with _locked(path):
        found = _read(path)
        if any(key.name == name for key in found):
            raise InputError(f"there is a key named {name!r} already; remove it first: slipway keys remove {name}")
        key = _PREFIX + secrets.token_urlsafe(32)
        scope = tuple(models) if models is not None else None
        created = datetime.now(UTC).isoformat(timespec="seconds")
        _write(path, [*found, Key(name, digest(key), scope, created)])
    return key


def remove(path: Path, name: str) -> None:
    """Takes a key back. Raises InputError for a name that is not there."""
    with _locked(path):
        found = _read(path)
        kept = [key for key in found if key.name != name]
        if len(kept) == len(found):
            known = ", ".join(key.name for key in found) or "none"
            raise InputError(f"there is no key named {shown(name)}; the keys are: {known}")
        _write(path, kept)


def listed(path: Path) -> list[Key]:
    """All keys of the file, oldest first; none without a file. Raises InputError for a file that cannot be read."""
    return _read(path)


def _read(path: Path) -> list[Key]:
    return list(load(path).values()) if path.exists() else []


def _write(path: Path, keys: list[Key]) -> None:
    write_whole(path, json.dumps({"keys": [asdict(key) for key in keys]}, indent=1) + "\n", mode=OWNER_ONLY)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Only one command edits the file at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # A lock file of its own: the keys file is replaced by a rename, and a lock on the old one would exclude nothing.
        with path.with_name(f".{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise InputError(f"cannot write the keys {path}: {error.strerror or error}") from error
