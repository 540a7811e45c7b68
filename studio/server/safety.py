"""What every request passes before it reaches a route: host, token, origin, size; and the headers of every answer.

Threats, and what stands against each:
- another web page in the same browser calls the studio: a change needs the page's own header and Origin (CSRF), and a read
  is refused where the browser says that another site asks (Fetch Metadata);
- a name that its owner lets point to 127.0.0.1 (DNS rebinding): without a token only names of this machine are answered;
- somebody in the network: beyond this machine a token is needed, and an address that tries many is refused for a minute;
- text of a stranger's graph that is HTML: the Content Security Policy lets no script run but the page's own.
"""

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.addresses import is_loopback, name_of
from studio.server.attempts import Attempts
from studio.server.problems import HttpProblem

HEADER = "x-slipway-studio"  # which only the studio's own page can set: another site's would need CORS's permission
HEALTH = "/healthz"
_READS = ("GET", "HEAD", "OPTIONS")
_UPLOADS = ("/api/drafts", "/api/graphs/import")
_JSON_BYTES = 32_000_000
_HEADERS = {
    # Styles inline: React Flow places nodes, and uPlot draws, by them. blob: and data: are exported and cropped pictures.
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; "
        "frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}


class Safety:
    """The outermost ASGI application.

    Args:
      token: that a request needs; empty for none, and then names of this machine alone are answered.
      upload_bytes: of the largest body with an uploaded file; other bodies are JSON, up to 32 MB.
    """

    def __init__(self, app: ASGIApp, token: str, upload_bytes: int) -> None:
        self._app = app
        self._token = token
        self._upload_bytes = upload_bytes
        self._wrong = Attempts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)  # a route may have its own, as the report's policy
                if scope["path"].startswith("/api/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        if scope["path"] == HEALTH:  # a probe has neither the token nor the studio's name, and learns nothing
            await PlainTextResponse("ok\n")(scope, receive, answer)
            return
        headers = Headers(scope=scope)
        try:
            app = self._admitted(scope, headers)
            body = self._limited(scope["path"], headers, receive)
        except HttpProblem as problem:
            await problem.response()(scope, receive, answer)
            return
        await app(scope, body, answer)

    def _admitted(self, scope: Scope, headers: Headers) -> ASGIApp:
        """What answers the request: the application, or the redirect that takes a token. Raises HttpProblem."""
        if self._token:
            entered = self._entered(scope, headers)
            if entered is not None:
                return entered
        elif not is_loopback(name_of(headers.get("host", ""))):
            raise HttpProblem(
                403,
                f"the request is for the host {headers.get('host', '')[:100]!r}; without a token the studio answers names "
                "of this machine only, such as 127.0.0.1; start it as `slipway studio --host ...` for others",
            )
        _check_origin(scope, headers)
        return self._app

    def _entered(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        """None where the request carries the token; the redirect that keeps it as a cookie where its address does."""
        cookie = f"slipway_studio_{(scope.get('server') or ('', 0))[1]}"  # cookies do not tell ports apart
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        sent = query.pop("token", None) if not scope["path"].startswith("/api/") else None
        given = sent or _bearer(headers) or _cookie(headers, cookie)
        address = (scope.get("client") or ("",))[0]
        self._check_token(given, address)
        if sent is None:
            return None
        rest = f"?{urlencode(query)}" if query else ""
        # A path alone, with one slash: //host would be an address elsewhere.
        response = RedirectResponse(f"/{scope['path'].lstrip('/')}{rest}", 303, {"cache-control": "no-store"})
        response.set_cookie(cookie, self._token, max_age=30 * 86_400, httponly=True, samesite="strict")
        return response

    def _check_token(self, given: str | None, address: str) -> None:
        wait = self._wrong.wait(address)
        if given is not None and wait:
            detail = f"too many wrong tokens came from {address}; wait {wait} seconds"
            raise HttpProblem(429, detail, headers={"Retry-After": str(wait)})
        if given is not None and hmac.compare_digest(given.encode(), self._token.encode()):
            return
        if given is not None:
            self._wrong.add(address)
        what = "the token is not the studio's" if given is not None else "a token is needed"
        raise HttpProblem(401, f"{what}; open the address that `slipway studio` printed, which has it")

    def _limited(self, path: str, headers: Headers, receive: Receive) -> Receive:
        """``receive``, which raises HttpProblem (413) where a body is larger than is allowed, without keeping it."""
        most = self._upload_bytes if path in _UPLOADS else _JSON_BYTES
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            raise _too_large(int(declared), most)
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most:
                raise _too_large(size, most)
            return message

        return limited


def _check_origin(scope: Scope, headers: Headers) -> None:
    """Raises HttpProblem (403) for a request that another site's page makes."""
    site = headers.get("sec-fetch-site", "none")
    if scope["path"].startswith("/api/") and site not in ("same-origin", "none"):
        raise HttpProblem(403, "the request comes of another site; the studio answers its own page only")
    if scope["method"] in _READS:
        return
    origin = headers.get("origin")
    # Without the scheme: a proxy that speaks TLS leaves the Host header as it is.
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise HttpProblem(
            403, f"the request comes of {origin[:100]!r}; changes are taken from the studio's own page only"
        )
    if HEADER not in headers:
        raise HttpProblem(403, f"a change needs the header `{HEADER}: 1`, which the studio's own page sends")


def _bearer(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else None


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return None
    return found.value if found is not None else None


def _too_large(size: int, most: int) -> HttpProblem:
    detail = f"the body has {size:,} bytes or more; up to {most:,} are allowed"
    # The unread rest of the body ends the connection.
    return HttpProblem(413, detail, headers={"Connection": "close"}, received=size, allowed=most)
