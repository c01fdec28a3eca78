"""The page in a real Chromium: how soon it is there, how soon a key shows, and what the server takes."""

from __future__ import annotations

import functools
import os
import pty
import re
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

from benchmarks.ours import SCENARIO, clear, environment, lab, opened
from benchmarks.timing import Benchmark, Goal, Medians, Rivals, timed
from provisioning.page.view import FOLDER
from provisioning.settings import REPOSITORY

OWN = "a key at a plain pseudo-terminal: median"
OWN_LATE = "a key at a plain pseudo-terminal: 95th percentile"
READY = "`open` until the page is ready"
RELOAD = "a reload until the page is ready"
PLAIN_RELOAD = "a reload of a static page with nothing but xterm.js"
KEY = "a key on the page, {}: median"
KEY_LATE = "a key on the page, {}: 95th percentile"
ONE, MANY = "1 terminal open", "30 terminals open, one printing without end"
SEEN = "30 terminals open, one printing without end in a second window"
SSH = "`ssh vm cat` of 100 MB to a file"
CAT = "`cat` of 100 MB in the VM's terminal on the page"
HOST_CAT = "`cat` of 100 MB in the host's terminal on the page"
IDLE = "processor time of the server, and of what it starts, while it idles for 30 s"
IDLE_MEMORY = "memory of the server while it idles, told in GB"
MEMORY = "memory of the server at its highest, told in GB"
PROMPT, YES = "/[#$] *$/", "/y\\ny\\n/"
KEYS, SIZE, REST, RELOADS = 60, 100_000_000, 30.0, 5
TICK = os.sysconf("SC_CLK_TCK")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--window-size=1400,900",
)
TYPE = """
const [keys, done] = arguments;
const area = document.querySelector(".panel:not([hidden]) .xterm-helper-textarea");
const rows = document.querySelector(".panel:not([hidden]) .xterm-rows");
function cursor() {
    const at = rows.querySelector(".xterm-cursor");
    return at && [...at.parentNode.children].indexOf(at) + at.parentNode.textContent;
}
const found = [];
async function one(letter) {
    const before = cursor();
    const began = performance.now();
    const shown = new Promise((resolve) => {
        const look = new MutationObserver(() => { if (cursor() !== before) { look.disconnect(); resolve(); } });
        look.observe(rows, {subtree: true, childList: true, characterData: true, attributes: true});
    });
    area.dispatchEvent(new InputEvent("input", {data: letter, inputType: "insertText", bubbles: true}));
    await shown;
    await new Promise((resolve) => { // the frame is drawn
        const channel = new MessageChannel();
        channel.port1.onmessage = resolve;
        channel.port2.postMessage(0);
    });
    found.push((performance.now() - began) / 1000);
    await new Promise((resolve) => setTimeout(resolve, 40));
}
(async () => { for (let key = 0; key < keys; key++) await one("x"); done(found); })();
"""
"""Types letters one by one, and tells how long each took until it stood on the screen, in seconds."""
STATIC = """<!doctype html><link rel="icon" href="data:,"><link rel="stylesheet" href="xterm.css">
<body><div class="panel" style="height: 700px"></div><script type="module">
import { Terminal } from "./xterm.mjs";
const terminal = new Terminal();
terminal.open(document.querySelector("div"));
terminal.write("# ", () => (document.body.dataset.ready = "true"));
</script>"""
"""What a reload takes at least."""


class _Page:
    """A server, and a browser in front of it."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser
        self.server: subprocess.Popen[str] | None = None
        self.link = ""

    def open(self) -> None:
        """Start the server, and wait until the page, which the browser has never seen, can be used."""
        command = [sys.executable, "lab.py", "open", SCENARIO, "--no-browser"]
        self.server = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        said = self.server.stdout.readline() if self.server.stdout else ""
        found = re.search(r"http\S+", said)
        if not found:
            raise OSError("the server does not start")
        self.link = found[0]
        self.browser.get(self.link)
        self.ready()

    def ready(self) -> None:
        """Wait until the page knows how things stand, and a shell waits in its terminal."""
        self.until("document.body && document.body.dataset.ready === 'true'")
        self.shows(PROMPT)

    def reload(self) -> None:
        self.browser.refresh()
        self.ready()

    def until(self, expression: str) -> None:
        waiting = WebDriverWait(self.browser, 120, poll_frequency=0.01)
        try:
            waiting.until(lambda browser: browser.execute_script(f"return {expression}"))
        except TimeoutException as error:
            raise TimeoutError(f"the page never came to {expression}") from error

    def close(self) -> None:
        """End the server."""
        if self.server:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(60)
            self.server = None

    @property
    def pid(self) -> int:
        """The server's process."""
        return self.server.pid if self.server else 0

    def choose(self, machine: str) -> None:
        """Show a terminal in which a shell is ready."""
        self.show(machine)
        self.shows(PROMPT)

    def show(self, machine: str) -> None:
        """Show a terminal."""
        self.browser.execute_script(
            "[...document.querySelectorAll('[role=tab]')].find((tab) => tab.firstChild.data === arguments[0]).click()",
            machine,
        )

    def shows(self, pattern: str) -> None:
        text = "[...document.querySelectorAll('.panel:not([hidden]) .xterm-rows > div')].map((row) => row.textContent)"
        self.until(f"{pattern}.test({text}.join('\\n').replaceAll('\\u00a0', ' ').trim())")

    def enter(self, line: str) -> None:
        """Type a line."""
        self.browser.execute_script(
            "const area = document.querySelector('.panel:not([hidden]) .xterm-helper-textarea');"
            "area.dispatchEvent(new InputEvent('input', {data: arguments[0], inputType: 'insertText', bubbles: true}));"
            "const enter = {key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true};"
            "area.dispatchEvent(new KeyboardEvent('keydown', enter))",
            line,
        )

    def ends(self, line: str) -> float:
        """Seconds that a line takes in the chosen terminal, until what it says at its end is on the screen."""

        def work() -> None:
            self.enter(f"clear; {line}; echo end$((1+1))")
            self.shows("/end2/")

        return timed(work)

    def keys(self) -> list[float]:
        """Seconds from a key to the letter on the screen, in the shell of the chosen terminal."""
        self.enter("clear; echo ready$((1+1)); cat >/dev/null")
        self.shows("/ready2/")
        self.browser.set_script_timeout(120)
        found: list[float] = self.browser.execute_async_script(TYPE, KEYS)
        self.browser.execute_script(
            "document.querySelector('.panel:not([hidden]) .xterm-helper-textarea').dispatchEvent("
            "new KeyboardEvent('keydown', {key: 'c', code: 'KeyC', keyCode: 67, ctrlKey: true, bubbles: true}))"
        )
        self.shows(PROMPT)
        return found

    @contextmanager
    def second(self, machine: str) -> Iterator[None]:
        """Have a second window show a terminal in which `yes` prints."""
        first = self.browser.current_window_handle
        self.browser.switch_to.new_window("window")
        try:
            self.browser.get(self.link)
            self.ready()
            self.show(machine)
            self.shows(YES)
            self.browser.switch_to.window(first)
            yield
        finally:
            self.browser.switch_to.window(next(each for each in self.browser.window_handles if each != first))
            self.browser.close()
            self.browser.switch_to.window(first)

    def terminals(self, count: int) -> None:
        """Have so many terminals open on the host, in the last but one of which `yes` prints."""
        for _ in range(count - 1):
            here = len(self.browser.execute_script("return [...document.querySelectorAll('[role=tab]')]"))
            self.browser.execute_script("document.querySelector('#more [data-more=host]').click()")
            self.until(f"document.querySelectorAll('[role=tab]').length > {here}")
            self.shows(PROMPT)
        self.choose(f"host {count - 1}")
        self.enter("yes")
        self.shows(YES)
        self.choose(f"host {count}")


def _plain() -> list[float]:
    """Seconds from a key to its echo at a pseudo-terminal that nobody stands between."""
    child, master = pty.fork()
    if child == 0:
        os.execvp("sh", ["sh", "-c", "cat >/dev/null"])  # noqa: S606
    found = []
    for _ in range(KEYS):
        began = time.perf_counter()
        os.write(master, b"x")
        select.select([master], [], [])
        os.read(master, 100)
        found.append(time.perf_counter() - began)
        time.sleep(0.04)
    os.close(master)
    os.waitpid(child, 0)
    return found


def _late(found: list[float]) -> float:
    return statistics.quantiles(found, n=20)[-1]


def _processor(pid: int) -> float:
    """Seconds of processor time that a process took, and those that it started and that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICK


@contextmanager
def _static(folder: Path) -> Iterator[str]:
    """Serve a page with nothing but a terminal, as the lab serves its own: what does not change is kept."""
    folder.mkdir()
    for name in ("xterm.mjs", "xterm.css"):
        (folder / name).write_bytes((FOLDER / "assets" / name).read_bytes())
    (folder / "index.html").write_text(STATIC)

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def end_headers(self) -> None:
            self.send_header("Cache-Control", "no-store" if self.path == "/" else "max-age=31536000, immutable")
            super().end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def _rivals() -> Iterator[Rivals]:
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    machines = opened()
    told: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        for option in (*OPTIONS, f"--user-data-dir={folder}"):
            options.add_argument(option)
        lab("up", SCENARIO, "--yes")
        browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        page = _Page(browser)
        try:
            with _static(Path(folder) / "static") as plain:
                yield _measured(page, plain, machines.machine("vm").shell_argv(), told, Path(folder) / "large")
        finally:
            page.close()
            browser.quit()
            clear(machines.settings)


def _measured(page: _Page, plain: str, ssh: list[str], told: dict[str, float], large: Path) -> Rivals:
    make = f"head -c {SIZE} /dev/zero | tr '\\0' x | fold -w 80"

    def reload_of_plain() -> float:
        page.close()
        page.browser.get(plain)
        return reload()

    def reload() -> float:
        found = []
        for _ in range(RELOADS):
            time.sleep(2)  # what the last one began is over
            found.append(timed(page.reload))
        return statistics.median(found)

    def first() -> float:
        page.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
        return timed(page.open)

    def keys(found: Callable[[], list[float]], late: str) -> Callable[[], float]:
        def typed() -> float:
            times = found()
            told[late] = _late(times)
            return statistics.median(times)

        return typed

    def one() -> list[float]:
        page.choose("host")
        return page.keys()

    def many() -> list[float]:
        page.terminals(30)
        return page.keys()

    def many_seen() -> list[float]:
        with page.second("host 29"):
            return page.keys()

    def copied() -> float:
        command = [*ssh[:-2], ssh[-1]]
        subprocess.run([*command, f"test -e large || {make} >large"], check=True, stdin=subprocess.DEVNULL)
        with TemporaryFile() as target:
            return timed(lambda: subprocess.run([*command, "cat large"], check=True, stdout=target))

    def shown() -> float:
        page.choose("vm")
        return page.ends("cat large")

    def shown_of_host() -> float:
        if not large.exists():
            subprocess.run(["sh", "-c", f"{make} >{large}"], check=True)
        page.choose("host")
        return page.ends(f"cat {large}")

    def idle() -> float:
        page.reload()
        time.sleep(2)  # what the start began is over
        before = _processor(page.pid)
        time.sleep(REST)
        return _processor(page.pid) - before

    def memory(which: str) -> float:
        status = Path(f"/proc/{page.pid}/status").read_text()
        return int(re.findall(rf"{which}:\s+(\d+)", status)[0]) * 1024 / 1e9

    return {
        OWN: keys(_plain, OWN_LATE),
        OWN_LATE: lambda: told[OWN_LATE],
        PLAIN_RELOAD: reload_of_plain,
        READY: first,
        RELOAD: reload,
        KEY.format(ONE): keys(one, KEY_LATE.format(ONE)),
        KEY_LATE.format(ONE): lambda: told[KEY_LATE.format(ONE)],
        IDLE: idle,
        IDLE_MEMORY: lambda: memory("VmRSS"),
        SSH: copied,
        CAT: shown,
        HOST_CAT: shown_of_host,
        KEY.format(MANY): keys(many, KEY_LATE.format(MANY)),
        KEY_LATE.format(MANY): lambda: told[KEY_LATE.format(MANY)],
        KEY.format(SEEN): keys(many_seen, KEY_LATE.format(SEEN)),
        KEY_LATE.format(SEEN): lambda: told[KEY_LATE.format(SEEN)],
        MEMORY: lambda: memory("VmHWM"),
    }


def _over(name: str, own: str) -> Callable[[Medians], float]:
    """How much longer than the shell's own, in milliseconds."""
    return lambda found: (found[name] - found[own]) * 1000


BENCHMARK = Benchmark(
    "The page",
    "In a headless Chromium that runs already, on the same machine. The page is ready when the lesson stands there, "
    "the state of things is known, and a shell waits in the terminal; when it is first opened, the browser's cache is "
    "empty; a reload is the median of five. Of a key: from the event in the browser to the frame that shows the "
    "letter, through server and pseudo-terminal and back; beside it a program at a pseudo-terminal. `cat` ends when "
    "what follows it is on the screen.",
    OWN,
    3,
    _rivals,
    (
        Goal("first page ready after `open`", lambda found: found[READY], 2.0, "s"),
        Goal("a reload", lambda found: found[RELOAD], 0.3, "s"),
        Goal("of it, what a static page with nothing but xterm.js takes", lambda found: found[PLAIN_RELOAD], None, "s"),
        *(
            Goal(f"a key over the shell's own, {how}: {which}", _over(name.format(how), own), most, "ms")
            for how in (ONE, MANY, SEEN)
            for which, name, own, most in (("median", KEY, OWN, 20.0), ("95th percentile", KEY_LATE, OWN_LATE, 50.0))
        ),
        Goal("`cat` of 100 MB on the page / by `ssh` to a file", lambda found: found[CAT] / found[SSH]),
        Goal("memory of the server", lambda found: found[MEMORY] * 1000, 150.0, "MB"),
        Goal("memory of the idle server", lambda found: found[IDLE_MEMORY] * 1000, None, "MB"),
        Goal("the server idle with one learner", lambda found: found[IDLE] / REST * 100, 1.0, "% of a processor"),
    ),
)
