"""Whether the goals of the tasks are met."""

SCRIPTS = {
    "deploy.sh": "deployed",
    "start.sh": "started",
    "report.sh": "Total: 3\nsent",
    "greet.py": "hello",
    "tool.sh": "works",
}
"""What each script in /srv/work should say."""
CHANGED = """cd /srv/from-windows && export LC_ALL=C && find . -type f ! -name current | while read -r file; do
    tr -d '\\r' <$file | sed '1s/^\\xef\\xbb\\xbf//' | cmp -s - /srv/work/$file || echo ${file#./}
done"""
"""Names the files in /srv/work that differ in more than carriage returns and byte order marks."""
TRAPS = {
    "carriage return": r"one\r\ntwo\n",
    "byte order mark": r"\357\273\277one\n",
    "none": r"one\ntwo\n",
    "a carriage return in the middle of a line": r"one\rtwo\n",
    "a letter that has a byte of the mark": r"\357\274\241\n",
}
TRAP = """dir=$(mktemp -d) && trap 'rm -r $dir' EXIT && mkdir -p "$dir/trap/a deep" && cd $dir/trap || exit 99
printf '{content}' >'a deep/er one'; echo clean >clean; /root/guard $dir/trap"""


def test_cured_by_hand(machine):
    """The project in /srv/work of the container runs on Linux."""
    box = machine("box")
    # In the C locale a byte is a letter. In another, \xef is the letter ï.
    dirty = box.run(r"LC_ALL=C grep -r -l -P '\r$|^\xef\xbb\xbf' /srv/work").stdout.split()
    assert not dirty, f"There are still bytes from Windows in {', '.join(dirty)}."
    changed = box.run("bash -c %s", CHANGED).stdout.split()
    assert not changed, f"More was changed than the bytes from Windows in {', '.join(changed)}."
    for script, result in SCRIPTS.items():
        answer = box.run("cd /srv/work && bash -c %s", f"./{script}")
        said = (answer.stdout + answer.stderr).strip()
        assert said == result, f"{script} should say {result!r}. It says {said!r}."
    link = box.run("cat /srv/work/current/version.txt")
    assert link.stdout == "two\n", "The path current/version.txt leads nowhere yet."


def test_guard(machine):
    """The guard finds carriage returns and byte order marks, and nothing else."""
    vm = machine("vm")
    assert vm.run("test -x /root/guard").succeeded, "There is no program /root/guard on the VM yet."
    for way, content in TRAPS.items():
        said = vm.run("bash -c %s", TRAP.format(content=content))
        found = [line.removeprefix("./") for line in said.stdout.splitlines()]
        wanted = ["a deep/er one"] if way in ("carriage return", "byte order mark") else []
        assert [line.rpartition("/trap/")[2] for line in found] == wanted, (
            f"Where the trap is: {way}, the guard names {len(found)} files instead of {len(wanted)}."
        )
        assert said.rc == bool(wanted), f"Where the trap is: {way}, the guard ends with status {said.rc}."
