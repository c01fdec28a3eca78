"""Whether the goals of the tasks are met."""

import base64
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import picture


def shown(place, display, program):
    """Whether a window of the program is on the display, as seen from that place."""
    asked = place.run("timeout 20 env DISPLAY=%s xwininfo -name %s", display, program)
    return "IsViewable" in asked.stdout


def test_clock(machine):
    """In box, a display :7 shows a clock, and a picture of it was taken."""
    box = machine("box")
    assert box.run("pgrep -f '^Xvfb :7'").succeeded, "No display server for :7 runs in box yet."
    size = re.search(r"dimensions: +(\d+x\d+)", box.run("timeout 20 env DISPLAY=:7 xdpyinfo").stdout)
    assert size and size[1] == "320x200", "The display :7 has not 320 x 200 points."
    assert shown(box, ":7", "xclock"), "The display :7 is there, but no clock is on it."
    taken = box.run("base64 -w 0 /root/clock.xwd")
    assert taken.succeeded, "There is no picture /root/clock.xwd in box yet."
    width, height, rgb = picture.from_xwd(base64.b64decode(taken.stdout))
    assert (width, height) == (320, 200), f"The picture has {width} x {height} points: it is one of something else."
    assert picture.colours((width, height, rgb)) > 1, "The picture is blank: it was taken before the clock had drawn."


def test_guest(machine):
    """The display :8 of screen shows a logo that is drawn by a program in box."""
    box, screen = machine("box"), machine("screen")
    assert screen.run("pgrep -f '^Xvfb :8'").succeeded, "No display server for :8 runs in screen yet."
    assert shown(screen, ":8", "xlogo"), "The display :8 of screen is there, but no logo is on it."
    assert screen.run("pgrep -x xlogo").failed, "The logo's program runs in screen; it should run in box."
    assert box.run("pgrep -x xlogo").succeeded, "The logo's program does not run in box."
    # Each program tells the server on which machine it runs.
    told = screen.run("timeout 20 env DISPLAY=:8 xlsclients -l").stdout
    home = [where for where, name in re.findall(r"Machine:  (\S+)\n +Name:  (\S+)", told) if name == "xlogo"]
    there = box.check_output("uname -n")
    assert home == [there], f"The logo on :8 is drawn from {', '.join(home) or 'nowhere'}, and not from box."
