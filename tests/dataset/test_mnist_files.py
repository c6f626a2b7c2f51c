"""MNIST and Fashion-MNIST: found, verified, downloaded. Small archives and a server on this machine stand in."""

import contextlib
import errno
import gzip
import hashlib
import io
import os
import pickle
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import dataset
from dataset import CorruptFileError, Dataset, DownloadError, available
from dataset.files import download, mnist
from dataset.files.archive import Archive

IMAGES = "train-images-idx3-ubyte"


def idx_file(array):
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Archives of 12 training and 5 test images of 4 x 3 in place of the real ones, an empty cache, no mirrors.

    Returns the content of every file, by name.
    """
    rng = np.random.default_rng(0)
    contents, verified, unverified = {}, {}, {}
    for part, size in (("train", 12), ("t10k", 5)):
        images = rng.integers(0, 256, (size, 4, 3), dtype=np.uint8)
        contents[f"{part}-images-idx3-ubyte"] = idx_file(images)
        contents[f"{part}-labels-idx1-ubyte"] = idx_file((np.arange(size) % 10).astype(np.uint8))
    for name, content in contents.items():
        packed = pack(content)
        verified[name] = Archive(
            name, len(content), hashlib.sha256(content).hexdigest(), len(packed), hashlib.sha256(packed).hexdigest()
        )
        unverified[name] = replace(verified[name], contentSha256=None)
    monkeypatch.setitem(mnist.FILES, "mnist", verified)
    monkeypatch.setitem(mnist.FILES, "fashion_mnist", unverified)
    monkeypatch.setattr(download, "cacheFolder", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(download, "MIRRORS", {"mnist": (), "fashion_mnist": ()})
    monkeypatch.delenv("LEIBNET_DATA", raising=False)
    return contents


def pack(content, level=9):
    return gzip.compress(content, level, mtime=0)


def fill(folder, contents, level=9):
    """Write the compressed files into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.gz").write_bytes(pack(content, level))
    return folder


def check_content(data, contents):
    """`data` delivers what is in the files."""
    images = np.frombuffer(contents[IMAGES], np.uint8, offset=16).reshape(12, 12)
    np.testing.assert_array_equal(np.rint(data.trainSet()[0] * 255), images.T)
    assert data.labels("test").tolist() == [0, 1, 2, 3, 4]
    assert data.imageShape == (4, 3)
    assert data.checksums == {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


# Files on this machine


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_files_are_found_in_the_folder_the_environment_and_the_cache(name, small, tmp_path, monkeypatch):
    assert not available(name)
    for place in (tmp_path / "direct", tmp_path / "parent" / name):
        fill(place, small)
    check_content(Dataset(name, folder=tmp_path / "direct"), small)
    check_content(Dataset(name, folder=str(tmp_path / "parent")), small)
    assert available(name, folder=tmp_path / "direct")
    assert available(name, folder=str(tmp_path / "parent"))
    assert not available(name)

    with monkeypatch.context() as context:
        context.setenv("LEIBNET_DATA", str(tmp_path / "parent"))
        assert available(name)
        check_content(Dataset(name), small)

    fill(tmp_path / "cache" / name, small)
    assert available(name)
    check_content(Dataset(name), small)


def test_the_folder_comes_before_the_environment_and_that_before_the_cache(small, tmp_path, monkeypatch):
    for place in ("folder", "environment", "cache"):
        fill(tmp_path / place / "mnist", small)
    monkeypatch.setenv("LEIBNET_DATA", str(tmp_path / "environment"))

    def found(**arguments):
        return {path.relative_to(tmp_path).parts[0] for path in mnist.locate("mnist", **arguments).values()}

    assert found(folder=tmp_path / "folder") == {"folder"}
    assert found() == {"environment"}
    (tmp_path / "environment" / "mnist" / f"{IMAGES}.gz").write_bytes(b"bad")
    check_content(Dataset("mnist", folder=tmp_path / "folder"), small)
    with pytest.raises(CorruptFileError, match="environment"):
        Dataset("mnist")
    monkeypatch.delenv("LEIBNET_DATA")
    assert found() == {"cache"}


def test_a_set_with_a_missing_file_is_not_available(small, tmp_path):
    fill(tmp_path, small)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert not available("mnist", folder=tmp_path)
    with pytest.raises(DownloadError, match="t10k-labels-idx1-ubyte.gz of the data set 'mnist'"):
        Dataset("mnist", folder=tmp_path)


def test_a_folder_that_does_not_exist_is_an_error(small, tmp_path):
    for use in (Dataset, available):
        with pytest.raises(
            FileNotFoundError,
            match=f"{use.__name__}: expected folder to be an existing folder with the files of 'mnist', got",
        ):
            use("mnist", folder=tmp_path / "nowhere")


def test_recompressed_and_decompressed_files_and_both_spellings_are_accepted(small, tmp_path):
    check_content(Dataset("mnist", folder=fill(tmp_path / "again", small, level=1)), small)
    for kind, spell in (("plain", str), ("dotted", lambda name: name.replace("-idx", ".idx"))):
        (tmp_path / kind).mkdir()
        for name, content in small.items():
            (tmp_path / kind / spell(name)).write_bytes(content)
        check_content(Dataset("mnist", folder=tmp_path / kind), small)


def damage(content):
    """Ways in which a file can be bad, and what the error says."""
    packed = pack(content)
    turned = bytearray(content)
    turned[-1] ^= 1
    broken = bytearray(packed)
    broken[-6] ^= 1  # in the CRC
    scrambled = bytearray(packed)
    scrambled[10] = 0xFF  # a kind of block that does not exist
    return {
        "truncated": (packed[:-20], "it cannot be decompressed"),
        "damaged": (bytes(broken), "it cannot be decompressed"),
        "scrambled": (bytes(scrambled), "it cannot be decompressed"),
        "no gzip": (b"<html>not found</html>", "it cannot be decompressed"),
        "empty": (b"", "expected 160 bytes of content, got 0"),
        "short": (pack(content[:-1]), "expected 160 bytes of content, got 159"),
        "long": (pack(content + b"\0"), "expected 160 bytes of content, got more"),
        "other": (pack(bytes(turned)), "expected content with SHA-256 "),
    }


@pytest.mark.parametrize("kind", ["truncated", "damaged", "scrambled", "no gzip", "empty", "short", "long", "other"])
def test_a_bad_file_in_the_users_folder_is_an_error_that_names_it(kind, small, tmp_path):
    fill(tmp_path, small)
    bad, reason = damage(small[IMAGES])[kind]
    (tmp_path / f"{IMAGES}.gz").write_bytes(bad)
    with pytest.raises(CorruptFileError, match=f"{IMAGES}.gz is corrupt.*{reason}.*Delete it, or replace it") as caught:
        Dataset("mnist", folder=tmp_path)
    assert str(tmp_path) in str(caught.value)
    with pytest.raises(CorruptFileError, match="expected the published archive"):
        Dataset("fashion_mnist", folder=tmp_path)


def test_a_bad_decompressed_file_is_an_error(small, tmp_path):
    fill(tmp_path, small)
    (tmp_path / f"{IMAGES}.gz").unlink()
    for bad, reason in ((small[IMAGES][:-3], "got 157"), (small[IMAGES] + b"\0", "got more"), (bytes(160), "SHA-256")):
        (tmp_path / IMAGES).write_bytes(bad)
        with pytest.raises(CorruptFileError, match=reason):
            Dataset("mnist", folder=tmp_path)


def test_never_much_more_than_the_expected_content_is_decompressed(small, tmp_path):
    class Endless:
        """Counts what is read of an endless decompressed stream."""

        count = 0

        def readinto(self, target):
            self.count += len(target)
            return len(target)

        def read(self, size):
            self.count += size
            return bytes(size)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    stream = Endless()
    with pytest.MonkeyPatch.context() as context:
        context.setattr(gzip, "open", lambda _: stream)
        with pytest.raises(CorruptFileError, match="expected 160 bytes of content, got more"):
            Dataset("mnist", folder=fill(tmp_path, small))
    assert stream.count == 161


def test_fashion_mnist_is_accepted_only_as_it_was_published(small, tmp_path):
    with pytest.raises(CorruptFileError, match="expected the published archive"):
        Dataset("fashion_mnist", folder=fill(tmp_path / "again", small, level=0))
    (tmp_path / "plain").mkdir()
    for name, content in small.items():
        (tmp_path / "plain" / name).write_bytes(content)
    with pytest.raises(CorruptFileError, match="SHA-256 of its decompressed content is not known to this library"):
        Dataset("fashion_mnist", folder=tmp_path / "plain")
    other = fill(tmp_path / "other", small)
    packed = bytearray(pack(small[IMAGES]))
    packed[8] ^= 1  # a byte of the header: the same size, the same content
    (other / f"{IMAGES}.gz").write_bytes(packed)
    with pytest.raises(CorruptFileError, match="expected the published archive with SHA-256"):
        Dataset("fashion_mnist", folder=other)


def test_the_classes_of_fashion_mnist_have_names(small, tmp_path):
    names = Dataset("fashion_mnist", folder=fill(tmp_path, small)).classNames
    assert (len(names), names[0], names[9]) == (10, "T-shirt/top", "Ankle boot")


# Downloads


class Mirrors:
    """A server on this machine whose folders fail in different ways: /good/, /missing/, /html/, ..."""

    def __init__(self, contents):
        self.files = {f"{name}.gz": pack(content) for name, content in contents.items()}
        self.calls = []
        self.sent = 0
        self.release = threading.Event()
        self.meeting = threading.Barrier(2, timeout=20)
        mirrors = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                _, way, file = self.path.split("/")
                mirrors.calls.append(way)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    getattr(mirrors, way)(self, mirrors.files[file])

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def address(self, way):
        return f"http://127.0.0.1:{self.server.server_port}/{way}/"

    @staticmethod
    def answer(handler, body, length=None, kind="application/x-gzip", status=200, **headers):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if length is not None:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()
        handler.wfile.write(body)

    def good(self, handler, body):
        self.answer(handler, body, len(body))

    def labelled(self, handler, body):
        self.answer(handler, body, len(body), Content_Encoding="gzip")

    def missing(self, handler, body):
        self.answer(handler, b"no such file", status=404)

    def failing(self, handler, body):
        self.answer(handler, b"<html>sorry</html>", kind="text/html", status=500)

    def busy(self, handler, body):
        self.answer(handler, b"", 0, status=503, Retry_After="3600")

    def closing(self, handler, body):
        """No answer at all."""

    def babbling(self, handler, body):
        handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")

    def circling(self, handler, body):
        self.answer(handler, b"", 0, status=302, Location=handler.path)

    def leaving(self, handler, body):
        self.answer(handler, b"", 0, status=302, Location="file:///etc/passwd")

    def detour(self, handler, body):
        """The good file is elsewhere, and the answer that says so has no end."""
        self.answer(handler, b"", status=302, Location=handler.path.replace("detour", "good"))
        self.stream(handler)

    def html(self, handler, body):
        self.answer(handler, b"<html>log in first</html>", kind="text/html")

    def wrong(self, handler, body):
        self.answer(handler, bytes(len(body)), len(body))

    def truncated(self, handler, body):
        self.answer(handler, body[:-10])

    def broken(self, handler, body):
        self.answer(handler, body[:-10], len(body))

    def short(self, handler, body):
        self.answer(handler, body, len(body) - 10)

    def long(self, handler, body):
        self.answer(handler, body + bytes(10), len(body) + 10)

    def garbled(self, handler, body):
        self.answer(handler, b"zz\r\n" + body, Transfer_Encoding="chunked")

    def bomb(self, handler, body):
        """4 MiB of zeros in 4 kB."""
        self.answer(handler, pack(bytes(1 << 22)), Content_Encoding="gzip")

    def endless(self, handler, body):
        self.answer(handler, body)
        self.stream(handler)

    def stream(self, handler):
        while self.sent < 100e6:
            handler.wfile.write(bytes(1 << 16))
            self.sent += 1 << 16

    def silent(self, handler, body):
        self.answer(handler, body[:10], len(body))
        self.release.wait(10)

    def mute(self, handler, body):
        self.release.wait(10)

    def dripping(self, handler, body):
        self.answer(handler, b"", len(body))
        for byte in body:
            handler.wfile.write(bytes([byte]))
            if self.release.wait(0.1):
                return

    def together(self, handler, body):
        """Half the file, and the rest when two are waiting for it."""
        self.answer(handler, body[: len(body) // 2], len(body))
        handler.wfile.flush()
        self.meeting.wait()
        handler.wfile.write(body[len(body) // 2 :])

    def interrupting(self, handler, body):
        """Half the file, then Ctrl-C for the one who downloads it."""
        self.answer(handler, body[: len(body) // 2], len(body))
        time.sleep(0.1)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        self.release.wait(10)


@pytest.fixture
def mirrors(small, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Mirrors(small)
    yield server
    server.close()


def use(monkeypatch, *addresses, name="mnist"):
    monkeypatch.setitem(download.MIRRORS, name, addresses)


def files(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_good_mirror_fills_the_cache_once(name, small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("good"), name=name)
    check_content(Dataset(name), small)
    assert files(tmp_path / "cache") == sorted(f"{file}.gz" for file in small)
    assert available(name)
    check_content(Dataset(name), small)
    assert mirrors.calls == ["good"] * 4


FAILURES = {
    "missing": "404",
    "failing": "500",
    "busy": "503",
    "closing": "closed connection without response",
    "babbling": "SSH-2.0",
    "circling": "Exceeded 30 redirects",
    "leaving": "No connection adapters .*file:",
    "html": r"expected \d+ bytes, got only 25 \(text/html\)",
    "wrong": "does not match the known hash",
    "truncated": r"expected \d+ bytes, got only \d+",
    "broken": "IncompleteRead|got only",
    "short": r"expected \d+ bytes, got only \d+",
    "long": r"expected \d+ bytes, got more",
    "garbled": "InvalidChunkLength|IncompleteRead",
    "bomb": r"expected \d+ bytes, got more",
    "endless": r"expected \d+ bytes, got more",
    "silent": "[Tt]imed out",
    "mute": "[Tt]imed out",
    "dripping": r"expected at least 1000 bytes a second, got \d+ bytes in \d\.\d s; timed out",
}


@pytest.mark.parametrize("way", [*FAILURES, "dead"])
def test_a_mirror_that_fails_leads_to_the_next(way, small, mirrors, monkeypatch, tmp_path):
    fill(tmp_path / "cache" / "mnist", small)
    (tmp_path / "cache" / "mnist" / f"{IMAGES}.gz").unlink()
    if way in ("silent", "mute", "dripping"):
        monkeypatch.setattr(download, "READ_TIMEOUT", 0.5)
    bad = dead_address() if way == "dead" else mirrors.address(way)
    use(monkeypatch, bad, mirrors.address("good"))
    check_content(Dataset("mnist"), small)
    assert files(tmp_path) == sorted(f"{file}.gz" for file in small)
    assert mirrors.calls.count("good") == 1
    assert way == "dead" or way in mirrors.calls


def dead_address():
    """An address where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_mirror_that_labels_archives_as_compressed_on_the_way_is_good(small, mirrors, monkeypatch):
    use(monkeypatch, mirrors.address("labelled"))
    check_content(Dataset("mnist"), small)


def test_when_all_mirrors_fail_the_error_lists_them_and_nothing_is_left(small, mirrors, monkeypatch, tmp_path):
    addresses = [mirrors.address(way) for way in FAILURES] + [dead_address()]
    use(monkeypatch, *addresses)
    monkeypatch.setattr(download, "READ_TIMEOUT", 1.0)
    with pytest.raises(DownloadError) as caught:
        Dataset("mnist")
    message = str(caught.value)
    assert [address for address, _ in caught.value.attempts] == [f"{address}{IMAGES}.gz" for address in addresses]
    for address, failure in caught.value.attempts:
        assert f"{address}\n    {failure}" in message
    for (_, failure), expected in zip(caught.value.attempts, [*FAILURES.values(), "refused"], strict=True):
        assert re.search(expected, failure)
    assert caught.value.path == tmp_path / "cache" / "mnist" / f"{IMAGES}.gz"
    assert f"put it at\n  {caught.value.path}" in message
    assert "LEIBNET_DATA" in message
    assert not caught.value.local
    assert files(tmp_path) == []
    assert not available("mnist")

    use(monkeypatch, mirrors.address("good"))
    check_content(Dataset("mnist"), small)


def test_the_traceback_is_short_and_says_what_needs_no_network(small, monkeypatch):
    use(monkeypatch, dead_address(), dead_address())
    with pytest.raises(DownloadError) as caught:
        Dataset("mnist")
    lines = "".join(traceback.format_exception(caught.value)).splitlines()
    assert len(lines) < 25
    assert not any("During handling" in line or "direct cause" in line for line in lines)
    assert 'Dataset("digits") needs no network' in "\n".join(lines)
    assert max(len(failure) for _, failure in caught.value.attempts) < 300


def test_no_terminal_is_needed_to_download(small, mirrors, monkeypatch):
    for stderr in (None, io.StringIO()):
        use(monkeypatch, mirrors.address("good"))
        if stderr is not None:
            stderr.close()
        with monkeypatch.context() as context:
            context.setattr("sys.stderr", stderr)
            check_content(Dataset("mnist"), small)
        for path in download.cacheFolder("mnist").iterdir():
            path.unlink()


def test_a_download_error_travels_between_processes():
    error = DownloadError("mnist", [("http://a/b.gz", "404")], Path("/cache/b.gz"), local=True)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_a_file_put_where_the_error_says_is_found(small, tmp_path):
    for _ in small:
        with pytest.raises(DownloadError) as caught:
            Dataset("mnist")
        caught.value.path.parent.mkdir(parents=True, exist_ok=True)
        caught.value.path.write_bytes(pack(small[caught.value.path.stem]))
    check_content(Dataset("mnist"), small)


def test_reading_stops_soon_after_the_expected_size(mirrors, monkeypatch):
    use(monkeypatch, mirrors.address("endless"))
    with pytest.raises(DownloadError, match="got more"):
        Dataset("mnist")
    assert mirrors.sent < 50e6


def test_the_body_of_a_redirection_is_left_alone(small, mirrors, monkeypatch):
    use(monkeypatch, mirrors.address("detour"))
    check_content(Dataset("mnist"), small)
    assert mirrors.calls == ["detour", "good"] * 4
    assert mirrors.sent < 50e6


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system cannot send Ctrl-C to a thread")
def test_ctrl_c_in_the_middle_leaves_nothing_behind(small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("interrupting"), mirrors.address("good"))
    with pytest.raises(KeyboardInterrupt):
        Dataset("mnist")
    assert mirrors.calls == ["interrupting"]
    assert files(tmp_path) == []
    use(monkeypatch, mirrors.address("good"))
    check_content(Dataset("mnist"), small)


DOWNLOADING = """
import pickle, sys
from dataset import Dataset
from dataset.files import download, mnist

files, address, folder = pickle.load(sys.stdin.buffer)
mnist.FILES["mnist"] = files
download.MIRRORS["mnist"] = (address,)
download.cacheFolder = lambda name: folder
print(sorted(Dataset("mnist").checksums.values()))
"""


def test_two_processes_that_download_at_once_both_end_well(small, mirrors, tmp_path):
    folder = tmp_path / "cache" / "mnist"
    given = pickle.dumps((mnist.FILES["mnist"], mirrors.address("together"), folder))
    place = {**os.environ, "PYTHONPATH": str(Path(dataset.__file__).parents[1])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen([sys.executable, "-c", DOWNLOADING], env=place, **pipes) for _ in range(2)]
    for process in both:
        process.stdin.write(given)
        process.stdin.close()
        process.stdin = None
    expected = str(sorted(hashlib.sha256(content).hexdigest() for content in small.values()))
    ends = [process.communicate(timeout=60) for process in both]
    for process, (out, problems) in zip(both, ends, strict=True):
        assert (out.decode().strip(), process.returncode) == (expected, 0), problems.decode()
    assert mirrors.calls == ["together"] * 8
    assert files(tmp_path) == sorted(f"{file}.gz" for file in small)


# The cache


def check_local_error(message, mirrors, folder):
    """The error tells of this machine, and no further mirror is asked."""
    with pytest.raises(DownloadError, match=message) as caught:
        Dataset("mnist")
    assert caught.value.local
    assert len(caught.value.attempts) == 1
    for part in (f"{IMAGES}.gz of the data set 'mnist' could not be stored in the cache", mirrors.address("good")):
        assert part in str(caught.value)
    assert f"Make sure that the folder\n  {folder}\ncan be written to and has room left" in str(caught.value)
    assert "folder=... or, as its subfolder mnist/, by the environment variable LEIBNET_DATA" in str(caught.value)


def test_a_cacheFolder_that_cannot_be_made_is_named(small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("good"), mirrors.address("good"))
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    check_local_error("NotADirectoryError|FileExistsError|FileNotFoundError", mirrors, tmp_path / "cache" / "mnist")
    assert mirrors.calls == []
    (tmp_path / "cache").unlink()
    check_content(Dataset("mnist"), small)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_cacheFolder_that_cannot_be_written_to_is_named(number, small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("good"), mirrors.address("good"))
    folder = tmp_path / "cache" / "mnist"
    folder.mkdir(parents=True)

    def refuse(*_, **__):
        raise OSError(number, os.strerror(number), str(folder))

    with monkeypatch.context() as context:
        context.setattr(tempfile, "NamedTemporaryFile", refuse)
        check_local_error(re.escape(os.strerror(number)), mirrors, folder)
    assert mirrors.calls == []
    check_content(Dataset("mnist"), small)


def test_a_full_disk_leaves_nothing_behind(small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("good"), mirrors.address("good"))

    class Full(io.FileIO):
        def write(self, data):
            super().write(data[:5])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as context:
        context.setattr(download, "open", Full, raising=False)
        check_local_error("No space left on device", mirrors, tmp_path / "cache" / "mnist")
    assert mirrors.calls == ["good"]
    assert files(tmp_path) == []
    check_content(Dataset("mnist"), small)


def test_a_missing_file_of_certificates_is_no_fault_of_the_cache():
    assert not download.concernsThisMachine(OSError("Could not find a suitable TLS CA certificate bundle"))
    assert not download.concernsThisMachine(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))
    assert not download.concernsThisMachine(ValueError("got more"))


def test_an_error_of_the_disk_names_the_file(small, tmp_path, monkeypatch):
    class Broken(io.BufferedReader):
        def readinto(self, _):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    fill(tmp_path, small)
    monkeypatch.setattr(gzip, "open", lambda file: Broken(file.raw))
    with pytest.raises(OSError, match=f"Input/output error. Check its permissions and the disk.*{IMAGES}.gz") as caught:
        Dataset("mnist", folder=tmp_path)
    assert caught.value.filename == str(tmp_path / f"{IMAGES}.gz")
    assert not isinstance(caught.value, CorruptFileError)


def test_a_bad_file_in_the_cache_is_replaced_with_a_warning(small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("good"))
    fill(tmp_path / "cache" / "mnist", small)
    bad = tmp_path / "cache" / "mnist" / f"{IMAGES}.gz"
    bad.write_bytes(pack(small[IMAGES])[:-9])
    with pytest.warns(UserWarning, match=f"{IMAGES}.gz is corrupt.*It is downloaded again"):
        check_content(Dataset("mnist"), small)
    assert bad.read_bytes() == pack(small[IMAGES])
    assert mirrors.calls == ["good"]


def test_a_bad_file_in_the_cache_stays_when_no_mirror_has_a_better_one(small, mirrors, monkeypatch, tmp_path):
    use(monkeypatch, mirrors.address("wrong"))
    fill(tmp_path / "cache" / "mnist", {**small, IMAGES: b"bad"})
    with pytest.warns(UserWarning, match="downloaded again"), pytest.raises(DownloadError):
        Dataset("mnist")
    assert files(tmp_path / "cache") == sorted(f"{file}.gz" for file in small)


def test_the_mirrors_are_https_and_none_is_the_retired_one():
    for name, addresses in download.MIRRORS.items():
        assert len(addresses) >= (1 if name in download.BUNDLED else 2)
        for address in addresses:
            assert address.startswith("https://")
            assert address.endswith("/")
            assert "lecun" not in address
