"""Pass on to programs what may reach them of the user's environment. No other place reads that environment.

A variable that is exported for another purpose must not change what the lab does: `VAGRANT_CWD` would send Vagrant to
another folder, `ANSIBLE_RUN_TAGS` would bake an image without its tasks. So only the variables listed here pass.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from provisioning.errors import HostError, UsageError
from provisioning.settings import VARIABLES, load_settings

SOCKET = "/var/run/docker.sock"
"""Where Docker Engine of this host listens."""
SYSTEM_PATH = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where the programs of a Linux host lie; an ordinary user's PATH lacks those for the administrator on Debian."""
PERSON = ("HOME", "USER", "LOGNAME", "SHELL")
TERMINAL = ("TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES", "TZ")
LOCALE = "C.UTF-8"
"""What all programs speak: the lab and its lessons read what they print, and show it beside what guests print."""
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""A company's proxy signs with its own certificate, which these name."""
PASS = frozenset((*PERSON, *TERMINAL, *PROXIES, *map(str.upper, PROXIES), *CERTIFICATES, *VARIABLES))

ORIGINAL: Mapping[str, str] = dict(os.environ)
"""What the user exported, from before :func:`enter`."""


_users_umask: int | None = None


@contextmanager
def users_umask() -> Iterator[None]:
    """Have files made that the user asked for by name, such as a report, as any program of the user's makes them."""
    if _users_umask is None:  # the environment is the user's still
        yield
        return
    ours = os.umask(_users_umask)
    try:
        yield
    finally:
        os.umask(ours)


def enter() -> None:
    """Make the clean environment the process's own. Every program that the lab starts inherits it.

    The `docker` command and the SDK get this host's engine and an empty folder of settings: the user's settings may put
    proxies into containers, ask helpers for passwords, or name another engine.

    What the lab makes may be entered and read by all, as QEMU's user must, and changed by its owner alone, whatever the
    user's umask; what is private has a mode of its own.
    """
    global _users_umask
    _users_umask = os.umask(0o022)
    kept = clean(ORIGINAL)
    try:
        folder = str(load_settings(kept).run / "docker")
    except UsageError:  # the verb reports it, unless it needs no settings
        folder = os.devnull
    os.environ.clear()
    os.environ.update(kept | {"DOCKER_CONFIG": folder})


def clean(exported: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the programs that the lab starts, for a user who exported these variables.

    >>> clean({"PATH": "bin:/bin", "HOME": "/root", "ANSIBLE_CONFIG": "/x", "TZ": "UTC"})["TZ"]
    'UTC'
    """
    kept = {name: value for name, value in exported.items() if name in PASS} | {"LC_ALL": LOCALE}
    kept["PATH"] = _path(exported.get("PATH", ""))
    folder = Path(exported.get("TMPDIR", ""))
    if folder.is_absolute() and folder.is_dir():
        kept["TMPDIR"] = str(folder)
    if not Path(kept.get("HOME", "")).is_absolute():
        kept["HOME"] = _home()
    for name in ("USER", "LOGNAME"):
        kept[name] = kept.get(name) or _user()
    kept["SHELL"] = kept.get("SHELL") or _shell()
    return kept | {"DOCKER_HOST": f"unix://{SOCKET}"}


def refuse_another_engine(exported: Mapping[str, str] | None = None) -> None:
    """Refuse to work where the user's Docker is not the engine of this host.

    Raises:
        HostError: a variable or a file names another engine; the error says which.
    """
    told = _another_engine(ORIGINAL if exported is None else exported)
    if told:
        where, cure = told
        raise HostError(f"{where}, but the lab measures the containers of this host.", cure)


def _another_engine(exported: Mapping[str, str]) -> tuple[str, str] | None:
    """Return what sends Docker elsewhere, asked in the order of the `docker` command, and how to leave it out."""
    if host := exported.get("DOCKER_HOST"):
        path = host.removeprefix("unix:")
        if path != host and os.path.realpath(re.sub("^/+", "/", path)) == os.path.realpath(SOCKET):
            return None
        return f"DOCKER_HOST sends Docker to {host!r}", "Leave it out: env -u DOCKER_HOST python3 lab.py ..."
    if context := exported.get("DOCKER_CONTEXT"):
        if context == "default":
            return None
        cure = "Leave it out: env -u DOCKER_CONTEXT python3 lab.py ..."
        return f"DOCKER_CONTEXT has Docker use the context {context!r}", cure
    import json  # here: it takes 3 ms, and a verb that needs no engine does without

    file = Path(exported.get("DOCKER_CONFIG") or Path(exported.get("HOME") or _home(), ".docker"), "config.json")
    try:
        context = json.loads(file.read_bytes()).get("currentContext")
    except (OSError, ValueError, AttributeError, RecursionError):
        return None  # there is none, or none that Docker would read
    if not context or context == "default":
        return None
    cure = "Use the default one for the lab: DOCKER_CONTEXT=default python3 lab.py ..."
    return f"{file} has Docker use the context {context!r}", cure


def _path(exported: str) -> str:
    """Return PATH without folders that depend on the current one, and with the folders of system programs."""
    given = [folder for folder in exported.split(":") if folder.startswith("/")]
    return ":".join(dict.fromkeys((*given, *SYSTEM_PATH)))


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())  # the user has a number and no name, as in some containers


def _shell() -> str:
    """Return the user's login shell: a CI's job, a service and `env -i` export none."""
    try:
        shell = pwd.getpwuid(os.geteuid()).pw_shell
    except KeyError:
        shell = ""
    lets_in = os.access(shell, os.X_OK) and Path(shell).name not in ("nologin", "false")
    return shell if lets_in else "/bin/sh"


def speaks_utf8(exported: Mapping[str, str]) -> bool:
    """Return True if programs print UTF-8, or only ASCII, under this locale.

    >>> [speaks_utf8({"LANG": name}) for name in ("ko_KR.UTF-8", "C", "ko_KR.EUC-KR", "ko_KR")]
    [True, True, False, False]
    """
    name = exported.get("LC_ALL") or exported.get("LC_CTYPE") or exported.get("LANG") or "C"
    charset = name.partition(".")[2].partition("@")[0]
    return name in ("C", "POSIX") or charset.lower().replace("-", "") == "utf8"
