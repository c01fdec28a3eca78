"""The page as a learner uses it: clicks, keys, and what is to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
)
PATIENCE = 240.0
"""Seconds after which what is awaited will not come."""
SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
    constructor(...told) { super(...told); window.sockets.push(this); }
};
"""
"""Notes the WebSockets of the page, so that a test can cut them."""


@contextmanager
def chromium(folder: Path) -> Iterator[webdriver.Chrome]:
    """Yield a headless Chromium, whose profile lies in the folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for option in (*OPTIONS, f"--user-data-dir={folder}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


class Page:
    """One tab of the browser."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser
        self.handle = browser.current_window_handle
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": SOCKETS})

    def open(self, link: str) -> None:
        self.browser.get(link)
        self.ready()

    def front(self) -> None:
        """Come to the front: what is asked and done then is asked of this tab, and done in it."""
        self.browser.switch_to.window(self.handle)

    def ready(self) -> None:
        self.wait("document.body && document.body.dataset.ready === 'true'")

    def js(self, expression: str) -> Any:
        return self.browser.execute_script(f"return {expression}")

    def wait(self, expression: str) -> Any:
        """What an expression says once it says something."""
        return self.until(lambda: self.js(expression), expression)

    def until(self, question: Callable[[], Any], what: str = "") -> Any:
        def asked(_: object) -> Any:
            try:
                return question()
            except StaleElementReferenceException:
                return False

        try:
            return WebDriverWait(self.browser, PATIENCE, poll_frequency=0.05).until(asked, what)
        except TimeoutException as error:
            asking = self.js("document.querySelector('dialog[open]')?.innerText ?? ''")
            raise AssertionError(f"{error.msg}; it asks {asking!r}, the terminal shows:\n{self.screen}") from None

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        found: WebElement = self.until(lambda: next(iter(self.all(selector)), None), selector)
        return found

    def text(self, selector: str) -> str:
        return str(self.js(f"document.querySelector({selector!r})?.innerText ?? ''"))

    def click(self, selector: str) -> None:
        """Press what is there and can be pressed, as soon as it is."""

        def pressed() -> bool:
            found = [each for each in self.all(selector) if each.is_displayed() and each.is_enabled()]
            if found:
                self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", found[0])
                found[0].click()
            return bool(found)

        self.until(pressed, f"click {selector}")

    def press(self, *keys: str) -> None:
        """Press keys, wherever the focus is."""
        ActionChains(self.browser).send_keys(*keys).perform()

    def done(self) -> None:
        """Wait until no work is under way."""
        self.wait("!document.querySelector('#work.busy')")

    # -- terminals

    def terminal(self, machine: str) -> WebElement:
        """Choose the tab of a machine; return what takes the keys."""
        self.until(lambda: self._choose(machine), f"the tab {machine}")
        return self.one(".panel:not([hidden]) .xterm-helper-textarea")

    def _choose(self, machine: str) -> bool:
        for tab in self.all("[role=tab]"):
            if tab.text.strip() == machine:
                tab.click()
                return True
        return False

    @property
    def screen(self) -> str:
        """What the chosen terminal shows."""
        rows = "[...document.querySelectorAll('.panel:not([hidden]) .xterm-rows > div')].map((row) => row.textContent)"
        return str(self.js(f"{rows}.join('\\n').replaceAll('\\u00a0', ' ')"))

    def shows(self, text: str) -> None:
        """Wait until the chosen terminal shows it."""
        self.until(lambda: text in self.screen, f"a terminal that shows {text!r}")

    def prompt(self, machine: str) -> WebElement:
        """A terminal whose shell is ready."""
        keys = self.terminal(machine)
        self.until(lambda: self.screen.strip().endswith(("#", "$")), "a prompt")
        return keys

    def enter(self, keys: WebElement, line: str) -> None:
        keys.send_keys(line, Keys.ENTER)

    def paste(self, text: str) -> None:
        """Paste as the browser does it."""
        self.browser.execute_script(
            "const told = new DataTransfer(); told.setData('text/plain', arguments[0]);"
            "document.querySelector('.panel:not([hidden]) .xterm-helper-textarea').dispatchEvent("
            "new ClipboardEvent('paste', {clipboardData: told, bubbles: true, cancelable: true}))",
            text,
        )

    def complaints(self) -> list[str]:
        """What the browser has to complain of: what a policy forbids, what cannot be loaded, what went wrong.

        A network of Docker's that comes or goes makes Chromium give up requests (ERR_NETWORK_CHANGED): the page asks
        again.
        """
        said = self.browser.get_log("browser")  # type: ignore[no-untyped-call]
        found = [each["message"] for each in said if each["level"] == "SEVERE"]
        return [message for message in found if "ERR_NETWORK_CHANGED" not in message]
