"""A content-addressed cache of directories: an entry is complete and unharmed, or it does not count.

Layout: ``<root>/<kind>/<key>/`` holds the files of an entry and its seal (:data:`SEAL`), which is written last.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from provisioning.errors import HostError

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
Inputs = Mapping[str, Value]

SEAL = "manifest.json"
"""The file of an entry that is written last: its inputs, and what its files must be."""
SMALL = 1 << 20
"""Bytes up to which a file is hashed at each look. Of a larger one, size, time and magic bytes are compared."""
MAGIC = {".qcow2": b"QFI\xfb"}
SHARED = frozenset({"base", "golden-vm"})
"""The kinds of entries that all users may start from when root built them: they hold nothing of their builder."""


def key_of(inputs: Inputs) -> str:
    """Name the result of ``inputs``: 16 hexadecimal digits of the SHA-256 of their canonical JSON.

    >>> key_of({"a": 1, "b": ["x"]}) == key_of({"b": ["x"], "a": 1})
    True
    """
    canonical = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def hash_tree(root: Path) -> dict[str, str]:
    """Map each file under ``root`` (or ``root`` itself, a file) to its hash: content and executable bit.

    The result is meant to be one of the inputs of ``key_of``: a changed key can then be explained file by file.
    Byte code is left out; a symbolic link counts by its target's name.
    """
    files = sorted(p for p in root.rglob("*") if not p.is_dir() or p.is_symlink()) if root.is_dir() else [root]
    tree = {}
    for path in files:
        if path.suffix == ".pyc":
            continue
        name = path.name if path == root else path.relative_to(root).as_posix()
        if path.is_symlink():
            tree[name] = f"link {path.readlink()}"
        else:
            executable = "x" if path.stat().st_mode & 0o100 else "-"
            tree[name] = f"{executable} {_sha256(path)}"
    return tree


@dataclass(frozen=True)
class Entry:
    """What the cache holds under one key."""

    kind: str
    key: str
    path: Path
    size: int
    """Bytes allocated on disk."""
    made: str
    """When it was made (ISO 8601)."""
    used: float
    """When it was last asked for, in seconds since the epoch."""


class Cache:
    """Directories kept by the hash of what went into them. Safe against other processes that use the same root.

    ``shared`` is the root of root's own cache: its entries of the kinds in :data:`SHARED` are found, too, where nobody
    but root can change them.
    """

    def __init__(self, root: Path, shared: Path | None = None) -> None:
        self.root = root
        self.shared = shared

    def get(self, kind: str, key: str) -> Path | None:
        """Return an entry, and note its use; None if it is missing, half-written or not as its seal says."""
        path = self.find(kind, key)
        if path is not None:
            with suppress(PermissionError):  # root made it: this user may start from it, but not note its use
                os.utime(path / SEAL)
        return path

    def holds(self, kind: str, key: str) -> bool:
        """Return True if :meth:`get` would find the entry. This does not count as its use."""
        return self.find(kind, key) is not None

    def find(self, kind: str, key: str) -> Path | None:
        """Return what :meth:`get` would return. This does not count as a use of the entry."""
        own = self.root / kind / key
        if _is_whole(own):
            return own
        if self.shared is None or kind not in SHARED:
            return None
        path = self.shared / kind / key
        return path if _is_roots_alone(path) and _is_whole(path) else None

    def inputs(self, kind: str, key: str) -> dict[str, Value]:
        """Read what an entry was made from, to explain why a key changed. The entry must exist."""
        path = self.find(kind, key) or self.root / kind / key
        seal: dict[str, dict[str, Value]] = json.loads((path / SEAL).read_bytes())
        return seal["inputs"]

    def build(self, kind: str, key: str, inputs: Inputs, fill: Callable[[Path], None], *, need: int = 0) -> Path:
        """Return the entry, made by ``fill`` in a directory beside its place if there is no whole one.

        ``need`` is the space in bytes that ``fill`` takes at its peak. Of several processes that want the same entry,
        one builds and the others wait.

        Raises:
            HostError: the cache cannot be written, or the disk is full or holds less than ``need``.

        Nothing half-made is left, whatever is raised.
        """
        shelf = self.root / kind
        try:
            shelf.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HostError(
                f"The cache {shelf} cannot be written: {error.strerror}.",
                "Run `python3 lab.py setup`, or point LAB_HOME at a directory of yours.",
            ) from error
        _sweep(shelf)
        with _locked(shelf / f".{key}.lock"):
            if found := self.get(kind, key):
                return found
            path, temp = shelf / key, shelf / f"tmp-{os.getpid()}-{key}"
            _remove_tree(path)
            _remove_tree(temp)
            free = shutil.disk_usage(shelf).free
            if free < need:
                raise _no_space(shelf, f"{free / 1e9:.1f} GB are free, {need / 1e9:.1f} GB are needed")
            try:
                temp.mkdir()
                temp.chmod(0o755)  # whatever the umask: the user QEMU runs as reads here
                fill(temp)
                _seal(temp, inputs)
                temp.rename(path)
                _sync(shelf)
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise _no_space(shelf, "the disk ran full") from error
                raise
            finally:
                _remove_tree(temp)
        return path

    def sweep(self) -> None:
        """Remove what killed builds left behind."""
        for shelf in self.root.glob("*"):
            _sweep(shelf)

    def remove(self, kind: str, key: str) -> None:
        """Remove an entry, broken or whole. Nothing happens if it is not there."""
        with suppress(FileNotFoundError), _locked(self.root / kind / f".{key}.lock"):
            (self.root / kind / key / SEAL).unlink(missing_ok=True)  # first: half-removed must not look whole
            _remove_tree(self.root / kind / key)

    def entries(self) -> list[Entry]:
        """List the whole entries, the one used longest ago first. A file that several hold counts for one of them."""
        found, counted = [], set[tuple[int, int]]()
        for seal in sorted(self.root.glob(f"*/*/{SEAL}")):
            path = seal.parent
            if not path.name.startswith("tmp-") and _is_whole(path):
                blocks = {(state.st_dev, state.st_ino): state.st_blocks for state in map(Path.stat, _files(path))}
                size = sum(blocks[file] * 512 for file in blocks.keys() - counted)
                counted |= blocks.keys()
                made = json.loads(seal.read_bytes())["made"]
                found.append(Entry(path.parent.name, path.name, path, size, made, seal.stat().st_mtime))
        return sorted(found, key=lambda entry: entry.used)


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink() and p != path / SEAL)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _describe(path: Path) -> dict[str, str | int]:
    """Return what the seal notes of one file, and later compares with the file."""
    stat = path.stat()
    if stat.st_size <= SMALL:
        return {"size": stat.st_size, "sha256": _sha256(path)}
    description: dict[str, str | int] = {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns}
    if magic := MAGIC.get(path.suffix):
        with path.open("rb") as stream:
            description["magic"] = stream.read(len(magic)).hex()
    return description


def _seal(path: Path, inputs: Inputs) -> None:
    """Write every file to the disk, then the seal: what it vouches for survives a power cut."""
    described = {}
    for folder in (path, *(found for found in path.rglob("*") if found.is_dir())):
        folder.chmod(0o755)
    for file in _files(path):
        # Whatever the umask: QEMU's user reads here, and other users may.
        file.chmod(stat.S_IMODE(file.stat().st_mode) | 0o444)
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
        described[file.relative_to(path).as_posix()] = _describe(file)
    seal = {"inputs": inputs, "made": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "files": described}
    with (path / SEAL).open("w", encoding="utf-8") as stream:
        json.dump(seal, stream, indent=1)
        stream.flush()
        os.fsync(stream.fileno())
    _sync(path)


def _is_roots_alone(path: Path) -> bool:
    """Return True if only root can change an entry, or put another in its place."""
    for folder in (path, path.parent, path.parent.parent):
        try:
            state = folder.stat()
        except OSError:
            return False
        if state.st_uid or state.st_mode & 0o022:
            return False
    return True


def _is_whole(path: Path) -> bool:
    try:
        seal = json.loads((path / SEAL).read_bytes())
        datetime.fromisoformat(seal["made"])
        if not isinstance(seal["inputs"], dict):
            return False
        for name, description in seal["files"].items():
            magic = MAGIC.get(Path(name).suffix)
            if "magic" in description and magic is not None and description["magic"] != magic.hex():
                return False
            if _describe(path / name) != description:
                return False
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # missing, cut off, or not ours
        return False
    return True


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of one entry; the kernel releases it when the process dies."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sweep(shelf: Path) -> None:
    """Remove what killed builds left behind: the process whose number is in the directory's name is gone."""
    for leftover in shelf.glob("tmp-[0-9]*-*"):
        pid = leftover.name.split("-")[1]
        if not pid.isdecimal():
            continue  # somebody else's
        try:
            os.kill(int(pid), 0)
        except (ProcessLookupError, OverflowError):
            _remove_tree(leftover)
        except PermissionError:  # alive, another user's
            continue


def _remove_tree(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        # A build without root leaves files of the user's subordinate ids, which only a user namespace may remove.
        subprocess.run(["unshare", "--map-root-user", "--map-auto", "rm", "-rf", "--", path], check=True)


def _no_space(shelf: Path, detail: str) -> HostError:
    return HostError(f"No space left for {shelf}: {detail}.", "Free some space, or point LAB_HOME at a larger disk.")
