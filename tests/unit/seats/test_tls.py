"""The certificate that is made here, by the real openssl."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.seats.tls import Certificate, own


def greeted(certificate: Certificate, name: str) -> bool:
    """Return True if a client that trusts this certificate alone takes a server of it for the one of that name."""
    here, there = socket.socketpair()

    def serve() -> None:
        with there:
            try:
                certificate.context().wrap_socket(there, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with here:
            trusting = ssl.create_default_context(cafile=str(certificate.certificate))
            try:
                trusting.wrap_socket(here, server_hostname=name).close()
            except ssl.SSLCertVerificationError:
                return False
            return True
    finally:
        thread.join()


def test_who_trusts_it_trusts_these_names_alone(tmp_path: Path) -> None:
    made = own(tmp_path, ["192.0.2.7", "lab.example.org", "fd00::2"])
    for name in ("192.0.2.7", "lab.example.org", "fd00::2"):
        assert greeted(made, name)
    for name in ("192.0.2.8", "example.org"):
        assert not greeted(made, name)
    told = subprocess.run(
        ["openssl", "x509", "-in", str(made.certificate), "-noout", "-text"], capture_output=True, text=True, check=True
    )
    assert "CA:FALSE" in told.stdout
    assert "CA:TRUE" not in told.stdout


def test_it_stays_the_same_and_its_key_is_its_owners(tmp_path: Path) -> None:
    made = own(tmp_path / "tls", ["192.0.2.7"])
    before = made.fingerprint
    assert made.key.stat().st_mode & 0o777 == 0o600
    assert own(tmp_path / "tls", ["192.0.2.7"]).fingerprint == before
    assert own(tmp_path / "tls", ["192.0.2.8"]).fingerprint != before
    assert own(tmp_path / "tls", ["192.0.2.7"]).fingerprint == before


def test_the_fingerprint_is_what_others_find(tmp_path: Path) -> None:
    made = own(tmp_path, ["lab.example.org"])
    argv = ["openssl", "x509", "-in", str(made.certificate), "-noout", "-fingerprint", "-sha256"]
    assert subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip().endswith(made.fingerprint)


def test_one_that_ends_soon_is_made_anew(tmp_path: Path) -> None:
    made = own(tmp_path, ["lab.example.org"])
    argv = ["openssl", "req", "-x509", "-key", str(made.key), "-subj", "/CN=old", "-days", "29"]
    subprocess.run([*argv, "-out", str(made.certificate)], check=True, capture_output=True)
    before = made.fingerprint
    assert own(tmp_path, ["lab.example.org"]).fingerprint != before


@pytest.mark.parametrize("wrong", ["another key", "a pass phrase", "no key", "no file"])
def test_what_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, wrong: str) -> None:
    made, key = own(tmp_path, ["lab.example.org"]), tmp_path / "other.key"
    match wrong:
        case "another key":
            key = own(tmp_path, ["other.example.org"]).key
        case "a pass phrase":
            argv = ["openssl", "ec", "-in", str(made.key), "-aes128", "-passout", "pass:secret", "-out", str(key)]
            subprocess.run(argv, check=True, capture_output=True)
        case "no key":
            key.write_text("no key")
    with pytest.raises(UsageError, match="cannot be used: ") as told:
        Certificate(made.certificate, key).context()
    assert "without a pass phrase" in told.value.cure
