"""Nothing is green that was not seen being green. Every case runs a real pytest, as the product does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from provisioning.errors import MachineError, UsageError
from provisioning.lesson.checks import CheckTarget, Connection, Verdict, check_tasks, run_checks
from provisioning.scenario.model import Scenario, Task, VmSpec

TARGET = CheckTarget("lab", "scenario-7", "/nowhere", {"host": Connection("host", "local://")})
PIPE = "json.loads(os.environ['LAB_CHECK_TARGET'])['verdicts']"


def scenario_of(folder: Path, **files: str) -> Scenario:
    """A scenario whose folder holds these files, their names without `.py`."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return Scenario(
        name="scenario-7", folder=folder, title="", summary="", claims=(), machines={"vm": VmSpec()}, steps=()
    )


def made(folder: Path, **files: str) -> dict[str, Verdict]:
    """The verdicts by the names of their functions."""
    verdicts = run_checks(scenario_of(folder, **files), TARGET, lambda verdict: None)
    return {verdict.check.rpartition("::")[2]: verdict for verdict in verdicts}


# -- what ends or disturbs the process that makes the checks

THREE = """\
import ctypes, json, os, pytest, signal, subprocess, sys

def test_before():
    pass

def test_it():
    {it}

def test_after():
    pass
"""
FORGED = (
    '{"type":"told","verdict":{"check":"test_it.py::test_%s","title":"","machines":[],'
    '"passed":true,"message":"","seconds":0}}'
)
ENDED = "No verdict was seen: pytest ended during this check, "
WRITTEN = "Something else was written where verdicts are told"


@pytest.mark.parametrize(
    ("it", "message", "reached"),
    [
        pytest.param("os._exit(0)", ENDED + "with status 0.", False, id="exit-0"),
        pytest.param("os._exit(1)", ENDED + "with status 1.", False, id="exit-1"),
        pytest.param("os.execv('/bin/true', ['true'])", ENDED + "with status 0.", False, id="exec"),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", ENDED + "by SIGKILL.", False, id="SIGKILL"),
        pytest.param("os.kill(os.getpid(), signal.SIGTERM)", ENDED + "by SIGTERM.", False, id="SIGTERM"),
        pytest.param("ctypes.string_at(0)", ENDED + "by SIGSEGV.", False, id="SIGSEGV"),
        pytest.param("pytest.exit('enough', returncode=0)", ENDED + "with status 0.", False, id="pytest-exit"),
        pytest.param("raise KeyboardInterrupt", ENDED + "with status 2.", False, id="KeyboardInterrupt"),
        pytest.param("os.closerange(3, 99)", ENDED + "with status ", False, id="pipe-closed"),
        pytest.param(f"os.dup2(os.open('/dev/null', os.O_RDWR), {PIPE})", ENDED, False, id="pipe-replaced"),
        pytest.param("os.fork() and os._exit(0)", ENDED + "with status 0.", False, id="a-copy-goes-on"),
        pytest.param("sys.exit(0)", "The check could not be made: it asked Python", True, id="sys-exit"),
        pytest.param(rf"os.write({PIPE}, b'hello\n')", WRITTEN, True, id="a-line"),
        pytest.param(f"os.write({PIPE}, b'hello')", WRITTEN, True, id="half-a-line"),
        pytest.param(rf"os.write({PIPE}, b'\xff\xfe\n')", WRITTEN, True, id="no-UTF-8"),
        pytest.param(rf"os.write({PIPE}, b'[' * 60000 + b'\n')", WRITTEN, True, id="deep"),
        pytest.param(f"[os.write({PIPE}, b'x' * 60000) for _ in range(40)]", WRITTEN, True, id="endless-line"),
        pytest.param(rf"os.write({PIPE}, b'{{}}\n')", WRITTEN, True, id="other-JSON"),
        pytest.param(rf"os.write({PIPE}, b'''{FORGED % 'it'}\n'''); assert 0", WRITTEN, True, id="its-own-verdict"),
        pytest.param(rf"os.write({PIPE}, b'''{FORGED % 'after'}\n''')", WRITTEN, True, id="another's-verdict"),
        pytest.param(rf"os.write({PIPE}, b'''{FORGED % 'new'}\n''')", WRITTEN, True, id="a-stranger's-verdict"),
    ],
)  # fmt: skip
def test_a_check_without_a_verdict_of_its_own_is_red(tmp_path: Path, it: str, message: str, reached: bool) -> None:
    verdicts = made(tmp_path / "s", test_it=THREE.format(it=it))
    assert list(verdicts) == ["test_before", "test_it", "test_after"]
    assert not verdicts["test_it"].passed
    assert verdicts["test_it"].message.startswith(message)
    assert not verdicts["test_it"].made
    assert verdicts["test_before"].passed
    assert verdicts["test_after"].passed is reached
    if not reached:
        assert verdicts["test_after"].message.startswith("No verdict was seen: pytest ended without this check, ")


def test_a_copy_of_pytest_does_not_make_the_other_checks(tmp_path: Path) -> None:
    log = tmp_path / "log"
    after = f"open({str(log)!r}, 'a').write('x')"
    checks = THREE.format(it="child = os.fork(); child and os.waitpid(child, 0)").replace("pass", after)
    assert all(verdict.passed for verdict in made(tmp_path / "s", test_it=checks).values())
    assert log.read_text() == "xx"


@pytest.mark.parametrize("inheritable", [False, True])
def test_a_program_that_a_check_leaves_behind_keeps_nobody_waiting(tmp_path: Path, inheritable: bool) -> None:
    left = tmp_path / "pid"
    it = f"os.set_inheritable({PIPE}, True); " if inheritable else ""
    it += f"p = subprocess.Popen(['sleep', '60'], close_fds=False); open({str(left)!r}, 'w').write(str(p.pid))"
    verdicts = made(tmp_path / "s", test_it=THREE.format(it=it))
    os.kill(int(left.read_text()), signal.SIGKILL)  # it is there still
    assert all(verdict.passed for verdict in verdicts.values())


def test_an_interrupt_ends_the_checks(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    checks = f"import os, time\ndef test_a(): open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
    checks += "def test_b(): time.sleep(20)\n"

    def interrupt(verdict: Verdict) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_checks(scenario_of(tmp_path / "s", test_it=checks), TARGET, interrupt)
    assert not Path("/proc", pid.read_text()).exists()


CONFTEST_RED = [
    pytest.param(
        "import pytest\n@pytest.fixture(autouse=True, scope='session')\ndef last():\n    yield\n    1 / 0",
        "cleared up after: division",
        id="session-teardown-crashes",
    ),
    pytest.param(
        "import pytest, os\n@pytest.fixture(autouse=True, scope='session')\ndef last():\n    yield\n    os._exit(0)",
        "pytest ended during this check, with status 0",
        id="session-teardown-ends-the-process",
    ),
]


@pytest.mark.parametrize(("conftest", "message"), CONFTEST_RED)
def test_a_conftest_that_gets_in_the_way_is_red(tmp_path: Path, conftest: str, message: str) -> None:
    verdicts = made(tmp_path / "s", test_it=THREE.format(it="pass"), conftest=conftest)
    assert message in verdicts["test_after"].message
    assert not verdicts["test_after"].passed


FIRST = "import pytest\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"


@pytest.mark.parametrize(
    "conftest",
    [
        "def pytest_collection_modifyitems(items): items.pop()",
        f"{FIRST}def pytest_collection_modifyitems(items):\n    items.pop()\n    yield",
        "def pytest_itemcollected(item): item.obj = lambda: None",
        "def pytest_pycollect_makeitem(name): return [] if name == 'test_it' else None",
        "def pytest_pyfunc_call(pyfuncitem): return True",
        "def pytest_runtest_protocol(item): return True",
        "def pytest_runtest_logreport(report): 1 / 0",
        "def pytest_runtest_makereport(item): 1 / 0",
        f"{FIRST}def pytest_runtest_makereport(call):\n    found = yield\n    call.excinfo = None\n    return found",
        "def pytest_runtest_setup(item): 1 / 0",
        "def pytest_runtest_teardown(item): 1 / 0",
        "def pytest_runtestloop(session): return True",
        "def pytest_sessionfinish(session): session.exitstatus = 1",
    ],
)
def test_a_conftest_with_a_hook_is_a_mistake_of_the_author(tmp_path: Path, conftest: str) -> None:
    with pytest.raises(UsageError, match=r"conftest.py has pytest_\w+, a hook"):
        made(tmp_path / "s", test_it=THREE.format(it="assert 0"), conftest=conftest)


@pytest.mark.parametrize(
    "conftest",
    [
        "import atexit, os\natexit.register(os._exit, 7)",
        "def pytest_unconfigure(config):\n    import os\n    os._exit(7)",
        "def pytest_sessionstart(session):\n    import os\n    os._exit(1)",
        "def pytest_sessionstart(session):\n    import os\n    os.abort()",
        "import os\nos._exit(1)",
        f"import json, os\nos.write({PIPE}, b'hello\\n')",
    ],
    ids=["exit-last", "exit-at-the-end", "exit-at-the-start", "abort-at-the-start", "exit-first", "writes-first"],
)
def test_a_pytest_that_ends_otherwise_than_its_verdicts_is_told(tmp_path: Path, conftest: str) -> None:
    with pytest.raises(MachineError, match="cut short"):
        made(tmp_path / "s", test_it=THREE.format(it="pass"), conftest=conftest)


def test_a_check_that_hangs_is_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it waits for is ended with it."""
    monkeypatch.setattr("provisioning.lesson.checks.LATE", 3)
    left = tmp_path / "pid"
    it = f"p = subprocess.Popen(['sleep', '60']); open({str(left)!r}, 'w').write(str(p.pid)); p.wait()"
    verdicts = made(tmp_path / "s", test_it=THREE.format(it=it))
    assert [verdict.passed for verdict in verdicts.values()] == [True, False, False]
    assert verdicts["test_it"].message == ENDED + "as nothing was heard for 3 s."
    state = Path(f"/proc/{left.read_text()}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_checks_that_cannot_be_read_as_a_file_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("provisioning.lesson.checks.LATE", 3)
    with pytest.raises(MachineError, match=r"cut short.*as nothing was heard for 3 s"):
        made(tmp_path / "s", test_it="import time\ntime.sleep(60)\n" + THREE.format(it="pass"))


def test_a_red_check_stays_red_whatever_status_pytest_ends_with(tmp_path: Path) -> None:
    ends = "import atexit, os\natexit.register(os._exit, 0)"
    verdicts = made(tmp_path / "s", test_it=THREE.format(it="assert 0, 'no'"), conftest=ends)
    assert [verdict.passed for verdict in verdicts.values()] == [True, False, True]


def test_a_pytest_that_never_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(MachineError, match="cut short: pytest said nothing"):
        made(tmp_path / "s", test_it=THREE.format(it="pass"))


def test_a_pytest_that_did_nothing_and_ended_well_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/true")
    with pytest.raises(UsageError, match="ended before it had read them"):
        made(tmp_path / "s", test_it=THREE.format(it="pass"))


# -- what runs and shows nothing

NOTHING_SHOWN = {
    "test_skip": "The check was skipped: no time",
    "test_skipif": "The check was skipped: never",
    "test_importorskip": "The check was skipped: could not import",
    "test_unittest_skip": "The check was skipped: old",
    "test_xfail_fails": "The check is marked as one that may fail",
    "test_xfail_passes": "The check is marked as one that may fail",
    "test_xfail_strict": "The check is marked as one that may fail",
    "test_xfail_not_run": "The check is marked as one that may fail",
    "test_xfail_called": "The check is marked as one that may fail",
    "test_expected_failure": "The check is marked as one that may fail",
    "test_returns": "The check could not be made: Test functions should return None",
    "test_async": "The check could not be made: async def functions are not",
    "test_subtest_fails": 'This does not hold: with subtests.test("two"): assert False',
    "test_subtest_skips": "The check was skipped: no time",
    "test_teardown": "The check could not be cleared up after: it is broken",
    "test_teardown_asserts": "The check could not be cleared up after: it is left",
    "test_setup": "The check could not be made: it is broken",
    "test_no_vm": "The check could not be made: the scenario has no vm",
    "test_no_container": "The check could not be made: the scenario has no container",
    "test_no_values[NOTSET]": "The check was skipped: got empty parameter set",
    "test_unspeakable": "The check could not be made: Unspeakable",
    "test_surrogate": "\\udc80",
    "test_endless": "x" * 4000 + " … (9000000 letters)",
    "test_exit": "The check could not be made: it asked Python to end",
    "test_group": "The check could not be made: two (2 sub-exceptions)",
}
CHECKS = """\
import sys
import unittest

import pytest

def test_skip(): pytest.skip("no time")

@pytest.mark.skipif(True, reason="never")
def test_skipif(): pass

def test_importorskip(): pytest.importorskip("no_such_module")

def test_unittest_skip(): raise unittest.SkipTest("old")

@pytest.mark.xfail
def test_xfail_fails(): assert False

@pytest.mark.xfail
def test_xfail_passes(): pass

@pytest.mark.xfail(strict=True)
def test_xfail_strict(): pass

@pytest.mark.xfail(run=False)
def test_xfail_not_run(): pass

def test_xfail_called(): pytest.xfail("later")

class Test(unittest.TestCase):
    @unittest.expectedFailure
    def test_expected_failure(self): self.fail()

def test_returns(): return False

async def test_async(): assert False

def test_subtest_fails(subtests):
    with subtests.test("one"): pass
    with subtests.test("two"): assert False

def test_subtest_skips(subtests):
    with subtests.test("one"): pytest.skip("no time")

@pytest.fixture
def broken_after():
    yield
    raise ValueError("it is broken")

def test_teardown(broken_after): pass

@pytest.fixture
def asserts_after():
    yield
    assert False, "it is left"

def test_teardown_asserts(asserts_after): pass

@pytest.fixture
def broken_before(): raise ValueError("it is broken")

def test_setup(broken_before): pass

def test_no_vm(vm): pass

def test_no_container(container): pass

@pytest.mark.parametrize("value", [])
def test_no_values(value): pass

class Unspeakable(Exception):
    def __str__(self): raise ValueError

def test_unspeakable(): raise Unspeakable

def test_surrogate(): assert False, "\\udc80"

def test_endless(): assert False, "x" * 9_000_000

def test_exit(): sys.exit()

def test_group(): raise ExceptionGroup("two", [ValueError(), ValueError()])

def test_green(): pass
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    return made(tmp_path_factory.mktemp("labs") / "s", test_it=CHECKS)


@pytest.mark.parametrize("check", NOTHING_SHOWN)
def test_a_check_that_shows_nothing_is_red(shown: dict[str, Verdict], check: str) -> None:
    assert not shown[check].passed
    assert shown[check].message.startswith(NOTHING_SHOWN[check])


def test_the_green_one_among_them_is_green(shown: dict[str, Verdict]) -> None:
    assert [name for name, verdict in shown.items() if verdict.passed] == ["test_green"]
    assert {*shown} == {*NOTHING_SHOWN, "test_green"}


# -- files that are not what they seem

ONE = "def test_one(): pass\n"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        pytest.param({"test_it": ""}, "test_it.py has no check in it", id="empty"),
        pytest.param({}, "scenario-7 has no checks", id="no-file"),
        pytest.param({"test_one": ONE, "test_two": "def check(): pass"}, "test_two.py has no check", id="other-name"),
        pytest.param({"test_one": ONE, "test_two": "__test__ = False\n" + ONE}, "test_two.py has no check", id="off"),
        pytest.param(
            {"test_one": ONE, "test_two": "import pytest\npytest.skip('no', allow_module_level=True)\n" + ONE},
            "test_two.py has no check",
            id="skipped",
        ),
        pytest.param(
            {"test_one": ONE, "test_two": "import pytest\npytest.importorskip('no_such_module')\n" + ONE},
            "test_two.py has no check",
            id="import-or-skip",
        ),
        pytest.param(
            {"test_one": ONE, "test_two": ONE, "conftest": "collect_ignore = ['test_two.py']"},
            "test_two.py has no check",
            id="ignored",
        ),
        pytest.param(
            {"test_one": ONE, "test_two": "class TestIt:\n    def __init__(self): pass\n    def test_it(self): pass"},
            "test_two.py has no check",
            id="class-with-init",
        ),
        pytest.param({"test_it": ONE + ONE}, "test_it.py defines test_one twice", id="twice"),
        pytest.param({"test_it": f"{ONE}if 1:\n    {ONE}"}, "test_it.py defines test_one twice", id="twice-in-a-case"),
        *(
            pytest.param({"test_it": ONE + more}, f"test_it.py has {name}, and pytest passes it over", id=case)
            for case, name, more in [
                (
                    "one-class-with-init",
                    "TestA::test_a",
                    "class TestA:\n    def __init__(self): 0\n    def test_a(self): 0",
                ),
                ("class-of-another-name", "Kernel::test_a", "class Kernel:\n    def test_a(self): assert 0"),
                ("class-in-a-class", "TestA::B::test_a", "class TestA:\n    class B:\n        def test_a(self): 0"),
                ("one-class-off", "TestA::test_a", "class TestA:\n    __test__ = False\n    def test_a(self): 0"),
                ("one-off", "test_a", "def test_a(): assert 0\ntest_a.__test__ = False"),
                ("never-defined", "test_a", "if False:\n    def test_a(): assert 0"),
                ("deleted", "test_a", "def test_a(): assert 0\ndel test_a"),
                ("replaced", "test_a", "def test_a(): assert 0\ntest_a = None"),
            ]
        ),
        pytest.param(
            {"test_it": "class TestIt:\n    def test_a(self): pass\n    def test_a(self): pass"},
            "test_it.py defines TestIt::test_a twice",
            id="twice-in-a-class",
        ),
        pytest.param({"test_it": "import sys\nsys.exit(0)\n" + ONE}, "SystemExit", id="exits"),
        pytest.param(
            {"test_it": "import os\nos._exit(0)\n" + ONE}, "ended before it had read them", id="ends-the-process"
        ),
        pytest.param({"test_it": ONE, "conftest": "1 / 0"}, "division by zero", id="conftest-raises"),
        pytest.param({"test_it": ONE, "conftest": "import os; os._exit(0)"}, "ended before", id="conftest-ends"),
        pytest.param({"test_it": ONE, "test_two": "1 / 0"}, "test_two.py: ZeroDivisionError", id="raises"),
    ],
)
def test_a_file_that_is_not_made_is_a_mistake_of_the_author(tmp_path: Path, files: dict[str, str], told: str) -> None:
    with pytest.raises((UsageError, MachineError)) as caught:
        made(tmp_path / "s", **files)
    assert told in caught.value.what


def test_checks_that_stand_elsewhere_are_made(tmp_path: Path) -> None:
    """In a class that others inherit, in a folder, below a decorator; and a fixture is no check."""
    (tmp_path / "s" / "build").mkdir(parents=True)
    (tmp_path / "s" / "more").mkdir()
    (tmp_path / "s" / "more" / "test_more.py").write_text("def test_more(): pass\n")
    checks = (
        "import pytest\nclass Both:\n    @pytest.mark.usefixtures('test_data')\n    def test_a(self): pass\n"
        "class TestOne(Both): pass\n@pytest.fixture\ndef test_data(): return 1\n"
        "@pytest.mark.parametrize('value', [1])\ndef test_b(value): pass\n"
    )
    verdicts = made(tmp_path / "s", test_it=checks)
    assert {name: verdict.passed for name, verdict in verdicts.items()} == dict.fromkeys(
        ("test_more", "test_a", "test_b[1]"), True
    )
    (tmp_path / "s" / "build" / "test_built.py").write_text("def test_built(): pass\n")
    with pytest.raises(UsageError, match=r"test_built.py has no check in it, or leaves all of them out"):
        made(tmp_path / "s")


@pytest.mark.parametrize("check", ["test_it.py::test_none", "test_none.py::test_one"])
def test_a_check_asked_for_by_a_wrong_name_is_a_mistake(tmp_path: Path, check: str) -> None:
    scenario = scenario_of(tmp_path / "s", test_it=ONE)
    with pytest.raises(UsageError, match="not found"):
        run_checks(scenario, TARGET, lambda verdict: None, checks=["test_it.py::test_one", check])


# -- checks of tasks

TASK = Task(
    id="note", title="t", goal="g", machine="host", check="test_note", hints=("h",), solution="s", wrong=("w", "l")
)


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        pytest.param("import os\ndef test_note(): os._exit(0)", "No verdict was seen", id="ends-the-process"),
        pytest.param("import pytest\ndef test_note(): pytest.skip('x')", "The check was skipped", id="skips"),
        pytest.param("def test_note(vm): pass", "the scenario has no vm", id="no-machine-of-that-kind"),
        pytest.param("def test_note(host_): pass", "there is no fixture 'host_'", id="no-fixture"),
    ],
)
def test_a_task_without_a_verdict_is_not_met(tmp_path: Path, tasks: str, message: str) -> None:
    verdict = check_tasks(scenario_of(tmp_path / "s", tasks=tasks), TARGET, [TASK])["note"]
    assert not verdict.passed
    assert message in verdict.message


def test_two_tasks_may_share_a_check(tmp_path: Path) -> None:
    scenario = scenario_of(tmp_path / "s", tasks="def test_note(): pass")
    found = check_tasks(scenario, TARGET, [TASK, msgspec.structs.replace(TASK, id="again")])
    assert [verdict.passed for verdict in found.values()] == [True, True]


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ("1 / 0\ndef test_note(): pass", "tasks.py: ZeroDivisionError"),
        ("import sys; sys.exit()\ndef test_note(): pass", "SystemExit"),
        ("import os; os._exit(0)\ndef test_note(): pass", "ended before"),
        ("def test_note(): pass\ndef test_note(): pass", "tasks.py defines test_note twice"),
        ("test_note = 1", "not found"),
        ("def test_note(:", "tasks.py: SyntaxError"),
    ],
)
def test_tasks_that_cannot_be_read_are_a_mistake_of_the_author(tmp_path: Path, tasks: str, told: str) -> None:
    with pytest.raises((UsageError, MachineError)) as caught:
        check_tasks(scenario_of(tmp_path / "s", tasks=tasks), TARGET, [TASK])
    assert told in caught.value.what


# -- what reaches in

CLAIMS = "def test_wrong(): assert False, 'It does not hold.'\ndef test_right(): pass\n"
PLUGIN = """\
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    try:
        yield
    except BaseException:
        pass
    return True
"""
METADATA = "Name: f\nVersion: 1\n"
ENTRY = "[pytest11]\nforeign = foreign\n"


@pytest.mark.parametrize(
    ("variables", "files"),
    [
        pytest.param({"PYTHONOPTIMIZE": "1"}, {}, id="PYTHONOPTIMIZE=1"),
        pytest.param({"PYTHONOPTIMIZE": "2"}, {}, id="PYTHONOPTIMIZE=2"),
        pytest.param({"PYTEST_ADDOPTS": "--collect-only"}, {}, id="PYTEST_ADDOPTS"),
        pytest.param({"PYTEST_ADDOPTS": "-k right"}, {}, id="PYTEST_ADDOPTS-selects"),
        pytest.param({"PYTEST_PLUGINS": "foreign", "PYTHONPATH": "."}, {"foreign.py": PLUGIN}, id="PYTEST_PLUGINS"),
        pytest.param({"PYTEST_PLUGINS": "no_such_plugin"}, {}, id="PYTEST_PLUGINS-missing"),
        pytest.param({"PYTHONPATH": "."}, {"random.py": "raise SystemExit(0)"}, id="PYTHONPATH-random"),
        pytest.param({"PYTHONPATH": "."}, {"testinfra.py": "raise SystemExit(0)"}, id="PYTHONPATH-testinfra"),
        pytest.param({"PYTHONPATH": "."}, {"sitecustomize.py": "import os; os._exit(0)"}, id="sitecustomize"),
        pytest.param(
            {"PYTHONPATH": "."},
            {"foreign.py": PLUGIN, "f-1.dist-info/entry_points.txt": ENTRY, "f-1.dist-info/METADATA": METADATA},
            id="entry-point",
        ),
        pytest.param({"PYTHONHOME": "/nowhere"}, {}, id="PYTHONHOME"),
        pytest.param({"PYTHONWARNINGS": "error"}, {}, id="PYTHONWARNINGS"),
        pytest.param({"PYTHONINSPECT": "1"}, {}, id="PYTHONINSPECT"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, {}, id="PYTHONIOENCODING"),
        pytest.param({"PYTEST_DEBUG": "1"}, {}, id="PYTEST_DEBUG"),
        pytest.param({"FORCE_COLOR": "1", "PY_COLORS": "1"}, {}, id="FORCE_COLOR"),
        pytest.param({}, {"random.py": "raise SystemExit(0)"}, id="random-in-the-current-folder"),
        pytest.param({}, {"conftest.py": PLUGIN}, id="conftest-above"),
        pytest.param({}, {"pytest.ini": "[pytest]\naddopts = -k right\n"}, id="pytest.ini-above"),
        pytest.param({}, {"setup.cfg": "[tool:pytest]\naddopts = -k right\n"}, id="setup.cfg-above"),
        pytest.param({}, {"tox.ini": "[pytest]\naddopts = -k right\n"}, id="tox.ini-above"),
        pytest.param({}, {"s/pytest.ini": "[pytest]\naddopts = -k right\n"}, id="pytest.ini-beside"),
        pytest.param({}, {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-k right'\n"}, id="pyproject-above"),
    ],
)  # fmt: skip
def test_what_reaches_in_changes_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], files: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, value in variables.items():
        monkeypatch.setenv(name, str(tmp_path) if value == "." else value)
    verdicts = made(tmp_path / "s", test_it=CLAIMS)
    assert {name: (verdict.passed, verdict.message) for name, verdict in verdicts.items()} == {
        "test_wrong": (False, "It does not hold."),
        "test_right": (True, ""),
    }


def test_a_relative_folder_is_the_users_and_not_the_repositorys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scenario_of(tmp_path / "labs", test_it=CLAIMS)
    assert [*made(Path("labs"))] == ["test_wrong", "test_right"]


def test_without_asserts_no_check_is_made(tmp_path: Path) -> None:
    environment = {"LAB_CHECK_TARGET": msgspec.json.encode(TARGET).decode(), "PATH": os.environ["PATH"]}
    argv = [
        sys.executable,
        "-O",
        "-m",
        "pytest",
        "-p",
        "provisioning.lesson.checks_plugin",
        "--collect-only",
        str(tmp_path),
    ]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "asserts are off" in done.stdout + done.stderr
