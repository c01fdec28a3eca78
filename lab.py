#!/usr/bin/env python3
"""Start `lab` on the bare standard library: make `.venv` from the lock file, then run the verb inside it.

Where everything is in place only `os` and `sys` are imported, so that `lab.py --help` answers at once.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "lab.lock")
"""A copy of the lock that was installed. Written last: an installation without it is a broken one."""
LOCKS = os.path.join(HERE, "provisioning", "requirements")


def main() -> None:
    """Have `.venv` hold what the verb needs, and become the command line inside it."""
    if sys.platform == "win32":
        fail("lab runs on Linux.", "On Windows, run it inside WSL 2 (Debian or Ubuntu); see the README.")
    if sys.version_info < (3, 11):  # noqa: UP036 (this file must explain itself to an old Python)
        fail(f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or newer and run lab.py with it.")
    dev = "setup" in sys.argv[1:2] and "--dev" in sys.argv
    installed = read(STAMP)
    if not installed or installed not in ((lock(dev=True),) if dev else (lock(dev=False), lock(dev=True))):
        install(dev)
    os.execv(
        PYTHON,
        [
            PYTHON,
            "-c",
            f"import sys; sys.path.insert(0, {HERE!r}); from provisioning.cli import main; main()",
            *sys.argv[1:],
        ],
    )


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


def install(dev: bool) -> None:
    """Make `.venv` and install the lock. One process at a time; what an interrupted one left is made anew."""
    import fcntl
    import shutil

    with open(os.path.join(HERE, ".venv.lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if read(STAMP) == lock(dev=dev):
            return  # another process did it meanwhile
        if not read(STAMP):
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
        if "--yes" not in sys.argv and not (sys.stdin.isatty() and input("Install it? [y/N] ").strip().lower() == "y"):
            fail("Python's venv module is missing.", f"Run: {line}")
        update = subprocess.run([*command[:-4], "update"], stdout=subprocess.DEVNULL, check=False)
        if update.returncode or subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            fail(f"The package {package} cannot be installed.", f"Run it by hand and read what it says: {line}")
        os.execv(sys.executable, [sys.executable, *sys.argv])
    say("Making .venv")
    if subprocess.run([sys.executable, "-m", "venv", VENV], check=False).returncode:
        fail(
            f"The virtual environment {VENV} cannot be made.",
            "Free disk space, and see that the folder may be written to.",
        )


def pip(lock_file: str) -> None:
    """Install the lock, naming each package as it comes: nobody waits in silence."""
    import subprocess

    total = sum(line[:1].isalnum() for line in read(lock_file).splitlines())
    say(f"Installing {total} packages into .venv (half a minute or so)")
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", lock_file]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None  # noqa: S101 (asked for above)
        done = 0
        for line in process.stdout:
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
            "See that this machine reaches the Python package index (a proxy: HTTPS_PROXY), then repeat the command.",
        )


def say(line: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"… {line}\n")
    sys.stderr.flush()


def fail(what: str, cure: str) -> None:
    """End with one sentence of what is wrong and one of what to do; status 3: the host lacks something."""
    sys.stderr.write(f"✘ {what}\n  {cure}\n")
    raise SystemExit(3)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.stderr.write("✘ Interrupted.\n  The next start puts right what was under way.\n")
        raise SystemExit(130) from None
