"""List the scenarios."""

from __future__ import annotations

import sys

import click

from provisioning.inert import line
from provisioning.lesson.texts import readable
from provisioning.settings import load_settings
from provisioning.show.as_json import print_json
from provisioning.show.screen import Screen
from provisioning.verbs.options import json_option, lang_option


@click.command("list")
@lang_option
@json_option
def list_(lang: str, as_json: bool) -> None:
    """Show the scenarios there are.

    \b
    Example: python3 lab.py list
    """
    scenarios, mistakes = readable(load_settings().scenarios, lang)
    if as_json:
        print_json(
            [{"name": s.name, "title": s.title, "claims": s.claims, "machines": list(s.machines)} for s, _ in scenarios]
        )
    else:
        width = max((len(s.name) for s, _ in scenarios), default=0)
        for scenario, words in scenarios:
            click.echo(f"{scenario.name:<{width}}  {line(words(scenario.title))}")
    for mistake in mistakes:
        Screen().error(mistake.what, mistake.cure)
    sys.exit(2 if mistakes else 0)
