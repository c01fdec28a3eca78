#!/usr/bin/env python3
"""What the host knows of the two: the parts list of a computer, and the limits of some processes."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter

name = f"{os.environ['LAB_PREFIX']}-{os.environ['LAB_SCENARIO']}"


def answer(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def model(device: ElementTree.Element) -> str:
    """How libvirt calls this make of a device; it has several places for that."""
    found = [device.get("model"), *(node.get("type") for node in device.iterfind("model")), device.get("bus")]
    found += [node.get("bus") or node.get("type") for node in device.iterfind("target")]
    return next((word for word in found if word), "")


xml = answer("virsh", "--connect", "qemu:///system", "dumpxml", f"{name}-vm")
domain = ElementTree.fromstring(xml)  # noqa: S314 (libvirt wrote it)
print(f"virsh dumpxml {name}-vm")
print(f"  board          {domain.find('os/type').get('machine')}")
print(f"  memory         {int(domain.findtext('memory')) // 1024} MiB")
print(f"  processors     {domain.findtext('vcpu')}")
parts = Counter()
for device in domain.find("devices"):
    if device.tag not in ("emulator", "audio", "console"):  # no parts of the computer
        kind = device.get("type") if device.tag in ("controller", "input") else device.tag
        parts[kind, model(device)] += 1
for (kind, make), count in parts.items():
    print(f"  {kind:<15}{make}{f' x {count}' if count > 1 else ''}")

box = json.loads(answer("docker", "inspect", f"{name}-box"))[0]["HostConfig"]
print(f"docker inspect {name}-box")
print(f"  devices        {box['Devices'] or 'none'}")
print(f"  limits         {box['Memory'] >> 20} MiB, {box['NanoCpus'] / 1e9:g} processor")
