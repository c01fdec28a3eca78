"""A real headless Chromium in front of a real server and real machines, of a lab of their own name."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from provisioning.lesson.results import Outcome, results_of
from provisioning.settings import REPOSITORY, load_settings
from tests.page.browser import Page, chromium

LAB = "labpage"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.page)


def lab(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run `lab.py` on the lab of these tests."""
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "lab.py"), *argv],
        env={**os.environ, "LAB_NAME": LAB},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


class Server:
    """`lab.py open`, as a user starts it, or another verb that serves a page."""

    def __init__(self, *argv: str, lab: str = LAB) -> None:
        self._argv = argv or ("open", "scenario-3")
        self._lab = lab
        self.process: subprocess.Popen[str] | None = None
        self.link = ""
        self.start()

    def start(self) -> None:
        """Start it, and wait for its link."""
        self.process = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "lab.py"), *self._argv, "--no-browser"],
            # The shell is the one whose line editor these tests know.
            env={**os.environ, "LAB_NAME": self._lab, "SHELL": "/bin/bash"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        found = re.search(r"http\S+", said)
        assert found, said
        self.link = found[0]

    @property
    def address(self) -> str:
        """Such as ``127.0.0.1:41000``."""
        return self.link.split("/")[2]

    @property
    def token(self) -> str:
        return self.link.partition("token=")[2]

    def stop(self, number: int = signal.SIGINT) -> int:
        """End it; return its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        with self.process:
            return self.process.wait(60)


@pytest.fixture(scope="session")
def machines() -> Iterator[None]:
    """Scenario 3 is up and golden, and nothing is known of it."""
    settings = load_settings({"LAB_NAME": LAB})
    shutil.rmtree(results_of(settings, "scenario-3").folder, ignore_errors=True)
    for argv in (("up", "scenario-3", "--yes"), ("reset", "scenario-3")):
        done = lab(*argv)
        assert done.returncode == 0, done.stderr
    yield
    assert lab("down", "--all").returncode == 0


@pytest.fixture(scope="session")
def server(machines: None) -> Iterator[Server]:
    served = Server()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as driver:
        yield driver


@pytest.fixture
def page(browser: webdriver.Chrome, server: Server) -> Iterator[Page]:
    """The page in a fresh tab; nothing on it may break the policy, or fail to load."""
    first = browser.current_window_handle
    browser.switch_to.new_window("tab")
    opened = Page(browser)
    opened.complaints()
    opened.open(server.link)
    yield opened
    said = opened.complaints()
    for handle in browser.window_handles:
        if handle != first:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(first)
    assert said == []


def outcome() -> Outcome:
    """What the verbs know of scenario 3."""
    found = results_of(load_settings({"LAB_NAME": LAB}), "scenario-3").load()
    assert found is not None
    return found
