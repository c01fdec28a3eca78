"""Several windows, verbs and servers at the same lab."""

from __future__ import annotations

import signal
import subprocess

import pytest

from provisioning.lock import locked
from provisioning.progress import Quiet
from provisioning.settings import load_settings
from tests.page.browser import Page
from tests.page.conftest import LAB, Server, lab


def test_two_windows_show_the_same_work_and_one_of_them_holds_the_lab(page: Page) -> None:
    first, address = page.browser.current_window_handle, page.browser.current_url
    page.browser.switch_to.new_window("tab")
    second = Page(page.browser)
    second.open(address)
    second.click("#reset")
    second.click("#ask [value=yes]")
    second.wait("document.querySelector('#work.busy')")
    page.browser.switch_to.window(first)
    page.until(lambda: "reset scenario-3" in page.text("#work .title"))
    refused = page.browser.execute_async_script(
        "fetch('/do/scenario-3', {method: 'POST', body: '{\"verb\": \"up\"}'})"
        ".then(async (answer) => arguments[0]([answer.status, (await answer.json()).what]))"
    )
    assert refused == [409, "`reset scenario-3` is under way."]
    page.complaints()  # of the status 409
    page.wait("document.querySelector('#reset').disabled")
    page.done()
    page.until(lambda: "went well" in page.text("#work .title") or page.js("document.querySelector('#work').hidden"))


def test_two_windows_at_once_open_one_terminal(page: Page) -> None:
    page.browser.set_script_timeout(60)
    ids = page.browser.execute_async_script(
        "const asked = () => fetch('/terminals/scenario-3', {method: 'POST', body: '{\"machine\": \"beta\"}'});"
        "Promise.all([asked(), asked()].map(async (each) => (await (await each).json()).id)).then(arguments[0])"
    )
    assert ids[0] == ids[1]
    page.terminal("beta")
    page.wait("document.querySelectorAll('[role=tab]').length === 4")


def test_who_holds_the_lab_in_a_terminal_is_told(page: Page) -> None:
    with locked(load_settings({"LAB_NAME": LAB}), "images build", Quiet()):
        page.until(lambda: "`images build`" in page.text("#work .title"))
    page.wait("document.querySelector('#work').hidden")


def test_work_is_ended_as_by_ctrl_c(page: Page) -> None:
    settings = load_settings({"LAB_NAME": LAB})
    with locked(settings, "images build", Quiet()):
        page.until(lambda: "`images build`" in page.text("#work .title"))
        page.browser.execute_async_script(
            "fetch('/do/scenario-3', {method: 'POST', body: '{\"verb\": \"up\"}'}).then(arguments[0])"
        )
        page.until(lambda: "Waiting for" in page.text("#work .phases"))
        page.click("#work .stop")
        page.done()
        page.until(lambda: "`images build`" in page.text("#work .title"))
    page.until(lambda: "failed" in page.text("#work .title"))
    page.click("#work .dismiss")


def test_a_lab_that_is_down_is_told_with_the_button_that_brings_it_up(page: Page) -> None:
    page.prompt("beta")
    assert lab("down", "scenario-3").returncode == 0
    page.until(lambda: "not up" in page.text("#machines"))
    page.until(lambda: page.one(".panel:not([hidden]) .over").is_displayed())
    page.click("#step-marker [data-verb=run]")
    page.until(lambda: "not up" in page.text("#work .error"))
    page.click(".languages [hreflang=ko]")
    page.until(lambda: "올라와 있지 않습니다" in page.text("#work .error"))  # errors and phases speak it, too
    page.click("#work .error button[data-verb=up]")
    page.until(lambda: page.text("#machines").count("실행 중") == 3)
    page.done()
    page.click(".languages [hreflang=en]")
    page.until(lambda: page.text("#machines").count("running") == 3)
    page.prompt("beta")  # it has come back by itself


def shells_in_alpha() -> set[str]:
    """The terminals whose programs run in alpha."""
    argv = ["docker", "exec", f"{LAB}-scenario-3-alpha", "sh", "-c", "cat /proc/[0-9]*/environ | tr '\\0' '\\n'"]
    told = subprocess.run(argv, capture_output=True, text=True, check=False).stdout.split()
    return {each for each in told if each.startswith("TERMINAL_OF_LAB=")}


def test_the_link_works_again_after_a_restart(page: Page, server: Server) -> None:
    link = server.link
    page.prompt("alpha")
    shells, steps = shells_in_alpha(), page.text("#progress .figures")
    assert shells
    assert server.stop(signal.SIGTERM) == 0
    page.until(lambda: "lost its server" in page.text("#work .error"))
    server.start()
    assert server.link == link
    page.wait("!document.body.classList.contains('lost')")
    page.until(lambda: page.text("#progress .figures") == steps)
    page.prompt("host")
    assert not shells & shells_in_alpha()
    page.browser.refresh()
    page.ready()
    page.complaints()


def test_a_second_open_shows_the_page_that_is_served(server: Server) -> None:
    done = lab("open", "scenario-3", "--no-browser")
    assert done.returncode == 0
    assert server.link in done.stdout


def test_a_port_in_use_is_told(server: Server) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = lab("open", "scenario-3", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 3
    assert "Address already in use" in done.stderr


def test_a_vm_that_begins_anew_is_told_in_its_terminal(page: Page) -> None:
    page.enter(page.prompt("vm"), "clear; reboot")
    page.until(lambda: "restarting" in page.text(".panel:not([hidden]) .over"))
    assert page.text("#machines [data-machine=vm] .word") == "restarting"  # the engine calls it running
    page.click("#reset")  # it is there sooner than by its boot
    page.click("#ask [value=yes]")
    page.wait("document.querySelector('#work.busy')")
    page.done()
    page.prompt("vm")  # it has come back by itself
    page.until(lambda: page.text("#machines [data-machine=vm] .word") == "running")


def test_a_vm_that_has_restarted_gives_its_terminal_back(page: Page) -> None:
    page.enter(page.prompt("vm"), "clear; reboot")
    page.until(lambda: page.text("#machines [data-machine=vm] .word") == "restarting")
    page.until(lambda: page.text("#machines [data-machine=vm] .word") == "running")
    page.prompt("vm")


@pytest.mark.parametrize("part", ["page.js", "xterm.mjs", "page.css"])
def test_a_page_that_lacks_a_part_is_loaded_again(page: Page, server: Server, part: str) -> None:
    page.browser.execute_cdp_cmd("Network.enable", {})
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [f"*{part}*"]})
    page.browser.get(server.link)
    page.wait("Number(sessionStorage.getItem('again')) >= 2")  # once more, and in vain
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.wait("sessionStorage.getItem('again') === null")  # this time whole
    page.ready()
    assert all("ERR_BLOCKED_BY_CLIENT" in said for said in page.complaints())
