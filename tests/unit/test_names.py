"""Names are read as they were made: random ones, of a seed that a failure tells."""

from __future__ import annotations

import random
import re
import string
import time

import pytest

from provisioning import names
from provisioning.names import LONGEST_ID, LONGEST_MACHINE, LONGEST_SCENARIO, Labelled

SEED = int(time.time())
LETTERS, ALIKE = string.ascii_lowercase, "ab1"
"""Few letters make names that begin and end alike."""


@pytest.fixture
def chance() -> random.Random:
    print(f"seed {SEED}")
    return random.Random(SEED)  # noqa: S311


def word(chance: random.Random, longest: int, first: str = "ab") -> str:
    signs = chance.choice([ALIKE, LETTERS + string.digits])
    return chance.choice(first) + "".join(chance.choices(signs, k=chance.randrange(longest)))


def a_lab(chance: random.Random) -> str:
    return word(chance, 16)


def a_scenario(chance: random.Random) -> str:
    parts = [word(chance, 6), *(word(chance, 6, ALIKE) for _ in range(chance.randrange(3)))]
    return "-".join(parts)


def a_machine(chance: random.Random) -> str:
    return word(chance, LONGEST_MACHINE)


def an_owner(chance: random.Random) -> str:
    return names.owner(chance.randrange(70_000), chance.choice(["/var/lib/lab", "/srv/a:b", "/"]))


def test_what_is_made_up_here_is_what_scenarios_may_be_called(chance: random.Random) -> None:
    for _ in range(500):
        assert names.LAB.fullmatch(a_lab(chance))
        scenario = a_scenario(chance)
        assert names.SCENARIO.fullmatch(scenario)
        assert len(scenario) <= LONGEST_SCENARIO
        assert names.MACHINE.fullmatch(a_machine(chance))


def test_the_name_of_a_machine_is_read_as_it_was_made(chance: random.Random) -> None:
    for _ in range(2000):
        lab, scenario, machine = a_lab(chance), a_scenario(chance), a_machine(chance)
        assert names.parse_machine(lab, names.of_machine(lab, scenario, machine)) == (scenario, machine)
        assert names.parse_folder(names.of_folder(scenario, machine)) == (scenario, machine)
        assert names.of_machine(lab, scenario, machine) == names.of_scenario(lab, names.of_folder(scenario, machine))


def test_a_name_is_made_as_it_was_read(chance: random.Random) -> None:
    for _ in range(2000):
        lab, name = a_lab(chance), "-".join(word(chance, 5) for _ in range(chance.randrange(1, 5)))
        if found := names.parse_machine(lab, name):
            assert names.of_machine(lab, *found) == name
        if found := names.parse_folder(name):
            assert names.of_folder(*found) == name


def test_no_two_machines_have_one_name(chance: random.Random) -> None:
    """Of one lab; two labs whose names begin alike do not read each other's either."""
    machines = {(a_lab(chance), a_scenario(chance), a_machine(chance)) for _ in range(2000)}
    assert len({names.of_machine(*each) for each in machines}) == len(machines)
    for lab, scenario, machine in machines:
        other = a_lab(chance)
        read = names.parse_machine(other, names.of_machine(lab, scenario, machine))
        assert read == ((scenario, machine) if other == lab else None)


@pytest.mark.parametrize("name", ["", "lab", "lab-", "lab-vm", "lab--vm", "lab-scenario-", "labs-scenario-vm"])
def test_what_is_no_name_of_a_machine_of_the_lab_is_not_read(name: str) -> None:
    assert names.parse_machine("lab", name) is None


def test_the_longest_names_fit_where_names_go() -> None:
    """The host name of a VM, and the socket that OpenSSH keeps beside it while it makes it."""
    domain = names.of_machine("l" * 16, "s" * LONGEST_SCENARIO, "m" * LONGEST_MACHINE)
    assert len(domain) <= 63
    assert len(f"/var/lib/lab/run/{'l' * 16}/ssh/{domain}.{'x' * 16}") <= 107
    assert len(names.of_machine("l" * 16, "s" * LONGEST_SCENARIO, "v" * LONGEST_ID)) <= 255


def test_what_the_lab_makes_for_itself_is_called_like_a_scenario_and_its_machines(chance: random.Random) -> None:
    for _ in range(200):
        key = f"{chance.getrandbits(64):016x}"
        scenario, machine = names.of_bakery(key), names.of_baked(chance.choice(["vm", "container"]), key)
        assert names.SCENARIO.fullmatch(scenario)
        assert len(scenario) <= LONGEST_SCENARIO
        assert names.parse_machine("lab", names.of_machine("lab", scenario, machine)) == (scenario, machine)


def test_an_owner_is_read_as_it_was_made(chance: random.Random) -> None:
    for _ in range(500):
        uid, home = chance.randrange(70_000), "/" + ":".join(word(chance, 9) for _ in range(chance.randrange(1, 3)))
        assert names.parse_owner(names.owner(uid, home)) == (uid, home)
    assert [names.parse_owner(each) for each in ("", "0", "root:/", "-1:/", "²:/")] == [None] * 5


def test_labels_are_read_as_they_were_made(chance: random.Random) -> None:
    for _ in range(500):
        machine = chance.choice(["", a_machine(chance)])
        of = Labelled(a_lab(chance), an_owner(chance), a_scenario(chance), machine)
        made = names.labels(of)
        assert names.parse_labels(made) == of
        assert names.parse_labels({**made, "lab.golden": "0123"}) == of
        assert (names.MACHINE_LABEL in made) is bool(machine)
    assert names.parse_labels(None) == names.parse_labels({"other": "x"}) == Labelled("", "", "", "")


def test_an_image_is_read_as_it_was_made(chance: random.Random) -> None:
    for _ in range(500):
        uid, kind = chance.choice([0, 1, 10, 1000, 60_000]), chance.choice(["lab-base", "lab-golden"])
        key = f"{chance.getrandbits(64):016x}"
        tag = names.of_image(uid, kind, key)
        assert names.parse_image(uid, tag) == (kind, key)
        assert names.parse_image(uid, names.of_image(0, kind, key)) == (kind, key), "root's, from which others start"
        if uid:
            assert names.parse_image(uid + 1, tag) == (f"{kind}-{uid}", key), "another user's is no image of this one's"


def test_addresses_follow_from_the_name_and_lie_in_the_network(chance: random.Random) -> None:
    found = set()
    for _ in range(500):
        domain = names.of_machine("lab", a_scenario(chance), a_machine(chance))
        assert re.fullmatch(r"52:54:00(:[0-9a-f]{2}){3}", names.mac_of(domain))
        assert re.fullmatch(r"10\.64(\.[0-9]{1,3}){2}", names.ip_of("10.64", domain))
        assert all(1 <= int(part) <= 250 for part in names.ip_of("10.64", domain).split(".")[2:])
        assert len(names.port_of(domain)) == 8
        found.add((domain, names.uuid_of(an_owner(chance), "domain", domain)))
    assert len({uuid for _, uuid in found}) == len(found)
    domain = "lab-scenario-3-vm"
    assert len({names.uuid_of("0:/", thing, domain) for thing in ("domain", "network", "pool")}) == 3
