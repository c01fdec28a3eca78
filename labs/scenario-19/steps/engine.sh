# Whose is a container's root to the host, and what is one worth who may speak to the engine?
box=$(docker inspect --format '{{.State.Pid}}' "$LAB_PREFIX-$LAB_SCENARIO-box")
vm=$(pgrep -f "guest=$LAB_PREFIX-$LAB_SCENARIO-vm," | head -n 1)
told() { # WHAT NUMBER
    printf '%-24s belongs to %-14s its map: %s\n' "$1" "$(ps -o user= -p "$2")," "$(awk '{print $1, "inside is", $2, "outside"}' "/proc/$2/uid_map")"
}
told "box's first process" "$box"
told "the VM's process, QEMU" "$vm"
case $(docker info --format '{{.SecurityOptions}}') in
    *name=userns*) echo "This engine translates users (userns-remap): box's root is nobody special." ;;
    *) echo "This engine translates no users: box's root is the host's, less what was taken from it." ;;
esac
echo
echo "/etc/shadow of the host:"
echo "  read by who runs this lab ($(id -un)):  $(cat /etc/shadow 2>&1 | wc -l) lines"
[ "$(id -u)" -ne 0 ] || echo "  read by an ordinary user:  $(setpriv --reuid=65534 --regid=65534 --clear-groups cat /etc/shadow 2>&1 | sed 's/.*: //')"
lines=$(docker run --rm --network none --userns=host --security-opt label=disable --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" \
    --volume /etc:/host:ro "$LAB_IMAGE_BOX" cat /host/shadow | wc -l)
echo "  read by a container that anybody in the group docker may ask for:  $lines lines"
[ "$lines" -gt 0 ]
