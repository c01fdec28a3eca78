"""How `.venv` is filled: by the real uv and the real pip, from an index of the test's own."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import signal
import ssl
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from provisioning.settings import REPOSITORY

COPIED = (
    "lab.py",
    *(f"provisioning/{name}.py" for name in ("__init__", "bootstrap", "environment", "errors", "names", "settings")),
)
CLI = """\
import importlib.metadata, sys
def main():
    print(*sorted(each.name for each in importlib.metadata.distributions()))
"""
FAILS = b"#!/bin/sh\necho 'error: it is broken' >&2\nexit 2\n"
UV = Path(sys.executable).with_name("uv")


def wheel(folder: Path, name: str, version: str, files: dict[str, bytes]) -> str:
    """Write a wheel; return its line in a lock."""
    info = f"{name}-{version}.dist-info"
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD")).encode()
    path = folder / name / f"{name}-{version}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for member, content in files.items():
            about = zipfile.ZipInfo(member)
            about.external_attr = 0o100755 << 16
            file.writestr(about, content)
    path.with_name("index.html").write_text(f'<a href="{path.name}">{path.name}</a>\n')
    return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@cache
def real_uv() -> bytes:
    return UV.read_bytes()


@dataclass(frozen=True)
class Clone:
    """What of the repository makes `.venv`, with locks of a few empty packages and an index that has them."""

    folder: Path
    index: Path
    env: dict[str, str] = field(default_factory=dict)

    def lock(self, **packages: str) -> None:
        """Write the three locks."""
        lines = ""
        for kind in ("run", "page", "dev"):
            lines += packages.get(kind, "")
            (self.folder / "provisioning" / "requirements" / f"{kind}.lock").write_text(lines)

    def publish_uv(self, program: bytes) -> None:
        """Have the index and the lock hold a uv that is this program."""
        line = wheel(self.index, "uv", "1", {"uv-1.data/scripts/uv": program})
        (self.folder / "provisioning" / "requirements" / "uv.lock").write_text(line)

    def command(self, *argv: str) -> list[str]:
        return [sys.executable, str(self.folder / "lab.py"), *argv]

    def lab(self, *argv: str, **exported: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*argv),
            env=self.env | exported,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    made = Clone(tmp_path / "clone", tmp_path / "simple", {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home")})
    (made.folder / "provisioning" / "requirements").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    for name in COPIED:
        (made.folder / name).write_bytes((REPOSITORY / name).read_bytes())
    (made.folder / "provisioning" / "__main__.py").write_text(CLI)
    made.publish_uv(real_uv())
    made.lock(
        run=wheel(made.index, "click", "1", {"click.py": b"", "unused.py": b""}),
        page=wheel(made.index, "nicegui", "1", {"nicegui.py": b""}),
        dev=wheel(made.index, "ruff", "1", {"ruff.py": b""}),
    )
    made.env["PIP_INDEX_URL"] = made.index.as_uri()
    return made


class Index(ThreadingHTTPServer):
    """The index over HTTP, to clients of this computer, or to those that take it for their proxy."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder = folder
        self.asked: list[tuple[str, str, str]] = []
        """Who asked, for what, and with which password."""
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.holds_back = "no such file"


class Answer(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        who = self.headers.get("User-Agent", "").partition("/")[0]
        secret = self.headers.get("Authorization", "")
        self.server.asked.append((who, self.path, secret))
        if who == "uv" and self.server.holds_back in self.path:
            self.server.reached.set()
            self.server.go_on.wait()
        path = self.server.folder / urlsplit(self.path).path.removeprefix("/simple/").strip("/")
        path = path / "index.html" if path.is_dir() else path
        content = path.read_bytes() if path.is_file() else b""
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/html" if path.suffix == ".html" else "application/octet-stream")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: Path, context: ssl.SSLContext | None = None) -> Iterator[Index]:
    """Serve the index, until it is no longer needed."""
    index = Index(folder)
    if context:
        index.socket = context.wrap_socket(index.socket, server_side=True)
    thread = threading.Thread(target=index.serve_forever)
    thread.start()
    try:
        yield index
    finally:
        index.go_on.set()
        index.shutdown()
        thread.join()
        index.server_close()


def test_uv_installs_each_lock_when_it_is_needed(clone: Clone, tmp_path: Path) -> None:
    """And what was installed once is kept up to date; nothing of uv, of pip, or of an older lock stays."""
    first = clone.lab("list")
    assert (first.returncode, first.stdout) == (0, "click\n"), first.stderr
    assert "pip" not in first.stderr
    assert not (clone.folder / ".venv" / "tools").exists()
    assert list((clone.folder / ".venv").rglob("unused.*.pyc"))
    assert clone.lab("open", "--help").stdout == "click\n"
    assert clone.lab("class", "status").stdout == "click\n"
    assert clone.lab("class", "open").stdout == "click nicegui\n"
    assert clone.lab("open").stdout == "click nicegui\n"
    again = clone.lab("list")
    assert (again.stdout, again.stderr) == ("click nicegui\n", "")
    clone.lock(
        run=wheel(clone.index, "click", "2", {"click.py": b""}),
        page=wheel(clone.index, "nicegui", "2", {"nicegui.py": b""}),
    )
    later = clone.lab("list")
    assert (later.stdout, later.stderr.count("Installing 2 packages")) == ("click nicegui\n", 1)
    clone.lock(run=wheel(clone.index, "click", "3", {"click.py": b""}), dev=wheel(clone.index, "ruff", "1", {}))
    assert clone.lab("setup", "--dev").stdout == "click ruff\n"
    assert clone.lab("open").stderr == ""


@pytest.mark.parametrize(
    ("program", "told"), [(b"", "No matching distribution"), (FAILS, "it is broken"), (b"\x7fELF", "Exec format error")]
)
def test_where_uv_cannot_pip_installs(program: bytes, told: str, clone: Clone) -> None:
    if program:
        clone.publish_uv(program)
    else:
        (clone.index / "uv" / "index.html").write_text("")
    done = clone.lab("list")
    assert (done.returncode, done.stdout) == (0, "click\n"), done.stderr
    assert "pip installs" in done.stderr
    assert told in done.stderr
    assert not (clone.folder / ".venv" / "tools").exists()


@pytest.mark.parametrize("uv", [True, False])
def test_what_is_not_what_the_lock_names_is_told(uv: bool, clone: Clone) -> None:
    """Whether `.venv` is made or brought up to date; what was begun counts as broken."""
    if uv:
        assert clone.lab("list").returncode == 0
        clone.lock(run=wheel(clone.index, "click", "2", {"click.py": b""}))
        wheel(clone.index, "click", "2", {"click.py": b"import antigravity"})
    else:
        wheel(clone.index, "click", "1", {"click.py": b"import antigravity"})
        (clone.index / "uv" / "index.html").write_text("")
    done = clone.lab("list")
    assert done.returncode == 3
    what, cure = done.stderr.splitlines()[-2:]
    assert what.startswith("✘ The Python packages cannot be installed: ")
    assert "hash" in what.lower()
    assert "index" in cure
    assert ("pip installs" in done.stderr) is not uv, done.stderr
    assert not (clone.folder / ".venv" / "lab.lock").exists()


def test_uvs_own_settings_do_not_reach_in(clone: Clone, tmp_path: Path) -> None:
    mine = 'index-url = "file:///nowhere"\nno-index = true\n'
    for folder in (tmp_path / "home" / ".config" / "uv", tmp_path / "etc" / "uv"):
        folder.mkdir(parents=True)
        (folder / "uv.toml").write_text(mine)
    (clone.folder / "uv.toml").write_text(mine)
    exported = {
        "UV_DEFAULT_INDEX": "file:///nowhere",
        "UV_OFFLINE": "1",
        "UV_TARGET": str(tmp_path / "target"),
        "UV_CONFIG_FILE": str(clone.folder / "uv.toml"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "UV_PYTHON": "3.9",
        "XDG_CONFIG_DIRS": str(tmp_path / "etc"),
        "VIRTUAL_ENV": str(tmp_path / "other"),
    }
    done = clone.lab("list", **exported)
    assert (done.stdout, "pip installs" in done.stderr) == ("click\n", False), done.stderr
    assert not (tmp_path / "cache").exists()


def test_pips_settings_reach_uv(clone: Clone, tmp_path: Path) -> None:
    """A proxy, the only way to an index that asks for a password, in the user's own file."""
    del clone.env["PIP_INDEX_URL"]
    with served(clone.index) as proxy:
        file = tmp_path / "home" / ".config" / "pip" / "pip.conf"
        file.parent.mkdir(parents=True)
        file.write_text(
            "[global]\nindex-url = http://me:secret@index.invalid/simple\ntrusted-host = index.invalid\n"
            f"proxy = http://127.0.0.1:{proxy.server_port}\ntarget = {tmp_path}/target\n"
        )
        done = clone.lab("list", HTTP_PROXY="http://127.0.0.1:9", NO_PROXY="*")
    assert (done.stdout, "pip installs" in done.stderr) == ("click\n", False), done.stderr
    secret = "Basic " + base64.b64encode(b"me:secret").decode()
    for who, name in ("pip", "uv"), ("uv", "click"):
        assert (who, f"http://index.invalid/simple/{name}/", secret) in proxy.asked
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    "exported", [{"PIP_QUIET": "1"}, {"PIP_QUIET": "very"}, {"PIP_PYTHON": "/nowhere"}, {"PIP_HELP": "1"}, {}]
)
def test_other_settings_of_pip_hide_none_that_is_needed(clone: Clone, tmp_path: Path, exported: dict[str, str]) -> None:
    """Such as those by which pip says less."""
    file = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    file.parent.mkdir(parents=True)
    file.write_text("[global]\nquiet = 2\n")
    done = clone.lab("list", **exported)
    assert (done.stdout, "pip installs" in done.stderr) == ("click\n", False), done.stderr


def test_settings_of_pip_that_cannot_be_read_are_told(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text("index-url = x\n")
    done = clone.lab("list", PIP_CONFIG_FILE=str(tmp_path / "pip.conf"))
    assert done.returncode == 3
    assert "pip's settings cannot be read: Configuration file could not be loaded." in done.stderr


@pytest.mark.parametrize("setting", ["PIP_CERT", "REQUESTS_CA_BUNDLE"])
def test_a_companys_certificate_holds_for_uv(setting: str, clone: Clone, tmp_path: Path) -> None:
    """Both speak to an index whose certificate only the user's own file vouches for."""
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2"]
    ours = ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost"]
    leaf = ["-addext", "basicConstraints=critical,CA:FALSE"]
    for argv in (
        [*new, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem"],
        [*new, *ours, *leaf, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
    ):
        subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with served(clone.index, context) as index:
        clone.env["PIP_INDEX_URL"] = f"https://localhost:{index.server_port}/simple"
        clone.env[setting] = str(tmp_path / "ca.pem")
        done = clone.lab("list")
    assert (done.stdout, "pip installs" in done.stderr) == ("click\n", False), done.stderr
    assert any(who == "uv" and path.endswith(".whl") for who, path, _ in index.asked)


@pytest.fixture
def heeded() -> Iterator[None]:
    """Ctrl-C ends what is started, even where these tests run in the background of a shell, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_installation_is_made_anew(number: signal.Signals, clone: Clone) -> None:
    """Who starts meanwhile waits for all that the interrupted one started."""
    with served(clone.index) as index:
        index.holds_back = "click-1"
        clone.env["PIP_TIMEOUT"] = "600"
        clone.env["PIP_INDEX_URL"] = f"http://localhost:{index.server_port}/simple"
        began = subprocess.Popen(
            clone.command("list"), env=clone.env, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        assert index.reached.wait(120)
        if number == signal.SIGINT:
            os.killpg(began.pid, number)
        else:
            began.kill()
            began.wait()
            with (clone.folder / ".venv.lock").open() as lock, pytest.raises(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        began.wait()
        assert not (clone.folder / ".venv" / "lab.lock").exists()
        index.holds_back = "no such file"
        second = subprocess.Popen(clone.command("list"), env=clone.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        index.go_on.set()
        output, errors = second.communicate()
    assert began.returncode == (130 if number == signal.SIGINT else -number)
    assert (output, second.returncode) == (b"click\n", 0), errors
