"""Whether the goals of the tasks are met."""

COMPARE = """dir=$(mktemp -d) && trap 'rm -r $dir' EXIT && tar -xf /srv/stick/project.tar -C $dir || exit 2
for root in $dir $dir/cured $dir/srv/cured; do
    [ -e $root/deploy.sh ] && break
done
list() { cd $1 && find . -mindepth 1 -printf '%p %M %l\\n' | sort; }
[ "$(list /srv/cured)" = "$(list $root)" ] && diff -r --no-dereference /srv/cured $root"""
"""Whether what comes out of the tar is the project: files, modes, links and what is in them."""


def test_stick(machine):
    """A FAT file system is mounted on /srv/stick in the VM, and holds the whole project as a tar."""
    vm = machine("vm")
    kind = vm.run("findmnt -n -o FSTYPE /srv/stick").stdout.strip()
    assert kind == "vfat", "There is no FAT file system mounted on /srv/stick yet."
    compared = vm.run("bash -c %s", COMPARE)
    assert compared.rc != 2, "/srv/stick/project.tar is no tar file yet."
    assert compared.succeeded, "What comes out of the tar is not all of /srv/cured, with its modes and its link."


def test_any_case(machine):
    """/srv/anycase in the VM is a folder where case does not count."""
    vm = machine("vm")
    assert vm.run("test -d /srv/anycase").succeeded, "There is no folder /srv/anycase in the VM yet."
    probe = "cd /srv/anycase && echo 1 >Probe$$ && cat pROBE$$; status=$?; rm -f Probe$$; exit $status"
    assert vm.run(probe).succeeded, "A file Probe in /srv/anycase is not found under the name pROBE."
