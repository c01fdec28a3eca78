"""What of a user's environment reaches the programs that the lab starts."""

from __future__ import annotations

import json
import os
import pwd
from pathlib import Path

import pytest

from provisioning.environment import SYSTEM_PATH, clean, refuse_another_engine
from provisioning.errors import HostError

SYSTEM = ":".join(SYSTEM_PATH)

PASSES = [
    ("HOME", "/home/me"),
    ("USER", "me"),
    ("LOGNAME", "me"),
    ("SHELL", "/bin/zsh"),
    ("TERM", "xterm"),
    ("COLORTERM", "truecolor"),
    ("NO_COLOR", "1"),
    ("COLUMNS", "80"),
    ("LINES", "24"),
    ("TZ", "Asia/Seoul"),
    ("TMPDIR", "/tmp"),  # noqa: S108
    *((name, "http://proxy:3128") for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")),
    *((name, "http://proxy:3128") for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY")),
    ("no_proxy", "localhost"),
    ("NO_PROXY", "localhost"),
    ("SSL_CERT_FILE", "/ca.pem"),
    ("SSL_CERT_DIR", "/certs"),
    ("REQUESTS_CA_BUNDLE", "/ca.pem"),
    ("CURL_CA_BUNDLE", "/ca.pem"),
    ("LAB_NAME", "mylab"),
    ("LAB_HOME", "/srv/lab"),
    ("LAB_SCENARIOS", "/srv/labs"),
    ("LAB_ACCELERATION", "tcg"),
    ("LAB_DEBIAN", "12"),
    ("LAB_VAGRANT_BOX", "debian/bookworm64"),
    ("LAB_CONTAINER_IMAGE", "debian:12"),
    ("LAB_CACHE_LIMIT", "5"),
]


@pytest.mark.parametrize(("name", "value"), PASSES, ids=[name for name, _ in PASSES])
def test_what_passes(name: str, value: str) -> None:
    assert clean({name: value})[name] == value


STAYS_OUT = """
VAGRANT_CWD VAGRANT_VAGRANTFILE VAGRANT_LOG VAGRANT_HOME VAGRANT_DEFAULT_PROVIDER VAGRANT_DOTFILE_PATH
VAGRANT_NO_PLUGINS ANSIBLE_CONFIG ANSIBLE_RUN_TAGS ANSIBLE_SKIP_TAGS ANSIBLE_CHECK_MODE_MARKERS
ANSIBLE_STDOUT_CALLBACK ANSIBLE_LIBRARY PYTHONPATH PYTHONHOME PYTHONOPTIMIZE PYTHONSTARTUP PYTHONIOENCODING
PYTHONWARNINGS PYTHONINSPECT PYTHONUSERBASE PYTEST_PLUGINS PYTEST_ADDOPTS PYTEST_DISABLE_PLUGIN_AUTOLOAD
COVERAGE_PROCESS_START RUBYOPT RUBYLIB GEM_HOME GEM_PATH BUNDLE_GEMFILE BUNDLER_VERSION LIBVIRT_DEFAULT_URI
LIBVIRT_DEBUG LIBVIRT_AUTH_FILE VIRSH_DEFAULT_CONNECT_URI VIRSH_DEBUG QEMU_AUDIO_DRV QEMU_LD_PREFIX DOCKER_CONTEXT
DOCKER_TLS_VERIFY DOCKER_CERT_PATH DOCKER_API_VERSION DOCKER_DEFAULT_PLATFORM DOCKER_BUILDKIT DOCKER_CONTENT_TRUST
BUILDKIT_PROGRESS BUILDX_BUILDER COMPOSE_FILE COMPOSE_PROJECT_NAME CONTAINER_HOST PIP_INDEX_URL PIP_TARGET PIP_USER
PIP_CONFIG_FILE PIP_REQUIRE_VIRTUALENV UV_INDEX_URL UV_PYTHON VIRTUAL_ENV SSH_AUTH_SOCK SSH_ASKPASS SSH_CONNECTION
GIT_DIR GIT_SSH_COMMAND LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT BASH_ENV ENV IFS CDPATH SHELLOPTS BASHOPTS PS4
POSIXLY_CORRECT BASH_FUNC_ls%% GREP_OPTIONS GREP_COLORS TAR_OPTIONS GZIP XZ_OPT PERL5LIB PERL5OPT LESSOPEN CURL_HOME
WGETRC APT_CONFIG DEBIAN_FRONTEND DPKG_ROOT SOURCE_DATE_EPOCH MMDEBSTRAP_OPTS LOCPATH MALLOC_CHECK_ GLIBC_TUNABLES
XDG_CONFIG_HOME XDG_RUNTIME_DIR DISPLAY DBUS_SESSION_BUS_ADDRESS NODE_OPTIONS JAVA_TOOL_OPTIONS OPENSSL_CONF
LAB_VM_SETTINGS LAB_CHECK_TARGET LAB_DATA LAB_CHILD_OF LAB_FOLDER LAB_SCRATCH LAB_MACHINE LAB_NAMES lab_name
"""


@pytest.mark.parametrize("name", STAYS_OUT.split())
def test_what_stays_out(name: str) -> None:
    assert name not in clean({name: "/x"})


@pytest.mark.parametrize(
    ("exported", "path"),
    [
        ("/opt/bin", f"/opt/bin:{SYSTEM}"),
        ("", SYSTEM),
        (".:/opt/bin", f"/opt/bin:{SYSTEM}"),
        ("/opt/bin:", f"/opt/bin:{SYSTEM}"),
        ("bin:~/bin:./x", SYSTEM),
        ("/usr/sbin:/opt/bin:/usr/sbin", "/usr/sbin:/opt/bin:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/sbin"),
    ],
)
def test_programs_are_looked_for_in_absolute_folders(exported: str, path: str) -> None:
    assert clean({"PATH": exported})["PATH"] == path


@pytest.mark.parametrize("folder", ["", "tmp", "./tmp", "/no/such/folder", "/etc/passwd"])
def test_a_folder_for_temporary_files_that_is_none(folder: str) -> None:
    assert "TMPDIR" not in clean({"TMPDIR": folder})


@pytest.mark.parametrize("exported", [{}, {"HOME": ""}, {"HOME": "here"}, {"USER": ""}])
def test_programs_know_whose_they_are(exported: dict[str, str]) -> None:
    kept = clean(exported)
    assert Path(kept["HOME"]).is_absolute()
    assert kept["USER"]
    assert kept["LOGNAME"]


@pytest.mark.parametrize(
    ("theirs", "opened"),
    [("/bin/bash", "/bin/bash"), ("", "/bin/sh"), ("/no/such/shell", "/bin/sh"), ("/usr/sbin/nologin", "/bin/sh")],
)
def test_whoever_exports_no_shell_gets_their_login_shell(
    monkeypatch: pytest.MonkeyPatch, theirs: str, opened: str
) -> None:
    entry = list(pwd.getpwuid(os.geteuid()))
    entry[6] = theirs
    monkeypatch.setattr(pwd, "getpwuid", lambda _: pwd.struct_passwd(entry))
    assert clean({})["SHELL"] == clean({"SHELL": ""})["SHELL"] == opened
    assert clean({"SHELL": "/bin/dash"})["SHELL"] == "/bin/dash"


@pytest.mark.parametrize("name", ["LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_NUMERIC", "LC_CTYPE"])
@pytest.mark.parametrize("locale", ["ko_KR.UTF-8", "ko_KR.EUC-KR", "de_DE@euro", "C", "ko:en"])
def test_programs_speak_utf_8_and_english(name: str, locale: str) -> None:
    """What `virsh`, `free` and `lscpu` print is read, by steps, too, and numbers have a point in them."""
    kept = clean({name: locale})
    assert kept["LC_ALL"] == "C.UTF-8"
    assert not {"LANG", "LANGUAGE", "LC_MESSAGES", "LC_NUMERIC", "LC_CTYPE"} & set(kept)


def test_docker_is_this_hosts() -> None:
    assert clean({"DOCKER_HOST": "tcp://elsewhere:2375"})["DOCKER_HOST"] == "unix:///var/run/docker.sock"


def config(folder: Path, text: str) -> dict[str, str]:
    (folder / "config.json").write_text(text)
    return {"DOCKER_CONFIG": str(folder)}


@pytest.mark.parametrize(
    "host",
    [
        "tcp://1.2.3.4:2375",
        "ssh://me@server",
        "unix:///run/user/1000/docker.sock",
        "fd://",
        "npipe:////./pipe/docker",
        "x",
    ],
)
def test_another_engine_by_its_address(host: str) -> None:
    with pytest.raises(HostError, match=r"DOCKER_HOST.*this host") as raised:
        refuse_another_engine({"DOCKER_HOST": host})
    assert host in raised.value.what


def test_another_engine_by_its_context(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"DOCKER_CONTEXT.*'rootless'"):
        refuse_another_engine({"DOCKER_CONTEXT": "rootless"})
    with pytest.raises(HostError, match=r"config.json.*'desktop-linux'"):
        refuse_another_engine(config(tmp_path, json.dumps({"currentContext": "desktop-linux"})))
    (tmp_path / ".docker").mkdir()
    config(tmp_path / ".docker", json.dumps({"currentContext": "desktop-linux"}))
    with pytest.raises(HostError, match=r"[.]docker/config.json.*'desktop-linux'"):
        refuse_another_engine({"HOME": str(tmp_path)})


@pytest.mark.parametrize(
    "exported",
    [
        {},
        {"DOCKER_HOST": ""},
        {"DOCKER_HOST": "unix:///var/run/docker.sock"},
        {"DOCKER_HOST": "unix:///run/docker.sock"},
        {"DOCKER_HOST": "unix:///run/docker.sock", "DOCKER_CONTEXT": "elsewhere"},  # the first counts
        {"DOCKER_CONTEXT": "default"},
        {"DOCKER_TLS_VERIFY": "1", "DOCKER_API_VERSION": "1.12"},
    ],
)
def test_the_engine_of_this_host(exported: dict[str, str], tmp_path: Path) -> None:
    refuse_another_engine({"HOME": str(tmp_path), **exported})


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"auths": {}}', '{"currentContext": ""}', '{"currentContext": "default"}', "\0"]
)
def test_a_file_that_sends_docker_nowhere(text: str, tmp_path: Path) -> None:
    refuse_another_engine(config(tmp_path, text))
