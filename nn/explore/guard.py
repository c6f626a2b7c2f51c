"""Who may speak to the page: the browser of whoever has the address that was printed."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

METHODS = "GET", "HEAD", "POST"
PATHS = "/_nicegui/", "/_nicegui_ws/"  # scripts, fonts and the channel of the page
PAGE = "/", "/favicon.ico"
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
}


class Guard:
    """An ASGI application in front of another one, which it shows to nobody but the owner of the token.

    A request is answered if its Host is this server on the loopback address, which a name that was made to point there
    (DNS rebinding) is not; if its Origin, where it has one, is the same; and if it has the token: in the query of the
    page's address, `/?token=...`, whose answer sets a cookie, and in that cookie from then on. All others get 403, or
    404 where there is nothing, and no content. Sockets are held to the same. Every answer tells the browser to load
    nothing from elsewhere (Content-Security-Policy).

    Parameters
    ----------
    app : the application.
    port : the port at which it listens.
    token : what the address contains.
    """

    def __init__(self, app: Application, port: int, token: str) -> None:
        self.app = app
        self._hosts = {f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost")}
        self._token = token.encode()
        self._cookie = f"leibnet-{port}".encode()  # cookies do not distinguish ports

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one request, or hands it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        enters = self._hasTokenInQuery(scope)
        if not (self._isHere(scope) and (enters or self._hasCookie(scope))):
            await _refuse(scope, send, 403)
        elif not _is_there(scope):
            await _refuse(scope, send, 404)
        else:
            await self.app(scope, receive, self._sealed(send, enters))

    def _isHere(self, scope: Message) -> bool:
        """Whether host and origin are this server."""
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return False
        return all(origin == b"http://" + hosts[0] for origin in origins)

    def _hasTokenInQuery(self, scope: Message) -> bool:
        if scope["type"] != "http" or scope["path"] != "/":
            return False
        query = scope.get("query_string", b"").decode("latin-1")
        given = parse_qs(query, encoding="latin-1").get("token", [])
        return len(given) == 1 and hmac.compare_digest(given[0].encode("latin-1"), self._token)

    def _hasCookie(self, scope: Message) -> bool:
        found = False
        for header in _headers(scope, b"cookie"):
            for part in header.split(b";"):
                name, _, value = part.strip().partition(b"=")
                found |= name == self._cookie and hmac.compare_digest(value, self._token)
        return found

    def _sealed(self, send: Send, enters: bool) -> Send:
        """`send`, with the headers that keep the page to itself, and the cookie for one who enters."""
        cookie = self._cookie + b"=" + self._token + b"; Path=/; HttpOnly; SameSite=Strict"

        async def sealing(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", []) if name.lower() not in HEADERS]
                message["headers"] = kept + [*HEADERS.items()] + ([(b"set-cookie", cookie)] if enters else [])
            await send(message)

        return sealing


def _headers(scope: Message, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _is_there(scope: Message) -> bool:
    path = scope["path"]
    allowed = scope["type"] == "websocket" or scope["method"] in METHODS
    return allowed and (path in PAGE or path.startswith(PATHS))


async def _refuse(scope: Message, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
