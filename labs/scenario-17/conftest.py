"""Images that are built for a check, and gone when it is over."""

import json
import secrets
import string

import pytest


class Builder:
    """Builds images from the container's golden image, on the host."""

    def __init__(self, on_host, engine_name, folder):
        self.on_host, self.engine_name, self.folder = on_host, engine_name, folder
        self.made = []
        box = json.loads(on_host.check_output("docker inspect %s", engine_name("box")))[0]
        self.labels = {name: box["Config"]["Labels"][name] for name in ("lab.name", "lab.scenario")}
        # What is built is no golden image, though made from one.
        self.labels |= {"lab.check": "yes", "lab.image": "", "lab.built-by": ""}
        self.image = box["Image"]

    def begin(self, stage="", image=""):
        """The first lines of a Dockerfile or of a stage; what is built from an image inherits its labels."""
        marks = " ".join(f'{name}="{value}"' for name, value in self.labels.items())
        return f"FROM {image or self.image}{f' AS {stage}' if stage else ''}\nLABEL {marks}\n"

    def others(self):
        """The options for a Dockerfile that somebody else wrote: the image that it begins with, and the labels."""
        base = self("base", {"Dockerfile": self.begin()})
        return [f"--build-arg=BASE={base}", *(f"--label={name}={value}" for name, value in self.labels.items())]

    def attempt(self, image, files, *options):
        """What `docker build` says to a folder with these files, and the image's name."""
        folder = self.folder / image
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text)
        tag = self.engine_name(f"check-{image}")
        self.made.insert(0, tag)
        argv = ["docker", "build", "--force-rm", "--network=none", *options, f"--tag={tag}", str(folder)]
        # The classic builder keeps what it built as images, and those are found by their labels.
        return self.on_host.run("DOCKER_BUILDKIT=0 timeout 120" + " %s" * len(argv), *argv), tag

    def __call__(self, image, files, *options):
        """Build an image from a folder with these files; its name."""
        built, tag = self.attempt(image, files, *options)
        assert built.succeeded, f"The image {image} cannot be built: {built.stderr.strip()}"
        return tag

    def run(self, image, command=""):
        """What a container of an image answers."""
        return self.on_host.run(f"docker run --rm --network none {image} {command}")

    def answer(self, image, command=""):
        """What a container of an image prints."""
        return self.on_host.check_output(f"docker run --rm --network none {image} {command}")

    def told(self, image):
        """What the engine tells of an image, or of a container."""
        return json.loads(self.on_host.check_output("docker inspect %s", image))[0]

    def layers(self, image):
        """The layers of an image, by their hashes."""
        return self.told(image)["RootFS"]["Layers"]

    def holds(self, image, text):
        """Whether a text is in the bytes of an image: in one of its layers, or in what it tells of itself."""
        # A file of files, most of them archives; some engines compress those, and gzip passes on what is not.
        read = "docker save %s | tar -x --to-command='gzip -d -c -f'"
        search = f"{{ {read} && echo end-of-image; }} | LC_ALL=C grep -a -o -F -e %s -e end-of-image"
        found = self.on_host.run(search, image, text).stdout.split()
        assert found[-1:] == ["end-of-image"], f"{image} was not read to its end."
        return text in found

    def remove(self):
        """Remove every image that was built, with the stages and whatever else bears the check's label."""
        label = f"label=lab.name={self.labels['lab.name']}"
        mine = f"--filter {label} --filter label=lab.scenario={self.labels['lab.scenario']} --filter label=lab.check"
        self.on_host.run(f"docker ps --all --quiet {mine} | xargs -r docker rm --force --volumes")
        for tag in self.made:
            self.on_host.run("docker rmi --force %s", tag)
        self.on_host.run(f"docker image prune --force {mine}")


@pytest.fixture
def build(on_host, engine_name, tmp_path):
    """A builder of images."""
    builder = Builder(on_host, engine_name, tmp_path)
    yield builder
    builder.remove()


@pytest.fixture
def word():
    """A word that nobody drew before, of lower-case letters."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(24))
