"""Who may use the page: the user to whom the terminal told its link, from that page alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from provisioning.private import write_private
from provisioning.settings import Settings

LOOPBACK = "127.0.0.1"
PAGE, CLASS = "page", "class"
"""The learner's page, and the instructor's."""
AGAIN = (Path(__file__).parent / "again.js").read_text(encoding="utf-8")
"""The one script that stands in the page itself: it notices that another did not come."""
POLICY = (
    "default-src 'none'; script-src 'self' 'sha256-{again}'; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a browser may load for the page: the server's own files, and of what stands in the page :data:`AGAIN` alone.

xterm.js makes style sheets by script, for which the nonce is, and gives a cell of 24-bit colour a style attribute."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Kept(msgspec.Struct, frozen=True):
    """What outlives the server, so that its link works again."""

    port: int
    token: str


@dataclass(frozen=True)
class Access:
    """Where the page is served, and the secret that opens it."""

    host: str
    port: int
    token: str
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def cookie(self) -> str:
        """The name of the cookie. Browsers send a cookie to every port of a host: each server has a name of its own."""
        return f"lab-{self.port}"

    @property
    def policy(self) -> str:
        """The page's content security policy."""
        again = base64.b64encode(hashlib.sha256(AGAIN.encode()).digest()).decode()
        return POLICY.format(nonce=self.nonce, again=again)

    def link(self, path: str) -> str:
        """Return the address that opens the page, with the token."""
        return f"http://{self._authority(self.host)}{path}?token={self.token}"

    def knows(self, secret: str) -> bool:
        """Return True if the token or the cookie is the right one."""
        return hmac.compare_digest(secret.encode(), self.token.encode())

    def refusal(self, host: str, origin: str | None, *, changes: bool) -> str:
        """Tell why a request is refused by where it comes from; empty where it is not.

        ``host`` is what the browser took for the server's name: a name of another's that leads here is refused.
        ``origin`` is the page that asks; None where the browser does not tell, as for a link. A request that
        ``changes`` something, and each WebSocket, must tell.
        """
        if host not in {self._authority(name) for name in (self.host, LOOPBACK, "localhost")}:
            return f"This server is not called {host!r}."
        if origin is None:
            return "The request does not tell which page it comes from." if changes else ""
        return "" if origin == f"http://{host}" else f"The request comes from another page: {origin}."

    def _authority(self, host: str) -> str:
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def file_of(settings: Settings, page: str = PAGE) -> Path:
    """Return the file that keeps port and token of a page: the learner's, or :data:`CLASS`."""
    return settings.home / "results" / settings.name / f"{page}.json"


def recall(settings: Settings, page: str = PAGE) -> Kept | None:
    """Port and token of the last server; None where there was none, or where others could have read them."""
    path = file_of(settings, page)
    try:
        if path.stat().st_mode & 0o077:
            return None
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, ValueError):
        return None


def keep(settings: Settings, port: int, token: str, page: str = PAGE) -> None:
    """Keep port and token, for this user's eyes alone.

    Raises:
        OSError: they cannot be kept.
    """
    write_private(file_of(settings, page), msgspec.json.encode(Kept(port, token)))


def new_token() -> str:
    """Return a secret that nobody can guess."""
    return secrets.token_urlsafe(24)
