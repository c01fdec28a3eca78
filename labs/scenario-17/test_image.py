"""What is in an image, what a build takes from its cache, and what a name means."""

MILLION = 1_000_000


def test_what_changes_files_adds_a_layer(build, on_host):
    """Each instruction that changes files adds a layer with all that it wrote; no later one takes a byte away."""
    image = build(
        "layers",
        {
            "Dockerfile": build.begin() + "ENV GREETING=hello\n"
            f"RUN mkdir -p /srv/app && head -c {MILLION} /dev/urandom >/srv/app/big\n"
            "RUN chmod -R go= /srv/app\n"
            "RUN rm -f /srv/app/big\n"
            'CMD ["true"]\n'
        },
    )
    more = len(build.layers(image)) - len(build.layers(build.image))
    assert more == 3, f"Three of the instructions changed files, and the image has {more} layers more."
    sizes = on_host.check_output("docker history --human=false --format '{{.Size}}' %s", image).split()
    command, removed, changed, made, environment, label = map(int, sizes[:6])
    assert made >= MILLION, f"A file of {MILLION} bytes was made, and its layer has {made}."
    assert changed >= MILLION, f"The mode of that file was changed, and the layer has {changed} bytes, not all of it."
    assert removed < MILLION / 10, f"The file was removed, and that added {removed} bytes."
    assert label == command == environment == 0, "An instruction that changes no file added bytes."
    grown = build.told(image)["Size"] - build.told(build.image)["Size"]
    assert grown >= 2 * MILLION, f"The image is {grown} bytes larger than its base: what was deleted is gone."


def test_what_a_later_layer_deletes_is_in_the_image(build, word):
    """A file that a later instruction deletes is not in the container, and is in the image for whoever has it."""
    # The word is not in the Dockerfile, but one letter further on.
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    further = word.translate(str.maketrans(alphabet, alphabet[1:] + "a"))
    write = f"RUN mkdir -p /srv/app && echo {further} | tr b-za a-z >/srv/app/token"
    later = build("later", {"Dockerfile": f"{build.begin()}{write}\nRUN rm -f /srv/app/token\n"})
    assert build.run(later, "test -e /srv/app/token").rc == 1, "The file is there, though it was deleted."
    assert build.holds(later, word), "The file was deleted by a later instruction, and is in no layer of the image."
    at_once = build("at-once", {"Dockerfile": f"{build.begin()}{write} && rm /srv/app/token\n"})
    assert not build.holds(at_once, word), "The file was made and deleted by one instruction, and is in the image."


def test_a_stage_leaves_only_what_is_copied(build, word):
    """Of a stage only what is copied is in the image: a program alone, no compiler, no shell and no secret."""
    files = {
        "token": word,
        "hello.c": '#include <stdio.h>\nint main(void) { puts("hello"); }\n',
        "Dockerfile": build.begin("build") + "COPY token hello.c /tmp/\n"
        "RUN mkdir -p /out && gcc -Os -static -s -o /out/hello /tmp/hello.c\n"
        f"{build.begin(image='scratch')}"
        "COPY --from=build /out /\n"
        'CMD ["/hello"]\n',
    }
    image = build("stages", files)
    said = build.run(image).stdout.strip()
    assert said == "hello", f"The program alone in an image does not run; it says: {said}"
    size = build.told(image)["Size"] / MILLION
    assert size < 5, f"The image has {size:.0f} MB: more than the program was copied."
    assert build.run(image, "sh -c true").rc == 127, "There is a shell in the image, which nobody copied."
    assert not build.holds(image, word), "The stage's secret is in the image."


def test_a_change_spares_what_stands_before_it(build):
    """A build takes from its cache what stands before the first thing that changed, and runs all that stands behind."""
    install = "RUN cat /proc/sys/kernel/random/uuid >/srv/installed\n"
    first = f"{build.begin()}COPY parts.txt /srv/app/\n{install}COPY . /srv/app/\n"
    last = f"{build.begin()}COPY . /srv/app/\n{install}"
    files = {"parts.txt": "bolts\n", "shop.txt": "open\n"}

    def installed(image, dockerfile):
        """The number that the instruction drew when it ran."""
        return build.answer(build(image, {**files, "Dockerfile": dockerfile}), "cat /srv/installed")

    numbers = installed("first", first), installed("last", last)
    assert installed("first", first) == numbers[0], "Nothing changed, and the instruction ran again."
    files["shop.txt"] = "closed\n"
    spared, repeated = installed("first", first), installed("last", last)
    assert spared == numbers[0], "Only what is copied behind the instruction changed, and yet it ran again."
    assert repeated != numbers[1], "What is copied before the instruction changed, and it came from the cache."
    files["parts.txt"] = "bolts\nnuts\n"
    assert installed("first", first) != spared, (
        "What is copied before the instruction changed, and it did not run again."
    )


def test_a_tag_is_a_name_that_moves(build, on_host, engine_name):
    """A tag is a name that moves to the next image; a container keeps the one that it was made from, by its ID."""

    def version(number):
        """Build the next version under the one name; the ID."""
        line = f"RUN mkdir -p /srv/app && echo {number} >/srv/app/version\n"
        return build.told(build("app", {"Dockerfile": f"{build.begin()}{line}"}))["Id"]

    app, once = engine_name("check-app"), engine_name("check-once")
    old = version(1)
    on_host.check_output("docker run --detach --init --network none --name %s %s sleep 600", once, app)
    shown = on_host.run("docker exec %s cat /srv/app/version", once).stdout.strip()
    assert shown == "1", f"The image was built with version 1, and its container shows '{shown}'."
    new = version(2)
    assert new != old, "Another version was built, and the name means the same image."
    on_host.check_output("docker restart --time 0 %s", once)
    assert build.told(once)["Image"] == old, "The container was restarted, and has another image."
    assert build.answer(app, "cat /srv/app/version") == "2", "The name does not mean the image that was built last."
    on_host.check_output("docker tag %s %s", old, app)
    assert build.told(app)["Id"] == old, "The name was given back, and means another image."


def test_a_build_begins_afresh_and_a_vm_goes_on(build, vm):
    """What a new version no longer makes is not in its image; on a VM that is provisioned again, it stays."""
    line = "RUN mkdir -p /srv/app && touch /srv/app/new"
    build("again", {"Dockerfile": f"{build.begin()}{line} /srv/app/old\n"})
    image = build("again", {"Dockerfile": f"{build.begin()}{line}\n"})
    files = build.answer(image, "ls /srv/app").split()
    assert files == ["new"], f"The image was built anew, and holds {' '.join(files)}."
    try:
        vm.check_output("mkdir -p /srv/app && touch /srv/app/new /srv/app/old")
        vm.check_output("mkdir -p /srv/app && touch /srv/app/new")
        files = vm.check_output("ls /srv/app").split()
    finally:
        vm.run("rm -r /srv/app")
    assert files == ["new", "old"], f"The VM was provisioned again, and holds {' '.join(files)}."


def test_what_a_vm_deletes_is_on_its_disk(vm, word):
    """A file that was deleted in the VM is on its disk, until something else is written there."""
    file = "/root/check-token"
    try:
        vm.check_output("echo %s >%s && sync %s", word, file, file)
        block = vm.check_output("filefrag -v %s | awk '$1 == \"0:\" {print $4}'", file).partition(".")[0]
        size = vm.check_output("stat -f -c %%S %s", file)
    finally:
        vm.run("rm -f %s && sync", file)
    disk = vm.check_output("findmnt -n -o SOURCE /")
    search = f"dd if={disk} bs={size} skip={block} count=1 iflag=direct | grep -q -a -F %s"
    assert vm.run(search, word).succeeded, "Where the file lay on the disk there is something else."
