"""What connects a container, and what a VM; whose the network stack is, and who may change it."""

import pytest

ADDRESS = "198.51.100.7/32"
"""For examples (RFC 5737)."""


@pytest.fixture
def card():
    """The network card by which a machine goes out: ``card(machine)``."""

    def found(place):
        name = place.run("ip -o route show default | sed -n '1s/.* dev \\([^ ]*\\).*/\\1/p'").stdout.strip()
        assert name, "The machine has no way out."
        return name

    return found


@pytest.fixture
def bridge(on_host):
    """The bridge that an interface of the host is plugged into, if any: ``bridge(interface)``."""

    def found(name):
        return on_host.run("basename $(readlink /sys/class/net/%s/master)", name).stdout.strip()

    return found


def test_a_containers_cable_ends_in_a_bridge_of_the_host(container, on_host, card, bridge):
    """The container's card is one end of a pair; the host has the other, plugged into a bridge."""
    folder = f"/sys/class/net/{card(container)}"
    assert not container.file(f"{folder}/device").exists, "The card is a device, and no end of a pair."
    own, other = container.check_output(f"cat {folder}/ifindex {folder}/iflink").split()
    end = on_host.run(f"grep -l -x {other} /sys/class/net/*/ifindex").stdout.strip().removesuffix("/ifindex")
    assert end, f"The card leads to interface {other}, and the host has none of that number."
    back = on_host.check_output("cat %s/iflink", end)
    assert back == own, f"The host's interface {other} leads to number {back}, and the container's card is {own}."
    assert bridge(end.rpartition("/")[2]), f"The host's interface {other} is plugged into no bridge."


def test_a_vm_drives_a_card_of_its_own(vm, on_host, engine_name, card, bridge):
    """The VM has a card, and a driver for it in its own kernel; the host has a tap of QEMU's, plugged into a bridge."""
    driver = vm.run("readlink -f /sys/class/net/%s/device/driver", card(vm)).stdout.strip().rpartition("/")[2]
    assert driver, "The card has no driver: there is no device behind it."
    domain = engine_name("vm")
    tap = on_host.check_output("virsh --quiet --connect qemu:///system domiflist %s", domain).split()[0]
    assert on_host.file(f"/sys/class/net/{tap}/tun_flags").exists, "What the host has for the VM is no tap."
    assert bridge(tap), "What the host has for the VM is plugged into no bridge."


def test_a_container_has_a_stack_of_its_own_in_the_hosts_kernel(container, on_host):
    """The container has a network stack of its own, and the kernel that works it is the host's."""
    boot = "cat /proc/sys/kernel/random/boot_id"
    assert container.check_output(boot) == on_host.check_output(boot), "Another kernel answers than the host's."
    stack = "readlink /proc/self/ns/net"
    assert container.check_output(stack) != on_host.check_output(stack), "The container has the host's network stack."


def test_root_in_a_container_may_not_change_its_network(container, card):
    """Root in the container may give its card no other address."""
    said = container.run("ip address add %s dev %s", ADDRESS, card(container))
    if said.succeeded:
        container.check_output("ip address del %s dev %s", ADDRESS, card(container))
    assert said.failed, "Root gave the card another address."
    assert "not permitted" in said.stderr, f"It was refused for another reason: {said.stderr.strip()}"


def test_root_in_a_vm_may_change_its_network(vm, on_host, card):
    """Root in the VM makes addresses and bridges, and the host has none of them."""
    name = "check0"
    made = vm.run("ip link add %s type bridge && ip address add %s dev %s", name, ADDRESS, card(vm))
    try:
        assert made.succeeded, f"Root may not: {made.stderr.strip()}"
        assert not on_host.file(f"/sys/class/net/{name}").exists, "The bridge that the VM made is the host's as well."
    finally:
        vm.run("ip link del %s; ip address del %s dev %s", name, ADDRESS, card(vm))
