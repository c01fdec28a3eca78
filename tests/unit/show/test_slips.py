"""Slips to print."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.seats.serving import Wish
from provisioning.seats.slips import Slip
from provisioning.seats.tls import Certificate, own
from provisioning.show.slips import show_slips, write_file, write_slips

SLIPS = [
    Slip(seat="lab-seat01", name="<b>김민지</b>", link="https://192.0.2.7:8443/?token=a-b", token="a-b"),  # noqa: S106
    Slip(seat="lab-seat02", name="", link="https://192.0.2.7:8443/?token=c-d", token="c-d"),  # noqa: S106
]


def written(folder: Path, certificate: str = "") -> tuple[str, Certificate]:
    made, file = own(folder, ["192.0.2.7"]), folder / "slips.html"
    wish = Wish(address="", port=8443, names=("192.0.2.7",), certificate=certificate, key=certificate)
    write_slips(file, SLIPS, wish, made)
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text(), made


def test_a_slip_holds_all_that_a_learner_needs(tmp_path: Path) -> None:
    page, made = written(tmp_path)
    assert "&lt;b&gt;김민지&lt;/b&gt;" in page
    assert "lab-seat02" in page
    assert page.count(made.fingerprint) == 2
    for slip in SLIPS:
        assert f'<a href="{slip.link}">{slip.link}</a>' in page
        assert f'<code class="token">{slip.token}</code>' in page


def test_an_instructors_own_certificate_needs_no_comparing(tmp_path: Path) -> None:
    assert "SHA-256" not in written(tmp_path, "/etc/lab.pem")[0]


def test_a_link_is_shown_whole_in_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    show_slips(SLIPS)
    assert "".join(capsys.readouterr().out.split()).count("token=") == 2


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    """In the place of a device there would be a file from then on."""
    (tmp_path / "link").symlink_to("/dev/null")
    for place in (tmp_path / "link", tmp_path):
        with pytest.raises(UsageError, match="is no file"):
            write_file(place, "")
    assert (tmp_path / "link").is_symlink()
    assert Path("/dev/null").is_char_device()
