"""The built page: the files of studio/static, and index.html for every address that is the page's own to read."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from schemas.errors import InputError

BUILT = Path(__file__).parents[1] / "static"
_FOREVER = "public, max-age=31536000, immutable"  # Vite names the files of assets/ by their content


def check(folder: Path) -> None:
    """Raises InputError where the page was not built."""
    if not (folder / "index.html").is_file():
        raise InputError(
            f"the studio's page is not built: {folder / 'index.html'} is missing; "
            "build it with `make studio`, which needs Node 20.19 or newer, or install Slipway's wheel, which has it"
        )


class Page(StaticFiles):
    """The files, and index.html in place of one that is not there."""

    async def check_config(self) -> None:
        """Nothing: the command has checked the folder, and while it is built anew its files are missing, which is a 404."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file at a path."""
        if path == "api" or path.startswith("api/"):
            raise HTTPException(404)
        is_asset = path.startswith("assets/")
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            # A missing asset is of an older build: HTML in its place would be a script that cannot be read.
            if error.status_code != 404 or is_asset:
                raise
            response = await super().get_response("index.html", scope)
        response.headers["cache-control"] = _FOREVER if is_asset else "no-cache"
        return response
