"""Look at the host."""

from __future__ import annotations

import sys

import click

from provisioning.host.doctor import diagnose
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.show.views import Views
from provisioning.verbs.options import json_option


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Tell what is there, what is missing, and the cure; boots a kernel to see whether KVM works.

    \b
    Example: python3 lab.py doctor
    """
    settings = load_settings()
    with Screen().phase("Looking at the host"):
        findings = diagnose(settings)
    if as_json:
        print_json(findings)
    else:
        Views().findings(findings)
    sys.exit(3 if any(finding.status == "missing" for finding in findings) else 0)
