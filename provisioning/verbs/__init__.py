"""The verbs, one file each: it parses, calls, shows and ends with a status. The work is done in the rooms below."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click


class Verb(NamedTuple):
    """Where a verb is, and its short help in the list of verbs."""

    where: str
    """``module:command``."""
    help: str
    """The first sentence of the command's own help."""


VERBS = {
    "list": Verb("provisioning.verbs.list:list_", "Show the scenarios there are."),
    "up": Verb("provisioning.verbs.up:up", "Bring up a scenario's VM and containers, from the same playbooks."),
    "open": Verb(
        "provisioning.verbs.open:open_", "Open a scenario in the browser: lesson, evidence, tasks and terminals."
    ),
    "lesson": Verb("provisioning.verbs.lesson:lesson", "Read the lesson of a scenario, and its tasks."),
    "run": Verb("provisioning.verbs.run:run", "Run the lesson's steps and show host, VM and containers side by side."),
    "check": Verb(
        "provisioning.verbs.check:check",
        "Prove the scenario's claims on its machines with testinfra, and tell which tasks are done.",
    ),
    "hint": Verb("provisioning.verbs.hint:hint", "Open one more hint for a task."),
    "solve": Verb("provisioning.verbs.solve:solve", "Run the reference solution of a task."),
    "report": Verb(
        "provisioning.verbs.report:report",
        "Write one self-contained page of what was predicted, seen and proven, and the same as JSON beside it.",
    ),
    "shell": Verb("provisioning.verbs.shell:shell", "Open a shell as root in a machine that is up."),
    "status": Verb("provisioning.verbs.status:status", "Show the machines that are up."),
    "reset": Verb("provisioning.verbs.reset:reset", "Bring a scenario's machines back to where `up` left them."),
    "down": Verb("provisioning.verbs.down:down", "Remove a scenario's machines, volumes and networks."),
    "images": Verb("provisioning.verbs.images:images", "List, build, explain or prune what machines are made from."),
    "class": Verb(
        "provisioning.verbs.classroom:class_",
        "Give each learner of a class a seat of their own on this server: make, watch, check, reset and remove seats.",
    ),
    "doctor": Verb(
        "provisioning.verbs.doctor:doctor",
        "Tell what is there, what is missing, and the cure; boots a kernel to see whether KVM works.",
    ),
    "setup": Verb(
        "provisioning.verbs.setup:setup",
        "Install and start Docker Engine, libvirt, QEMU and Vagrant (Debian and Ubuntu).",
    ),
    "verify": Verb(
        "provisioning.verbs.verify:verify",
        "Up, run, check, prove tasks, reset and checks, down: one scenario or all, for CI.",
    ),
}
"""The verbs, in the order of their use."""

IMAGES = {
    "build": Verb(
        "provisioning.verbs.images.build:build",
        "Build ahead what `up` starts from, for some scenarios or for all: do it the evening before the class.",
    ),
    "explain": Verb(
        "provisioning.verbs.images.explain:explain",
        "Tell why an image is there: who asks for it, what it was made from, and what changed since.",
    ),
    "list": Verb(
        "provisioning.verbs.images.list:list_",
        "Show the images and warm states on this host: whether a scenario asks for them, and whether a machine needs "
        "them.",
    ),
    "prune": Verb("provisioning.verbs.images.prune:prune", "Remove what no scenario asks for any more."),
}
"""The verbs of `images`."""

CLASS = {
    "up": Verb(
        "provisioning.verbs.classroom.up:up",
        "Have a seat stand for each learner, with the first scenario up in it and the others ready.",
    ),
    "status": Verb(
        "provisioning.verbs.classroom.status:status",
        "Show the seats: who sits there, how far they are, who waves for help, and what a seat takes.",
    ),
    "open": Verb(
        "provisioning.verbs.classroom.open:open_",
        "Open all seats on one page: who is where, who waves for help; shells, messages, resets, the time left.",
    ),
    "shell": Verb(
        "provisioning.verbs.classroom.shell:shell", "Open a shell as root in a seat, or in a machine that is up in it."
    ),
    "check": Verb(
        "provisioning.verbs.classroom.check:check",
        "Check the seats from outside, all of them where none is named, and keep what was found as grades.",
    ),
    "grades": Verb(
        "provisioning.verbs.classroom.grades:grades",
        "Show what the checks from outside found: who met which task, and when a check first saw it.",
    ),
    "reset": Verb(
        "provisioning.verbs.classroom.reset:reset",
        "Make seats new, all of them where none is named: whatever was done in them is gone.",
    ),
    "serve": Verb(
        "provisioning.verbs.classroom.serve:serve",
        "Serve each learner's page to the network, at one address and port, by link and token, over TLS.",
    ),
    "links": Verb(
        "provisioning.verbs.classroom.links:links",
        "Show the learners' links: slips to print, CSV or JSON.",
    ),
    "suspend": Verb(
        "provisioning.verbs.classroom.suspend:suspend",
        "Have seats stand still, all of them where none is named: nothing runs in them until they are resumed.",
    ),
    "resume": Verb(
        "provisioning.verbs.classroom.resume:resume",
        "Have suspended seats go on where they were, all of them where none is named.",
    ),
    "hosts": Verb(
        "provisioning.verbs.classroom.hosts:hosts",
        "Show the servers that hold seats: what is free there, and how many more seats fit.",
    ),
    "down": Verb("provisioning.verbs.classroom.down:down", "Remove every seat and the class's network."),
}
"""The verbs of `class`."""

STATUSES = """\b
Exit status:
  0  it went well            4  a machine could not be made or reached
  1  a step or check is red  5  a playbook failed, or was edited
  2  wrong command or file   6  another process holds the lab
  3  the host lacks something
"""


class LazyGroup(click.Group):
    """A group that imports a verb when it is called, as click's documentation shows it; `--help` imports none."""

    def __init__(self, *arguments: Any, verbs: Mapping[str, Verb], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        return [*self.verbs, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click."""
        if cmd_name not in self.verbs:
            return super().get_command(ctx, cmd_name)
        module, _, name = self.verbs[cmd_name].where.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """See click."""
        room = formatter.width - 6 - max(map(len, self.verbs))
        told = {name: click.Command(name, help=verb.help).get_short_help_str(room) for name, verb in self.verbs.items()}
        with formatter.section("Commands"):
            formatter.write_dl(list(told.items()))


@click.group(
    cls=LazyGroup,
    verbs=VERBS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=STATUSES,
)
def lab() -> None:
    """Measure the difference between a virtual machine and a container, on real ones.

    \b
    python3 lab.py up scenario-3      bring up its VM and its containers
    python3 lab.py run scenario-3     see the lesson's evidence side by side
    python3 lab.py check scenario-3   let testinfra prove it
    python3 lab.py down --all         leave nothing behind
    """
