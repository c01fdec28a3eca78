"""What carriage returns and byte order marks break, in a VM and in a container alike, and that the cure cures."""

import pytest

ENOENT, ENOEXEC = "[Errno 2]", "[Errno 8]"


@pytest.fixture
def both(machine):
    """The VM and the container, by name."""
    return {"vm": machine("vm"), "box": machine("box")}


def attempt(place, command, project="from-windows"):
    """What the command says in a copy of the project, which is then gone."""
    script = f"dir=$(mktemp -d); trap 'rm -r $dir' EXIT; cp -r /srv/{project}/. $dir; cd $dir; exec 2>&1; {command}"
    return place.run("bash -c %s", script).stdout


def bites(both, command, error):
    """The command fails with these words, in the VM and in the container."""
    for name, place in both.items():
        said = attempt(place, command)
        assert error in said, (
            f"On {name}, `{command}` should stumble and say {error!r}. It said {said!r}: has the project in "
            "/srv/from-windows been cured?"
        )


def cures(both, cure, command, result):
    """After the cure the same command does its work, and so it does in the project that was cured."""
    for name, place in both.items():
        said = attempt(place, f"{cure}; {command}")
        assert said == result, f"On {name}, `{command}` should say {result!r} after `{cure}`. It said {said!r}."
        said = attempt(place, command, "cured")
        assert said == result, (
            f"On {name}, `{command}` should say {result!r} in the cured project. It said {said!r}: has a byte from "
            "Windows come back into /srv/cured?"
        )


def execve(file):
    """A command that shows the kernel's own error, before a shell puts it into words."""
    return f"""python3 -c 'import os; os.execv("./{file}", ["{file}"])'"""


def test_shebang(both):
    """`bash\\r` in the first line names a program that is not there; dos2unix cures it."""
    bites(both, "./deploy.sh", r"env: 'bash\r': No such file or directory")
    cures(both, "dos2unix -q deploy.sh", "./deploy.sh", "deployed\n")


def test_interpreter(both):
    """The kernel says ENOENT to a script that is there; bash and sh word it in their own ways."""
    bites(both, execve("start.sh"), ENOENT)
    bites(both, "./start.sh", "./start.sh: cannot execute: required file not found")
    bites(both, "sh -c './start.sh; :'", "./start.sh: not found")
    cures(both, "dos2unix -q start.sh", "./start.sh", "started\n")


def test_commands(both):
    """An empty line is the command `\\r`, and a folder gets a name that ends in it."""
    bites(both, "bash build.sh", r"$'\r': command not found")
    bites(both, "bash build.sh >log; ls -d out", "ls: cannot access 'out': No such file or directory")
    bites(both, "bash build.sh >log; ls -d -b out*", r"out\r")
    cures(both, "dos2unix -q build.sh", "bash build.sh; ls -d out", "built\nout\n")


def test_loop(both):
    """`do\\r` is a mistake in the syntax, to two shells two different ones."""
    bites(both, "bash loop.sh", r"syntax error near unexpected token `$'do\r''")
    bites(both, "sh loop.sh", 'Syntax error: word unexpected (expecting "do")')
    cures(both, "dos2unix -q loop.sh", "bash loop.sh", "one\ntwo\n")


def test_here_document(both):
    """`EOF\\r` does not end a here-document: the rest of the script is not run, and its status is 0."""
    bites(both, "./report.sh", "here-document at line 2 delimited by end-of-file (wanted `EOF')")
    bites(both, "./report.sh && echo status 0", 'echo "sent"\nstatus 0')
    cures(both, "dos2unix -q report.sh", "./report.sh", "Total: 3\nsent\n")


def test_settings(both):
    """A shell that reads a file of settings keeps the `\\r` in the value."""
    bites(both, '. ./app.env; curl -sS "http://localhost:$PORT/"', "curl: (3) URL ")
    bites(both, '. ./app.env; printf %s "$PORT" | od -A n -c', r"8   0   8   0  \r")
    cures(both, "dos2unix -q app.env", '. ./app.env; printf "%s\n" "$PORT"', "8080\n")


def test_settings_of_docker(on_host, machine, engine_name, tmp_path):
    """Docker's --env-file takes the `\\r` off; --env hands it over."""
    file = tmp_path / "app.env"
    file.write_bytes(machine("box").file("/srv/from-windows/app.env").content)
    port = file.read_bytes().splitlines(keepends=True)[0].removeprefix(b"PORT=").rstrip(b"\n").decode()
    assert port == "8080\r", f"The value in app.env is {port!r}: has the project in /srv/from-windows been cured?"
    image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("box"))
    show = 'printf %s "$PORT" | od -A n -c'
    forgiving = on_host.check_output("docker run --rm --env-file %s %s sh -c %s", str(file), image, show)
    assert r"\r" not in forgiving, "This Docker keeps the carriage return when it reads --env-file: cure the file."
    literal = on_host.check_output("docker run --rm --env %s %s sh -c %s", f"PORT={port}", image, show)
    assert r"\r" in literal, "Docker took the carriage return off a value given with --env."


def test_list(both):
    """The names in a list end in `\\r`, and no such file is there."""
    bites(both, "xargs wc -l <files.txt", r"wc: 'deploy.sh'$'\r': No such file or directory")
    cures(both, "dos2unix -q files.txt", "xargs ls <files.txt", "app.env\ndeploy.sh\n")


def test_password(both):
    """A password that looks right differs in one byte."""
    login = '[ "$(cat password.txt)" = secret ] && echo welcome || echo wrong password'
    bites(both, login, "wrong password")
    cures(both, "dos2unix -q password.txt", login, "welcome\n")


def test_byte_order_mark(both):
    """The kernel answers ENOEXEC to a byte order mark, and bash reads the Python."""
    bites(both, execve("greet.py"), ENOEXEC)
    bites(both, "./greet.py", 'syntax error near unexpected token `"hello"\'')
    bites(both, "file -b greet.py", "UTF-8 (with BOM)")
    cures(both, "dos2unix -q greet.py", "./greet.py", "hello\n")


def test_execute_bit(both):
    """A script without its execute bit is refused, although its bytes are right."""
    bites(both, "./tool.sh", "./tool.sh: Permission denied")
    cures(both, "chmod +x tool.sh", "./tool.sh", "works\n")


def test_link(both):
    """A link that came as a file leads nowhere."""
    bites(both, "cat current/version.txt", "current/version.txt: Not a directory")
    cures(both, 'ln -sf "$(cat current)" current', "cat current/version.txt", "two\n")


def test_cured_project_stays_clean(both):
    """No file of the cured project holds a carriage return or a byte order mark, and its rules keep it so."""
    for name, place in both.items():
        dirty = place.run(r"LC_ALL=C grep -r -l -P '\r$|^\xef\xbb\xbf' /srv/cured").stdout.split()
        assert not dirty, f"On {name}, bytes from Windows are back in {', '.join(dirty)}: run dos2unix on it."
        for rules, line in ((".gitattributes", "* text=auto eol=lf"), (".editorconfig", "end_of_line = lf")):
            kept = place.run("grep -x -F -e %s /srv/cured/%s", line, rules).succeeded
            assert kept, f"On {name}, /srv/cured/{rules} does not say `{line}`: the next edit on Windows may undo it."
