import errno
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from provisioning.errors import HostError
from provisioning.images.cache import SEAL, SMALL, Cache, Inputs, hash_tree, key_of

INPUTS: Inputs = {"packages": ["a", "b"], "format": 1}
KEY = key_of(INPUTS)


def fill(out: Path) -> None:
    (out / "sub").mkdir()
    (out / "sub" / "small").write_text("small")
    with (out / "large.qcow2").open("wb") as stream:
        stream.write(b"QFI\xfb")
        stream.truncate(SMALL + 1)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def entry(cache: Cache) -> Path:
    return cache.build("base", KEY, INPUTS, fill)


def names(cache: Cache) -> set[str]:
    """Everything on the shelf but the locks."""
    return {path.name for path in (cache.root / "base").iterdir() if path.suffix != ".lock"}


def test_key_does_not_depend_on_the_order_of_names_but_on_every_value() -> None:
    assert key_of({"a": 1, "b": [2, 3]}) == key_of({"b": [2, 3], "a": 1})
    assert len({key_of({"a": 1}), key_of({"a": "1"}), key_of({"a": 2}), key_of({"b": 1}), key_of({"a": [1]})}) == 5
    assert len(KEY) == 16
    assert int(KEY, 16)


def test_hash_tree_sees_content_name_mode_and_link_target_but_no_byte_code(tmp_path: Path) -> None:
    file = tmp_path / "roles" / "main.yml"
    file.parent.mkdir()
    seen = []
    for change in (
        lambda: file.write_text("one"),
        lambda: file.write_text("two"),
        lambda: file.chmod(0o755),
        lambda: (tmp_path / "link").symlink_to("roles"),
        lambda: file.rename(file.with_name("other.yml")),
    ):
        change()
        seen.append(key_of({"files": hash_tree(tmp_path)}))
    assert len(set(seen)) == len(seen)
    (tmp_path / "main.pyc").write_text("byte code")
    assert key_of({"files": hash_tree(tmp_path)}) == seen[-1]


def test_hash_tree_of_a_single_file_is_named_after_it(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text("x")
    assert list(hash_tree(tmp_path / "site.yml")) == ["site.yml"]


def test_build_keeps_the_entry_and_its_inputs(cache: Cache, entry: Path) -> None:
    assert cache.get("base", KEY) == entry == cache.root / "base" / KEY
    assert cache.inputs("base", KEY) == INPUTS
    assert names(cache) == {KEY}


def test_a_whole_entry_is_not_built_again(cache: Cache, entry: Path) -> None:
    def never(_: Path) -> None:
        raise AssertionError("built again")

    assert cache.build("base", KEY, INPUTS, never) == entry


def cut_manifest(entry: Path) -> None:
    (entry / SEAL).write_bytes((entry / SEAL).read_bytes()[:-20])


def wrong_manifest(entry: Path) -> None:
    (entry / SEAL).write_text(json.dumps(["not ours"]))


def flip_small(entry: Path) -> None:
    (entry / "sub" / "small").write_text("smell")


def truncate_large(entry: Path) -> None:
    os.truncate(entry / "large.qcow2", SMALL)


def touch_large(entry: Path) -> None:
    os.utime(entry / "large.qcow2", (0, 0))


def lose_magic(entry: Path) -> None:
    """What a disk error looks like: other bytes, the same times."""
    large = entry / "large.qcow2"
    stat = large.stat()
    with large.open("r+b") as stream:
        stream.write(b"\0\0\0\0")
    os.utime(large, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def lose_file(entry: Path) -> None:
    (entry / "sub" / "small").unlink()


def lose_manifest(entry: Path) -> None:
    (entry / SEAL).unlink()


def change_manifest(entry: Path, **fields: object) -> None:
    seal = json.loads((entry / SEAL).read_text())
    (entry / SEAL).write_text(json.dumps(seal | fields))


def lose_date(entry: Path) -> None:
    change_manifest(entry, made=None)


def wrong_date(entry: Path) -> None:
    change_manifest(entry, made="yesterday")


def lose_inputs(entry: Path) -> None:
    change_manifest(entry, inputs=[])


@pytest.mark.parametrize(
    "harm",
    [
        *(cut_manifest, wrong_manifest, lose_manifest, lose_date, wrong_date, lose_inputs),
        *(flip_small, truncate_large, touch_large, lose_magic, lose_file),
    ],
)
def test_a_broken_entry_is_noticed_and_rebuilt(cache: Cache, entry: Path, harm: Callable[[Path], None]) -> None:
    harm(entry)
    assert cache.get("base", KEY) is None
    assert cache.entries() == []
    cache.build("base", KEY, INPUTS, fill)
    assert cache.get("base", KEY) == entry
    assert (entry / "sub" / "small").read_text() == "small"


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_a_failed_build_leaves_nothing(cache: Cache, error: BaseException) -> None:
    def fail(out: Path) -> None:
        fill(out)
        raise error

    with pytest.raises(type(error)):
        cache.build("base", KEY, INPUTS, fail)
    assert names(cache) == set()


def test_a_full_disk_is_told_with_a_cure(cache: Cache) -> None:
    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(HostError, match="No space left"):
        cache.build("base", KEY, INPUTS, full)
    with pytest.raises(HostError, match=r"1000000000\.0 GB are needed") as caught:
        cache.build("base", KEY, INPUTS, fill, need=10**18)
    assert "LAB_HOME" in caught.value.cure
    assert names(cache) == set()


def test_a_place_that_cannot_be_written_is_told_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HostError, match="cannot be written") as caught:
        Cache(tmp_path / "file" / "cache").build("base", KEY, INPUTS, fill)
    assert "LAB_HOME" in caught.value.cure


def build_until_killed(root: Path, ready: Event) -> None:
    def half(out: Path) -> None:
        (out / "half").write_text("half")
        ready.set()
        signal.pause()

    Cache(root).build("base", KEY, INPUTS, half)


def test_what_a_killed_build_left_is_removed_by_the_next(cache: Cache) -> None:
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=build_until_killed, args=(cache.root, ready))
    process.start()
    assert ready.wait(15)
    leftover = f"tmp-{process.pid}-{KEY}"
    assert names(cache) == {leftover}
    cache.build("base", "another", INPUTS, fill)
    assert leftover in names(cache), "the builder is alive: its work is not ours to remove"
    process.kill()
    process.join()
    cache.build("base", KEY, INPUTS, fill)
    assert names(cache) == {KEY, "another"}


def build_and_count(root: Path, counter: "Synchronized[int]") -> None:
    def counted(out: Path) -> None:
        with counter.get_lock():
            counter.value += 1
        fill(out)

    Cache(root).build("base", KEY, INPUTS, counted)


def test_what_is_only_called_as_if_a_build_had_left_it_stays(cache: Cache) -> None:
    mine = cache.root / "golden-vm" / "tmp-2026a-notes"
    mine.mkdir(parents=True)
    cache.sweep()
    assert mine.is_dir()


def test_processes_that_want_the_same_entry_build_it_once(cache: Cache) -> None:
    fork = multiprocessing.get_context("fork")
    counter = fork.Value("i", 0)
    processes = [fork.Process(target=build_and_count, args=(cache.root, counter)) for _ in range(6)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 6
    assert counter.value == 1


def test_entries_tell_size_and_order_of_use_and_remove_takes_one(cache: Cache, entry: Path) -> None:
    def fill_ten(out: Path) -> None:
        (out / "f").write_bytes(b"x" * 10_000)

    other = cache.build("golden", "k2", {}, fill_ten)
    os.utime(entry / SEAL, (2, 2))
    os.utime(other / SEAL, (1, 1))
    oldest, newest = cache.entries()
    assert (oldest.kind, oldest.key, oldest.used) == ("golden", "k2", 1)
    assert 10_000 <= oldest.size < SMALL, "bytes on the disk"
    assert newest.size < SMALL, "the large file is sparse"
    assert cache.get("golden", "k2")
    assert cache.entries()[-1].key == "k2", "get counts as use"
    cache.remove("golden", "k2")
    cache.remove("golden", "k2")
    cache.remove("never", "there")
    assert [found.key for found in cache.entries()] == [KEY]


def test_a_file_that_several_entries_hold_is_counted_for_one_of_them(cache: Cache, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.write_bytes(b"x" * 100_000)
    for key in ("k1", "k2"):
        cache.build("golden", key, {}, lambda out: os.link(shared, out / "f"))
    assert 100_000 <= sum(entry.size for entry in cache.entries()) < 150_000
