"""The certificate of a class's address: the instructor's, or one that this host signs itself and keeps."""

from __future__ import annotations

import hashlib
import ipaddress
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioning.errors import HostError, UsageError
from provisioning.machines.command import run
from provisioning.private import write_private

DAYS = 365
"""For how long a certificate that is made here is good."""
SPARE = 30 * 86400
"""Seconds before its end at which it is made anew."""
KIND = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", str(DAYS))
USES = ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=serverAuth")
"""Whoever trusts it trusts this address, and no other certificate that its key could sign."""


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as files in PEM."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """Return what a server speaks TLS with.

        Raises:
            UsageError: a file cannot be read, or the two do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key, password=_refuse)
        except (OSError, ValueError) as error:
            told = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error)
            raise UsageError(
                f"The certificate {self.certificate} with the key {self.key} cannot be used: {told}.",
                "Give a certificate and its own key in PEM, without a pass phrase.",
            ) from error
        return context

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as browsers show it: ``AB:CD:…``."""
        text = self.certificate.read_text(errors="replace")
        first = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(first[0] if first else text)).hexdigest().upper()
        return ":".join(digest[start : start + 2] for start in range(0, len(digest), 2))


def own(folder: Path, names: Sequence[str]) -> Certificate:
    """Return the certificate of the first name that is kept in ``folder``; make one if there is none that is good.

    Raises:
        HostError: it cannot be made.
    """
    kept = Certificate(folder / f"{names[0]}.pem", folder / f"{names[0]}.key")
    if not _good(kept):
        _make(kept, names)
    return kept


def alternative(name: str) -> str:
    """Return a name, or an address, as a certificate holds it.

    >>> alternative("lab.example.org"), alternative("192.0.2.7")
    ('DNS:lab.example.org', 'IP:192.0.2.7')
    """
    try:
        return f"IP:{ipaddress.ip_address(name)}"
    except ValueError:
        return f"DNS:{name}"


def _good(kept: Certificate) -> bool:
    if not (kept.certificate.exists() and kept.key.exists()):
        return False
    return run(["openssl", "x509", "-in", str(kept.certificate), "-noout", "-checkend", str(SPARE)]).status == 0


def _make(kept: Certificate, names: Sequence[str]) -> None:
    kept.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(kept.key, b"")  # what openssl(1) writes into it is nobody else's from the first byte
    said = ",".join(dict.fromkeys(map(alternative, names)))
    extensions = [word for use in (f"subjectAltName={said}", *USES) for word in ("-addext", use)]
    files = ["-keyout", str(kept.key), "-out", str(kept.certificate)]
    done = run(["openssl", "req", *KIND, "-subj", "/CN=lab class", *extensions, *files])
    if done.status:
        kept.certificate.unlink(missing_ok=True)
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise HostError(f"openssl makes no certificate: {said}", "Repeat the command, or give --certificate and --key.")


def _refuse() -> str:
    """Give no pass phrase: nobody is there to type one."""
    raise ValueError("its key has a pass phrase")
