"""The page stays what it is meant to be, whatever machines printed and steps left: nothing runs, nothing leaks."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from provisioning.errors import HostError, UsageError
from provisioning.lesson import texts
from provisioning.lesson.checks import Verdict
from provisioning.lesson.measurements import Plot
from provisioning.lesson.results import Outcome, Results, results_of
from provisioning.lesson.steps import Evidence
from provisioning.scenario.model import Prediction, Scenario, Step, Task
from provisioning.settings import Settings
from provisioning.show.report import PICTURE_COUNT, PICTURE_SIZE, markdown, write_report
from provisioning.show.views import OTHERWISE

MARKUP = "</pre></style></title><script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}{% x %}"
EVIL = MARKUP + "\x1b[2J\x9b\0\x0c\r\u202e"
SECRET = b"a file of the host"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
VOID = {"meta", "br", "img"}


class Page(HTMLParser):
    """What a browser would make of it: every element closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.data = ""
        self.style = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.data += data
        if self.open[-1:] == ["style"]:
            self.style += data


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    folder = tmp_path / "scenario-7"
    folder.mkdir()
    (folder / "lesson.en.md").write_text(f"# A\n\n{MARKUP}\n\n[a](javascript:alert(1)) <script>alert(2)</script>\n")
    step = Step(
        id="s",
        title=EVIL,
        script="s",
        on=("host",),
        proves=EVIL,
        predict=Prediction(question=EVIL, choices=(EVIL, "b"), answer="b"),
    )
    task = Task(
        id="t", title=EVIL, goal=EVIL, machine="m", check="test_x", solution="s", wrong=("w", "l"), hints=(EVIL,)
    )
    return Scenario(
        name="scenario-7",
        folder=folder,
        title=EVIL,
        summary=EVIL,
        claims=(EVIL,),
        machines={},
        steps=(step,),
        tasks=(task,),
    )


@pytest.fixture
def results(settings: Settings, scenario: Scenario) -> Results:
    plot = Plot(title=EVIL, unit=EVIL, kind="curve", x_label=EVIL, note=EVIL, series={EVIL: [(1.0, -2.0)]})
    evidence = Evidence(
        step="s",
        title=EVIL,
        proves=EVIL,
        machine=EVIL,
        kind="vm",
        script=EVIL,
        stdout=EVIL,
        stderr=EVIL,
        status=1,
        seconds=0.1,
        ok=False,
        plots=(plot, Plot(title=EVIL, unit=EVIL, kind="samples", series={EVIL: [1.0], "b": [1.0] * 5000})),
    )
    verdict = Verdict(check=EVIL, title=EVIL, machines=(EVIL,), passed=False, message=EVIL, seconds=0.1)
    kept = results_of(settings, scenario.name)
    outcome = Outcome(
        scenario=scenario.name,
        title=EVIL,
        evidence=(evidence,),
        predictions={"s": EVIL},
        verdicts=(verdict,),
        tasks={"t": verdict},
        hints={"t": 1},
        solutions=("t",),
    )
    kept.update(scenario.name, EVIL, lambda _: outcome, print)
    kept.artifacts.mkdir()
    return kept


def page_of(settings: Settings, scenario: Scenario, tmp_path: Path, language: str = "en") -> tuple[Page, str]:
    page, _ = write_report(settings, [scenario], tmp_path / "report.html", language)
    text = page.read_text(encoding="utf-8")
    return Page(text), text


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_hostile_text_is_text(
    language: str, settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    page, text = page_of(settings, scenario, tmp_path, language)
    names = {tag for tag, _ in page.elements}
    assert names.isdisjoint({"script", "iframe", "object", "embed", "form", "link", "base", "x"})
    assert [tag for tag in names if tag == "img"] == []
    assert not any(name.startswith("on") or name == "style" for _, attributes in page.elements for name in attributes)
    assert all(each in "\n\t" or each.isprintable() for each in text)
    assert page.data.count("<script>alert(1)</script>") > 15
    assert r"\x1b[2J\x9b\x00\x0c\r\u202e" in page.data
    assert "{{ 7*7 }}{% x %}" in page.data


def test_a_task_tells_hints_and_solution(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    page, _ = page_of(settings, scenario, tmp_path)
    assert "1 hintssolution shown" in page.data  # a break lies between the two


@pytest.mark.parametrize("red", [False, True])
def test_a_step_proves_something_only_where_it_went_as_expected(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path, red: bool
) -> None:
    proving = msgspec.structs.replace(scenario.steps[0], proves="So it is.")
    scenario = msgspec.structs.replace(scenario, steps=(proving,))

    def went(kept: Outcome) -> Outcome:
        other = msgspec.structs.replace(kept.evidence[0], machine="other", ok=True)
        return msgspec.structs.replace(kept, evidence=(msgspec.structs.replace(other, ok=not red), other))

    results.update(scenario.name, EVIL, went, print)
    _, text = page_of(settings, scenario, tmp_path)
    assert ("So it is." in text, OTHERWISE in text) == (not red, red)


def test_a_browser_is_told_to_load_nothing_but_the_pages_own(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    page, text = page_of(settings, scenario, tmp_path)
    _, attributes = page.elements[[tag for tag, _ in page.elements].index("meta") + 1]
    assert attributes["http-equiv"] == "Content-Security-Policy"
    policy = dict(rule.strip().split(" ", 1) for rule in (attributes["content"] or "").split(";"))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert "http-equiv" in text.split("<style>")[0]


def test_the_data_beside_it_are_exact(settings: Settings, scenario: Scenario, results: Results, tmp_path: Path) -> None:
    _, data = write_report(settings, [scenario], tmp_path / "report.html", "en")
    [outcome] = json.loads(data.read_bytes())
    assert (outcome["scenario"], outcome["title"]) == ("scenario-7", EVIL)
    assert outcome["evidence"][0]["stdout"] == EVIL
    assert outcome["evidence"][0]["cut"] == 0


@pytest.mark.parametrize(
    ("lesson", "links"),
    [
        ("[a](https://example.org/)", ["https://example.org/"]),
        ("[a](HTTP://example.org/)", ["HTTP://example.org/"]),
        ("[a](#scenario-3)", ["#scenario-3"]),
        ("<https://example.org/>", ["https://example.org/"]),
        ("[a](javascript:alert(1))", []),
        ("[a](JavaScript:alert(1))", []),
        ("[a](vbscript:x)", []),
        ("[a](data:text/html,x)", []),
        ("[a](data:image/svg+xml,x)", []),
        ("[a](file:///etc/passwd)", []),
        ("[a](/etc/passwd)", []),
        ("[a](//example.org)", []),
        ("![a](file:///etc/passwd)", []),
        ("<script>alert(1)</script>", []),
        ("a <img src=x onerror=alert(1)> b", []),
        ("<!-- -->", []),
        ("<div>\n\n**a**\n\n</div>", []),
        ("[a]: javascript:x\n\n[a]", []),
        ('[a](https://x "\\"><script>")', ["https://x"]),
    ],
)
def test_a_lesson_has_no_tags_of_its_own_and_links_to_the_web(lesson: str, links: list[str]) -> None:
    page = Page(markdown(lesson))
    assert [attributes["href"] for tag, attributes in page.elements if tag == "a"] == links
    assert {tag for tag, _ in page.elements} <= {"p", "a", "strong"}


ARTIFACTS = {
    "a picture": ("a.png", PNG, True),
    "a drawing": ("a.svg", SVG, True),
    "a drawing with a head": ("a.svg", b'\xef\xbb\xbf<?xml version="1.0"?>\n' + SVG, True),
    "as large as can be": ("a.png", PNG + b"0" * (PICTURE_SIZE - len(PNG)), True),
    "too large": ("a.png", PNG + b"0" * PICTURE_SIZE, False),
    "text called a picture": ("a.png", SECRET, False),
    "a page called a drawing": ("a.svg", b"<html><script>alert(1)</script>", False),
    "text called a drawing": ("a.svg", SECRET, False),
    "nothing": ("a.png", b"", False),
    "a name with markup": ('"><script>alert(1)<.png', PNG, True),
    "a name with controls": ("a\x1b]0;t\x07\u202e\n.png", PNG, True),
    "a name that is no UTF-8": (os.fsdecode(b"a\xff.png"), PNG, True),
}


@pytest.mark.parametrize(("name", "content", "shown"), ARTIFACTS.values(), ids=ARTIFACTS)
def test_what_is_a_picture_is_shown_and_what_is_none_is_named(
    name: str, content: bytes, shown: bool, settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    (results.artifacts / name.replace("/", "")).write_bytes(content)
    page, _ = page_of(settings, scenario, tmp_path)
    sources = [attributes["src"] or "" for tag, attributes in page.elements if tag == "img"]
    assert len(sources) == shown
    assert all(re.fullmatch("data:image/(png|svg[+]xml);base64,[A-Za-z0-9+/=]+", source) for source in sources)
    assert ("Left out" in page.data) == (not shown)


@pytest.mark.parametrize(
    "kind", ["link", "link that leads nowhere", "loop", "folder", "pipe", "linked folder", "unreadable"]
)
def test_only_files_among_the_artifacts_are_read(
    kind: str, settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(PNG + SECRET)
    path = results.artifacts / "a.png"
    match kind:
        case "link":
            path.symlink_to(secret)
        case "link that leads nowhere":
            path.symlink_to(tmp_path / "nowhere")
        case "loop":
            path.symlink_to(path)
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "linked folder":
            results.artifacts.rmdir()
            results.artifacts.symlink_to(tmp_path)
        case "unreadable":
            path.symlink_to("/proc/self/mem")
    page, text = page_of(settings, scenario, tmp_path)
    assert base64.b64encode(PNG + SECRET).decode()[:70] not in text
    assert "img" not in {tag for tag, _ in page.elements}


def test_of_many_pictures_some_are_shown(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    for number in range(PICTURE_COUNT + 5):
        (results.artifacts / f"{number:03}.png").write_bytes(PNG)
    page, _ = page_of(settings, scenario, tmp_path)
    assert [tag for tag, _ in page.elements].count("img") == PICTURE_COUNT
    assert "054.png" in page.data


def test_all_of_a_file_is_written_or_nothing(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, _ = write_report(settings, [scenario], tmp_path / "report.html", "en")
    before = page.read_bytes()

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(HostError, match=r"No space left on device: .*report\.html"):
        write_report(settings, [scenario], page, "en")
    assert page.read_bytes() == before
    assert sorted(path.name for path in tmp_path.glob("*report*")) == ["report.html", "report.json"]
    assert list(tmp_path.glob(".lab*")) == []


@pytest.mark.parametrize("output", ["report.json", ".", "..", "/"])
def test_a_name_that_leaves_no_room_for_the_data_is_refused(
    output: str, settings: Settings, scenario: Scenario, results: Results
) -> None:
    with pytest.raises((UsageError, HostError)):
        write_report(settings, [scenario], Path(output), "en")


def test_what_is_no_file_is_written_to(
    settings: Settings, scenario: Scenario, results: Results, tmp_path: Path
) -> None:
    (tmp_path / "link.html").symlink_to(tmp_path / "real.html")
    write_report(settings, [scenario], tmp_path / "link.html", "en")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "real.html").read_text().startswith("<!doctype html>")
