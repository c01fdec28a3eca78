# A container without an engine and without root: some files, and one command of an ordinary user.
learner() { setpriv --reuid=learner --regid=learner --clear-groups "$@"; }
cd /tmp
root=$(learner mktemp --directory /tmp/lab-root-XXXXXX)
trap 'rm -r "$root"' EXIT
learner sh -c 'cd "$1" && mkdir bin proc
    for name in sh ls id ps uname ip; do
        program=$(PATH=$PATH:/usr/sbin:/sbin command -v $name)
        cp "$program" bin
        ldd "$program" | grep -o "/[^ ]*" | while read -r library; do cp --parents --dereference --update "$library" .; done
    done' -- "$root"
echo "its files: $(find "$root" -type f | wc -l), $(du --summarize --block-size=1M "$root" | cut -f 1) MB; no image, no engine"
learner unshare --user --map-root-user --mount --pid --fork --uts --ipc --net sh -c '
    hostname ship
    mount -t proc proc "$1/proc"
    exec chroot "$1" /bin/sh -c "
        PATH=/bin
        echo name: \$(uname -n)
        echo user: \$(id)
        echo files: \$(ls /)
        echo processes: \$(ps -e -o pid=,comm=)
        echo network: \$(ip -brief link)"' -- "$root" 2>&1 | sed 's/^/  /'
hold='import socket; socket.create_server(("", 80)); print("held")'
port() { # WHAT OPTION...
    what=$1 && shift
    said=$("$@" python3 -c "$hold" 2>&1 | tail -n 1 | sed 's/.*\] //; s/ (.*//')
    printf 'port 80, %-46s %s\n' "$what:" "$said"
}
port "the learner" learner
port "root of a namespace, in the VM's network" learner unshare --user --map-root-user
[ "$said" != held ] || exit 1
port "root of a namespace, in a network of its own" learner unshare --user --map-root-user --net
[ "$said" = held ]
