#!/usr/bin/env python3
"""Start `lab` on the bare standard library: make `.venv` from the lock file, then run the verb inside it.

Where everything is in place only `os` and `sys` are imported, so that `lab.py --help` answers at once; whatever else is
imported comes from Python itself, not from the current folder or where a variable points.
"""

import _signal  # type: ignore[import-not-found]  # what `signal` is made of, which takes longer to import
import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
"""The clone, also where a link elsewhere leads to this file."""
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "lab.lock")
"""The name of the lock that was installed, and a copy. Written last: an installation without it is a broken one."""
LOCKS = os.path.join(HERE, "provisioning", "requirements")
KINDS = ("run", "page", "dev")
"""The locks, each with all that is in those before it: for the product, its page, its own tests."""
NEEDS = {"open": "page", "class open": "page", "class serve": "page"}
"""The lock of a verb that needs more than the product."""
INTERRUPTED = "✘ Interrupted.\n  The next start puts right what was under way.\n"
ENDS = {int(number) for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM)}
"""The signals that ask a program to end. They wait while Python starts anew, or it would tell of them in its way."""
PROGRAM = f"""
import sys
import signal
sys.path.insert(0, {HERE!r})
try:
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {ENDS})
    try:
        import click
    except ModuleNotFoundError:  # .venv was made by another version of Python, which is gone
        import os
        os.remove({STAMP!r})
        os.execv(sys.executable, [sys.executable, "-I", {os.path.realpath(__file__)!r}, *sys.argv[1:]])
    from provisioning.__main__ import main
    main()
except KeyboardInterrupt:
    import os
    os.write(2, {INTERRUPTED.encode()!r})
    os._exit(130)
"""
"""What runs in `.venv`: isolated (python -I), and reading and writing UTF-8 whatever the locale (-X utf8)."""


def main() -> None:
    """Have `.venv` hold what the verb needs, and become the command line inside it."""
    have_streams()
    if sys.platform == "win32":
        fail("lab runs on Linux.", "On Windows, run it inside WSL 2 (Debian or Ubuntu); see the README.")
    if sys.version_info < (3, 11):  # noqa: UP036 (this file must explain itself to an old Python)
        fail(f"Python {sys.version.split()[0]} is too old.", "Install Python 3.11 or newer and run lab.py with it.")
    kind = needed()
    if not is_whole() or not has(kind):
        install(kind)
    _signal.pthread_sigmask(_signal.SIG_BLOCK, ENDS)
    try:
        os.execv(PYTHON, [PYTHON, "-I", "-X", "utf8", "-c", PROGRAM, *sys.argv[1:]])
    except OSError as error:
        fail(f"{PYTHON} cannot be started: {error.strerror}.", f"Remove {VENV}, then repeat the command.")


def have_streams() -> None:
    """Have a standard stream that was closed lead nowhere: what is opened next would take its number."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def needed() -> str:
    """The lock that the verb needs."""
    if "setup" in sys.argv[1:2] and "--dev" in sys.argv:
        return "dev"
    asked = {"-h", "--help"} & set(sys.argv)
    verbs = ("".join(sys.argv[1:2]), " ".join(sys.argv[1:3]))
    return "run" if asked else next((NEEDS[verb] for verb in verbs if verb in NEEDS), "run")


def has(kind: str) -> bool:
    """Whether `.venv` holds what that lock names, as it is now."""
    installed, _, text = read(STAMP).partition("\n")
    return installed in KINDS[KINDS.index(kind) :] and text == lock(installed)


def lock(kind: str) -> str:
    """The text of a lock."""
    return read(os.path.join(LOCKS, f"{kind}.lock"))


def read(path: str) -> str:
    """The file's text, empty when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def is_whole() -> bool:
    """Whether `.venv` was made, and made here: the programs in it hold its path. A Python that is gone is no Python."""
    command = read(os.path.join(VENV, "pyvenv.cfg")).partition(" -m venv ")[2].partition("\n")[0]
    made = "".join(command.partition("/")[1:])  # options come first
    return bool(read(STAMP)) and os.access(PYTHON, os.X_OK) and os.path.realpath(made or VENV) == os.path.realpath(VENV)


def install(kind: str) -> None:
    """Make `.venv` and install the lock. One process at a time; what an interrupted one left is made anew."""
    if os.path.islink(VENV):  # what it leads to is somebody's, and would lose what this clone's lock does not name
        fail(f"{VENV} is a link, and lacks what this clone needs.", "Remove the link: the lab then makes its own.")
    if os.pathsep in HERE:  # Python makes no environment there: its programs could not be in PATH
        fail(
            f"The path of the clone, {HERE}, has a colon in it, which separates folders in PATH.", "Rename the folder."
        )
    if not sys.flags.isolated:  # before anything is imported
        start_anew()
    sys.path.insert(0, HERE)
    try:
        _install(kind)
    except OSError as error:
        fail(
            f"The Python packages cannot be installed: {error.filename or VENV}: {error.strerror}.",
            f"They go to {VENV}: see that there is room, and that the folder may be written to; or clone the lab to a "
            "folder of your own.",
        )


def _install(kind: str) -> None:
    import fcntl
    import shutil
    from pathlib import Path

    with open(os.path.join(HERE, ".venv.lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if is_whole() and has(kind):
            return  # another process did it meanwhile
        from provisioning.bootstrap import Environment, have_ensurepip
        from provisioning.errors import HostError

        environment = Environment(Path(VENV), guard.fileno(), say)
        try:
            if have_ensurepip("--yes" in sys.argv, say):
                start_anew()
            if is_whole():
                before = read(STAMP).partition("\n")[0]
                kind = max(kind, before if before in KINDS else kind, key=KINDS.index)
                os.remove(STAMP)
            else:
                shutil.rmtree(VENV, ignore_errors=True)
                environment.make()
            environment.fill(Path(LOCKS, f"{kind}.lock"))
        except HostError as error:
            fail(error.what, error.cure)
        with open(STAMP, "w", encoding="utf-8") as stamp:
            stamp.write(f"{kind}\n{lock(kind)}")


def start_anew() -> None:
    """Begin once more, isolated from the current folder and from variables."""
    os.execv(sys.executable, [sys.executable, "-I", os.path.realpath(__file__), *sys.argv[1:]])


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
