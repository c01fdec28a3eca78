#!/usr/bin/env python3
"""Start `lab` on the bare standard library: make `.venv` from the lock file, then run the verb inside it.

Where everything is in place only `os` and `sys` are imported, so that `lab.py --help` answers at once; whatever else is
imported comes from Python itself, not from the current folder or where a variable points.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "lab.lock")
"""A copy of the lock that was installed. Written last: an installation without it is a broken one."""
LOCKS = os.path.join(HERE, "provisioning", "requirements")
INTERRUPTED = "✘ Interrupted.\n  The next start puts right what was under way.\n"
DRIVER = f"""
import sys
sys.path.insert(0, {HERE!r})
try:
    try:
        import click
    except ModuleNotFoundError:  # .venv was made by another version of Python, which is gone
        import os
        os.remove({STAMP!r})
        os.execv(sys.executable, [sys.executable, "-I", {os.path.abspath(__file__)!r}, *sys.argv[1:]])
    from provisioning.__main__ import main
    main()
except KeyboardInterrupt:
    import os
    os.write(2, {INTERRUPTED.encode()!r})
    os._exit(130)
"""
"""What runs in `.venv`: isolated (python -I), and reading and writing UTF-8 whatever the locale (-X utf8)."""
PIP_SETTINGS = {
    "index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "cert", "client-cert", "proxy", "timeout",
    "default-timeout", "retries",
}  # fmt: skip
"""pip's settings that tell how packages are fetched. The lock tells which, and their hashes; nothing else counts."""


def main() -> None:
    """Have `.venv` hold what the verb needs, and become the command line inside it."""
    have_streams()
    if sys.platform == "win32":
        fail("lab runs on Linux.", "On Windows, run it inside WSL 2 (Debian or Ubuntu); see the README.")
    if sys.version_info < (3, 11):  # noqa: UP036 (this file must explain itself to an old Python)
        fail(f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or newer and run lab.py with it.")
    dev = "setup" in sys.argv[1:2] and "--dev" in sys.argv
    if not is_whole() or read(STAMP) not in ((lock(dev=True),) if dev else (lock(dev=False), lock(dev=True))):
        install(dev)
    try:
        os.execv(PYTHON, [PYTHON, "-I", "-X", "utf8", "-c", DRIVER, *sys.argv[1:]])
    except OSError as error:
        fail(f"{PYTHON} cannot be started: {error.strerror}.", f"Remove {VENV}, then repeat the command.")


def have_streams() -> None:
    """Have a standard stream that was closed lead nowhere: what is opened next would take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def lock(*, dev: bool) -> str:
    """The lock: what the product needs, or that and what its own tests need."""
    return read(os.path.join(LOCKS, "dev.lock" if dev else "run.lock"))


def read(path: str) -> str:
    """The file's text, empty when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def is_whole() -> bool:
    """Whether `.venv` was made, and made here: the programs in it hold its path. A Python that is gone is no Python."""
    made = read(os.path.join(VENV, "pyvenv.cfg")).partition("-m venv ")[2].partition("\n")[0]
    return bool(read(STAMP)) and os.access(PYTHON, os.X_OK) and os.path.realpath(made or VENV) == os.path.realpath(VENV)


def install(dev: bool) -> None:
    """Make `.venv` and install the lock. One process at a time; what an interrupted one left is made anew."""
    if not sys.flags.isolated:  # before anything is imported
        os.execv(sys.executable, [sys.executable, "-I", os.path.abspath(__file__), *sys.argv[1:]])
    sys.path.insert(0, HERE)
    try:
        _install(dev)
    except OSError as error:
        fail(
            f"The Python packages cannot be installed: {error.filename or VENV}: {error.strerror}.",
            f"They go to {VENV}: see that there is room, and that the folder may be written to; or clone the lab to a "
            "folder of your own.",
        )


def _install(dev: bool) -> None:
    import fcntl
    import shutil

    with open(os.path.join(HERE, ".venv.lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if is_whole() and read(STAMP) == lock(dev=dev):
            return  # another process did it meanwhile
        if not is_whole():
            shutil.rmtree(VENV, ignore_errors=True)
            make_venv()
        else:
            os.remove(STAMP)
        pip(os.path.join(LOCKS, "dev.lock" if dev else "run.lock"))
        with open(STAMP, "w", encoding="utf-8") as stamp:
            stamp.write(lock(dev=dev))


def make_venv() -> None:
    """Make the virtual environment; Debian keeps the means for it in a package of its own."""
    import importlib.util
    import subprocess

    from provisioning.environment import ORIGINAL, clean

    environment = clean(ORIGINAL)
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python3.{sys.version_info.minor}-venv"
        command = [
            *([] if os.geteuid() == 0 else ["sudo"]),
            "apt-get",
            "install",
            "--yes",
            "--no-install-recommends",
            package,
        ]
        line = " ".join(command)
        say(f"Python lacks its venv module. This would install it: {line}")
        if "--yes" not in sys.argv and not consents():
            fail("Python's venv module is missing.", f"Run: {line}")
        lists = [*command[: command.index("apt-get") + 1], "update"]
        if any(
            subprocess.run(each, env=environment, stdout=subprocess.DEVNULL).returncode for each in (lists, command)
        ):
            fail(f"The package {package} cannot be installed.", f"Run it by hand and read what it says: {line}")
        os.execv(sys.executable, [sys.executable, "-I", os.path.abspath(__file__), *sys.argv[1:]])
    say("Making .venv")
    if subprocess.run([sys.executable, "-I", "-m", "venv", VENV], env=environment).returncode:
        fail(
            f"The virtual environment {VENV} cannot be made.",
            "Free disk space, and see that the folder may be written to.",
        )


def consents() -> bool:
    """Whether somebody is there to ask, and says yes."""
    try:
        return os.isatty(0) and input("Install it? [y/N] ").strip().lower() == "y"
    except EOFError:
        return False


def pip_settings(listed: str) -> dict[str, str]:
    """The variables that tell pip what the user's own settings tell it, as far as they are :data:`PIP_SETTINGS`.

    >>> pip_settings("global.cert='/a.pem'\\n:env:.cert='/b.pem'\\nglobal.target='/srv'\\ninstall.retries='2'\\n")
    {'PIP_CONFIG_FILE': '/dev/null', 'PIP_CERT': '/b.pem', 'PIP_RETRIES': '2'}
    """
    import ast

    variables = {"PIP_CONFIG_FILE": os.devnull}
    lines = [line.partition("=") for line in listed.splitlines()]
    for where in ("global", "install", ":env:"):  # the later overrules
        for key, _, value in lines:
            section, _, name = key.rpartition(".")
            if section == where and name in PIP_SETTINGS:
                variables[f"PIP_{name.replace('-', '_').upper()}"] = ast.literal_eval(value)
    return variables


def pip(lock_file: str) -> None:
    """Install the lock, naming each package as it comes: nobody waits in silence."""
    import subprocess

    from provisioning.environment import ORIGINAL, clean

    total = sum(line[:1].isalnum() for line in read(lock_file).splitlines())
    say(f"Installing {total} packages into .venv (half a minute or so)")
    program = [PYTHON, "-I", "-X", "utf8", "-m", "pip"]
    listed = subprocess.run([*program, "config", "list"], capture_output=True, encoding="utf-8", errors="replace")
    environment = {**clean(ORIGINAL), **pip_settings(listed.stdout)}
    command = [*program, "install", "--disable-pip-version-check", "--require-hashes", "--no-input", "-r", lock_file]
    said: list[str] = []
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        done = 0
        for line in process.stdout or ():
            said.append(line.strip())
            if line.startswith("Collecting "):
                done += 1
                if done % 10 == 0:
                    say(f"  {done} of {total} fetched")
            elif line.startswith("Installing collected"):
                say("  unpacking")
    if process.returncode:
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "no message")
        fail(
            f"The Python packages cannot be installed: {reason.removeprefix('ERROR: ')}",
            "See that there is room on the disk and that this machine reaches the Python package index (a proxy: "
            "HTTPS_PROXY), then repeat the command.",
        )


def say(line: str) -> None:
    """One line of progress."""
    write(f"… {line}\n")


def fail(what: str, cure: str) -> None:
    """End with one sentence of what is wrong and one of what to do; status 3: the host lacks something."""
    write(f"✘ {what}\n  {cure}\n")
    raise SystemExit(3)


def write(text: str) -> None:
    """Write to standard error, whatever the locale, and whether anybody reads it or not."""
    import contextlib

    with contextlib.suppress(OSError):
        os.write(2, text.encode(errors="replace"))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        write(INTERRUPTED)
        raise SystemExit(130) from None
