"""Fill `.venv` from a lock, with the standard library alone: nothing else can be imported before.

pip fetches uv, as it knows how the user's computer reaches the package index, and uv installs. If there is no uv for
this computer, or uv fails, pip installs. Neither of them is kept.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioning.environment import ORIGINAL, clean
from provisioning.errors import HostError

ISOLATED = ("-I", "-X", "utf8")
PIP_SETTINGS = {
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy", "timeout",
    "default-timeout", "retries",
}  # fmt: skip
"""pip's settings that tell how packages are fetched. The lock tells which, and their hashes; nothing else counts."""
OPTIONS = ("--disable-pip-version-check", "--no-input", "--no-warn-script-location", "--require-hashes")
"""What pip is told whenever it installs."""
UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "retries": ("UV_HTTP_RETRIES", " "),
}
"""What uv calls pip's settings, and what it puts between several."""
TRUE = ("1", "true", "yes", "on", "t", "y")
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
BLANK = "\n\n"
"""What stands before the last paragraph of what a program says."""
TAMPERED = ("Hash mismatch", "DO NOT MATCH THE HASHES")
"""What uv and pip say when a file is another one than the lock names."""


class _Unable(Exception):
    """uv did not install."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Environment:
    """A virtual environment to be made or filled."""

    folder: Path
    guard: int
    """The descriptor of a lock. Programs that are started hold it, too: nobody else begins before all have ended."""
    say: Callable[[str], None]

    @property
    def python(self) -> str:
        """Its Python."""
        return str(self.folder / "bin" / "python")

    @property
    def tools(self) -> Path:
        """Where pip, uv and its cache lie meanwhile: on the same file system, so that uv need not copy."""
        return self.folder / "tools"

    def make(self) -> None:
        """Make the environment, with nothing in it.

        Raises:
            HostError: there is no room, or the folder may not be written to.
        """
        self.say("Making .venv")
        made = self._run([sys.executable, "-I", "-m", "venv", "--without-pip", str(self.folder)], clean(ORIGINAL))
        if made.returncode:
            raise HostError(
                f"The virtual environment {self.folder} cannot be made: {last_line(made.stdout)}",
                "Free disk space, and see that the folder may be written to.",
            )

    def fill(self, lock: Path) -> None:
        """Install what the lock names. uv also removes all else.

        Raises:
            HostError: a package cannot be fetched, or is not the one that the lock names.
        """
        total = sum(line[:1].isalnum() for line in lock.read_text(encoding="utf-8").splitlines())
        self.say(f"Installing {total} packages into .venv")
        shutil.rmtree(self.tools, ignore_errors=True)
        pip = self._pip()
        # Loudly: pip prints the list as it prints its progress, which a user may have silenced.
        listed = self._run([*pip, "-vvv", "config", "list"], heeded(os.environ))
        if listed.returncode:
            raise HostError(
                f"pip's settings cannot be read: {' '.join(listed.stdout.strip().rpartition(BLANK)[2].split())}",
                "Correct them: they stand in files called pip.conf and in variables that begin with PIP_.",
            )
        settings = pip_settings(listed.stdout)
        try:
            self._with_uv(pip, settings, lock)
        except _Unable as error:
            if any(words in error.reason for words in TAMPERED):
                raise refusal(error.reason) from None
            self.say(f"pip installs, which takes longer, for uv cannot: {error.reason}")
            self._with_pip(pip, settings, lock, total)
        shutil.rmtree(self.tools)

    def _pip(self) -> list[str]:
        """Return the command of the pip that comes with Python. It is unpacked, which is faster than to install it."""
        if wheel := bundled_wheel():
            with zipfile.ZipFile(wheel) as file:
                file.extractall(self.tools)
            return [self.python, *ISOLATED, str(self.tools / "pip")]
        self._run([self.python, "-I", "-m", "ensurepip"], clean(ORIGINAL))
        return [self.python, *ISOLATED, "-m", "pip"]

    def _with_uv(self, pip: list[str], settings: Mapping[str, str], lock: Path) -> None:
        """Fetch uv, and install with it.

        Raises:
            _Unable: there is no uv for this computer, or it failed.
        """
        fetch = [*pip, "install", *OPTIONS, "--target", str(self.tools), "--no-compile", "--only-binary", ":all:"]
        # One retry: if the index cannot be reached, pip tries again below, and the user waits once more.
        done = self._run([*fetch, "-r", str(lock.with_name("uv.lock"))], {"PIP_RETRIES": "1", **pipped(settings)})
        if done.returncode:
            raise _Unable(pip_reason(done.stdout))
        uv = [str(self.tools / "bin" / "uv"), "--no-config", "--no-progress", "--cache-dir", str(self.tools / "cache")]
        argv = [*uv, "pip", "sync", "--python", self.python, "--require-hashes", "--link-mode", "hardlink", str(lock)]
        # As pip: a package from any index; the hashes tell which is right.
        argv += ["--index-strategy", "unsafe-best-match"]
        if settings.get("no-index", "").lower() in TRUE:
            argv.append("--no-index")

        def heed(line: str) -> None:
            if line.startswith("Downloading "):
                self.say(f"  {line.strip()}")

        try:
            done = self._run(argv, clean(ORIGINAL) | uv_variables(settings, ORIGINAL), heed)
        except OSError as error:  # such as a file system from which nothing may be started
            raise _Unable(f"{uv[0]}: {error.strerror}") from None
        if done.returncode:
            raise _Unable(uv_reason(done.stdout))
        self._compile()

    def _compile(self) -> None:
        """Compile what verbs import, as pip does: a user who may not write to `.venv` could not keep it compiled."""
        site = sysconfig.get_path("purelib", "venv", {"base": str(self.folder)})
        argv = [self.python, "-I", "-m", "compileall", "-q", "-j", "0", "-x", "/site-packages/ansible", site]
        self._run(argv, clean(ORIGINAL))

    def _with_pip(self, pip: list[str], settings: Mapping[str, str], lock: Path, total: int) -> None:
        """Install with pip, and say how far it is."""
        done = 0

        def heed(line: str) -> None:
            nonlocal done
            if line.startswith("Collecting "):
                done += 1
                if done % 10 == 0:
                    self.say(f"  {done} of {total} fetched")
            elif line.startswith("Installing collected"):
                self.say("  unpacking")

        installed = self._run([*pip, "install", *OPTIONS, "-r", str(lock)], pipped(settings), heed)
        if installed.returncode:
            raise refusal(pip_reason(installed.stdout))

    def _run(
        self, argv: list[str], env: Mapping[str, str], heed: Callable[[str], None] = lambda line: None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program. Call ``heed`` with each line as it is printed, so that nobody waits in silence."""
        said: list[str] = []
        with subprocess.Popen(
            argv,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            pass_fds=(self.guard,),
        ) as process:
            for line in process.stdout or ():
                said.append(line)
                heed(line)
        return subprocess.CompletedProcess(argv, process.returncode, "".join(said))


def have_ensurepip(agreed: bool, say: Callable[[str], None]) -> bool:
    """Have Python's means to make a virtual environment, which Debian keeps in a package of its own.

    Return True if it was installed just now: then Python must be started again to find it.

    Raises:
        HostError: it is missing and the user does not consent, or it cannot be installed.
    """
    if importlib.util.find_spec("ensurepip") is not None:
        return False
    package = f"python3.{sys.version_info.minor}-venv"
    root = [] if os.geteuid() == 0 else ["sudo"]
    install = ["apt-get", "install", "--yes", "--no-install-recommends", package]
    line = " ".join([*root, *install])
    say(f"Python lacks its venv module. This would install it: {line}")
    if not (agreed or consents()):
        raise HostError("Python's venv module is missing.", f"Run: {line}")
    for apt in (["apt-get", "update"], install):
        argv = [*root, "env", "DEBIAN_FRONTEND=noninteractive", *apt]
        if subprocess.run(argv, env=clean(ORIGINAL), stdout=subprocess.DEVNULL).returncode:
            raise HostError(
                f"The package {package} cannot be installed.", f"Run it by hand and read what it says: {line}"
            )
    return True


def consents() -> bool:
    """Return True if there is a terminal to ask, and the user says yes."""
    try:
        return os.isatty(0) and input("Install it? [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


def bundled_wheel() -> Path | None:
    """Return the wheel from which Python's own `ensurepip` installs pip; None if it is not found."""
    import ensurepip  # here: Debian has it in a package of its own, which may be missing

    folders = (sysconfig.get_config_var("WHEEL_PKG_DIR"), Path(ensurepip.__file__).parent / "_bundled")
    found = (wheel for folder in folders if folder for wheel in sorted(Path(folder).glob("pip-*.whl")))
    return next(found, None)


def heeded(exported: Mapping[str, str]) -> dict[str, str]:
    """Return the user's environment without the variables of pip that do not tell how packages are fetched.

    >>> heeded({"PIP_INDEX_URL": "file:///srv", "PIP_CONFIG_FILE": "/etc/p", "PIP_QUIET": "1"})
    {'PIP_INDEX_URL': 'file:///srv', 'PIP_CONFIG_FILE': '/etc/p'}
    """
    kept = {"PIP_CONFIG_FILE", *map(_variable, PIP_SETTINGS)}
    return {name: value for name, value in exported.items() if name in kept or not name.startswith("PIP_")}


def _variable(setting: str) -> str:
    """Return the variable by which pip takes a setting."""
    return f"PIP_{setting.replace('-', '_').upper()}"


def pip_settings(listed: str) -> dict[str, str]:
    """Return the user's own settings of pip, from the output of `pip config list`; only those of PIP_SETTINGS.

    >>> pip_settings("global.cert='/a.pem'\\n:env:.cert='/b.pem'\\nglobal.target='/srv'\\ninstall.retries='2'\\n")
    {'cert': '/b.pem', 'retries': '2'}
    """
    settings = {}
    lines = [line.partition("=") for line in listed.splitlines()]
    for where in ("global", "install", ":env:"):  # a later one overrules
        for key, _, value in lines:
            section, _, name = key.rpartition(".")
            if section == where and name in PIP_SETTINGS and ast.literal_eval(value):
                settings[name.removeprefix("default-")] = ast.literal_eval(value)
    return settings


def pipped(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which pip follows these settings, and no others.

    >>> pipped({"index-url": "file:///srv"})["PIP_INDEX_URL"]
    'file:///srv'
    """
    variables = {_variable(name): value for name, value in settings.items()}
    return clean(ORIGINAL) | {"PIP_CONFIG_FILE": os.devnull, **variables}


def uv_variables(settings: Mapping[str, str], exported: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which uv follows these settings of pip, and those of ``exported`` that pip follows.

    >>> uv_variables({"extra-index-url": "file:///a\\nfile:///b", "find-links": "/c /d", "timeout": "9.5"}, {})
    {'UV_SYSTEM_CERTS': 'true', 'UV_INDEX': 'file:///a file:///b', 'UV_FIND_LINKS': '/c,/d', 'UV_HTTP_TIMEOUT': '9'}
    """
    variables = {"UV_SYSTEM_CERTS": "true"}
    for name, value in settings.items():
        if name == "proxy":
            proxy = value if "://" in value else f"http://{value}"
            for variable in PROXIES:
                variables |= {variable: proxy, variable.upper(): proxy}
            variables |= {"no_proxy": "", "NO_PROXY": ""}
        elif name in UV_NAMES:
            variable, separator = UV_NAMES[name]
            variables[variable] = separator.join(str(Path(w).expanduser()) if w[0] == "~" else w for w in value.split())
    # These have the last word with pip, even over its own setting.
    if bundle := exported.get("REQUESTS_CA_BUNDLE") or exported.get("CURL_CA_BUNDLE"):
        variables["SSL_CERT_DIR" if Path(bundle).is_dir() else "SSL_CERT_FILE"] = bundle
    if "UV_HTTP_TIMEOUT" in variables:
        variables["UV_HTTP_TIMEOUT"] = variables["UV_HTTP_TIMEOUT"].partition(".")[0]
    return variables


def pip_reason(said: str) -> str:
    """Return why pip ended, in its own words.

    >>> pip_reason("Collecting a\\nERROR: No matching distribution\\n\\n[notice] ...\\n")
    'No matching distribution'
    """
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    return errors[-1] if errors else last_line(said)


def uv_reason(said: str) -> str:
    """Return why uv ended, in its own words: each line tells the cause of the one above.

    >>> uv_reason("Resolved 2 packages\\nerror: Failed to download `a`\\n  cause: Hash mismatch\\n\\n    Expected:\\n")
    'Failed to download `a`: Hash mismatch'
    """
    found = re.findall(r"^\s*(?:error|cause): (.*)", said, re.MULTILINE)
    return ": ".join(found) or last_line(said)


def last_line(said: str) -> str:
    """Return the last line that is not blank."""
    return [line.strip() for line in ("no message", *said.splitlines()) if line.strip()][-1]


def refusal(reason: str) -> HostError:
    """Return the error of an installation that ended for this reason."""
    if any(words in reason for words in TAMPERED):
        cure = "What arrived is not what the lab was tried with: see which index pip is told to use, and try again."
    else:
        cure = (
            "See that there is room on the disk and that this machine reaches the Python package index (a proxy: "
            "HTTPS_PROXY), then repeat the command."
        )
    return HostError(f"The Python packages cannot be installed: {reason}", cure)
