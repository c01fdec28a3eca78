"""Names and paths that one file system takes and another does not; foreign ones are mounted in the VM."""

import pytest

IN_A_FOLDER = "dir=$(mktemp -d); trap 'rm -r $dir' EXIT; cd $dir; export LC_ALL=C.UTF-8; exec 2>&1; "
MOUNTS = {
    "FAT": "truncate -s 4M image; mkfs.vfat image >made; mount -o loop image there; cd there; ",
    "ext4 with casefold": "truncate -s 2M image; mkfs.ext4 -q -O casefold,^has_journal image; "
    "mount -o loop image there; mkdir there/any; chattr +F there/any; cd there/any; ",
    "NTFS as Windows uses it": "truncate -s 8M image; mkfs.ntfs -F -q image >made 2>&1; "
    "ntfs-3g -o windows_names image there; cd there; ",
    "NTFS": "truncate -s 8M image; mkfs.ntfs -F -q image >made 2>&1; ntfs-3g image there; cd there; ",
}
KOREAN = "$(python3 -c \"print('\\ud55c' * {})\")"


@pytest.fixture
def both(machine):
    """The VM and the container, by name."""
    return {"vm": machine("vm"), "box": machine("box")}


def here(place, command):
    """What the command says in an empty folder of the machine's own file system."""
    return place.run("bash -c %s", IN_A_FOLDER + command).stdout


def on(kind, vm, command):
    """What the command says in an empty folder of a foreign file system, mounted in the VM for it."""
    mounted = "trap 'cd $dir; umount there; rm -r $dir' EXIT; mkdir there; " + MOUNTS[kind]
    said = vm.run("bash -c %s", IN_A_FOLDER + mounted + "mountpoint -q $dir/there || exit 99; " + command)
    assert said.rc != 99, f"The VM could not mount {kind}: {said.stdout.strip()}"
    return said.stdout


def test_vm_mounts_a_foreign_file_system(vm):
    """The VM mounts FAT, with a driver that its own kernel loads."""
    answer = on("FAT", vm, "findmnt -n -o FSTYPE $dir/there; grep -c '^vfat ' /proc/modules")
    assert answer == "vfat\n1\n", f"The VM's kernel should mount FAT with its driver vfat. It said {answer!r}."


def test_container_may_not_mount(container):
    """The container may make a file system, and may not mount it."""
    call = "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); "
    call += 'c.mount(b"image", b"there", b"vfat", 0, None); print(os.strerror(ctypes.get_errno()))'
    answer = here(container, f"mkdir there; mkfs.vfat -C image 4096 >made && echo made; python3 -c '{call}'")
    assert answer == "made\nOperation not permitted\n", (
        f"The kernel should refuse the container's mount. It said {answer!r}: was it started with --privileged?"
    )


def test_case_clash(vm):
    """Where case does not count, the second of two names takes the first one's place."""
    for kind in ("FAT", "ext4 with casefold"):
        said = on(kind, vm, "mkdir src; mkdir SRC; echo first >README; echo second >Readme; cat README; ls")
        assert said.count("File exists") == 1, f"On {kind}, `mkdir SRC` beside src should be refused: {said!r}."
        assert said.endswith("second\nREADME\nsrc\n"), f"On {kind}, README and Readme should be one file: {said!r}."


def test_case_clash_is_found_before(both):
    """On Linux's own file systems the names are two, and one command finds them."""
    for name, place in both.items():
        said = here(place, "touch README Readme other; ls | LC_ALL=C sort -f | uniq -D -i")
        assert said == "README\nReadme\n", f"On {name}, README and Readme should be two files. Found: {said!r}."


def test_unicode(both, vm):
    """Two spellings of one letter are two files on Linux, and one where case is folded."""
    composed, decomposed = r"$'caf\303\251'", r"$'cafe\314\201'"
    spell = f"echo espresso >{decomposed}; cat {composed}"
    normalise = (
        """python3 -c 'import os, unicodedata as u\nfor n in os.listdir(): os.rename(n, u.normalize("NFC", n))'"""
    )
    for name, place in both.items():
        said = here(place, spell)
        assert "No such file or directory" in said, f"On {name}, the other spelling should not be found: {said!r}."
        said = here(place, f"{spell} 2>/dev/null; {normalise}; cat {composed}")
        assert said == "espresso\n", f"On {name}, the name should be found once it is in NFC: {said!r}."
    said = on("ext4 with casefold", vm, spell)
    assert said == "espresso\n", f"Where case is folded, both spellings should name one file: {said!r}."


def test_length(both):
    """A name has room for 255 bytes, which are 85 Korean letters, and a path for 4096."""
    deep = "for i in {1..17}; do mkdir $(printf %0250d 0); cd 0*; done; echo found >file; "
    for name, place in both.items():
        said = here(place, f"touch {KOREAN.format(85)} && echo fits; touch {KOREAN.format(86)}")
        assert said.startswith("fits\n") and said.endswith("File name too long\n"), (
            f"On {name}, 85 Korean letters should fit into a name and 86 should not: {said!r}."
        )
        said = here(place, deep + 'cat "$PWD/file"; cat file; cd $dir')
        assert said.endswith("File name too long\nfound\n"), (
            f"On {name}, a path of more than 4096 bytes should be refused, and a relative one found: {said[-60:]!r}."
        )


def test_backslash(both):
    """A backslash is a letter: there is no folder in `logs\\app.txt`."""
    for name, place in both.items():
        said = here(place, r"mkdir logs; echo started >'logs\app.txt'; cat logs/app.txt; ls")
        assert said.endswith("logs/app.txt: No such file or directory\nlogs\nlogs\\app.txt\n"), (
            f"On {name}, the backslash should be a letter of the name, and logs/app.txt not be there: {said!r}."
        )
        said = here(place, "mkdir logs; echo started >logs/app.txt; cat logs/app.txt")
        assert said == "started\n", f"On {name}, the path with / should work: {said!r}."


def test_names_on_fat(vm):
    """FAT refuses characters of Windows' own, and drops the dot at the end of a name."""
    said = on("FAT", vm, r"""touch 'a<b' 'a>b' 'a:b' 'a"b' 'a|b' 'a?b' 'a*b' 'a\b'; ls""")
    assert said.count("Invalid argument") == 8 and said.endswith("argument\n"), (
        f"FAT should refuse each of eight characters in a name. It said {said!r}."
    )
    said = on("FAT", vm, "touch notes.; ls")
    assert said == "notes\n", f"FAT should drop the dot at the end of `notes.`: {said!r}."


def test_names_on_ntfs(vm):
    """It is Windows that refuses `con` and `a:b`; NTFS itself stores them."""
    names = "a:b con aux.txt notes."
    said = on("NTFS as Windows uses it", vm, f"touch {names}; ls")
    assert said.count("Invalid argument") == 4, (
        f"With the rules of Windows each of {names} should be refused: {said!r}."
    )
    said = on("NTFS", vm, f"touch {names} && ls -m")
    assert said == "a:b, aux.txt, con, notes.\n", f"NTFS itself should take all of {names}: {said!r}."


def test_names_that_are_too_long_for_the_way_back(vm):
    """NTFS counts letters and ext4 bytes: a name of 100 Korean letters cannot be copied back."""
    copy = "touch $name && echo fits; cp $name $dir; cp $name $dir/short && echo copied"
    said = on("NTFS", vm, f"name={KOREAN.format(100)}; {copy}")
    assert said.startswith("fits\n") and "File name too long" in said, (
        f"A name of 100 Korean letters should fit on NTFS and not on ext4: {said!r}."
    )
    assert said.endswith("copied\n"), f"Under a shorter name the file should be copied: {said!r}."


def test_modes_and_links_on_fat(vm):
    """FAT keeps neither modes nor links, but for one mark, read-only; a tar on it keeps both."""
    said = on("FAT", vm, "cp /srv/cured/app.env .; chmod 600 app.env; stat -c %A app.env; ln -s app.env link")
    assert "-rwxr-xr-x\n" in said, f"On FAT, every file should be executable, whatever chmod says: {said!r}."
    assert "Operation not permitted" in said, f"On FAT, a symbolic link should be refused: {said!r}."
    said = on("FAT", vm, "cp /srv/cured/app.env .; chmod a-w app.env; stat -c %A app.env")
    assert said == "-r-xr-xr-x\n", f"On FAT, chmod should be able to set the mark read-only: {said!r}."
    keep = "tar -cf all.tar -C /srv/cured app.env current; tar -xf all.tar -C $dir; cd $dir; stat -c %A app.env current"
    said = on("FAT", vm, keep)
    assert said == "-rw-r--r--\nlrwxrwxrwx\n", f"What comes out of the tar should have its modes and links: {said!r}."


def test_drive_letters(on_host, engine_name):
    """Docker on Linux refuses drive letters and backslashes, or makes an empty volume without a word."""
    name = engine_name("check")
    image = on_host.check_output("docker inspect --format '{{.Image}}' %s", engine_name("box"))

    def create(*options):
        on_host.run("docker rm -f -v %s", name)
        return on_host.run("docker create --name %s" + " %s" * len(options) + " %s true", name, *options, image)

    errors = {
        ("-v", r"C:\project:/data"): "invalid mode: /data",
        ("-v", r"project\data:/data"): "includes invalid characters for a local volume name",
        ("--mount", r"type=bind,source=C:\project,target=/data"): "mount path must be absolute",
    }
    try:
        for options, error in errors.items():
            said = create(*options).stderr
            assert error in said, f"`docker create {' '.join(options)}` should say {error!r}. It said {said!r}."
        create("-v", r"C:\project")
        kind = on_host.run("docker inspect --format '{{range .Mounts}}{{.Type}} {{.Destination}}{{end}}' %s", name)
        assert kind.stdout.strip() == r"volume C:\project", (
            f"A drive letter alone should become an empty volume. It became {kind.stdout.strip()!r}."
        )
        cured = create("-v", "/usr:/data:ro")
        assert cured.succeeded, f"A path of Unix should be mounted: {cured.stderr.strip()}"
    finally:
        on_host.run("docker rm -f -v %s", name)
