"""What a user may choose, and what is told of a choice that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provisioning.errors import UsageError
from provisioning.settings import Settings, load_settings

LONG = "/" + "a" * 90


@pytest.mark.parametrize("sign", list(" \t\n'\"%,:=$\\*?;&|<>#()[]{}!`^\x00\x1b\x7f\udcff"))
def test_a_home_with_a_sign_that_others_read_otherwise(sign: str) -> None:
    with pytest.raises(UsageError, match="LAB_HOME"):
        load_settings({"LAB_HOME": f"/srv/a{sign}b"})


@pytest.mark.parametrize("home", ["/", "~nobody-of-this-name/x", LONG])
def test_a_home_that_cannot_be(home: str) -> None:
    with pytest.raises(UsageError, match="LAB_HOME"):
        load_settings({"LAB_HOME": home})


@pytest.mark.parametrize(
    ("home", "path"),
    [
        ("", Settings.home),
        ("/srv/lab", Path("/srv/lab")),
        ("/srv/lab/", Path("/srv/lab")),
        ("/srv/x/../lab", Path("/srv/lab")),
        ("~/lab", Path.home() / "lab"),
        ("/home/jürgen/lab-2.0+b@c_d", Path("/home/jürgen/lab-2.0+b@c_d")),
        ("lab", Path("/srv/lab")),
        ("./lab", Path("/srv/lab")),
    ],
)
def test_a_home_is_absolute_once_it_was_read(home: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/srv")
    assert load_settings({"LAB_HOME": home}).home == path


def test_scenarios_are_absolute_once_they_were_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings({"LAB_SCENARIOS": "labs"}).scenarios == tmp_path / "labs"
    assert load_settings({"LAB_SCENARIOS": "~/labs"}).scenarios == Path.home() / "labs"
    assert load_settings({"LAB_SCENARIOS": ""}).scenarios == Settings.scenarios
    assert load_settings({"LAB_SCENARIOS": "/my labs"}).scenarios == Path("/my labs")


@pytest.mark.parametrize("folder", ["/a\nb", "/a\x1b[2Jb", "/a[b]", "/a::b", "/a\udcffb"])
def test_scenarios_that_cannot_be(folder: str) -> None:
    with pytest.raises(UsageError, match="LAB_SCENARIOS"):
        load_settings({"LAB_SCENARIOS": folder})


def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(UsageError, match=r"LAB_HOME.*current folder"):
        load_settings({"LAB_HOME": "lab"})
    assert load_settings({}) == Settings()
    os.chdir("/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("LAB_NAME", value) for value in ("My Lab", "1lab", "lab-1", "a" * 17, "lab\n", "../x")),
        *(("LAB_ACCELERATION", value) for value in ("KVM", "yes", "kvm\n")),
        *(("LAB_DEBIAN", value) for value in ("trixie", "11", "13.1", "13\n", "latest")),
        *(("LAB_CACHE_LIMIT", value) for value in ("0", "-1", "inf", "nan", "20 GB", "1e9", "٢٠")),
        *(("LAB_VAGRANT_BOX", value) for value in ("a b", "-x", "a\nb", "a;b", "ä")),
        *(("LAB_CONTAINER_IMAGE", value) for value in ("a b", "--privileged", "a\nb", "$(x)", "ä")),
    ],
)
def test_a_value_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        load_settings({name: value})


@pytest.mark.parametrize(
    "name", ["NAME", "HOME", "SCENARIOS", "ACCELERATION", "DEBIAN", "VAGRANT_BOX", "CONTAINER_IMAGE", "CACHE_LIMIT"]
)
def test_an_empty_variable_is_none(name: str) -> None:
    assert load_settings({f"LAB_{name}": ""}) == Settings()


@pytest.mark.parametrize("limit", [" ", "0", "0.0", "-1", "1e3", "many", "nan", "20 GB"])
def test_a_limit_that_is_no_number_of_gigabytes_is_told(limit: str) -> None:
    with pytest.raises(UsageError, match="LAB_CACHE_LIMIT is"):
        load_settings({"LAB_CACHE_LIMIT": limit})


def test_the_limit_is_in_gigabytes() -> None:
    assert load_settings({}).cache_limit == 20
    assert load_settings({"LAB_CACHE_LIMIT": "7.5"}).cache_limit == 7.5
