# A namespace and a sandbox inside a container; then the same without the filter of system calls, and nothing else.
# What asks by the program's label (AppArmor, SELinux) is left out each time: it would say no as well.
once() {
    docker run --rm --network none --userns=host --security-opt apparmor=unconfined --security-opt label=disable \
        --label "lab.name=$LAB_PREFIX" --label "lab.scenario=$LAB_SCENARIO" "$@" 2>&1 | tail -n 1 | sed 's/.*: //'
}
sandbox='cd / && runsc --rootless --network=none --ignore-cgroups do uname -r'
failed=0
try() { # WHAT PROGRAM...
    what=$1 && shift
    usual=$(once "$LAB_IMAGE_BOX" "$@")
    lifted=$(once --security-opt seccomp=unconfined "$LAB_IMAGE_BOX" "$@")
    printf '%s\n  usually             %s\n  without the filter  %s\n' "$what" "$usual" "$lifted"
    [ "$usual" != "$lifted" ] || failed=1
}
try "a user namespace in box" unshare --user --map-root-user id -un
try "gVisor in box: its kernel" sh -c "$sandbox"
exit $failed
