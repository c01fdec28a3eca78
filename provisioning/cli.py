"""The verbs. Each parses, calls, shows and ends with a status; what they do lives elsewhere.

Nothing heavy is imported before a verb needs it: `lab.py --help` answers at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from provisioning import environment, interrupt, streams
from provisioning.errors import LabError, SilentError, UsageError
from provisioning.inert import escaped, line, plain
from provisioning.settings import Settings, load_settings

if TYPE_CHECKING:
    from provisioning.checks import Verdict
    from provisioning.lab import Lab
    from provisioning.scenario import Scenario, Step, Task
    from provisioning.screen import Screen
    from provisioning.session import Session
    from provisioning.steps import Evidence
    from provisioning.texts import Catalogue
    from provisioning.verification import Verification, Verified

STATUSES = """\b
Exit status:
  0  it went well            4  a machine could not be made or reached
  1  a step or check is red  5  a playbook failed, or was edited
  2  wrong command or file   6  another process holds the lab
  3  the host lacks something
"""

GARBAGE = 200_000
"""So many objects are made before Python looks for garbage: modules that are loaded are none, and looking through them
again and again takes a fifth of the time that a verb needs to start."""


def _known_language(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse a language that there is not before anything is done."""
    if value:
        from provisioning.texts import language

        language(value, {})
    return value


scenario_argument = click.argument("scenario_name", metavar="SCENARIO")
lang_option = click.option(
    "--lang",
    default="",
    callback=_known_language,
    help="Language of the lesson: en or ko. Default: what LANG says.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to standard output.")


class Verbs(click.Group):
    """The group; its verbs are listed in the order of use, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click."""
        return [*self.commands, "open"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click; the page is another room, which nobody else enters."""
        if cmd_name == "open":
            from provisioning.page.verb import open_

            return open_
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=STATUSES
)
def lab() -> None:
    """Measure the difference between a virtual machine and a container, on real ones.

    \b
    python3 lab.py up scenario-3      bring up its VM and its containers
    python3 lab.py run scenario-3     see the lesson's evidence side by side
    python3 lab.py check scenario-3   let testinfra prove it
    python3 lab.py down --all         leave nothing behind
    """


# -- the verbs


@lab.command("list")
@lang_option
@json_option
def list_(lang: str, as_json: bool) -> None:
    """Show the scenarios there are.

    \b
    Example: python3 lab.py list
    """
    scenarios, mistakes = _readable(load_settings(), lang)
    if as_json:
        _print_json(
            [{"name": s.name, "title": s.title, "claims": s.claims, "machines": list(s.machines)} for s, _ in scenarios]
        )
    else:
        width = max((len(s.name) for s, _ in scenarios), default=0)
        for scenario, words in scenarios:
            click.echo(f"{scenario.name:<{width}}  {line(words(scenario.title))}")
    for mistake in mistakes:
        _screen().error(mistake.what, mistake.cure)
    sys.exit(2 if mistakes else 0)


@lab.command()
@scenario_argument
@click.option("--yes", is_flag=True, help="Install what the host lacks without asking.")
@json_option
def up(scenario_name: str, yes: bool, as_json: bool) -> None:
    """Bring up a scenario's VM and containers, from the same playbooks.

    What the host lacks is installed first (you are asked). The first time everything is built; then it takes seconds.

    \b
    Example: python3 lab.py up scenario-3
    """
    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    _prepare_host(settings, screen, yes)
    _up(settings, scenario, screen)
    if as_json:
        _print_json(
            {"scenario": scenario.name, "machines": _statuses(settings, scenario.name), "phases": screen.timings}
        )
        return
    screen.status(_find(settings, scenario.name))
    click.echo(f"\nNow: python3 lab.py run {scenario.name}")


@lab.command()
@scenario_argument
@lang_option
def lesson(scenario_name: str, lang: str) -> None:
    """Read the lesson of a scenario, and its tasks.

    \b
    Example: python3 lab.py lesson scenario-3 --lang ko
    """
    from provisioning import texts

    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    code = texts.language(lang, environment.ORIGINAL)
    screen.views.lesson(texts.lesson(scenario, code))
    screen.views.tasks(scenario.tasks, {}, texts.catalogue(scenario, code))


@lab.command()
@scenario_argument
@click.option("--step", "step_ids", metavar="ID", multiple=True, help="Only this step; may be given several times.")
@lang_option
@json_option
def run(scenario_name: str, step_ids: tuple[str, ...], lang: str, as_json: bool) -> None:
    """Run the lesson's steps and show host, VM and containers side by side.

    In a terminal you are asked for your prediction first, where a step has a question.

    \b
    Example: python3 lab.py run scenario-3
    """
    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    steps = [scenario.step(name) for name in step_ids]
    with _open(settings, scenario, screen, "run") as opened:
        status = _run(_session(opened, screen), screen, _words(scenario, lang), as_json, steps)
    sys.exit(status)


@lab.command()
@scenario_argument
@click.option("--junit", type=click.Path(path_type=Path, dir_okay=False), help="Also write the verdicts as JUnit XML.")
@click.option("--task", "task_id", default="", help="Check the goal of this task alone; the exit status tells of it.")
@lang_option
@json_option
def check(scenario_name: str, junit: Path | None, task_id: str, lang: str, as_json: bool) -> None:
    """Prove the scenario's claims on its machines with testinfra, and tell which tasks are done.

    The exit status tells of the claims; a task that is not done is no failure.

    \b
    Example: python3 lab.py check scenario-3 --junit check.xml
    """
    from provisioning.junit import prepare

    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    task = scenario.task(task_id) if task_id else None
    if junit and task:
        raise UsageError("--junit tells of the claims, not of a task.", "Leave out --junit or --task.")
    if junit:
        prepare(junit.parent)
    with _open(settings, scenario, screen, "check") as opened:
        session, words = _session(opened, screen), _words(scenario, lang)
        if task:
            status = _check_task(session, task, screen, words, as_json)
        else:
            status = _check(session, screen, words, junit, as_json)
    sys.exit(status)


@lab.command()
@scenario_argument
@click.argument("task_id", metavar="TASK")
@lang_option
def hint(scenario_name: str, task_id: str, lang: str) -> None:
    """Open one more hint for a task.

    \b
    Example: python3 lab.py hint scenario-3 host-number
    """
    from provisioning.session import open_hint

    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    task = scenario.task(task_id)
    screen.views.hints(task, open_hint(settings, scenario, task, screen.say), _words(scenario, lang))


@lab.command()
@scenario_argument
@click.argument("task_id", metavar="TASK")
def solve(scenario_name: str, task_id: str) -> None:
    """Run the reference solution of a task. Try it yourself first.

    \b
    Example: python3 lab.py solve scenario-3 host-number
    """
    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    task = scenario.task(task_id)
    with _open(settings, scenario, screen, "solve") as opened:
        with screen.phase(f"Solving {task.id} on {task.machine}"):
            _session(opened, screen).solve(task, task.solution)
        click.echo(plain(opened.stage.script(task.solution)))
    click.echo(f"Now: python3 lab.py check {scenario.name}")


@lab.command()
@click.argument("scenario_names", metavar="[SCENARIO]...", nargs=-1)
@click.option("--output", type=click.Path(path_type=Path), default=Path("report.html"), show_default=True)
@lang_option
def report(scenario_names: tuple[str, ...], output: Path, lang: str) -> None:
    """Write one self-contained page of what was predicted, seen and proven, and the same as JSON beside it.

    Without a name it tells of every scenario that was run or checked.

    \b
    Example: python3 lab.py report --output report.html
    """
    from provisioning.report import write_report
    from provisioning.texts import language

    settings, mistakes = load_settings(), list[UsageError]()
    if scenario_names:
        scenarios = [_scenario(settings, name) for name in scenario_names]
    else:
        readable, mistakes = _readable(settings, lang)
        scenarios = [scenario for scenario, _ in readable]
    for mistake in mistakes:
        _screen().error(mistake.what, mistake.cure)
    pages = write_report(settings, scenarios, output, language(lang, environment.ORIGINAL))
    click.echo(f"Written: {' and '.join(map(str, pages))}")
    sys.exit(2 if mistakes else 0)


@lab.command()
@click.argument("machine_name", metavar="MACHINE")
@click.option("--scenario", "scenario_name", default="", help="Needed only when several scenarios are up.")
def shell(machine_name: str, scenario_name: str) -> None:
    """Open a shell as root in a machine that is up.

    \b
    Example: python3 lab.py shell vm
    """
    settings = load_settings()
    found = {s.scenario for s in _find(settings, scenario_name) if s.machine == machine_name}
    if len(found) != 1:
        raise UsageError(
            f"No machine {machine_name!r} is up."
            if not found
            else f"{machine_name!r} is up in several scenarios: {', '.join(sorted(found))}.",
            "See what is up with: python3 lab.py status" if not found else "Name one with --scenario.",
        )
    opened = _lab(settings, _scenario(settings, found.pop()), _screen())
    opened.require_up()
    argv = opened.machine(machine_name).shell_argv()
    os.execvp(argv[0], argv)  # noqa: S606 (the shell takes the terminal over)


@lab.command()
@json_option
def status(as_json: bool) -> None:
    """Show the machines that are up.

    \b
    Example: python3 lab.py status
    """
    settings = load_settings()
    if as_json:
        _print_json(_statuses(settings))
        return
    _screen().status(_find(settings))


@lab.command()
@scenario_argument
@click.option("--prove", is_flag=True, help="Then compare every machine with what it was made of when it was new.")
@json_option
def reset(scenario_name: str, prove: bool, as_json: bool) -> None:
    """Bring a scenario's machines back to where `up` left them.

    With --prove the exit status is 1, and each difference is named, if anything of the last session is left.

    \b
    Example: python3 lab.py reset scenario-3
             python3 lab.py reset scenario-3 --prove
    """
    from provisioning.lock import locked

    settings, screen = load_settings(), _screen()
    scenario = _scenario(settings, scenario_name)
    # It has no time to ask the engines first: most of the time they answer.
    _prepare_host(settings, screen, yes=False, engines=False)
    with locked(settings, f"reset {scenario.name}", screen, discards=scenario.name):
        opened = _lab(settings, scenario, screen)
        try:
            opened.reset()
        except SilentError:
            raise
        except LabError as error:
            try:
                prepared = _prepare_host(settings, screen, yes=False)
            except LabError:
                raise error from None
            if not prepared:
                raise
            opened.reset()
        differences = opened.prove() if prove else []
    _keep_within_limit([opened], screen)
    if as_json:
        proof = {"differences": differences} if prove else {}
        machines = _statuses(settings, scenario.name)
        _print_json({"scenario": scenario.name, "machines": machines, "phases": screen.timings, **proof})
    elif prove:
        screen.views.differences(differences)
    sys.exit(1 if differences else 0)


@lab.command()
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@click.option("--all", "everything", is_flag=True, help="Every scenario, and what an interrupted `up` left.")
@click.option("--keep", is_flag=True, help="Suspend the machines instead: `up` goes on with them where they were.")
def down(scenario_name: str, everything: bool, keep: bool) -> None:
    """Remove a scenario's machines, volumes and networks. The images stay: they make the next `up` fast.

    With --keep VMs are suspended to disk with their memory, and containers stopped with their files.

    \b
    Example: python3 lab.py down scenario-3
             python3 lab.py down scenario-3 --keep
             python3 lab.py down --all
    """
    from provisioning.lab import down as remove
    from provisioning.lab import suspend
    from provisioning.lock import EVERY, locked
    from provisioning.scenario import folder_of

    if bool(scenario_name) == everything:
        raise UsageError("Say what to take down.", "python3 lab.py down SCENARIO, or: python3 lab.py down --all")
    settings, screen = load_settings(), _screen()
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)  # its file may be broken, its machines must go all the same
    with locked(settings, "down", screen, discards=scenario_name or EVERY):
        (suspend if keep else remove)(settings, scenario_name, screen)


@lab.group()
def images() -> None:
    """List, build, explain or prune what machines are made from.

    \b
    Example: python3 lab.py images list
    """


@images.command("list")
@json_option
def images_list(as_json: bool) -> None:
    """Show the images and warm states on this host: whether a scenario asks for them, and whether a machine needs them.

    The last line tells what the cache takes, and the limit that LAB_CACHE_LIMIT sets to it.

    \b
    Example: python3 lab.py images list
    """
    from provisioning.images.store import disk_use, stored

    settings, screen = load_settings(), _screen()
    found = stored(_labs(settings, screen))
    if as_json:
        _print_json(found)
    else:
        screen.views.stored(found)
        screen.views.disk_use(disk_use(settings, found))


@images.command("explain")
@click.argument("name", metavar="KEY|SCENARIO")
@json_option
def images_explain(name: str, as_json: bool) -> None:
    """Tell why an image is there: who asks for it, what it was made from, and what changed since.

    KEY is the beginning of a key that `images list` shows. Of a scenario it is told what each of its machines is made
    from, and why what is missing will be built.

    \b
    Example: python3 lab.py images explain 5cefe5d4
             python3 lab.py images explain scenario-3
    """
    from provisioning.images.explain import chains, explain
    from provisioning.scenario import find_scenarios

    settings, screen = load_settings(), _screen()
    labs = _labs(settings, screen)
    if name in find_scenarios(settings.scenarios):
        found = chains(labs, next(each for each in labs if each.scenario.name == name))
        if as_json:
            _print_json({"scenario": name, "machines": found})
        else:
            screen.views.chains(found)
        return
    explanation = explain(labs, name)
    if as_json:
        _print_json(explanation)
    else:
        screen.views.explanation(explanation)


@images.command("build")
@click.argument("scenario_names", metavar="[SCENARIO]...", nargs=-1)
@click.option("--yes", is_flag=True, help="Install what the host lacks without asking.")
def images_build(scenario_names: tuple[str, ...], yes: bool) -> None:
    """Build ahead what `up` starts from, for some scenarios or for all: do it the evening before the class.

    \b
    Example: python3 lab.py images build scenario-1 scenario-3
    """
    from provisioning.lab import bake
    from provisioning.lock import locked
    from provisioning.scenario import folder_of

    settings, screen = load_settings(), _screen()
    for name in scenario_names:
        folder_of(settings.scenarios, name)
    _prepare_host(settings, screen, yes)
    with locked(settings, "images build", screen):
        if scenario_names:  # a mistake in another is no matter
            labs = [_lab(settings, _scenario(settings, name), screen) for name in dict.fromkeys(scenario_names)]
        else:
            labs = _labs(settings, screen)
        bake(labs)
    _keep_within_limit(labs, screen)


@images.command("prune")
@click.option("--all", "everything", is_flag=True, help="Also what scenarios ask for: it is built anew when needed.")
@json_option
def images_prune(everything: bool, as_json: bool) -> None:
    """Remove what no scenario asks for any more. What a machine needs that is up, of whatever lab, stays.

    \b
    Example: python3 lab.py images prune
    """
    from provisioning.images.store import prune
    from provisioning.lock import locked

    settings, screen = load_settings(), _screen()
    with locked(settings, "images prune", screen), screen.phase("Pruning images"):
        gone = prune(_labs(settings, screen), everything=everything)
    if as_json:
        _print_json(gone)
    else:
        screen.views.stored(gone)


@lab.command()
@json_option
def doctor(as_json: bool) -> None:
    """Tell what is there, what is missing, and the cure; boots a kernel to see whether KVM works.

    \b
    Example: python3 lab.py doctor
    """
    from provisioning.host.doctor import diagnose

    settings, screen = load_settings(), _screen()
    with screen.phase("Looking at the host"):
        findings = diagnose(settings)
    if as_json:
        _print_json(findings)
    else:
        screen.views.findings(findings)
    sys.exit(3 if any(finding.status == "missing" for finding in findings) else 0)


@lab.command()
@click.option("--yes", is_flag=True, help="Change the host without asking.")
@click.option("--dev", is_flag=True, help="Also install what the project's own tests need.")
def setup(yes: bool, dev: bool) -> None:  # `dev` is for lab.py, which has acted on it before
    """Install and start Docker Engine, libvirt, QEMU and Vagrant (Debian and Ubuntu).

    \b
    Example: python3 lab.py setup
    """
    from provisioning.host.setup import setup as set_up

    set_up(load_settings(), _screen(), yes)


@lab.command()
@click.argument("scenario_name", metavar="[SCENARIO]", default="")
@click.option("--all", "everything", is_flag=True, help="Every scenario, one after the other.")
@click.option("--yes", is_flag=True, help="Install what the host lacks without asking.")
@click.option(
    "--junit", type=click.Path(path_type=Path, file_okay=False), help="Folder for one JUnit XML file a scenario."
)
@json_option
def verify(scenario_name: str, everything: bool, yes: bool, junit: Path | None, as_json: bool) -> None:
    """Up, run, check, prove tasks, reset and checks, down: one scenario or all, for CI.

    Every scenario ends with a verdict: what goes wrong in one is its verdict, and the next is tried. The exit status is
    the highest of theirs. A scenario that is up is left alone, and told as red.

    \b
    Example: python3 lab.py verify --all --yes --junit reports
    """
    from provisioning.junit import prepare
    from provisioning.scenario import find_scenarios, folder_of

    if bool(scenario_name) == everything:
        raise UsageError("Say what to verify.", "python3 lab.py verify SCENARIO, or: python3 lab.py verify --all")
    settings, screen = load_settings(), _screen()
    names = find_scenarios(settings.scenarios) if everything else [scenario_name]
    if not names:
        raise _none_in(settings)
    if scenario_name:
        folder_of(settings.scenarios, scenario_name)
    if junit:
        prepare(junit)
    results = _verify(settings, names, screen, yes, junit, as_json)
    if as_json:
        _print_json(results)
    else:
        for result in results:
            mark = "✔" if result.status == 0 else "✘"
            click.echo(f"{mark} {result.scenario}  {result.seconds:.1f} s")
    sys.exit(max(result.status for result in results))


# -- what the verbs share


def _verify(
    settings: Settings, names: list[str], screen: Screen, yes: bool, junit: Path | None, quiet: bool
) -> list[Verified]:
    """Verify scenarios, one after the other; an interrupt ends it, with what was found until then."""
    from provisioning.verification import INTERRUPTED, Verification

    results: list[Verified] = []
    asked = False
    unprepared: Exception | None = None
    for name in names:
        found = Verification(name)
        try:
            scenario = _scenario(settings, name)
            if not asked:
                asked = True
                try:
                    _prepare_host(settings, screen, yes)
                except Exception as error:  # that is every scenario's verdict: nobody is asked a dozen times
                    unprepared = error
            if unprepared:
                raise unprepared
            _verify_one(settings, scenario, screen, found, quiet)
        except (Exception, KeyboardInterrupt) as error:
            found.fails(error)
        results.append(found.end(junit / f"{name}.xml" if junit else None))
        for problem in results[-1].problems:
            screen.say(f"{name}: {problem}")
        if results[-1].status == INTERRUPTED:
            break
    return results


def _verify_one(settings: Settings, scenario: Scenario, screen: Screen, found: Verification, quiet: bool) -> None:
    from provisioning.session import verify as prove

    words = _words(scenario, "")

    def show(evidence: list[Evidence], prediction: str) -> None:
        if not quiet:
            screen.views.step(scenario, evidence, prediction, words)

    def judge(verdicts: list[Verdict], tasks: dict[str, Verdict]) -> None:
        if not quiet:
            screen.views.verdicts(verdicts, words)
            screen.views.tasks(scenario.tasks, tasks, words)

    opened = _lab(settings, scenario, screen)
    try:
        prove(opened, screen, found, show, judge)
    finally:
        try:
            _keep_within_limit([opened], screen)
        except Exception as error:  # told beside what went wrong before, not instead of it
            found.fails(error)


def _up(settings: Settings, scenario: Scenario, screen: Screen) -> None:
    from provisioning.lock import locked

    opened = _lab(settings, scenario, screen)
    with locked(settings, f"up {scenario.name}", screen):
        opened.up()
    _keep_within_limit([opened], screen)


def _keep_within_limit(used: list[Lab], screen: Screen) -> None:
    """Bound the cache, if one of the labs had to bake something, and so let it grow."""
    from provisioning.images.store import keep_within_limit
    from provisioning.lock import locked

    if not any(each.baked for each in used):
        return
    settings = used[0].settings
    try:
        labs = _labs(settings, screen)
    except UsageError as error:  # what the broken scenario asks for is not known
        screen.say(f"The cache was not held to its limit: {error.what}")
        return
    with locked(settings, "images prune", screen):
        keep_within_limit(labs, screen)


def _run(session: Session, screen: Screen, words: Catalogue, as_json: bool, steps: Sequence[Step]) -> int:
    asks = not as_json and sys.stdin.isatty() and sys.stdout.isatty()
    evidence = session.run(
        (lambda step: screen.views.ask(step, words)) if asks else None,
        (lambda *_: None)
        if as_json
        else (lambda found, prediction: screen.views.step(session.scenario, found, prediction, words)),
        steps,
    )
    if as_json:
        _print_json(evidence)
    return 0 if all(each.ok for each in evidence) else 1


def _check(session: Session, screen: Screen, words: Catalogue, junit: Path | None, as_json: bool) -> int:
    verdicts, tasks = session.check(junit)
    if as_json:
        _print_json({"verdicts": verdicts, "tasks": tasks})
    else:
        screen.views.verdicts(verdicts, words)
        screen.views.tasks(session.scenario.tasks, tasks, words)
    return 0 if verdicts and all(verdict.passed for verdict in verdicts) else 1


def _check_task(session: Session, task: Task, screen: Screen, words: Catalogue, as_json: bool) -> int:
    verdict = session.check_task(task)
    if as_json:
        _print_json({"tasks": {task.id: verdict}})
    else:
        screen.views.tasks([task], {task.id: verdict}, words)
        if not verdict.passed:
            click.echo(plain(words(verdict.message)))
    return 0 if verdict.passed else 1


def _session(opened: Lab, screen: Screen) -> Session:
    from provisioning.session import Session

    return Session(opened, screen)


def _words(scenario: Scenario, lang: str) -> Catalogue:
    from provisioning.texts import catalogue, language

    return catalogue(scenario, language(lang, environment.ORIGINAL))


def _scenario(settings: Settings, name: str) -> Scenario:
    from provisioning.scenario import folder_of, load_scenario

    return load_scenario(folder_of(settings.scenarios, name))


def _readable(settings: Settings, lang: str) -> tuple[list[tuple[Scenario, Catalogue]], list[UsageError]]:
    """The scenarios there are with their words, but for those with a mistake in a file that the language needs; and
    these mistakes.

    Raises:
        UsageError: there is no scenario at all.
    """
    from provisioning.scenario import find_scenarios, load_scenario
    from provisioning.texts import catalogue, language, lesson

    code = language(lang, environment.ORIGINAL)
    found: list[tuple[Scenario, Catalogue]] = []
    mistakes: list[UsageError] = []
    for name in find_scenarios(settings.scenarios):
        try:
            scenario = load_scenario(settings.scenarios / name)
            lesson(scenario, code)
            found.append((scenario, catalogue(scenario, code)))
        except UsageError as error:
            mistakes.append(error)
    if not found and not mistakes:
        raise _none_in(settings)
    return found, mistakes


def _none_in(settings: Settings) -> UsageError:
    return UsageError(f"There is no scenario in {settings.scenarios}.", "Correct LAB_SCENARIOS, or unset it.")


def _screen() -> Screen:
    from provisioning.screen import Screen

    return Screen()


def _lab(settings: Settings, scenario: Scenario, screen: Screen) -> Lab:
    from provisioning.lab import Lab

    return Lab(settings, scenario, screen)


@contextmanager
def _open(settings: Settings, scenario: Scenario, screen: Screen, verb: str) -> Iterator[Lab]:
    """A scenario that is up, held against who would throw its machines away."""
    from provisioning.lock import reading

    opened = _lab(settings, scenario, screen)
    with reading(settings, scenario.name, f"{verb} {scenario.name}", screen):
        opened.require_up()
        yield opened


def _labs(settings: Settings, screen: Screen) -> list[Lab]:
    """All the scenarios there are, one at least."""
    from provisioning.scenario import load_all

    labs = [_lab(settings, scenario, screen) for scenario in load_all(settings.scenarios)]
    if not labs:
        raise _none_in(settings)
    return labs


def _find(settings: Settings, scenario: str = "") -> list[Any]:
    from provisioning.lab import find

    return find(settings, scenario)


def _statuses(settings: Settings, scenario: str = "") -> list[Any]:
    return _find(settings, scenario)


def _prepare_host(settings: Settings, screen: Screen, yes: bool, *, engines: bool = True) -> bool:
    """Install and start what the host lacks; whether it lacked something."""
    from concurrent.futures import ThreadPoolExecutor

    from provisioning.host.doctor import missing_for_up

    with ThreadPoolExecutor() as pool:
        missing = pool.submit(missing_for_up, settings, engines=engines)
        import provisioning.lab  # noqa: F401 (what every caller needs next is loaded while the engines answer)
    if missing.result():
        from provisioning.host.setup import setup as set_up

        set_up(settings, screen, yes)
    return bool(missing.result())


def _print_json(value: Any) -> None:
    import msgspec

    text = escaped(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    streams.write_bytes(text.encode() + b"\n")


# -- the way in


def main() -> NoReturn:
    """Run one verb and end the process with its status; no error leaves as a traceback."""
    streams.take_over()
    interrupt.listen()
    gc.set_threshold(GARBAGE)
    wants_json = "--json" in sys.argv
    try:
        environment.enter()
        with lab.make_context("lab.py", sys.argv[1:]) as context:
            lab.invoke(context)
        sys.exit(0)
    except LabError as error:
        _fail(error, wants_json)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, EOFError, click.Abort):
        _fail(Interruption(interrupt.WHAT, interrupt.CURE), wants_json)
    except Exception as error:
        from provisioning.causes import explained

        _fail(explained(error) or _mistake(error), wants_json)
    finally:
        gc.freeze()  # what is left goes with the process


class Interruption(LabError):
    """A signal, or the end of what was typed, ended the verb."""

    exit_status = interrupt.STATUS


class Mistake(LabError):
    """The lab itself is wrong."""

    exit_status = 70


def _fail(error: LabError, wants_json: bool) -> NoReturn:
    if wants_json:
        _print_json({"error": {"what": error.what, "cure": error.cure, "exit_status": error.exit_status}})
    _screen().error(error.what, error.cure)
    sys.exit(error.exit_status)


def _mistake(error: Exception) -> Mistake:
    """What to tell of an error that nobody thought of, with a file that holds where it came from."""
    import traceback
    from tempfile import NamedTemporaryFile

    told = "".join(traceback.format_exception(error))
    what = "A mistake in the lab itself ended this."
    try:
        report = load_settings().run / "crash.log"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(told)
        return Mistake(what, f"Please report it, with {report}.")
    except (OSError, LabError):
        pass  # a home of another's, or none
    try:
        with NamedTemporaryFile("w", prefix="lab-crash-", suffix=".log", delete=False) as file:
            file.write(told)
        return Mistake(what, f"Please report it, with {file.name}.")
    except OSError:
        return Mistake(what, f"Please report it, with this: {' | '.join(told.strip().splitlines()[-3:])}")


if __name__ == "__main__":
    main()
