"""What the program says on a page, read off its source: errors, what cures them, and phases of work."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from types import ModuleType

from provisioning import errors
from provisioning.settings import REPOSITORY

PROGRAM = REPOSITORY / "provisioning"
NOT_ON_A_PAGE = (
    *("bootstrap.py", "settings.py", "streams.py"),  # before there is a page, or in a terminal
    *("lesson/checks_plugin.py", "lesson/junit.py", "lesson/texts.py", "lesson/verify.py", "show/slips.py", "stock"),
    *("page/gate.py", "seats/roster.py", "seats/serving.py", "seats/tls.py", "images/ansible.py"),
    *("verbs/classroom/grades.py", "verbs/classroom/links.py", "verbs/classroom/serve.py", "verbs/classroom/up.py"),
    *("verbs/check.py", "verbs/doctor.py", "verbs/down.py", "verbs/images", "verbs/shell.py", "verbs/verify.py"),
)
"""What serves other verbs than those that a page starts."""
ON_THE_INSTRUCTORS = ("page/board", "seats", "verbs/classroom")
ELSEWHERE = ("`{}` is under way.", "process {} (`{}`)")
"""What is no error, and is put together where no rule would find it."""
VERIFYING = (
    *("VMs and containers exchanged", "wrong attempt {}", "`{}` ended with status {}: {}"),
    *("Proving that the checks can fail", "Proving the task {}", "Correct the scenario's `breaks`."),
)
"""What `verify` says in a module that serves pages, too."""
ERRORS = {name for name, found in vars(errors).items() if isinstance(found, type)}
PROGRESS = {"phase", "note", "say"}
NAMES = ("title", "cure", "why", "what")
"""What a text is called until it is said."""


def said(*, to_the_instructor: bool) -> dict[str, str]:
    """Return the texts, and where each is said; ``{}`` stands for what is filled in."""
    found = {} if to_the_instructor else dict.fromkeys(ELSEWHERE, "")
    for path in sorted(PROGRAM.rglob("*.py")):
        name = str(path.relative_to(PROGRAM))
        if name.startswith(NOT_ON_A_PAGE) or name.startswith(ON_THE_INSTRUCTORS) != to_the_instructor:
            continue
        module = importlib.import_module(f"provisioning/{name}".removesuffix(".py").replace("/", "."))
        for node in ast.walk(ast.parse(path.read_text())):
            for text in _said_by(node, module):
                if " " in text and re.search("[A-Za-z]{2}", text) and text not in VERIFYING:
                    found.setdefault(text, f"{name}:{getattr(node, 'lineno', 0)}")
    return found


def _said_by(node: ast.AST, module: ModuleType) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in ERRORS:
            told = node.args
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")))) if module is errors:
            told = node.args
        case ast.Call(func=ast.Attribute(attr=name)) if name in PROGRESS:
            told = node.args[:1]
        case ast.Call(func=ast.Attribute(attr="_each"), args=[ast.Constant(value=str(doing)), *_]):
            told = [ast.Constant(f"{doing} {{}}")]  # and the seat's number
        case ast.Call(func=ast.Name(id="Acceleration")):
            told = node.args[1:]
        case ast.Call(func=ast.Name(id="step")):
            told = node.args[:1]
        case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)]) if name in NAMES:
            told = [node.value]
        case ast.Dict(keys=[ast.Constant(value="what"), ast.Constant(value="cure")]):
            told = node.values
        case _:
            told = []
    for each in told:
        yield from _texts(each, module)


def _texts(told: ast.expr, module: ModuleType) -> Iterator[str]:
    match told:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield "".join(_piece(part, module) for part in parts)
        case ast.IfExp(body=one, orelse=other):
            yield from _texts(one, module)
            yield from _texts(other, module)
        case ast.Name() | ast.Attribute(value=ast.Name()) if isinstance(known := _known(told, module), str):
            yield known
        case ast.Subscript(value=ast.Name() as name) if isinstance(known := _known(name, module), dict):
            yield from known.values()
        case ast.Call(func=ast.Attribute(value=ast.Name(id="ANEW"), attr="replace")):
            yield errors.ANEW.replace("SCENARIO", "{}")
        case ast.Call(func=ast.Name(id="plain"), args=[text]):
            yield from _texts(text, module)
        case ast.Call(func=ast.Name() as name) if inspect.isfunction(known := _known(name, module)):
            for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(known)))):
                if isinstance(node, ast.Return) and node.value:
                    yield from _texts(node.value, module)


def _known(name: ast.expr, module: ModuleType) -> object:
    match name:
        case ast.Name(id=known):
            return getattr(module, known, None)
        case ast.Attribute(value=ast.Name(id=place), attr=known):
            return getattr(getattr(module, place, None), known, None)
    return None


def _piece(part: ast.expr, module: ModuleType) -> str:
    match part:
        case ast.Constant(value=str(text)):
            return text
        case ast.FormattedValue(value=value) if isinstance(known := _known(value, module), str):
            return known
    return "{}"
