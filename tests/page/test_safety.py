"""The page is this user's alone: what a stranger, a page of another origin, or a machine tries, comes to nothing."""

from __future__ import annotations

import functools
import http.client
import json
import os
import re
import socket
import stat
import threading
from collections.abc import Mapping
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from provisioning.page.access import file_of
from provisioning.settings import load_settings
from tests.page.browser import Page
from tests.page.conftest import LAB, Server

PATHS = ("/", "/scenario-3", "/parts/scenario-3", "/report/scenario-3", "/nothing")
ATTACK = """<!doctype html><title>attack</title><body><script>
const found = {};
const target = location.search.slice(1);
async function attack() {
    const told = {method: "POST", credentials: "include", body: JSON.stringify({verb: "reset"})};
    for (const [name, more] of [["simple", {mode: "no-cors"}], ["cors", {mode: "cors"}]]) {
        try {
            const answer = await fetch(`http://${target}/do/scenario-3`, {...told, ...more});
            found[name] = `${answer.type} ${answer.status}`;
        } catch (error) { found[name] = "refused"; }
    }
    try {
        const answer = await fetch(`http://${target}/parts/scenario-3`, {credentials: "include"});
        found.read = (await answer.text()).slice(0, 20);
    } catch (error) { found.read = "refused"; }
    for (const path of ["/events/scenario-3", "/terminal/" + "0".repeat(12)]) {
        found[path.split("/")[1]] = await new Promise((resolve) => {
            const made = new WebSocket(`ws://${target}${path}`);
            made.onopen = () => resolve("open");
            made.onerror = () => resolve("refused");
        });
    }
    found.script = await new Promise((resolve) => {
        const made = document.createElement("script");
        made.onload = () => resolve("loaded");
        made.onerror = () => resolve("refused");
        made.src = `http://${target}/parts/scenario-3`;
        document.body.append(made);
    });
    const frame = document.createElement("iframe");
    frame.src = `http://${target}/scenario-3`;
    document.body.append(frame);
    await new Promise((resolve) => { frame.onload = resolve; });
    try { found.frame = frame.contentDocument ? "read" : "refused"; } catch (error) { found.frame = "refused"; }
    document.title = JSON.stringify(found);
}
attack();
</script>"""


def ask(
    server: Server, path: str, headers: Mapping[str, str], method: str = "GET", body: str = "{}"
) -> tuple[int, str]:
    """What the server answers."""
    host, _, port = server.address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    sent = body.encode() if method != "GET" else b""
    for name, value in {**headers, "Content-Length": str(len(sent))}.items():
        connection.putheader(name, value)
    connection.endheaders(sent)
    answer = connection.getresponse()
    said = answer.read().decode(errors="replace")
    connection.close()
    return answer.status, said


@pytest.fixture
def cookie(server: Server) -> str:
    return f"lab-{server.address.rpartition(':')[2]}={server.token}"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("given", ["", "lab-{port}=wrong", "lab-1={token}"])
def test_nobody_comes_in_without_the_cookie(server: Server, path: str, given: str) -> None:
    port = server.address.rpartition(":")[2]
    status, said = ask(server, path, {"Cookie": given.format(port=port, token=server.token)})
    assert status == 401
    assert server.token not in said


def test_a_wrong_token_opens_nothing(server: Server) -> None:
    for token in ("wrong", "", server.token[:-1], server.token + "a", "%00", "\u00fc".encode().hex()):
        assert ask(server, f"/scenario-3?token={token}", {})[0] == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}", ""]
)
def test_a_name_of_anothers_that_leads_here_is_refused(server: Server, cookie: str, host: str) -> None:
    """DNS rebinding: the browser takes this server for another site's."""
    told = host.format(port=server.address.rpartition(":")[2])
    for path in (*PATHS, f"/scenario-3?token={server.token}"):
        assert ask(server, path, {"Host": told, "Cookie": cookie})[0] in (400, 401, 403)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1", "https://{address}", None])
@pytest.mark.parametrize(
    "path",
    [f"/{each}/scenario-3" for each in ("do", "predict", "hint", "solution", "stop", "terminals")],
)
def test_what_changes_something_tells_that_the_page_asks(
    server: Server, cookie: str, path: str, origin: str | None
) -> None:
    headers = {"Cookie": cookie} | ({"Origin": origin.format(address=server.address)} if origin else {})
    assert ask(server, path, headers, "POST")[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", None])
@pytest.mark.parametrize("path", ["/events/scenario-3", "/terminal/000000000000"])
def test_no_other_page_opens_a_websocket(server: Server, cookie: str, path: str, origin: str | None) -> None:
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    told = {**upgrade, "Cookie": cookie} | ({"Origin": origin} if origin else {})
    assert ask(server, path, told)[0] == 403
    own = {**upgrade, "Origin": f"http://{server.address}"}
    assert ask(server, path, own)[0] == 401  # without the cookie


def test_only_what_is_listed_can_be_done(server: Server, cookie: str) -> None:
    headers = {"Cookie": cookie, "Origin": f"http://{server.address}"}
    for path in (
        "/do/scenario-99",
        "/do/scenario-3",
        "/hint/scenario-3",
        "/predict/scenario-3",
        "/terminals/scenario-3",
    ):
        status, said = ask(server, path, headers, "POST")
        assert status == 400
        assert json.loads(said)["what"]


def test_a_page_of_another_origin_can_do_nothing(page: Page, server: Server, tmp_path: Path) -> None:
    """With the learner's own browser, which holds the cookie; a page of another port is of the same *site*."""
    (tmp_path / "attack.html").write_text(ATTACK)
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *told: None})
    serving = HTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=str(tmp_path)))
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    here = page.browser.current_window_handle
    try:
        for host in ("127.0.0.1", "localhost"):
            page.browser.switch_to.new_window("tab")
            page.browser.get(f"http://{host}:{serving.server_port}/attack.html?{server.address}")
            found = json.loads(page.until(lambda: (told := page.browser.title).startswith("{") and told))
            assert found.pop("simple") in ("opaque 0", "refused")  # it is not told what came of it: see below
            assert set(found.values()) == {"refused"}, found
        page.complaints()
    finally:
        serving.shutdown()
        serving.server_close()
    page.browser.switch_to.window(here)
    assert page.js("document.querySelector('#work').hidden")  # no reset is under way


def test_machines_and_lessons_cannot_put_anything_into_the_page(page: Page, server: Server) -> None:
    policy = http_header(server, "Content-Security-Policy")
    assert "default-src 'none'" in policy
    scripts = next(each for each in policy.split("; ") if each.startswith("script-src "))
    assert re.fullmatch(r"script-src 'self' 'sha256-[\w+/]{43}='", scripts)  # one script that stands in the page
    page.browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.evil = 1\">')"
    )
    page.browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.evil = 1'; document.body.append(s)"
    )
    assert page.js("window.evil === undefined")
    assert any("Content Security Policy" in each for each in page.complaints())


def http_header(server: Server, name: str) -> str:
    host, _, port = server.address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    return str(answer.getheader(name))


def test_the_secret_is_this_users_alone(server: Server) -> None:
    file = file_of(load_settings({"LAB_NAME": LAB}))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_uid == os.geteuid()
    assert server.token in file.read_text()
    with socket.socket() as other:  # nobody else on this network reaches it
        other.settimeout(2)
        address = socket.gethostbyname(socket.gethostname())
        if not address.startswith("127."):
            assert other.connect_ex((address, int(server.address.rpartition(":")[2]))) != 0
