"""``python -m studio.server.openapi``: the OpenAPI document on stdout, from which the page's client is generated."""

import json
import sys

from schemas.home import Home
from studio.server import app
from studio.server.context import Studio
from studio.settings import Settings


def document() -> str:
    """The document as JSON text."""
    found = app.make(Studio(Home.from_environment(), Settings())).openapi()
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
