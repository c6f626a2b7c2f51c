"""The guard, asked without a server."""

import asyncio

import pytest

from nn.explore.guard import Guard

TOKEN, HOST = "secret", b"127.0.0.1:8000"
COOKIE = b"leibnet-8000=secret"


async def page(scope, receive, send):
    """An application that answers everything."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    elif scope["type"] == "http":
        headers = [(b"content-type", b"text/html"), (b"Referrer-Policy", b"unsafe-url")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"the page"})


def asked(path="/", query=b"", kind="http", method="GET", host=HOST, **headers):
    """What the guard sends: its first message, and all content."""
    sent, given = [], [(b"host", host)] if host is not None else []
    given += [(name.encode(), value) for name, value in headers.items()]
    scope = {"type": kind, "path": path, "query_string": query, "method": method, "headers": given}

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(page, 8000, TOKEN)(scope, None, send))
    return sent[0], b"".join(message.get("body", b"") for message in sent)


def test_the_token_opens_the_page_and_sets_a_cookie_that_no_script_and_no_other_site_gets():
    start, body = asked(query=b"token=secret")
    headers = dict(start["headers"])
    assert (start["status"], body) == (200, b"the page")
    assert headers[b"set-cookie"] == COOKIE + b"; Path=/; HttpOnly; SameSite=Strict"


def test_the_cookie_opens_everything_from_then_on():
    for path in ("/", "/favicon.ico", "/_nicegui/3/static/nicegui.js", "/_nicegui_ws/socket.io/"):
        start, body = asked(path, cookie=b"other=1; " + COOKIE)
        assert (start["status"], body) == (200, b"the page"), path
        assert b"set-cookie" not in dict(start["headers"])
    assert asked("/", host=b"localhost:8000", cookie=COOKIE)[0]["status"] == 200
    assert asked("/", cookie=COOKIE, origin=b"http://127.0.0.1:8000")[0]["status"] == 200


def test_the_browser_is_told_to_load_nothing_from_elsewhere():
    headers = [(name.lower(), value) for name, value in asked(query=b"token=secret")[0]["headers"]]
    policy = dict(headers)[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert [value for name, value in headers if name == b"referrer-policy"] == [b"no-referrer"]


REFUSED = {
    "no token": {},
    "a wrong token": {"query": b"token=secre"},
    "two tokens": {"query": b"token=secret&token=other"},
    "a token in another place": {"path": "/_nicegui/3/static/nicegui.js", "query": b"token=secret"},
    "a wrong cookie": {"cookie": b"leibnet-8000=secret1"},
    "an empty cookie": {"cookie": b"leibnet-8000="},
    "the cookie of another port": {"cookie": b"leibnet-8001=secret"},
    "another host": {"query": b"token=secret", "host": b"evil.example:8000"},
    "another port": {"query": b"token=secret", "host": b"127.0.0.1:8001"},
    "no port": {"query": b"token=secret", "host": b"127.0.0.1"},
    "another address": {"query": b"token=secret", "host": b"192.168.0.2:8000"},
    "no host": {"query": b"token=secret", "host": None},
    "an origin elsewhere": {"cookie": COOKIE, "origin": b"http://evil.example"},
    "an origin at another port": {"cookie": COOKIE, "origin": b"http://127.0.0.1:8001"},
    "an origin without a name": {"cookie": COOKIE, "origin": b"null"},
    "another name than the host's": {"cookie": COOKIE, "origin": b"http://localhost:8000"},
}


@pytest.mark.parametrize("given", REFUSED.values(), ids=REFUSED)
def test_others_get_nothing(given):
    start, body = asked(**given)
    assert (start["status"], body) == (403, b"")
    assert start["headers"] == [(b"content-length", b"0")]
    if "query" not in given:
        socket, _ = asked(**{"path": "/_nicegui_ws/socket.io/", "kind": "websocket"} | given)
        assert socket == {"type": "websocket.close", "code": 1008}


def test_two_hosts_are_none():
    scope = {"type": "http", "path": "/", "query_string": b"token=secret", "method": "GET"}
    scope["headers"] = [(b"host", HOST), (b"host", HOST)]
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(page, 8000, TOKEN)(scope, None, send))
    assert sent[0]["status"] == 403


def test_a_socket_with_the_cookie_is_accepted():
    socket, _ = asked("/_nicegui_ws/socket.io/", kind="websocket", cookie=COOKIE, origin=b"http://127.0.0.1:8000")
    assert socket == {"type": "websocket.accept"}


@pytest.mark.parametrize(
    "path", ["/docs", "/openapi.json", "/redoc", "/etc/passwd", "/../etc/passwd", "//", "/_nicegui"]
)
def test_there_is_nothing_else(path):
    assert asked(path, cookie=COOKIE)[0]["status"] == 404
    assert asked("/", method="PUT", cookie=COOKIE)[0]["status"] == 404
