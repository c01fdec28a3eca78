"""What it takes to draw, in a VM and in a container, and what the container has not."""

import base64
import contextlib
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import picture

NO_DISPLAY = "Can't open display"


@contextlib.contextmanager
def display(place, number, size="640x640x24"):
    """A display in memory, for the time of a check; it yields its name."""
    name = f":{number}"
    # The server writes its number once it is ready; the pipe ends when it fails.
    start = f"rm -f /run/check; mkfifo /run/check; setsid Xvfb {name} -noreset -screen 0 {size} -displayfd 3 "
    start += "3>/run/check </dev/null >/dev/null 2>&1 & read -r number </run/check"
    place.check_output("timeout 60 sh -c %s", start)
    try:
        yield name
    finally:
        place.run("pkill -f %s; while pgrep -f %s; do sleep 0.1; done", f"^Xvfb {name} ", f"^Xvfb {name} ")


def draw(place, name, program):
    """Start a program on a display and wait until its window is there; whether it is."""
    shown = f"until xwininfo -name {program} 2>/dev/null | grep -q IsViewable; do kill -0 $! || exit; sleep 0.1; done"
    start = f"export DISPLAY={name}; setsid {program} -geometry 200x200 </dev/null >/dev/null 2>&1 & {shown}"
    return place.run("timeout 60 sh -c %s", start).succeeded


def photograph(place, name):
    """What is on the display."""
    taken = place.check_output("xwd -root -silent -display %s | base64 -w 0", name)
    return picture.from_xwd(base64.b64decode(taken))


@pytest.fixture
def both(machine):
    """The VM and the container, by name."""
    return {"vm": machine("vm"), "box": machine("box")}


def test_no_display(both):
    """Without a display the program does not start, in the VM no more than in the container."""
    for name, place in both.items():
        for where in ("--unset=DISPLAY", "DISPLAY=:0"):
            tried = place.run("timeout 20 env %s xclock", where)
            assert tried.failed and NO_DISPLAY in tried.stderr, (
                f"On {name}, xclock should say {NO_DISPLAY!r}. It said {tried.stderr.strip()!r}."
            )


def test_display_in_memory(both):
    """With a display in memory the same program draws in both: the screenshot is no longer blank."""
    for name, place in both.items():
        with display(place, 20) as there:
            before = photograph(place, there)
            assert picture.colours(before) == 1, f"On {name}, the display should be blank before anything was started."
            assert draw(place, there, "xclock"), f"On {name}, the clock did not appear."
            after = photograph(place, there)
        white = after[2].count(b"\xff") // 3  # points of its face, 200 x 200 less the hands and the marks
        assert picture.colours(after) > 1 and white > 30000, f"On {name}, nothing of the clock is on the screenshot."


def test_container_has_nothing_to_draw_on(container):
    """The container has no graphics card, frame buffer, console, input or sound device."""
    for path in ("/dev/dri", "/dev/fb0", "/dev/tty0", "/dev/input", "/dev/snd"):
        assert not container.file(path).exists, f"The container has {path}. Was it started with --device?"


def test_vm_has_devices_of_its_own(vm):
    """The VM has consoles, input devices and drivers for graphics cards, all its own."""
    for path in ("/dev/tty0", "/dev/input/event0"):
        assert vm.file(path).exists, f"The VM has no {path}."
    for driver in ("bochs", "virtio-gpu", "vmwgfx"):
        assert vm.run("modinfo -F filename %s", driver).succeeded, f"The VM has no driver {driver}."


def test_vm_was_given_no_screen(vm, on_host, engine_name):
    """The VM has no screen here only because its description has no graphics card."""
    described = on_host.check_output("virsh --quiet --connect qemu:///system dumpxml %s", engine_name("vm"))
    card = described.partition("<video>")[2].partition("</video>")[0]
    given = bool(card) and "type='none'" not in card
    has = vm.run("ls /dev/dri/card0").succeeded
    assert given == has, "The VM's description and what the VM finds disagree on a graphics card."
    assert not given, "The VM was given a graphics card: it has a screen."


def test_socket_is_the_way(machine, on_host, engine_name):
    """The container draws on another one's display through the socket in a shared volume, and not without it."""
    with display(machine("screen"), 21) as there:
        assert draw(machine("box"), there, "xlogo"), "The container box cannot draw on the display of screen."
        seen = photograph(machine("screen"), there)
        machine("box").run("pkill -x xlogo")
        assert picture.colours(seen) > 1, "The logo of box is not on the display of screen."
        image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("box"))
        alone = on_host.run("docker run --rm --env DISPLAY=%s %s timeout 20 xlogo", there, image)
        assert NO_DISPLAY in alone.stderr, "A container without the volume draws on the display of screen, too."
        outside = machine("vm").run("DISPLAY=%s timeout 20 xlogo", there)
        assert NO_DISPLAY in outside.stderr, "The VM draws on the display of a container, without a network."


def test_server_and_program_are_in_two_containers(machine):
    """The program that draws runs in one container, the server in the other."""
    box, screen = machine("box"), machine("screen")
    before = screen.run("pgrep -x xeyes").stdout
    with display(screen, 22) as there:
        assert draw(box, there, "xeyes"), "The container box cannot draw on the display of screen."
        try:
            assert box.run("pgrep -x xeyes").succeeded, "The program does not run in box."
            assert screen.run("pgrep -x xeyes").stdout == before, "The program runs in screen."
            assert box.run("pgrep -f %s", f"^Xvfb {there} ").failed, "The server runs in box."
        finally:
            box.run("pkill -x xeyes")


def test_who_may_draw_may_look(machine):
    """The container that draws on the display also sees the windows and pixels of the others there."""
    with display(machine("screen"), 23) as there:
        assert draw(machine("screen"), there, "xclock"), "The clock did not appear."
        windows = machine("box").check_output("DISPLAY=%s xwininfo -root -tree", there)
        assert '"xclock"' in windows, "Box does not see the window of screen's clock."
        assert picture.colours(photograph(machine("box"), there)) > 1, "Box sees no pixels of screen's clock."


def test_shared_memory_ends_at_the_container(machine):
    """Pictures go through shared memory of System V within the VM, but not from one container to another."""
    ask = "DISPLAY=%s timeout 60 x11perf -repeat 1 -reps 20 -shmput10"
    with display(machine("vm"), 24) as there:
        said = machine("vm").run(ask, there)
        assert "/sec): ShmPutImage" in said.stdout, f"In the VM shared memory should work: {said.stderr.strip()}"
    with display(machine("screen"), 24) as there:
        said = machine("box").run(ask, there)
        assert "/sec): ShmPutImage" not in said.stdout, (
            "From box to screen, shared memory works: they are in one IPC namespace. Was one started with --ipc?"
        )
        assert "failed to attach shared memory" in said.stderr, (
            f"Box did not come as far as shared memory: {said.stderr.strip()}"
        )


def test_small_shared_memory(machine, on_host, engine_name):
    """The container has as much room for shared memory as Docker was told, the VM half of its memory."""
    size = "df --output=size -B 1 /dev/shm | tail -n 1"
    told = on_host.check_output("docker inspect --format '{{.HostConfig.ShmSize}}' %s", engine_name("box"))
    box = int(machine("box").check_output(size))
    assert box == int(told), f"Docker was told {told} bytes of shared memory, and the container has {box}."
    memory = int(machine("vm").check_output("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo")) * 1024
    vm = int(machine("vm").check_output(size))
    assert abs(vm - memory / 2) < 2**20, f"Of {memory} bytes of memory, the VM gives {vm} to /dev/shm."
