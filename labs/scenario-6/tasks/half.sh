cat >/root/half <<'END'
total=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) * 1024))
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes)
[ "$limit" = max ] && limit=$total
[ "$limit" -lt "$total" ] || limit=$total
echo $((limit / 2 / 1048576))
END
