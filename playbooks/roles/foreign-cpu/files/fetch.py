"""Fetch one program for several CPUs out of Debian's packages, without installing them.

apt can do it as well (`dpkg --add-architecture`), but it reads the index of every CPU to its end, which takes an
emulated VM minutes. So the chain that apt follows is followed by hand: InRelease, which apt has checked the signature
of, holds the hash of an index, and the index holds the hash of a package.
"""

import hashlib
import lzma
import re
import subprocess
import urllib.request
from pathlib import Path

ARCHITECTURES = ("amd64", "arm64", "s390x")
PACKAGE, PROGRAM = "busybox-static", "*/bin/busybox"  # below /usr from Debian 13 on


def fetch(url, digest):
    """What lies at an address, if it is what the digest says."""
    with urllib.request.urlopen(url) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{url} is not what Debian signed.")
    return content


def entry(index):
    """What an index tells of the package. Names stand in the alphabet's order: the rest is not even unpacked."""
    text, unpack = "", lzma.LZMADecompressor().decompress
    for start in range(0, len(index), 1 << 18):
        text += unpack(index[start : start + (1 << 18)]).decode("utf-8", "ignore")
        if found := re.search(rf"^Package: {PACKAGE}\n(?:.+\n)+\n", text, re.MULTILINE):
            return dict(re.findall(r"^(\S+): (.*)$", found[0], re.MULTILINE))
    raise SystemExit(f"There is no {PACKAGE} in the index.")


# The release itself: the archives of its updates do not hold every package.
targets = subprocess.run(
    ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(FILENAME)", "Created-By: Packages"],
    check=True,
    capture_output=True,
    text=True,
).stdout
uri, release, lists = next(
    (uri, release, file.partition("_main_binary-")[0])
    for uri, release, component, file in (line.split() for line in targets.splitlines())
    if component == "main" and release.isalpha()
)
signed = Path(f"{lists}_InRelease").read_text()
for architecture in ARCHITECTURES:
    name = f"main/binary-{architecture}/Packages.xz"
    digest = re.search(rf"^ ([0-9a-f]{{64}}) +\d+ {name}$", signed, re.MULTILINE)[1]
    found = entry(fetch(f"{uri}dists/{release}/{name}", digest))
    package = fetch(uri + found["Filename"], found["SHA256"])
    files = subprocess.run(["dpkg-deb", "--fsys-tarfile", "-"], check=True, input=package, capture_output=True).stdout
    program = subprocess.run(["tar", "-x", "-O", "--wildcards", PROGRAM], check=True, input=files, capture_output=True).stdout
    Path(f"busybox.{architecture}").write_bytes(program)
    Path(f"busybox.{architecture}").chmod(0o755)
