# What the steps and tasks share: build images so that nothing is left of them after a reset. To be sourced, on the host.
# The classic builder keeps what it built as images, and labels find those. BuildKit keeps it apart, in a cache of the engine.
export DOCKER_BUILDKIT=0
name="$LAB_PREFIX-$LAB_SCENARIO"

# Run `docker build` with these arguments; it is heard only where it fails. No build here needs a network.
build() {
    said=$(docker build --force-rm --network none "$@" 2>&1) || { echo "$said" >&2; return 1; }
}

# Where every image begins: the container's golden image with labels of ours. What is built from an image inherits its labels,
# and is no golden image itself.
build --tag "$name-base" - <<END
FROM $LAB_IMAGE_BOX
LABEL lab.name=$LAB_PREFIX lab.scenario=$LAB_SCENARIO lab.image="" lab.built-by=""
END

run() { docker run --rm --network none "$@"; }
id() { docker image inspect --format '{{.Id}}' "$1"; }
short() { id "$1" | cut -c 8-19; }
size() { docker image inspect --format '{{.Size}}' "$1"; }
layers() { docker image inspect --format '{{len .RootFS.Layers}}' "$1"; }
random() { od -A n -N 8 -t x1 /dev/urandom | tr -d ' \n'; }

# An empty folder for a build, which goes when the step ends.
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
