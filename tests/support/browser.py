"""A Chromium without a window, driven through its DevTools protocol: `from browser import Browser, CHROMIUM`."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NEEDS_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.skipif(find_spec("websockets") is None, reason="the package websockets is missing"),
]
ROOT = Path(__file__).parent.parent.parent
SWITCHES = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--disable-domain-reliability", "--no-pings", "--remote-debugging-port=0",
    "--disable-features=OptimizationHints,MediaRouter,Translate", "--remote-allow-origins=*", "--hide-scrollbars",
]  # fmt: skip


class Browser:
    """One tab.

    Attributes
    ----------
    requests : the addresses that the page has asked for, sockets included.
    errors : what went wrong in the page's scripts.
    """

    def __init__(self, width=1280, height=900, dark=False, scale=1.0):
        from websockets.sync.client import connect

        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen(
            [CHROMIUM, *SWITCHES, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._stack = ExitStack()
        try:
            port = self._wait(Path(self._folder.name) / "DevToolsActivePort")
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=20) as answer:
                tab = next(one for one in json.load(answer) if one["type"] == "page")
            channel = connect(tab["webSocketDebuggerUrl"], max_size=None, open_timeout=20)
            self._socket = self._stack.enter_context(channel)
        except BaseException:
            self._end()
            raise
        self._number, self._events = 0, []
        self.requests, self.errors = [], []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height, scale)
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)

    def _wait(self, file, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if file.exists() and (lines := file.read_text().split()):
                return int(lines[0])
            time.sleep(0.05)
        raise TimeoutError("Chromium did not start")

    def resize(self, width, height, scale=1.0, mobile=False):
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )

    def call(self, method, **parameters):
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("id") == self._number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._note(message)

    def _note(self, message):
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(told["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(told["exceptionDetails"].get("exception", {}).get("description", "an error"))
        elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.errors.append(told["entry"]["text"])

    def open(self, address):
        self.call("Page.navigate", url=address)
        self.until("document.querySelector('main section') !== null")

    def run(self, script):
        """The value of an expression of JavaScript, of a promise what it becomes."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"].get("exception", {}).get("description", script))
        return answer["result"].get("value")

    def until(self, script, seconds=20):
        """Waits until the expression is true; returns its value."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.run(script):
                return value
            time.sleep(0.02)
        raise TimeoutError(script)

    def box(self, selector):
        """(x, y, width, height) of the first element, scrolled into view."""
        return self.run(f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
            e.scrollIntoView({{block: "center"}}); const b = e.getBoundingClientRect();
            return [b.x, b.y, b.width, b.height]; }})()""")

    def mouse(self, kind, x, y, buttons=1):
        button = "none" if kind == "mouseMoved" and not buttons else "left"
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=buttons, clickCount=1)

    def draw(self, selector, strokes):
        """Leads the mouse along lines through points in parts of the element's sides."""
        x, y, width, height = self.box(selector)
        for line in strokes:
            at = [(x + width * a, y + height * b) for a, b in line]
            self.mouse("mousePressed", *at[0])
            for one in at[1:]:
                self.mouse("mouseMoved", *one)
            self.mouse("mouseReleased", *at[-1], buttons=0)

    def press(self, key, code=None):
        told = {"key": key, "code": code or key, "windowsVirtualKeyCode": KEYS.get(key, 0)}
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def click(self, text):
        """Clicks the first button with this text, or this label."""
        self.run(f"""(() => {{ const t = {json.dumps(text)};
            const b = [...document.querySelectorAll("button, [role=button]")].find(
                (e) => e.offsetParent !== null && (e.textContent.trim().endsWith(t) || e.ariaLabel === t));
            if (!b) throw new Error("there is no button " + t); b.click(); }})()""")

    def screenshot(self, path, whole=True):
        # no captureBeyondViewport: it lays the page out anew, and what covers the window is drawn twice
        if whole:
            width, height = self.run("[innerWidth, document.documentElement.scrollHeight]")
            self.resize(width, height)
            time.sleep(0.3)
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self):
        self._stack.close()
        self._end()

    def _end(self):
        self.process.terminate()
        self.process.wait(20)
        self._folder.cleanup()


KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Tab": 9, " ": 32, "Enter": 13}


@contextmanager
def browsing(**options):
    """A browser that is closed at the end."""
    browser = Browser(**options)
    try:
        yield browser
    finally:
        browser.close()


PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
path, dataset, log = sys.argv[1:]
file = open(log, "a", buffering=1)
def note(event, given):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        file.write(f"{event} {given[1:] if event in ('socket.connect', 'socket.sendto') else given}\\n")
    elif event == "open" and isinstance(given[0], str):
        file.write(f"open {given[1]} {given[0]}\\n")
sys.addaudithook(note)
from nn.explore import explore
explore(path, dataset=dataset or None, browser=False)
print("returned")
"""


class Served:
    """A process that serves the page of a file.

    Attributes
    ----------
    process : the process, whose output is read up to the address.
    address : the one that it printed.
    port : of the address.
    """

    def __init__(self, process, address, log):
        self.process, self.address, self._log = process, address, log
        self.port = int(address.split("/")[2].split(":")[1])

    def audited(self, event):
        """What Python's audit events of this kind tell of the process: "socket.connect", "open"."""
        lines = Path(self._log).read_text().splitlines()
        return [line.removeprefix(event + " ") for line in lines if line.startswith(event + " ")]

    def peers(self):
        """The other ends of the process's sockets, as Linux lists them: addresses in hexadecimal, 0000007F loopback."""
        own = set()
        for link in Path(f"/proc/{self.process.pid}/fd").iterdir():
            try:
                own.add(os.readlink(link))
            except OSError:
                continue
        found = set()
        for table in ("tcp", "tcp6", "udp", "udp6"):
            file = Path(f"/proc/{self.process.pid}/net/{table}")
            for line in file.read_text().splitlines()[1:] if file.exists() else []:
                parts = line.split()
                if f"socket:[{parts[9]}]" in own:
                    found |= {parts[1].split(":")[0], parts[2].split(":")[0]}
        return found


@contextmanager
def served(path, dataset=None, folder=None):
    """A `Served`, which ends with the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "NICEGUI"))}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment.get("PYTHONPATH", "")])
    handle, log = tempfile.mkstemp()
    os.close(handle)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path), dataset or "", log],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        line = process.stdout.readline()
        if "http://" not in line:
            raise RuntimeError(line + process.stdout.read())
        yield Served(process, line.split()[-1], log)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(20)
        process.stdout.close()
        os.unlink(log)
