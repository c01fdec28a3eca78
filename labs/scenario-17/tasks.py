"""Whether the goals of the tasks are met."""

from pathlib import Path

import pytest

SHOP = Path(__file__).parent / "files" / "shop"


@pytest.fixture
def shop(build, scratch):
    """Build the shop by the learner's Dockerfile: ``shop(files)`` is what `docker build` said, and the image's name."""
    own = Path(scratch, "Dockerfile")

    def built(files):
        dockerfile = own.read_text(errors="replace") if own.is_file() else ""
        given = {path.name: path.read_text() for path in SHOP.iterdir()}
        return build.attempt("shop", {**given, **files, "Dockerfile": dockerfile}, *build.others())

    return built


def last(built):
    """The last line that a build said."""
    return ((built.stderr.strip() or built.stdout.strip()).splitlines() or [""])[-1]


def says(build, image):
    """What the shop says, by the first word of each line; the greeting has only one."""
    lines = build.run(image).stdout.splitlines()
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}


def test_leak(build, shop, word, scratch, on_host):
    """The shop's image holds the program, and neither the token nor what built it."""
    assert Path(scratch, "Dockerfile").is_file(), "There is no file Dockerfile in the scratch folder yet."
    built, image = shop({"token": f"{word}\n"})
    assert built.succeeded, f"It does not build: {last(built)}"
    said = says(build, image)
    assert "open" in said and said.get("parts") == "bolts,nuts", (
        "A container of the image does not say what the shop says."
    )
    receipt = on_host.check_output("echo %s | sha256sum | cut -c 1-16", word)
    assert said.get("receipt") == receipt, (
        "The receipt is not the one for this token: nothing was fetched in the build."
    )
    assert not build.holds(image, word), "The token is in the image, in a layer or in what it tells of itself."
    size = build.told(image)["Size"] / 1e6
    assert size < 5, f"The image has {size:.0f} MB: there is more in it than the program."


def test_order(build, shop, word, scratch):
    """A new greeting is built without fetching the parts again; a new list of parts fetches them."""
    assert Path(scratch, "Dockerfile").is_file(), "There is no file Dockerfile in the scratch folder yet."
    built, image = shop({"token": f"{word}\n"})
    assert built.succeeded, f"It does not build: {last(built)}"
    before = says(build, image)
    assert before.get("parts") == "bolts,nuts", "A container of the image does not say what the shop says."
    source = (SHOP / "shop.c").read_text().replace('GREETING "open"', f'GREETING "{word}"')
    built, image = shop({"token": f"{word}\n", "shop.c": source})
    assert built.succeeded, f"With another greeting it does not build: {last(built)}"
    after = says(build, image)
    assert word in after, "The greeting in shop.c changed, and the image says the old one."
    assert after.get("fetched") == before.get("fetched"), "Only the greeting changed, and the parts were fetched again."
    built, image = shop({"token": f"{word}\n", "shop.c": source, "parts.txt": "bolts\nnuts\nscrews\n"})
    assert built.succeeded, f"With another list of parts it does not build: {last(built)}"
    more = says(build, image)
    assert more.get("parts") == "bolts,nuts,screws", "The list of parts changed, and the image has the old ones."
