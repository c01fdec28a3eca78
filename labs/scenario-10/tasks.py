"""Whether the goals of the tasks are met."""


def shown(place, display, program):
    """Whether a window of the program is on the display, as seen from that place."""
    asked = place.run("timeout 20 env DISPLAY=%s xwininfo -name %s", display, program)
    return "IsViewable" in asked.stdout


def test_clock(machine):
    """In box, a display :7 shows a clock."""
    box = machine("box")
    assert box.run("pgrep -f '^Xvfb :7'").succeeded, "No display server for :7 runs in box yet."
    assert shown(box, ":7", "xclock"), "The display :7 is there, but no clock is on it."


def test_guest(machine):
    """The display :8 of screen shows a logo that is drawn by a program in box."""
    box, screen = machine("box"), machine("screen")
    assert screen.run("pgrep -f '^Xvfb :8'").succeeded, "No display server for :8 runs in screen yet."
    assert shown(screen, ":8", "xlogo"), "The display :8 of screen is there, but no logo is on it."
    assert screen.run("pgrep -x xlogo").failed, "The logo's program runs in screen; it should run in box."
    assert box.run("pgrep -x xlogo").succeeded, "The logo's program does not run in box."
