"""The server of the page, on the loopback address."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import tempfile
import threading
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from leibnet.arguments import flag, wholeNumber

from nn.explore.guard import Guard
from nn.explore.subjects.indices import opened

HOST = "127.0.0.1"
MISSING = 'the page needs the package nicegui, which is not installed: pip install "leibnet[explore]"'
LAST_PORT = 65535


def explore(path: str | os.PathLike[str], dataset: str | None = None, port: int = 0, browser: bool = True) -> None:
    """Opens a page on which the model of a file can be played with; ends with Ctrl-C, and then returns.

    In a notebook, it ends when the kernel is interrupted.

    The page is served at 127.0.0.1, to whoever has the address that is printed, which contains a token. It works
    without a network: nothing is loaded from elsewhere, nothing is sent anywhere, and no other file is read than the
    one that is given, and those of the data set that is asked for.

    Parameters
    ----------
    path : a file that `save` wrote, of any model, or a checkpoint.
    dataset : the name of a data set whose samples are shown, such as "mnist"; default the bundled digits, for a model
        of pictures of one channel.
    port : the port, 0 to 65535; default 0, any that is free.
    browser : whether to open the address in the browser; default True.

    Raises
    ------
    ImportError : the package nicegui is not installed.
    ValueError : the file is damaged, or holds no model; there is no such data set.
    OSError : the file cannot be read; the port is taken.
    RuntimeError : a page is open in this program already.
    """
    port = wholeNumber("explore", "port", port, least=0)
    if port > LAST_PORT:
        raise ValueError(f"explore: expected a port from 0 to {LAST_PORT}, got {port}")
    flag("explore", "browser", browser)
    model = opened(path)
    _library()
    from nn.explore.page import site
    from nn.explore.samples import samplesFor

    samples = samplesFor(model, dataset)
    token = secrets.token_urlsafe(24)
    with listening(port) as open_socket:
        port = open_socket.getsockname()[1]
        address = f"http://{HOST}:{port}/?token={token}"
        app = Guard(site(model, Path(path).name, samples), port, token)
        print(f"{Path(path).name} is at {address}\nCtrl-C ends it.", flush=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        _serve(app, open_socket)


def listening(port: int) -> socket.socket:
    """A socket that listens at this port of the loopback address; OSError, in a sentence, if it is taken."""
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((HOST, port))
        one.listen(128)
    except OSError as error:
        one.close()
        raise OSError(
            f"cannot listen at port {port} of {HOST}: {error.strerror}. Leave the port out for one that is free"
        ) from error
    return one


def _library() -> None:
    """Loads NiceGUI, which is to keep nothing in files of the working folder, and to ask no other server for it."""
    if find_spec("nicegui") is None:
        raise ImportError(MISSING)
    os.environ.pop("NICEGUI_REDIS_URL", None)
    os.environ["NICEGUI_STORAGE_PATH"] = os.path.join(tempfile.gettempdir(), "leibnet-keeps-nothing")
    import nicegui  # noqa: F401


def _serve(app: Any, open_socket: socket.socket) -> None:
    """Answers until Ctrl-C."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody stands between
        ws="wsproto",
        timeout_graceful_shutdown=1,  # seconds for the tabs that are open
    )
    server = uvicorn.Server(config)
    try:
        if _in_a_loop():  # which Python runs one of in a thread
            apart = threading.Thread(target=server.run, kwargs={"sockets": [open_socket]})
            apart.start()
            try:
                apart.join()
            except KeyboardInterrupt:
                server.should_exit = True
                apart.join()
        else:
            server.run(sockets=[open_socket])
    except KeyboardInterrupt:
        print()


def _in_a_loop() -> bool:
    """Whether an event loop is running in this thread, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
