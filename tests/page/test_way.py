"""The whole of scenario 3 on the page, from prediction to report; and the verbs know the same."""

from __future__ import annotations

import json

from tests.page.browser import Page
from tests.page.conftest import lab, outcome


def test_scenario_3_from_prediction_to_report(page: Page) -> None:
    # A step with a question waits for a prediction, and proves nothing before it was seen.
    assert page.one("#step-kernel [data-verb=run]").get_attribute("disabled")
    assert not page.all("#step-kernel .proves")
    page.click('#step-kernel [data-choice="The VM\'s"]')
    page.click("#step-kernel [data-verb=run]")
    page.one("#step-kernel .places")
    page.done()
    assert outcome().predictions == {"kernel": "The VM's"}
    assert [each.text for each in page.all("#step-kernel .place-name b")] == ["host", "vm", "alpha", "beta"]
    assert "The host's" in page.text("#step-kernel .told")
    assert "word for word" in page.text("#step-kernel .proves")
    # What differs is marked: the VM's kernel is its own, the others share one.
    assert "6.12." in page.text("#step-kernel .place.vm mark.alone")
    assert page.one("#step-kernel .place.host mark.some").get_attribute("title") == "also: alpha, beta"
    # All steps, and all checks.
    page.click("#steps ~ [data-verb=run]")
    steps = len(page.all(".step"))
    page.wait(f"document.querySelectorAll('#progress a.good:not(.wide):not(.round)').length === {steps}")
    page.done()
    page.click("[data-verb=check]:not([data-task])")
    page.wait("document.querySelector('#progress a.wide.good')")
    page.done()
    checks = len(outcome().verdicts)
    assert f"{checks} of {checks} checks hold." in page.text("#checks")
    # A task: red with a sentence, a hint, the solution after asking, green.
    page.until(lambda: "no file /root/host-number" in page.text("#task-host-number"))
    page.click("#task-host-number [data-hint]")
    page.until(lambda: len(page.all("#task-host-number .hints li")) == 1)
    assert outcome().hints == {"host-number": 1}
    assert not page.all("#solution-host-number .code")
    page.click("#task-host-number [data-solution]")
    page.click("#ask [value=yes]")
    page.until(lambda: "solution shown" in page.text("#task-host-number"))
    assert outcome().solutions == ("host-number",)
    page.click("#solution-host-number [data-verb=solve]")
    page.wait("document.querySelector('#work .title').textContent.includes('solve scenario-3 host-number: went well')")
    page.click("#task-host-number [data-verb=check]")
    page.one("#task-host-number .mark.good")
    assert "1/3" in page.text("#progress")
    # The report, of the page and of the verb.
    page.done()
    link = page.one("header .button").get_attribute("href")
    page.browser.get(str(link))
    told = page.text("body")
    assert "Whose kernel will `uname` name in the containers?" in told
    assert f"{checks} / {checks} checks" in told
    assert "1 / 3 tasks" in told


def test_the_page_follows_the_verbs(page: Page) -> None:
    """A task is checked in a terminal: the page tells."""
    done = lab("check", "scenario-3", "--task", "new-driver", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)["tasks"]["new-driver"]["message"]
    page.until(lambda: told in page.text("#task-new-driver"))


def test_progress_survives_a_reload(page: Page) -> None:
    lab("hint", "scenario-3", "own-setting")
    page.until(lambda: len(page.all("#task-own-setting .hints li")) >= 1)
    page.browser.refresh()
    page.ready()
    assert len(page.all("#task-own-setting .hints li")) >= 1


def test_a_reload_asks_for_the_page_alone(page: Page) -> None:
    page.wait("document.querySelector('.machine.known')")
    page.browser.refresh()
    page.ready()
    page.prompt("host")
    page.wait("document.querySelector('.machine.known')")
    files = "performance.getEntriesByType('resource').filter((each) => each.transferSize).map((each) => each.name)"
    assert page.js(files) == []


def test_what_changed_before_the_page_listens_is_shown(page: Page) -> None:
    """The page bears the version of what it shows; the first thing it is told is the version that there is."""
    lab("hint", "scenario-3", "new-driver")
    page.until(lambda: page.all("#task-new-driver .hints li"))
    old = "document.addEventListener('readystatechange', () => (document.body.dataset.results = 'older'), {once: true})"
    empty = "document.querySelector('[data-part=task-new-driver]').replaceChildren()"
    listening = f"document.addEventListener('readystatechange', () => {empty}, {{once: true}})"
    for source in (old, listening):
        page.browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
    page.browser.refresh()
    page.ready()
    page.until(lambda: page.all("#task-new-driver .hints li"))
