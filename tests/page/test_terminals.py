"""Terminals feel local: what is typed, pasted, printed and resized; reloads, lost connections and floods."""

from __future__ import annotations

import re

from selenium.webdriver.common.keys import Keys

from tests.page.browser import Page


def size(page: Page, machine: str) -> tuple[int, int]:
    """Rows and columns, as the machine knows them."""
    page.enter(page.prompt(machine), "clear; stty size")
    found = page.until(lambda: re.search(r"^(\d+) (\d+)$", page.screen, re.M))
    return int(found[1]), int(found[2])


def test_a_terminal_of_each_kind_types_and_reads(page: Page) -> None:
    for machine in ("host", "alpha", "vm"):
        page.enter(page.prompt(machine), "echo $((6*7)) $TERM $(echo 한글 | wc -m) $(tty | cut -c1-8)")
        page.shows("42 xterm-256color 3 /dev/pts")


def test_korean_is_typed_by_an_input_method(page: Page) -> None:
    page.prompt("alpha").send_keys("echo ")
    command = page.browser.execute_cdp_cmd
    for part in ("ㅎ", "하", "한"):
        command("Input.imeSetComposition", {"text": part, "selectionStart": 1, "selectionEnd": 1})
    command("Input.insertText", {"text": "한"})
    page.enter(page.one(".panel:not([hidden]) .xterm-helper-textarea"), "' 'now")
    page.until(lambda: re.search(r"^한 now$", page.screen, re.M))


def test_the_size_is_that_of_the_window(page: Page) -> None:
    before = size(page, "host")
    page.browser.set_window_size(1100, 600)
    page.until(lambda: size(page, "host") < before)
    page.browser.set_window_size(1400, 900)
    page.until(lambda: size(page, "host") == before)


def test_a_block_that_is_pasted_waits_for_enter(page: Page) -> None:
    keys = page.prompt("host")
    page.enter(keys, "clear; f=$(mktemp -u); echo set$((1+1))")
    page.shows("set2")
    page.prompt("host")  # the shell takes blocks again
    page.paste("touch $f\necho made\x1b[201~\n\n")
    page.shows("echo made")
    assert "\nmade" not in page.screen
    keys.send_keys(Keys.ENTER)
    page.shows("\nmade")


def test_a_block_is_asked_about_where_it_would_run_at_once(page: Page) -> None:
    keys = page.prompt("host")
    page.enter(keys, "clear; echo it$((1+1)); cat")  # what is typed may be cleared before anybody looks
    page.shows("it2")
    page.paste("one\ntwo")
    page.wait("document.querySelector('#ask').open")
    assert "one\ntwo" in page.text("#ask pre")
    page.click("#ask [value=no]")
    keys.send_keys(Keys.CONTROL, "c")
    page.until(lambda: page.screen.strip().endswith(("#", "$")))
    assert "\none" not in page.screen


def test_code_of_the_lesson_runs_in_the_terminal(page: Page) -> None:
    page.prompt("alpha")
    page.browser.execute_script(
        "document.querySelector('.text .code code').textContent = 'echo from the $LAB_X lesson\\n'"
    )
    page.browser.execute_script("document.querySelector('.text .code [data-run]').dataset.run = 'alpha'")
    page.click(".text .code [data-run]")
    page.shows("\nfrom the lesson")


def test_what_was_on_the_screen_is_there_after_a_reload(page: Page) -> None:
    keys = page.prompt("host")
    page.enter(keys, "clear; echo before$((1+1)); cat")
    page.shows("before2")
    page.browser.refresh()
    page.ready()
    page.terminal("host")
    page.shows("before2")
    keys = page.one(".panel:not([hidden]) .xterm-helper-textarea")
    page.enter(keys, "still running")
    page.until(lambda: page.screen.count("still running") == 2)  # what was typed, and what `cat` says
    keys.send_keys(Keys.CONTROL, "c")


def test_a_lost_connection_comes_back(page: Page) -> None:
    keys = page.prompt("host")
    page.enter(keys, "clear; (sleep 1; echo meanwhile$((1+1))) & echo before$((1+1))")
    page.shows("before2")
    page.js("sockets.forEach((each) => each.close())")
    page.shows("meanwhile2")
    assert page.screen.count("before2") == 1
    page.enter(keys, "echo after$((1+1))")
    page.shows("after2")


def test_a_program_that_fills_the_screen_is_there_after_a_reload(page: Page) -> None:
    page.enter(page.prompt("alpha"), "clear; seq 1000 | less")
    page.until(lambda: page.screen.strip().endswith(":"))
    page.browser.refresh()
    page.ready()
    page.terminal("alpha")
    page.until(lambda: page.screen.startswith("1\n") and page.screen.strip().endswith(":"))
    page.one(".panel:not([hidden]) .xterm-helper-textarea").send_keys("q")
    page.until(lambda: page.screen.strip().endswith("#"))


def test_what_prints_without_end_stalls_nothing(page: Page) -> None:
    keys = page.prompt("host")
    page.enter(keys, "clear; yes")
    page.until(lambda: page.screen.count("y\n") > 10)
    page.enter(page.prompt("alpha"), "echo $((20+3))")
    page.shows("\n23")
    page.click("#lesson summary")
    keys = page.terminal("host")
    keys.send_keys(Keys.CONTROL, "c")
    page.until(lambda: page.screen.strip().endswith(("#", "$")))
    page.enter(keys, "clear; head -c 20000000 /dev/zero | tr '\\0' 'x' | fold -w 80; echo; echo end$((1+1))")
    page.shows("end2")
    page.enter(keys, "clear")


def test_the_keyboard_finds_a_way_out(page: Page) -> None:
    keys = page.prompt("host")
    keys.send_keys(Keys.TAB)
    assert page.js("document.activeElement.className") == "xterm-helper-textarea"
    keys.send_keys(Keys.F6)
    assert page.js("document.activeElement.getAttribute('role')") == "tab"
    assert "F6" in page.text(".help")


def test_the_way_out_is_told_in_a_narrow_window(page: Page) -> None:
    page.browser.set_window_size(700, 900)  # or a wide one, enlarged
    try:
        page.click(".switch [data-view=terminals]")
        page.prompt("host")
        assert "F6" in page.text(".help")
    finally:
        page.browser.set_window_size(1400, 900)


def test_the_keyboard_alone_opens_one_more_terminal_and_closes_it(page: Page) -> None:
    page.prompt("alpha")
    before = len(page.all("[role=tab]"))
    page.browser.execute_script("document.querySelector('[popovertarget=more]').focus()")
    page.press(Keys.ENTER, *[Keys.TAB] * 3, Keys.ENTER)  # host, vm, alpha
    page.until(lambda: any(each.text.startswith("alpha 2") for each in page.all("[role=tab]")))
    page.wait("document.activeElement.className === 'xterm-helper-textarea'")
    page.until(lambda: page.screen.strip().endswith("#"))
    page.press(Keys.F6, Keys.DELETE)
    page.until(lambda: len(page.all("[role=tab]")) == before)


def test_the_tab_of_a_terminal_that_is_opened_is_in_view(page: Page) -> None:
    told = {"width": 320, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
    try:
        page.click(".switch [data-view=terminals]")
        page.prompt("host")
        page.prompt("beta")
        page.click("[popovertarget=more]")
        page.click("#more [data-more=beta]")
        tab = "document.querySelector('[role=tab][aria-selected=true]')"
        page.wait(f"{tab}.textContent.startsWith('beta 2')")
        page.wait(f"{tab}.getBoundingClientRect().right <= innerWidth")
        page.until(lambda: page.screen.strip().endswith("#"))
        page.press(Keys.F6, Keys.DELETE)
        page.wait("document.querySelectorAll('[role=tab]').length === 4")
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_second_window_shows_the_same_terminal(page: Page) -> None:
    first = page.browser.current_window_handle
    page.enter(page.prompt("host"), "clear; echo one$((1+1))")
    page.shows("one2")
    address = page.browser.current_url
    page.browser.switch_to.new_window("tab")
    second = Page(page.browser)
    second.open(address)
    keys = second.terminal("host")
    second.shows("one2")
    second.enter(keys, "echo two$((1+1))")
    second.shows("two2")
    page.browser.switch_to.window(first)
    page.shows("two2")


def test_a_terminal_that_ended_is_opened_anew(page: Page) -> None:
    page.enter(page.prompt("beta"), "exit")
    page.until(lambda: "ended" in page.text(".panel:not([hidden]) .over"))
    page.click(".panel:not([hidden]) .over button")
    page.until(lambda: page.screen.strip().endswith("#"))


def test_an_editor_edits(page: Page) -> None:
    keys = page.prompt("alpha")
    page.enter(keys, "clear; rm -f /tmp/note; nano /tmp/note")
    page.shows("GNU nano")
    keys.send_keys("한글 and text")
    page.shows("한글 and text")
    keys.send_keys(Keys.CONTROL, "o")
    page.shows("Write to File")
    keys.send_keys(Keys.ENTER)
    page.shows("Wrote 1 line")
    keys.send_keys(Keys.CONTROL, "x")
    page.enter(page.prompt("alpha"), "cat /tmp/note; echo read$((1+1))")
    page.until(lambda: re.search(r"^한글 and text\nread2$", page.screen, re.M))


def test_a_program_draws_the_screen_anew_until_it_ends(page: Page) -> None:
    keys = page.prompt("vm")
    page.enter(keys, "clear; top -d 0.5")
    page.until(lambda: re.search(r"^top - \d\d:\d\d:\d\d", page.screen, re.M))
    clock = page.screen[:14]
    page.until(lambda: page.screen[:14] not in (clock, ""))
    keys.send_keys("q")
    page.until(lambda: page.screen.strip().endswith("#"))
    page.enter(keys, "clear; echo after$((1+1))")
    page.shows("after2")
    assert "%Cpu" not in page.screen


def test_colours_are_shown(page: Page) -> None:
    page.enter(
        page.prompt("alpha"), r"clear; printf '\033[31mred\033[0m \033[38;2;10;200;30mtrue\033[0m %s\n' $((1+1))"
    )
    page.shows("true 2")
    colours = page.js(
        "Object.fromEntries([...document.querySelectorAll('.panel:not([hidden]) .xterm-rows span')]"
        ".map((each) => [each.textContent.trim(), getComputedStyle(each).color]))"
    )
    assert len({colours[each] for each in ("red", "true", "2")}) == 3
