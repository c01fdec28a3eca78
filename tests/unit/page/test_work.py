"""What work says, as the page shows it."""

from __future__ import annotations

import pytest

from provisioning.page.work import Told, Work


def test_the_phases_are_those_of_the_screen() -> None:
    told = Told("up scenario-3", "")
    for line in (
        "• /dev/kvm is not there: the VM is emulated.",
        "… Starting vm from memory 2 s",
        "… Making alpha, beta afresh 2 s: pulling",
        "✔ Making alpha, beta afresh 2.5 s",
        "✘ Starting vm from memory 4.1 s",
        "✘ The VM does not answer within 30 s.",
        "  Put it right with: python3 lab.py reset scenario-3",
    ):
        Work.hear(told, line)
    assert [(phase.symbol, phase.text, phase.seconds) for phase in told.phases] == [
        ("•", "/dev/kvm is not there: the VM is emulated.", None),
        ("✔", "Making alpha, beta afresh", 2.5),
        ("✘", "Starting vm from memory", 4.1),
    ]
    Work.hear(told, "• A kernel did not boot with it within 8 s: the VM is emulated.")
    assert told.phases[-1].text == "A kernel did not boot with it within 8 s: the VM is emulated."
    assert told.what == "The VM does not answer within 30 s."
    assert told.cure == "Put it right with: python3 lab.py reset scenario-3"


@pytest.mark.parametrize("what", ["Booting failed within 30 s: it was given up", "An engine timed out after 1.5 s"])
def test_an_error_that_names_seconds_is_no_phase(what: str) -> None:
    told = Told("up scenario-3", "")
    Work.hear(told, f"✘ {what}")
    Work.hear(told, "  Repeat the command.")
    assert told.phases == []
    assert (told.what, told.cure) == (what, "Repeat the command.")
