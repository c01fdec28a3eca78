"""What stands between a seat and all else: the class's project and network, by the engine's own means.

One wall is ours: the engine lets every instance ask the host for names and addresses (ports 53 and 67), whatever the
access list says, and a host may have a resolver there that asks the outside. A class needs neither, so a table of
packet filters of the class's own drops all that comes from its network to this host, but for what goes to the proxy
while the instructor allows something (`proxy.py`).
"""

from __future__ import annotations

import ipaddress
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provisioning import names
from provisioning.errors import HostError
from provisioning.machines.command import run
from provisioning.machines.vm.places import routes
from provisioning.seats import ids
from provisioning.seats.admission import IDS, Limits
from provisioning.seats.engine import Engine, set_words
from provisioning.seats.proxy import CONNECTIONS, PORT

FIRST = 5
"""The address of the first seat: what comes before it is the network's own."""
RESTRICTIONS = {
    "features.images": "true",
    "features.profiles": "true",
    "features.storage.volumes": "true",
    "restricted": "true",
    "restricted.containers.lowlevel": "allow",  # for ids, see `ids.py`
    "restricted.containers.nesting": "allow",
    "restricted.containers.privilege": "isolated",
    "restricted.devices.disk": "allow",
    "restricted.devices.nic": "allow",
    "restricted.snapshots": "allow",
}
"""What the engine refuses in the class's project, whoever asks: privileged seats, shared ids, devices of the host."""
FILTERS = {
    "security.port_isolation": "true",
    "security.mac_filtering": "true",
    "security.ipv4_filtering": "true",
    "security.ipv6_filtering": "true",
}
"""Of a seat's network card: no frame to another seat, none with another's address, and no IPv6."""


def seat_config(limits: Limits, first_id: int) -> dict[str, str]:
    """Return the settings of a seat. It is unprivileged, since nothing says otherwise and the project forbids it."""
    return {
        "security.nesting": "true",
        "security.idmap.isolated": "true",
        "security.idmap.base": str(first_id),
        "security.idmap.size": str(IDS),
        **ids.mapped(first_id),
        "security.devlxd": "false",
        "boot.autostart": "false",
        "limits.memory": f"{limits.memory}MiB",
        "limits.memory.swap": "false",
        "limits.processes": str(limits.processes),
        "limits.cpu.allowance": "50%",
    }


def network_card(lab: str, number: int, subnet: ipaddress.IPv4Network) -> dict[str, str]:
    """Return a seat's network card."""
    return {
        "type": "nic",
        "name": "eth0",
        "network": names.of_bridge(lab),
        "ipv4.address": str(address_of(number, subnet)),
        **FILTERS,
    }


def address_of(number: int, subnet: ipaddress.IPv4Network) -> ipaddress.IPv4Address:
    """Return the address of a seat.

    >>> address_of(1, ipaddress.IPv4Network("10.200.0.0/23"))
    IPv4Address('10.200.0.5')
    """
    return subnet[FIRST + number - 1]


def build(
    engine: Engine, owner: str, check_folder: Path, allowed: Sequence[str] | None
) -> tuple[ipaddress.IPv4Network, tuple[str, ...]]:
    """Have the project and the network stand with their walls. Return the network's addresses, and what is allowed.

    ``check_folder`` is the one folder of this host that may be shown to a seat. ``allowed`` is what seats may reach
    through the proxy; None if that stays as it is.

    Raises:
        HostError: no addresses are free, or something of this name is somebody else's.
        MachineError: the engine refused.
    """
    project, bridge = engine.project, names.of_bridge(engine.lab)
    require_own(engine, owner)
    config = {**RESTRICTIONS, names.CLASS_OWNER: owner, "restricted.devices.disk.paths": str(check_folder)}
    config["restricted.networks.access"] = bridge
    if engine.has(f"/1.0/projects/{project}"):
        engine.query(f"/1.0/projects/{project}", "PATCH", {"config": config})
    else:
        engine.query("/1.0/projects", "POST", {"name": project, "config": config})
    acl = f"/1.0/network-acls/{project}"
    if not engine.has(acl):
        engine.query("/1.0/network-acls", "POST", {"name": project, "config": {names.CLASS_OWNER: owner}})
    if allowed is None:
        allowed = tuple(engine.query(acl)["config"].get(names.ALLOWED, "").split())
    if not engine.has(f"/1.0/networks/{bridge}"):
        config = network_config(_free_subnet(engine.lab), project) | {names.CLASS_OWNER: owner}
        engine.query("/1.0/networks", "POST", {"name": bridge, "type": "bridge", "config": config})
    host = ipaddress.IPv4Interface(engine.query(f"/1.0/networks/{bridge}")["config"]["ipv4.address"])
    config = {names.CLASS_OWNER: owner, names.ALLOWED: " ".join(allowed)}
    engine.query(acl, "PUT", {"config": config, "egress": egress(host.ip) if allowed else []})
    _filter(filter_rules(project, bridge, host.ip if allowed else None))
    return host.network, tuple(allowed)


def egress(host: ipaddress.IPv4Address) -> list[dict[str, str]]:
    """Return what the access list lets out of seats: to the proxy on this host, whose address is given."""
    to_proxy = {"protocol": "tcp", "destination": f"{host}/32", "destination_port": str(PORT)}
    return [{"action": "allow", "state": "enabled", **to_proxy}]


def network_config(subnet: ipaddress.IPv4Network, acl: str) -> dict[str, str]:
    """Return the settings of the seats' network. What its access list does not allow is refused at its border."""
    return {
        "ipv4.address": f"{subnet[1]}/{subnet.prefixlen}",
        "ipv4.dhcp": "false",
        "ipv4.nat": "false",
        "ipv6.address": "none",
        "dns.mode": "none",
        "raw.dnsmasq": "port=0",
        "security.acls": acl,
        "security.acls.default.egress.action": "reject",
        "security.acls.default.ingress.action": "reject",
    }


def require_own(engine: Engine, owner: str) -> None:
    """Refuse to work on what bears the class's names and is somebody else's.

    Raises:
        HostError: there is such a thing.
    """
    for path in things(engine):
        if engine.has(path):
            config: Mapping[str, Any] = engine.query(path)["config"]
            if config.get(names.CLASS_OWNER) != owner:
                raise HostError(
                    f"{engine.product.name} has a {path.removeprefix('/1.0/')} that is not this lab's.",
                    "Choose another LAB_NAME, or have whoever made it remove it.",
                )


def things(engine: Engine) -> list[str]:
    """Return the paths of all that a class has at the engine beside what is in its project."""
    project, bridge = engine.project, names.of_bridge(engine.lab)
    places = (("projects", project), ("networks", bridge), ("network-acls", project), ("storage-pools", project))
    return [f"/1.0/{kind}/{name}" for kind, name in places]


def remove(engine: Engine, owner: str) -> None:
    """Remove the network with its walls. The project stays, with the golden seat in it."""
    require_own(engine, owner)
    for path in (f"/1.0/networks/{names.of_bridge(engine.lab)}", f"/1.0/network-acls/{engine.project}"):
        if engine.has(path):
            engine.query(path, "DELETE")
    run(["nft", "delete", "table", "inet", engine.project])  # it fails where there is none


def filter_rules(table: str, bridge: str, proxy: ipaddress.IPv4Address | None) -> str:
    """Return what nft(8) is told: all that comes from the seats to this host is dropped, before any other table.

    What goes to the proxy at that address, if there is one, passes: so many connections from each seat.
    """
    to_proxy = f'iifname "{bridge}" ip daddr {proxy} tcp dport {PORT}'
    open_there = f"ct state new add @seats {{ ip saddr ct count over {CONNECTIONS} }} drop"
    passes = f"    {to_proxy} {open_there}\n    {to_proxy} accept\n" if proxy else ""
    return (
        f"table inet {table}\n"
        f"delete table inet {table}\n"
        f"table inet {table} {{\n"
        f"  set seats {{\n"
        f"    type ipv4_addr; size 65535; flags dynamic;\n"
        f"  }}\n"
        f"  chain input {{\n"
        f"    type filter hook input priority -10; policy accept;\n"
        f"{passes}"
        f'    iifname "{bridge}" drop\n'
        f"  }}\n"
        f"}}\n"
    )


def _filter(rules: str) -> None:
    done = run(["nft", "--file", "-"], stdin=rules)
    if done.status:
        raise HostError(
            f"The packet filter of the seats' network cannot be set: {done.stderr.strip().splitlines()[0]}",
            "See that the kernel has nf_tables: nft list ruleset",
        )


def _free_subnet(lab: str) -> ipaddress.IPv4Network:
    """Choose addresses that this host has no route to. VMs have theirs below 10.192, also those in the seats."""
    first = zlib.crc32(lab.encode())
    taken = routes()
    for step in range(60):
        subnet = ipaddress.IPv4Network(f"10.{192 + (first + step) % 60}.0.0/23")
        if not any(subnet.overlaps(other) for other in taken):
            return subnet
    raise HostError("No network 10.x.0.0/23 is free on this host for the seats.", "Give up one: see `ip route`.")


def device_words(config: Mapping[str, str]) -> list[str]:
    """Return a device as the client's words.

    >>> device_words({"type": "disk", "path": "/x"})
    ['disk', 'path=/x']
    """
    return [config["type"], *set_words({name: value for name, value in config.items() if name != "type"})]
