# Which kernel answers? On the VM once more, in gVisor, as an ordinary user.
cd /
ask='count() { [ -e "$1" ] && echo $# || echo none; }
    echo "  kernel     $(uname -r)"
    echo "  disks      $(count /sys/class/block/*)"
    echo "  processes  $(count /proc/[0-9]*)"
'
log='echo "  its log    $(dmesg | sed "s/\[.*\] //" | head -n 1 | cut -c 1-30)"
'
echo "$LAB_MACHINE"
sh -c "$ask"
if [ "$LAB_KIND" = vm ]; then
    sh -c "$log"
    sandbox() { # PROGRAM...
        setpriv --reuid=learner --regid=learner --clear-groups env --unset=XDG_RUNTIME_DIR \
            runsc --rootless --network=none --ignore-cgroups do "$@"
    }
    echo "gVisor, in $LAB_MACHINE"
    said=$(mktemp)
    trap 'rm -f "$said"' EXIT
    sandbox sh -c "$ask$log touch /tmp/lab-inside; sleep 3" | tee "$said" &
    inside=$!
    until grep -q "its log" "$said"; do sleep 0.2; done
    seen=$(ps -u learner -o comm= | sort | uniq -c | awk '{printf "%s%s (%s)", sep, $2, $1; sep = ", "}')
    sleeps=$(pgrep -c -x sleep -u learner)
    wait "$inside"
    echo "what $LAB_MACHINE's kernel calls the learner's processes meanwhile:  $seen; sleeps among them: $sleeps"
    [ "$sleeps" = 0 ] && [ ! -e /tmp/lab-inside ] && echo "the file that it made in /tmp was never in $LAB_MACHINE's"
fi
