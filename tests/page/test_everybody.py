"""For everybody: screen readers, keyboards, colours, narrow windows, English and Korean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_core_python.selenium import Axe

from tests.page.browser import Page


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Page) -> Iterator[str]:
    told = {"features": [{"name": "prefers-color-scheme", "value": request.param}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", told)
    yield str(request.param)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("language", ["en", "ko"])
def test_axe_finds_no_serious_fault(page: Page, scheme: str, language: str) -> None:
    page.open(page.browser.current_url.partition("?")[0] + f"?lang={language}")
    page.prompt("host")
    found = [
        (each["id"], each["impact"], [node["html"][:200] for node in each["nodes"]])
        for each in Axe().run(page.browser)["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert found == []


def test_the_page_speaks_korean(page: Page) -> None:
    page.click(".languages [hreflang=ko]")
    page.wait("document.documentElement.lang === 'ko'")
    page.ready()
    assert page.text("h1") == "커널은 하나인가, 둘인가"
    assert "실행 중" in page.until(lambda: "실행 중" in page.text("#machines") and page.text("#machines"))
    assert "Predict" not in page.text("#way")
    page.browser.get(page.browser.current_url.partition("?")[0])  # it is remembered
    assert page.js("document.documentElement.lang") == "ko"
    page.ready()
    page.click(".languages [hreflang=en]")
    page.wait("document.documentElement.lang === 'en'")


def test_a_phone_shows_the_lesson_or_the_terminals(page: Page) -> None:
    told = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", told)
    try:
        page.browser.refresh()
        page.ready()
        assert page.js("document.documentElement.scrollWidth <= innerWidth")
        assert page.js("document.querySelector('#way').scrollWidth <= document.querySelector('#way').clientWidth")
        assert not page.one("#terminals").is_displayed()
        page.click(".switch [data-view=terminals]")
        assert not page.one("#way").is_displayed()
        page.prompt("host")
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_screen_reader_hears_the_terminal(page: Page) -> None:
    page.prompt("host")
    page.click("#reader")
    page.until(lambda: page.all(".panel:not([hidden]) .xterm-accessibility"))
    page.click("#reader")
