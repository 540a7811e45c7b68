"""The login of Google Drive: a service account's key, or an OAuth client and the user's consent in a browser."""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from schemas.errors import InputError

CREDENTIALS = "SLIPWAY_DRIVE_CREDENTIALS"
_SCOPES = ["https://www.googleapis.com/auth/drive"]
_SECONDS = 120  # for one answer of the server


def login() -> Any:
    """A ``pydrive2.auth.GoogleAuth`` that is authenticated.

    ``$SLIPWAY_DRIVE_CREDENTIALS`` is the JSON file that Google's console gives: the key of a service account, or an OAuth
    client for desktop applications. With the latter the first login opens a browser; the consent is kept beside the file.

    Raises:
      InputError: the variable is not set, or its file is none of the two.
    """
    path = os.environ.get(CREDENTIALS, "")
    if not path:
        raise InputError(
            f"gdrive: {CREDENTIALS} is not set; it names the JSON file of the credentials (docs/remotes.md)"
        )
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        if content.get("type") == "service_account":
            return _service_account(content)
        return _client(content["installed"], Path(path))
    except OSError as error:
        raise InputError(f"{CREDENTIALS}: {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        # Without the error's text, which may have a part of the key.
        raise InputError(
            f"{CREDENTIALS}: {path} is neither the key of a service account nor an OAuth client for desktop applications"
        ) from error


def _service_account(key: dict[str, Any]) -> Any:
    from google.auth.crypt import RSASigner
    from oauth2client.service_account import ServiceAccountCredentials
    from pydrive2.auth import GoogleAuth

    settings = {"client_config_backend": "service", "service_config": {"client_json_dict": key}, "oauth_scope": _SCOPES}
    auth = GoogleAuth(settings=settings, http_timeout=_SECONDS)
    # Not PyDrive2's own way, which signs with a function that pyOpenSSL no longer has.
    auth.credentials = ServiceAccountCredentials(
        key["client_email"],
        RSASigner.from_service_account_info(key),
        scopes=_SCOPES,
        private_key_id=key["private_key_id"],
        client_id=key.get("client_id"),
        token_uri=key["token_uri"],
    )
    auth.ServiceAuth()
    return auth


def _client(client: dict[str, Any], path: Path) -> Any:
    from pydrive2.auth import GoogleAuth

    consent = path.with_name(f".{path.stem}.consent.json")
    settings = {
        "client_config_backend": "settings",
        "client_config": {
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
            "auth_uri": client["auth_uri"],
            "token_uri": client["token_uri"],
            "revoke_uri": None,
            "redirect_uri": "",
        },
        "oauth_scope": _SCOPES,
        "get_refresh_token": True,
        "save_credentials": True,
        "save_credentials_backend": "file",
        "save_credentials_file": str(consent),
    }
    if not consent.exists() and not sys.stdin.isatty():  # else a browser would be waited for without an end
        raise InputError(
            f"{CREDENTIALS}: nobody has agreed yet to the use of {path}; run this once in a terminal: it opens a browser"
        )
    auth = GoogleAuth(settings=settings, http_timeout=_SECONDS)
    with contextlib.redirect_stdout(sys.stderr):  # PyDrive2 prints where the browser goes
        auth.LocalWebserverAuth()
    return auth
