"""The server, asked through its socket."""

import os
import signal
import socket
import subprocess
import sys

import pytest

pytest.importorskip("nicegui", reason="the page needs nicegui: leibnet[explore]")

from browser import served
from nn.explore import explore
from nn.explore.serving import listening
from nn.storage.stored import Stored
from picturemodels import pca, plain


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    path = plain().save(tmp_path_factory.mktemp("files") / "model.safetensors")
    with served(path, folder=folder) as one:
        one.folder = folder
        yield one


def answer(server, *lines, port=None):
    """The status line, the headers and the content that the server gives for these lines of a request."""
    with socket.create_connection(("127.0.0.1", port or server.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        got = b""
        while piece := connection.recv(65536):
            got += piece
            if got.startswith(b"HTTP/1.1 101"):
                break
    head, _, body = got.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in headers), body


def entered(server):
    """The cookie, and the page."""
    path = "/" + server.address.split("/", 3)[3]
    status, headers, body = answer(server, f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{server.port}")
    assert status == 200
    return headers["set-cookie"].split(";")[0], body.decode()


@pytest.mark.slow
def test_the_address_that_is_printed_opens_the_page(server):
    assert server.address.startswith(f"http://127.0.0.1:{server.port}/?token=")
    cookie, page = entered(server)
    assert "model.safetensors" in page
    assert answer(server, "GET / HTTP/1.1", f"Host: localhost:{server.port}", f"Cookie: {cookie}")[0] == 200
    assert cookie.split("=")[1] not in page


@pytest.mark.slow
def test_the_page_names_no_other_place(server):
    _, page = entered(server)
    named = {word.split("/")[2] for word in page.replace('"', " ").replace("'", " ").split() if "://" in word}
    assert named <= {"www.w3.org"}  # the name of a language, SVG, which is not looked up


@pytest.mark.slow
def test_requests_from_elsewhere_get_nothing(server):
    cookie, _ = entered(server)
    path, host = "/" + server.address.split("/", 3)[3], f"Host: 127.0.0.1:{server.port}"
    refused = [
        (f"GET {path} HTTP/1.1", f"Host: evil.example:{server.port}"),
        (f"GET {path} HTTP/1.1", "Host: 127.0.0.1"),
        (f"GET {path[:-1]} HTTP/1.1", host),
        ("GET / HTTP/1.1", host),
        ("GET / HTTP/1.1", host, f"Cookie: {cookie[:-1]}"),
        ("GET / HTTP/1.1", host, f"Cookie: {cookie}", "Origin: http://evil.example"),
        ("GET /_nicegui/3.18.0/static/nicegui.js HTTP/1.1", host),
        ("POST /_nicegui_ws/socket.io/?EIO=4&transport=polling HTTP/1.1", host, "Content-Length: 0"),
    ]
    for lines in refused:
        status, _, body = answer(server, *lines)
        assert (status, body) == (403, b""), lines
    for lines in ("/docs", "/openapi.json", "/model.safetensors", "/..%2f..%2fetc/passwd"):
        status, _, body = answer(server, f"GET {lines} HTTP/1.1", host, f"Cookie: {cookie}")
        assert (status, body) == (404, b""), lines


@pytest.mark.slow
def test_a_socket_needs_the_cookie_and_the_origin(server):
    cookie, _ = entered(server)
    upgrade = [
        "GET /_nicegui_ws/socket.io/?EIO=4&transport=websocket HTTP/1.1", f"Host: 127.0.0.1:{server.port}",
        "Upgrade: websocket", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13",
    ]  # fmt: skip
    here = f"Origin: http://127.0.0.1:{server.port}"

    def status(*more):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall("\r\n".join([*upgrade, "Connection: Upgrade", *more, "", ""]).encode())
            return int(connection.recv(4096).split()[1])

    assert status(f"Cookie: {cookie}", here) == 101
    assert status(here) == 403
    assert status(f"Cookie: {cookie}x", here) == 403
    assert status(f"Cookie: {cookie}", "Origin: http://evil.example") == 403


@pytest.mark.slow
def test_nothing_is_written_and_the_working_folder_is_not_read(server):
    entered(server)
    assert os.listdir(server.folder) == []
    opened = server.audited("open")
    assert not [line for line in opened if str(server.folder) in line]
    assert not [line for line in opened if line[0] in "wax" and "__pycache__" not in line]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Linux lists a process's sockets")
def test_it_listens_on_loopback_alone(server):
    entered(server)
    assert server.peers() <= {"0100007F", "00000000"}
    assert server.audited("socket.connect") == []
    with pytest.raises(ConnectionRefusedError), socket.create_connection((_other_address(), server.port), timeout=2):
        pass


def _other_address():
    """An address of this machine that is not loopback; 127.0.0.2, where there is none."""
    try:
        found = socket.gethostbyname(socket.gethostname())
    except OSError:
        found = "127.0.0.1"
    return "127.0.0.2" if found == "127.0.0.1" else found


@pytest.mark.slow
def test_ctrl_c_ends_it_and_explore_returns(tmp_path):
    with served(plain().save(tmp_path / "model.safetensors")) as server:
        entered(server)
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) == 0
        assert server.process.stdout.read().split() == ["Ctrl-C", "ends", "it.", "returned"]


def test_what_cannot_be_opened_is_told_in_one_line(tmp_path):
    damaged = pca().save(tmp_path / "pca.safetensors")
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(ValueError, match="pca.safetensors is damaged") as caught:
        explore(damaged, browser=False)
    assert "\n" not in str(caught.value)
    for name, kind, message in (
        ("missing.safetensors", FileNotFoundError, "there is no file"),
        (".", OSError, "is a folder"),
    ):
        with pytest.raises(kind, match=message):
            explore(tmp_path / name, browser=False)
    (tmp_path / "text.safetensors").write_text("no model")
    with pytest.raises(ValueError, match="not a safetensors file"):
        explore(tmp_path / "text.safetensors", browser=False)


def test_without_nicegui_it_says_what_to_install(tmp_path, monkeypatch):
    path = plain().save(tmp_path / "model.safetensors")
    monkeypatch.setattr("nn.explore.serving.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install .*leibnet.explore"):
        explore(path, browser=False)


def test_the_door_does_not_load_it():
    program = "import sys, nn.explore; assert not {'nicegui', 'fastapi', 'uvicorn'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_arguments_are_checked(tmp_path):
    path = plain().save(tmp_path / "model.safetensors")
    assert isinstance(Stored.load(path), Stored)
    for port in (-1, 65536):
        with pytest.raises(ValueError, match="port"):
            explore(path, port=port, browser=False)
    with pytest.raises(ValueError, match="there is no data set 'mist'"):
        explore(path, "mist", browser=False)
    with pytest.raises(TypeError, match="browser"):
        explore(path, browser=1)
    with listening(0) as taken, pytest.raises(OSError, match="cannot listen at port .* of 127.0.0.1: .*"):
        explore(path, port=taken.getsockname()[1], browser=False)
