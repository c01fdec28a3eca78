"""`lab.py` as users start it: from any folder, with whatever they export, and whatever its streams are connected to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from provisioning.settings import REPOSITORY

LAB = [sys.executable, str(REPOSITORY / "lab.py")]
PLAIN = {"PATH": "/usr/bin:/bin", "HOME": "/root"}
FOREIGN = 'raise SystemExit("a foreign module was imported")\n'


def start(
    *argv: str, exported: dict[str, str] | None = None, cwd: Path = REPOSITORY
) -> subprocess.CompletedProcess[bytes]:
    environment = PLAIN | (exported or {})
    return subprocess.run(
        [*LAB, *argv], cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )


def shell(line: str, exported: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash in which `L` is `lab.py`."""
    program = f'L() {{ {sys.executable} {REPOSITORY}/lab.py "$@"; }}; {line}'
    return subprocess.run(["bash", "-c", program], env=PLAIN | (exported or {}), capture_output=True, check=False)


def is_well(done: subprocess.CompletedProcess[bytes]) -> bool:
    return done.returncode == 0 and b"scenario-12" in done.stdout and not done.stderr


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with modules that are called like those the program imports, and would end it."""
    names = "docker click rich yaml msgspec vagrant pytest json fcntl subprocess provisioning sitecustomize jinja2"
    for name in names.split():
        (tmp_path / f"{name}.py").write_text(FOREIGN)
    (tmp_path / "sitecustomize.py").unlink()
    return tmp_path


@pytest.mark.parametrize("verb", [["list"], ["list", "--json"], ["--help"], ["lesson", "scenario-3"]])
def test_modules_in_the_current_folder_and_in_pythonpath(verb: list[str], foreign: Path) -> None:
    wanted = start(*verb)
    assert wanted.returncode == 0
    path = {"PYTHONPATH": str(foreign)}
    for done in start(*verb, cwd=foreign), start(*verb, exported=path), start(*verb, cwd=foreign, exported=path):
        assert (done.returncode, done.stdout, done.stderr) == (0, wanted.stdout, b"")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONOPTIMIZE", "2"),
        ("PYTHONIOENCODING", "ascii"),
        ("PYTHONIOENCODING", "euc-kr"),
        ("PYTHONUTF8", "0"),
        ("PYTHONWARNINGS", "error"),
        ("PYTHONSTARTUP", "/etc/passwd"),
        ("PYTHONINSPECT", "1"),
        ("PYTHONSAFEPATH", "1"),
        ("PYTHONNOUSERSITE", "1"),
        ("PYTHONUSERBASE", "/nowhere"),
        ("PYTHONBREAKPOINT", "os.abort"),
        ("PYTHONCOERCECLOCALE", "0"),
        ("PYTHONHASHSEED", "1"),
        ("LANG", "C"),
        ("LANG", "ko_KR.EUC-KR"),
        ("LANG", "no_such_LOCALE"),
        ("LC_ALL", "POSIX"),
        ("LC_ALL", "C.UTF-8"),
        ("COLUMNS", "wide"),
        ("TERM", "no-such-terminal"),
        ("HOME", ""),
        ("HOME", "/no/such/folder"),
        ("TMPDIR", "/no/such/folder"),
        ("LAB_HOME", ""),
        ("LAB_SCENARIOS", ""),
        ("LAB_HOME", "/no/such/folder"),
        ("DOCKER_HOST", "tcp://1.2.3.4:2375"),
        ("DOCKER_CONTEXT", "elsewhere"),
        ("_LAB.PY_COMPLETE", "bash_source"),
        ("CLICK_DEFAULTS", "x"),
    ],
)
def test_a_variable_that_is_exported(name: str, value: str) -> None:
    assert is_well(start("list", exported={name: value}))


@pytest.mark.parametrize("locale", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}, {"PYTHONIOENCODING": "euc-kr"}])
def test_korean_is_written_in_every_locale(locale: dict[str, str]) -> None:
    done = start("list", "--lang", "ko", exported=locale)
    assert done.returncode == 0, done.stderr
    assert "커널" in done.stdout.decode()
    assert start("lesson", "scenario-3", "--lang", "ko", exported=locale).returncode == 0
    assert (
        start("list", exported={"LANG": "ko_KR.EUC-KR"}).stdout.decode()
        == start("list", "--lang", "ko").stdout.decode()
    )


@pytest.mark.parametrize(
    ("exported", "status", "words"),
    [
        ({"LAB_NAME": "My Lab"}, 2, "LAB_NAME"),
        ({"LAB_HOME": "/a b"}, 2, "LAB_HOME"),
        ({"LAB_HOME": "~/a b"}, 2, "/root/a b"),
        ({"LAB_HOME": "/" + "a" * 100}, 2, "socket"),
        ({"LAB_ACCELERATION": "warp"}, 2, "LAB_ACCELERATION"),
        ({"DOCKER_HOST": "tcp://1.2.3.4:2375"}, 3, "DOCKER_HOST"),
        ({"DOCKER_HOST": "ssh://me@server"}, 3, "DOCKER_HOST"),
        ({"DOCKER_CONTEXT": "elsewhere"}, 3, "DOCKER_CONTEXT"),
    ],
)
@pytest.mark.parametrize("verb", [["status"], ["up", "scenario-3"], ["reset", "scenario-3"], ["images", "list"]])
def test_a_variable_that_is_refused(verb: list[str], exported: dict[str, str], status: int, words: str) -> None:
    done = start(*verb, exported={"LAB_NAME": "labnobody", **exported})
    assert done.returncode == status, done.stderr
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 2


def test_a_context_in_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text(json.dumps({"currentContext": "elsewhere"}))
    for exported in ({"HOME": str(tmp_path)}, {"DOCKER_CONFIG": str(tmp_path / ".docker")}):
        done = start("status", exported={"LAB_NAME": "labnobody", **exported})
        assert done.returncode == 3
        assert str(tmp_path / ".docker" / "config.json") in done.stderr.decode()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("L list <&-", 0),
        ("L list >&-", 0),
        ("L list 2>&-", 0),
        ("L list <&- >&- 2>&-", 0),
        ("L list --json >&-", 0),
        ("L hint scenario-3 none <&- >&- 2>&-", 2),
        ("L --help >&-", 0),
        ("L list 2>/dev/full", 0),
        ("L hint scenario-3 none 2>/dev/full", 2),
        ("L hint scenario-3 none 2> >(true)", 2),
        ("L list >/dev/full", 3),
        ("L list --json >/dev/full", 3),
        ("L lesson scenario-3 >/dev/full", 3),
        ("L --help >/dev/full", 3),
        ("L run none --json >/dev/full", 2),
        ("L run none --json >&-", 2),
    ],
)
def test_streams_that_are_closed_or_full(line: str, status: int, tmp_path: Path) -> None:
    done = shell(line, {"LAB_HOME": "/srv/nobody"})
    assert done.returncode == status, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


@pytest.mark.parametrize("verb", ["list", "list --json", "lesson scenario-3", "lesson scenario-3 --lang ko", "--help"])
def test_a_pipe_that_nobody_reads_ends_it_quietly(verb: str) -> None:
    """The reader is gone before the first line: it has no pipe to the program at all."""
    done = shell(f"exec 3> >(exec 0<&-; exec true); wait $!; L {verb} >&3; exit $?")
    assert done.returncode == 141, done.stderr
    assert done.stderr == b""


def test_a_link_elsewhere_leads_to_the_clone(tmp_path: Path) -> None:
    (tmp_path / "lab").symlink_to(REPOSITORY / "lab.py")
    done = subprocess.run([sys.executable, str(tmp_path / "lab"), "list"], env=PLAIN, capture_output=True, check=False)
    assert is_well(done), done.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["lab"]


def test_a_clone_with_a_colon_in_its_path_is_told(tmp_path: Path) -> None:
    clone = tmp_path / "at:home"
    clone.mkdir()
    (clone / "lab.py").write_bytes((REPOSITORY / "lab.py").read_bytes())
    done = subprocess.run(
        [sys.executable, str(clone / "lab.py"), "list"], env=PLAIN, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (3, 2), done.stderr
    assert "colon" in done.stderr


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = shell(f"cd {gone}; rmdir {gone}; L list")
    assert done.returncode == 0
    done = shell(f"cd {gone.parent}; mkdir {gone}; cd {gone}; rmdir {gone}; LAB_HOME=here L status")
    assert done.returncode == 2
    assert b"current folder" in done.stderr


def test_results_that_cannot_be_kept(tmp_path: Path) -> None:
    """A full disk, a file in the way, a folder of root's: a sentence with the file, and what was kept stays."""
    small = tmp_path / "s"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], check=True)
    try:
        task = ["scenario-3", "host-number"]
        assert start("hint", *task, exported={"LAB_HOME": str(small)}).returncode == 0
        kept = small / "results" / "lab" / "scenario-3" / "outcome.json"
        before = kept.read_bytes()
        (small / "filler").write_bytes(b"x" * (os.statvfs(small).f_bavail * os.statvfs(small).f_frsize))
        done = start("hint", *task, exported={"LAB_HOME": str(small)})
        assert (done.returncode, kept.read_bytes()) == (3, before)
        assert b"No space left" in done.stderr
        assert b"Traceback" not in done.stderr
        (small / "filler").unlink()
        assert start("hint", *task, exported={"LAB_HOME": str(small)}).returncode == 0
        assert kept.read_bytes() != before
    finally:
        subprocess.run(["umount", str(small)], check=True)
    (small / "results").write_text("in the way")
    done = start("hint", *task, exported={"LAB_HOME": str(small)})
    assert done.returncode == 3
    assert str(small / "results") in done.stderr.decode()
    (small / "results").unlink()
    (small / "results").symlink_to("/media/not-mounted")
    done = start("hint", *task, exported={"LAB_HOME": str(small)})
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 2), done.stderr
    assert "link to nothing" in done.stderr.decode()


def test_a_mistake_in_the_lab_names_the_file_that_holds_it(tmp_path: Path) -> None:
    """Also where that cannot lie in the lab's home."""
    program = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from provisioning.__main__ import main\nfrom provisioning.verbs import lab\n"
        "@lab.command('fail')\ndef fail(): raise KeyError('wrong')\nmain()\n"
    )
    (tmp_path / "file").write_text("")
    for home, where in ((tmp_path / "home", tmp_path / "home"), (tmp_path / "file", tmp_path)):
        done = subprocess.run(
            [sys.executable, "-c", program, "fail"],
            env=PLAIN | {"LAB_HOME": str(home), "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 70, done.stderr
        assert "Traceback" not in done.stderr
        report = Path(done.stderr.strip().removesuffix(".").rpartition(" ")[2])
        assert where in report.parents
        assert "KeyError: 'wrong'" in report.read_text()


def test_a_virtual_environment_that_was_moved_or_lost_its_python(tmp_path: Path) -> None:
    """It is known as such; nothing is installed here."""
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import lab; print(lab.is_whole())"

    def is_whole() -> bool:
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return done.stdout == "True\n"

    (tmp_path / "lab.py").write_bytes((REPOSITORY / "lab.py").read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    assert not is_whole()
    made = tmp_path / ".venv" / "pyvenv.cfg"
    made.write_text(f"command = /usr/bin/python3 -m venv {tmp_path}/.venv\n")
    (tmp_path / ".venv" / "lab.lock").write_text("a lock")
    assert not is_whole()
    python = tmp_path / ".venv" / "bin" / "python"
    python.symlink_to(sys.executable)
    assert is_whole()
    made.write_text(f"command = /usr/bin/python3 -m venv --without-pip {tmp_path}/.venv\n")
    assert is_whole()
    for options in "", "--without-pip ":
        made.write_text(f"command = /usr/bin/python3 -m venv {options}/elsewhere/.venv\n")
        assert not is_whole()
    made.write_text("version = 3.11.2\n")
    assert is_whole()
    python.unlink()
    python.symlink_to("/usr/bin/python3.9-that-is-gone")
    assert not is_whole()


def test_a_virtual_environment_that_is_a_link_is_not_changed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "pyvenv.cfg").write_text("home = /usr/bin\n")
    clone = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "provisioning", clone / "provisioning")
    shutil.copy(REPOSITORY / "lab.py", clone)
    (clone / ".venv").symlink_to(other)
    done = subprocess.run([sys.executable, str(clone / "lab.py"), "list"], env=PLAIN, capture_output=True, check=False)
    assert done.returncode == 3 and b"Remove the link" in done.stderr
    assert [path.name for path in other.iterdir()] == ["pyvenv.cfg"]


def test_a_clone_that_cannot_be_written_to(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(clone)], check=True)
    try:
        (clone / "lab.py").write_bytes((REPOSITORY / "lab.py").read_bytes())
        subprocess.run(["mount", "-o", "remount,ro", str(clone)], check=True)
        argv = [sys.executable, str(clone / "lab.py"), "list"]
        done = subprocess.run(argv, env=PLAIN, capture_output=True, text=True, check=False)
    finally:
        subprocess.run(["umount", str(clone)], check=True)
    assert done.returncode == 3
    assert "Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("umask", ["000", "022", "077"])
def test_what_the_lab_makes_has_its_modes_whatever_the_umask(tmp_path: Path, umask: str) -> None:
    """QEMU's user enters its folders, nobody but the owner changes them; the report is as the user wants files."""
    program = (
        f"import os, sys; sys.path.insert(0, {str(REPOSITORY)!r})\n"
        "from provisioning import environment; environment.enter()\n"
        "from provisioning.images.cache import Cache\nfrom provisioning.settings import load_settings\n"
        "settings = load_settings(); settings.subnet_file.parent.mkdir(parents=True)\n"
        "Cache(settings.cache).build('base', 'key', {}, lambda folder: None)\n"
        f"os.execv({sys.executable!r}, {[*LAB, 'hint', 'scenario-3', 'host-number']!r})\n"
    )
    line = f'umask {umask} && {sys.executable} -c "$PROGRAM" && L report --output {tmp_path}/report.html'
    done = shell(line, {"LAB_HOME": str(tmp_path / "home"), "PROGRAM": program, "LAB_NAME": "mine"})
    assert done.returncode == 0, done.stderr
    home = tmp_path / "home"
    made = [home, home / "cache", home / "cache" / "base", home / "cache" / "base" / "key", home / "run" / "mine"]
    assert [oct(folder.stat().st_mode & 0o777) for folder in made] == ["0o755"] * len(made)
    assert (home / "results" / "mine" / "scenario-3").stat().st_mode & 0o077 == 0
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o666 & ~int(umask, 8)
