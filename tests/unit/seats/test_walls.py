"""What the engine is told of walls. Whether they stand is tried from within a seat: tests/engine/test_class.py."""

from __future__ import annotations

import ipaddress

import pytest

from provisioning import names
from provisioning.seats.admission import IDS, Limits
from provisioning.seats.ids import mapped
from provisioning.seats.proxy import PORT
from provisioning.seats.roster import MOST
from provisioning.seats.walls import (
    FILTERS,
    RESTRICTIONS,
    address_of,
    filter_rules,
    network_card,
    network_config,
    seat_config,
)

SUBNET = ipaddress.IPv4Network("10.200.0.0/23")


def test_nothing_crosses_the_border_of_the_network() -> None:
    config = network_config(SUBNET, "lab-class")
    assert config["security.acls.default.egress.action"] == config["security.acls.default.ingress.action"] == "reject"
    assert config["ipv4.nat"] == config["ipv4.dhcp"] == "false"
    assert config["ipv6.address"] == config["dns.mode"] == "none"
    assert "port=0" in config["raw.dnsmasq"]


@pytest.mark.parametrize("proxy", [None, SUBNET[1]])
def test_nothing_but_the_proxy_is_reached_on_this_host(proxy: ipaddress.IPv4Address | None) -> None:
    rules = filter_rules("lab-class", "lab-seats", proxy)
    of_input = [line.strip() for line in rules.partition("hook input")[2].splitlines()[1:-2]]
    assert of_input[-1] == 'iifname "lab-seats" drop'
    assert all(line.startswith(f'iifname "lab-seats" ip daddr {proxy} tcp dport {PORT} ') for line in of_input[:-1])
    assert len(of_input) == (3 if proxy else 1)


def test_a_card_is_filtered_and_has_an_address_of_its_own() -> None:
    cards = [network_card("lab", number, SUBNET) for number in range(1, MOST + 1)]
    assert all(FILTERS.items() <= card.items() for card in cards)
    assert set(FILTERS.values()) == {"true"}
    addresses = {card["ipv4.address"] for card in cards}
    assert len(addresses) == MOST
    assert all(ipaddress.IPv4Address(each) in SUBNET for each in addresses)
    assert str(SUBNET[1]) not in addresses
    assert address_of(MOST, SUBNET) < SUBNET.broadcast_address


def test_a_seat_is_limited_and_has_ids_of_its_own() -> None:
    config = seat_config(Limits(memory=700, disk=1, processes=9), 231072)
    assert (config["limits.memory"], config["limits.processes"]) == ("700MiB", "9")
    assert (config["security.idmap.base"], config["security.idmap.size"]) == ("231072", str(IDS))
    assert config["security.idmap.isolated"] == "true"
    assert mapped(231072).items() <= config.items()
    assert config["security.devlxd"] == "false"
    assert "security.privileged" not in config
    assert RESTRICTIONS["restricted.containers.privilege"] == "isolated"


def test_names_of_two_labs_never_meet() -> None:
    labs = ["lab", "lab1000", "labofsomebody", "labofsomebodyel", "labofsomebodyels"]
    bridges = {names.of_bridge(lab) for lab in labs}
    assert len(bridges) == len(labs)
    assert all(len(bridge) <= 15 for bridge in bridges)
