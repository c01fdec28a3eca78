for wall in pid net mnt uts ipc user cgroup; do
    printf '%-7s %s\n' "$wall" "$(readlink /proc/self/ns/$wall | tr -dc 0-9)"
done
